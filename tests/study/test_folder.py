import json

import numpy as np
import pytest

from hwkit import ConfigError, Trajectories
from hwkit.files import write_text
from hwkit.study.folder import RunFolder

STAMP = {"hwkit": "1", "plan": {"seed": 1}}


def text_result(folder, name, text, calls):
    def compute():
        calls.append(name)
        return text

    return folder.result(
        name, compute, lambda value, path: write_text(path, value), lambda path: path.read_text()
    )


def test_a_result_is_computed_once(tmp_path):
    calls = []
    for _ in range(2):
        folder = RunFolder(tmp_path / "run", STAMP)
        assert text_result(folder, "a.json", "1", calls) == "1"
    assert calls == ["a.json"]


def test_a_result_that_fails_is_not_there(tmp_path):
    folder = RunFolder(tmp_path, STAMP)
    with pytest.raises(ZeroDivisionError):
        folder.result("a.json", lambda: 1 / 0, write_text, lambda path: path.read_text())
    assert text_result(folder, "a.json", "1", []) == "1"


@pytest.mark.parametrize(
    ("ended", "times"), [("SIGKILL", 2), ("SIGTERM", 2), ("SIGSEGV", 1), ("exit status 7", 1)]
)
def test_runs_whose_worker_was_killed_are_made_again(tmp_path, ended, times):
    x = np.zeros((2, 3, 1))
    x[1] = np.nan
    runs = Trajectories(np.arange(3.0), x, {1: f"its worker process ended ({ended}), 2 times"})
    calls = []

    def compute():
        calls.append(1)
        return runs

    for _ in range(2):
        RunFolder(tmp_path, STAMP).trajectories("x.nc", compute)
    assert len(calls) == times


@pytest.mark.parametrize("other", [{"hwkit": "2", "plan": {"seed": 1}}, {**STAMP, "plan": {}}])
def test_results_of_another_plan_or_version_are_removed_and_nothing_else(tmp_path, other):
    text_result(RunFolder(tmp_path, STAMP), "a.nc", "old", [])
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "more").mkdir()
    folder, calls = RunFolder(tmp_path, other), []
    assert text_result(folder, "a.nc", "new", calls) == "new"
    assert calls == ["a.nc"]
    assert {path.name for path in tmp_path.iterdir()} == {"a.nc", "more", "notes.txt", "plan.json"}
    assert json.loads((tmp_path / "plan.json").read_text()) == other


@pytest.mark.parametrize("plan", [None, "", "{}", "[1]", "3", "no json", '{"plan": 1}', b"\xff"])
def test_a_foreign_folder_is_refused_and_left_alone(tmp_path, plan):
    (tmp_path / "precious.nc").write_text("data")
    if plan is not None:
        content = plan if isinstance(plan, bytes) else plan.encode()
        (tmp_path / "plan.json").write_bytes(content)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(ConfigError, match=r"no run folder .*plan\.json"):
        RunFolder(tmp_path, STAMP)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="file can't be written"):
        RunFolder(tmp_path / "file", STAMP)
