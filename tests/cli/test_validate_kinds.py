"""`hwkit validate` on a netlist, with --converge, and on stored runs without ngspice."""

import numpy as np
import pytest

from hwkit import Trajectories, compile_model, render, simulate_langevin


@pytest.fixture
def netlist_file(machine, tmp_path):
    (tmp_path / "drawn.cir").write_text(render(compile_model(machine)).text)
    return tmp_path / "drawn.cir"


@pytest.mark.spice
def test_a_netlist_is_held_against_its_model(cli, netlist_file, model_file):
    times = ("--t-final", 0.25, "-n", 2, "--jobs", 1)
    answer = cli("validate", netlist_file, "--model", model_file, *times, "--json")
    assert answer.status == 0
    assert answer.json["passed"] is True
    text = netlist_file.read_text().replace("x0", "first").replace("x1", "x0")
    netlist_file.write_text(text)
    answer = cli("validate", netlist_file, "--model", model_file, *times)
    assert answer.status == 2
    assert "no node 'x1'" in answer.complaint
    rows = ["0,first", "1,x0", *(f"{unit},x{unit}" for unit in range(2, 5))]
    (netlist_file.parent / "map.csv").write_text("\n".join(rows))
    mapped = ("--mapping", "map.csv")
    assert cli("validate", netlist_file, "--model", model_file, *mapped, *times).status == 0


def test_a_netlist_that_runs_commands_exits_2_with_its_line(cli, netlist_file, model_file):
    lines = netlist_file.read_text().splitlines()
    lines[7:7] = [".control", "shell touch broken", ".endc"]
    netlist_file.write_text("\n".join(lines))
    answer = cli("validate", netlist_file, "--model", model_file)
    assert answer.status == 2
    assert "line 8 (.control)" in answer.complaint
    assert not (netlist_file.parent / "broken").exists()


def test_convergence_needs_no_ngspice_at_level_reference(cli, model_file, monkeypatch):
    monkeypatch.setenv("NGSPICE_LIBRARY_PATH", "/nowhere")
    arguments = ("--converge", "--level", "reference", "--t-final", 0.25, "--dt", 0.01, "-n", 6)
    answer = cli("validate", model_file, *arguments, "--error", 0.01, "--json")
    assert answer.status == 0
    names = [row["name"] for row in answer.json["metrics"]]
    assert "step for this path error" in names
    assert cli("validate", model_file, *arguments[2:]).status == 2  # without --converge


@pytest.mark.spice
def test_spectra_of_a_circuit(cli, model_file):
    answer = cli("validate", model_file, "--spectra", "--json")
    assert answer.status == 0
    assert answer.json["metrics"][0]["name"] == "spectrum by .ac and noise density"
    assert cli("validate", model_file, "--spectra", "--control", "temperature").status == 1


def test_options_that_do_not_fit_are_refused(cli, netlist_file, model_file):
    for arguments in (
        (netlist_file,),
        (netlist_file, "--model", model_file, "--level", "mixed"),
        (netlist_file, "--model", model_file, "--converge"),
        ("a.nc", "b.nc", "--converge"),
        (model_file, "--mapping", "map.csv"),
        (model_file, "--spectra", "--converge"),
        (model_file, "--spectra", "--level", "mixed"),
    ):
        assert cli("validate", *arguments).status == 2


def test_another_simulator_is_asked_for_by_name(cli, model_file):
    answer = cli("validate", model_file, "--simulator", "gnucap", "--simulator-path", "/nowhere/x")
    assert answer.status == 3
    assert "/nowhere/x was not found; install gnucap" in answer.complaint
    for arguments in (("--simulator", "gnucap", "-n", 3), ("--simulator-path", "/nowhere/x")):
        answer = cli("validate", model_file, *arguments)
        assert answer.status == 2
        assert "changes nothing" in answer.err


@pytest.fixture
def stored(machine, tmp_path, monkeypatch):
    """Two sides on the same noise, and no ngspice."""
    monkeypatch.setenv("NGSPICE_LIBRARY_PATH", "/nowhere")
    runs = simulate_langevin(machine, 0.5, 0.01, 3, seed=1)
    runs.save(tmp_path / "ideal.nc")
    moved = runs.x + 1e-3 * (runs.t > 0)[:, None]
    Trajectories(runs.t, moved, {}, runs.attributes).save(tmp_path / "real.nc")
    return runs


def test_stored_runs_are_compared_without_ngspice(cli, stored):
    answer = cli("validate", "ideal.nc", "real.nc", "--json")
    assert answer.status == 0
    [path] = [row for row in answer.json["metrics"] if row["name"] == "path error"]
    assert path["value"] == pytest.approx(1e-3)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda r: (r.t, r.x[:2]), ["ideal side has 3 runs", "circuit's side 2"]),
        (lambda r: (r.t, r.x[:, :, :4]), ["ideal side has 5 units", "circuit's side 4"]),
        (lambda r: (2 * r.t, r.x), ["0.5 on the ideal side", "1 on the circuit's"]),
    ],
)
def test_sides_that_do_not_match_are_refused_by_name(cli, stored, change, words):
    Trajectories(*change(stored), {}, stored.attributes).save("real.nc")
    answer = cli("validate", "ideal.nc", "real.nc")
    assert answer.status == 2
    assert all(word in answer.complaint for word in words)


def test_states_that_are_no_numbers_are_refused_with_their_file(cli, stored):
    data = stored.to_xarray()
    data["x"][1, 1, 2] = np.nan
    data.to_netcdf("real.nc", engine="h5netcdf")
    answer = cli("validate", "ideal.nc", "real.nc")
    assert answer.status == 2
    assert "real.nc" in answer.complaint
    assert "run 1" in answer.complaint
