"""Folders and files of others, damaged folders: one sentence, and nothing of theirs is touched."""

import json
import shutil
import stat
from typing import get_type_hints

import pytest

import hwkit
from hwkit.cli import VERBS
from hwkit.cli.verb import _WRITTEN
from hwkit.study import load_plan, run_study
from tests.hardening.damages import STUDY as TEMPLATE

STUDY = TEMPLATE.format(seed=1)
HIDDEN = [".env.template", ".bashrc.original", ".bash_history.20240101", ".vimrc.disabled"]


@pytest.fixture
def study_file(tmp_path):
    path = tmp_path / "study.toml"
    path.write_text(STUDY)
    return path


def contents(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_folder_of_others_is_refused_and_left_as_it_was(cli, study_file, tmp_path):
    for name in HIDDEN:
        (tmp_path / name).write_text("precious")
    before = contents(tmp_path)
    assert "holds files but is not a run folder" in cli("run", study_file, "--out", ".").complaint
    assert contents(tmp_path) == before


def test_a_link_in_a_bundle_leads_nowhere(cli, study_file, tmp_path):
    for name in ("results.parquet", "model.npz", "page.html", ".env.template"):
        (tmp_path / "userdata").mkdir(exist_ok=True)
        (tmp_path / "userdata" / name).write_text("precious")
    (tmp_path / "bundle").mkdir()
    (tmp_path / "bundle" / "plan.json").write_text('{"hwkit": "0.0.1", "plan": {}}')
    (tmp_path / "bundle" / "batches").symlink_to("../userdata")
    before = contents(tmp_path)
    answer = cli("run", study_file, "--out", "bundle")
    assert answer.status == 2
    assert "bundle/batches is a link" in answer.complaint
    assert contents(tmp_path) == before


@pytest.mark.parametrize(
    "text",
    [
        "", "[" * 100_000, "[]", "1" * 5000, "\x00", '{"hwkit": 1, "plan": 2}',
        '{"hwkit": 1, "hwkit": 2, "plan": 2}', '{"hwkit": "1", "plan": NaN}',
        '{"hwkit": "1", "plan": {"name": 1e400}}',
    ],
)  # fmt: skip
@pytest.mark.parametrize("result", [None, "tolerance.json", "storage.json", "codesign.json"])
def test_a_folder_whose_plan_is_none_has_no_page(cli, tmp_path, text, result):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "plan.json").write_text(text)
    if result:
        (tmp_path / "run" / result).write_text("{}")
    answer = cli("report", "run")
    assert answer.status == 2
    assert "run" in answer.complaint


@pytest.mark.parametrize("name", ["batches/boards-0000000.parquet", "verdict.json"])
def test_a_damaged_result_is_told_and_computed_again(cli, study_file, finished_run, name):
    run = finished_run
    before = (run / "verdict.json").read_bytes(), json.loads((run / "manifest.json").read_text())
    data = bytearray((run / name).read_bytes())
    data[len(data) // 2] ^= 4
    (run / name).write_bytes(data)
    assert f"{name} is not as hwkit wrote it" in cli("report", "run").complaint
    answer = cli("run", study_file, "--out", "run", "--jobs", "1")
    assert f"hwkit: run/{name} is not as it was written; it is computed again" in answer.err
    after = (run / "verdict.json").read_bytes(), json.loads((run / "manifest.json").read_text())
    assert after == before
    assert cli("report", "run").status == 0


@pytest.fixture(scope="session")
def once(tmp_path_factory):
    """A finished run, made once."""
    folder = tmp_path_factory.mktemp("once")
    (folder / "study.toml").write_text(STUDY)
    run_study(load_plan(folder / "study.toml"), folder / "run", jobs=1)
    return folder / "run"


@pytest.fixture
def finished_run(once, tmp_path):
    shutil.copytree(once, tmp_path / "run")
    return tmp_path / "run"


def test_a_private_file_that_is_replaced_stays_private(cli, model_file, tmp_path):
    words = ("sample", model_file, "-n", "2", "--t-final", "0.1", "--out", "private.nc")
    assert cli(*words).status == 0
    file = tmp_path / "private.nc"
    assert stat.S_IMODE(file.stat().st_mode) != 0o600  # control
    file.chmod(0o600)
    assert cli(*words).status == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_link_that_the_user_typed_is_followed(cli, model_file, tmp_path):
    (tmp_path / "link.nc").symlink_to("real.nc")
    words = ("sample", model_file, "-n", "2", "--t-final", "0.1", "--out", "link.nc")
    assert cli(*words).status == 0
    assert (tmp_path / "real.nc").is_file()
    assert (tmp_path / "link.nc").is_symlink()


def test_damaged_files_of_other_verbs_are_one_sentence(cli, model_file, tmp_path):
    (tmp_path / "deep.toml").write_text("x = " + "[" * 100_000)
    (tmp_path / "a.cir").write_text("* title\nC0 x0 0 1p\n.end\n")
    (tmp_path / "bad.npy").write_bytes(b"\x93NUMPY\x01\x00\x76\x00" + b"(" * 117 + b"\n")
    words = ("validate", "a.cir", "--model", model_file, "--mapping", "deep.toml")
    assert "deep.toml can't be read: it is nested too deeply" in cli(*words).complaint
    assert "bad.npy is not a .npy file" in cli("train", "--patterns", "bad.npy").complaint


@pytest.mark.parametrize(
    "words",
    [
        "compile m.npz --out m.npz",
        "compile m.npz --out ./sub/../m.npz",
        "compile m.npz --out link.npz",
        "compile m.npz --out hard.npz",
        "sample m.npz -n 2 --t-final 0.1 --out m.npz",
        "import m.npz --clamp 0=1 --out m.npz",
        "import J.npy --biases b.npy --out b.npy",
        "explore m.npz --patterns p.npy --out p.npy",
        "train --patterns p.npy --hidden-units 2 --out p.npy",
        "validate m.cir --model m.npz -n 2 --out m.npz",
        "compile m.npz --bom m.npz",
        "compile m.npz --kicad link.npz",
        "compile m.npz --bom machine.cir",
        "compile m.npz --out new --graph ./new",
    ],
)
def test_what_a_verb_reads_is_not_replaced(cli, tmp_path, words):
    hwkit.save_model(hwkit.EnergyModel([[0, 1], [1, 0]], [0, 0]), "m.npz")
    for name in ("J.npy", "b.npy", "p.npy", "m.cir"):
        (tmp_path / name).write_text("precious")
    (tmp_path / "sub").mkdir()
    (tmp_path / "link.npz").symlink_to("m.npz")
    (tmp_path / "hard.npz").hardlink_to("m.npz")
    before = contents(tmp_path)
    answer = cli(*words.split())
    assert answer.status == 2
    assert "would be replaced" in answer.err
    assert contents(tmp_path) == before


READ = {
    "biases", "bonds", "catalogue", "data", "files", "folder", "machine", "mapping", "model",
    "netlist", "patterns", "source", "study", "trajectories",
}  # fmt: skip


def test_every_option_with_a_path_is_known_to_be_read_or_written():
    """A new one that is written is protected once it is named in `hwkit.cli.verb`."""
    paths = {
        name
        for function, _ in VERBS
        for name, kind in get_type_hints(function).items()
        if "Path" in str(kind)
    }
    assert paths <= READ | _WRITTEN
    assert paths >= _WRITTEN
