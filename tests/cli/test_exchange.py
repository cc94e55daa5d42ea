"""`hwkit compile`'s further files, `hwkit import`, `hwkit export`."""

import csv
import xml.etree.ElementTree as ET

import numpy as np
import pytest

import hwkit
from hwkit.netlist import read_raw, render_kicad, render_veriloga
from hwkit.netlist.kicad_project import check_copper
from tests.boards import board_model, small_project
from tests.machines import dense, same_machine


@pytest.mark.parametrize("dialect", ["ngspice", "ltspice", "xyce", "spectre", "vacask"])
def test_compile_writes_every_dialect(cli, model_file, machine, tmp_path, dialect):
    options = ("--dialect", dialect, "--form", "hierarchy", "--t-final", 0.1, "--dt", 0.05)
    seed = () if dialect == "ngspice" else ("--seed", 3)  # ngspice's own noise can't be seeded
    answer = cli("compile", model_file, *options, *seed, "--out", "out.txt")
    assert answer.status == 0
    design = hwkit.compile_model(machine)
    expected = hwkit.render(design, dialect, t_final=0.1, dt=0.05, form="hierarchy", seed=3)
    assert (tmp_path / "out.txt").read_text() == expected.text


def test_compile_writes_all_else_on_demand(cli, model_file, machine, tmp_path):
    answer = cli(
        *("compile", model_file, "--bom", "bom.csv", "--tolerance", 0.01, "--kicad", "a.net"),
        *("--veriloga", "cell.va", "--schematic", "cell.svg", "--graph", "graph.svg", "--json"),
    )
    assert answer.status == 0
    design = hwkit.compile_model(machine)
    assert (tmp_path / "a.net").read_text() == render_kicad(design)
    assert (tmp_path / "cell.va").read_text() == render_veriloga(design)
    for name in ("cell.svg", "graph.svg"):
        assert ET.fromstring((tmp_path / name).read_text()).tag.endswith("svg")
    with (tmp_path / "bom.csv").open(newline="") as file:
        assert {row["tolerance"] for row in csv.DictReader(file)} == {"1 %"}
    assert answer.json["bom"] == "bom.csv"


def test_compile_refuses_what_is_too_large(cli, model_file, tmp_path):
    answer = cli("compile", model_file, "--max-megabytes", 0.001)
    assert answer.status == 2
    assert "would take about 0.00" in answer.complaint
    assert not (tmp_path / "machine.cir").exists()


def test_import_with_a_convention_and_clamped_units(cli, tmp_path):
    np.savez(tmp_path / "theirs.npz", J=[[0, 1.0], [1.0, 0]], b=[0.5, 0.25])
    options = ("--convention", "negative", "--kt", 0.2, "--j4", 2.0, "--clamp", "x0=-2")
    answer = cli("import", "theirs.npz", *options, "--out", "ours.txt", "--json")
    assert answer.status == 0
    assert answer.json["units"] == 1
    model = hwkit.import_model(tmp_path / "ours.txt")
    np.testing.assert_array_equal(model.b, [-0.25 + 2.0])
    assert (model.kT, float(model.onsite.J2), float(model.onsite.J4)) == (0.2, 1.0, 2.0)


def test_import_converts_between_formats(cli, model_file, machine, tmp_path):
    assert cli("import", model_file, "--out", "a.safetensors").status == 0
    assert cli("import", "a.safetensors", "--out", "b.txt").status == 0
    assert cli("import", "b.txt", "--out", "c.npz").status == 0
    assert same_machine(hwkit.load_model(tmp_path / "c.npz"), machine)


def test_import_of_bare_numbers(cli, tmp_path):
    (tmp_path / "numbers.txt").write_text("0.5 1 2\n")
    (tmp_path / "bonds.txt").write_text("0 1\n")
    answer = cli("import", "numbers.txt", "--bonds", "bonds.txt", "--visible", 1)
    assert answer.status == 0
    model = hwkit.load_model(tmp_path / "model.npz")
    np.testing.assert_array_equal(dense(model), [[0, 0.5], [0.5, 0]])
    assert model.n_visible == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ("import", "model.npz", "--out", "a.npz", "--kt", 0.3),
            "kT can't be chosen for this source",
        ),
        (
            ("import", "model.npz", "--out", "a.npz", "--convention", "mine"),
            "convention can't be chosen",
        ),
        (("import", "missing.txt"), "missing.txt can't be read"),
        (("import", "model.npz", "--out", "model.mat"), "suffix '.mat' is unknown"),
        (("import", "model.npz", "--out", "a.npz", "--clamp", "9=1"), "unit '9' can't be clamped"),
        (("export", "missing.nc"), "no trajectories file at missing.nc"),
        (("export", "model.npz", "--format", "kicad-project"), "a board has diodes: train with"),
    ],
)
def test_what_is_refused(cli, model_file, arguments, words):
    answer = cli(*arguments)
    assert answer.status == 2
    assert words in answer.complaint


def test_a_clamp_that_is_none_is_wrong_usage(cli, model_file):
    answer = cli("import", "model.npz", "--out", "a.npz", "--clamp", "x0")
    assert answer.status == 2
    assert "'x0' is not UNIT=VALUE" in answer.err


@pytest.mark.parametrize(
    "words",
    [
        ("--catalogue", "mine.toml"),
        ("--unrouted",),
        ("--format", "kicad-project", "--volt", 1),
        ("--format", "fabrication", "--unrouted"),
    ],
)
def test_options_of_the_other_format_are_wrong_usage(cli, words):
    answer = cli("export", "runs.nc", *words)
    assert answer.status == 2
    assert "changes nothing with" in answer.err


def test_export_writes_waveforms(cli, model_file, machine, tmp_path):
    assert cli("sample", model_file, "-n", 2, "--t-final", 0.1, "--dt", 0.05).status == 0
    answer = cli("export", "ideal.nc", "--model", model_file, "--volt", 0.5, "--json")
    assert answer.status == 0
    assert answer.json["runs"] == 2
    plots = read_raw(tmp_path / "waveforms.raw")
    runs = hwkit.Trajectories.load(tmp_path / "ideal.nc")
    np.testing.assert_allclose(plots[1]["v(x2)"], 0.5 * runs.x[1, :, 2])


def test_files_for_a_fabricator_need_kicad(cli, model_file, monkeypatch):
    monkeypatch.setenv("HWKIT_KICAD_PYTHON", "/nowhere/python3")
    answer = cli("export", "model.npz", "--format", "fabrication")
    assert answer.status == 2
    assert "install KiCad 6 or later" in answer.complaint


def test_export_writes_a_board(cli, tmp_path):
    hwkit.save_model(board_model(), tmp_path / "diodes.npz")
    answer = cli("export", "diodes.npz", "--format", "kicad-project", "--json")
    assert answer.status == 0
    assert answer.json["apart"] <= 1e-9
    assert set(answer.json["files"]) == set(small_project()[1])
    for name, text in small_project()[1].items():
        assert (tmp_path / "board" / name).read_text(encoding="utf-8") == text


def test_a_board_can_be_written_without_tracks(cli, tmp_path):
    hwkit.save_model(board_model(), tmp_path / "diodes.npz")
    words = ("export", "diodes.npz", "--format", "kicad-project", "--unrouted", "--out", "placed")
    answer = cli(*words)
    assert answer.status == 0
    assert "placed, without tracks" in answer.out
    routed = small_project()[1]
    for name, text in routed.items():
        written = (tmp_path / "placed" / name).read_text(encoding="utf-8")
        assert (written == text) == (name != "board.kicad_pcb")
    text = (tmp_path / "placed" / "board.kicad_pcb").read_text(encoding="utf-8")
    assert "(segment" not in text
    assert "(segment" in routed["board.kicad_pcb"]
    findings = check_copper(text)
    assert {finding.check for finding in findings} == {"opens"}  # nothing too near
