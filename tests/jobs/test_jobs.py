"""The jobs of docs/jobs.md, by the page's own commands: few of them, and each answers."""

import re
import shlex

import pytest

import hwkit
from tests.test_docs import ROOT, run_shell, snippets

PAGE = ROOT / "docs" / "jobs.md"
MOST_COMMANDS = 5

JOBS = dict(re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", PAGE.read_text("utf-8"), re.M | re.S))


def commands(job):
    """The hwkit commands of a job."""
    code = "\n".join(snippet.code for snippet in snippets(JOBS[job]))
    return [line for line in code.splitlines() if line.startswith("hwkit ")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where the jobs are done, one after the other, as on the page."""
    place = tmp_path_factory.mktemp("jobs")
    said = {}
    for job, text in JOBS.items():
        said[job] = "".join(run_shell(one, PAGE, place) for one in snippets(text))
    return place, said


@pytest.mark.parametrize("job", JOBS)
def test_a_job_takes_few_commands(job):
    assert 1 <= len(commands(job)) <= MOST_COMMANDS
    assert all(shlex.split(line)[0] == "hwkit" for line in commands(job))


@pytest.mark.spice
def test_arrays_become_a_verdict(folder):
    place, said = folder
    answer = said["Arrays in, a verdict out"].splitlines()
    assert answer[0] == "3 units, 3 couplings; wrote model.npz"
    assert answer[1] == "PASSED: all 5 limits are met."
    model = hwkit.load_model(place / "model.npz")
    assert model.J[0].tolist() == [0, -0.5, 0.25]
    assert model.b.tolist() == [0.1, 0, -0.2]
    assert (place / "verdict.json").exists()


@pytest.mark.spice
def test_a_netlist_goes_into_another_tool_and_comes_back(folder):
    place, said = folder
    assert "PASSED: all 5 limits are met." in said["A netlist into another tool"].splitlines()
    assert "unverified" in (place / "machine.net").read_text().splitlines()[1]
    assert (place / "board.net").read_text().startswith("(export")
    ours, theirs = (hwkit.load_model(place / name) for name in ("model.npz", "back.npz"))
    assert abs(ours.J - theirs.J).max() < 1e-9
    assert abs(ours.b - theirs.b).max() < 1e-9
