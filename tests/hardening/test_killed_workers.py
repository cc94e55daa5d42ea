"""SIGKILL of a worker: its task is repeated, or the command says so and goes on when called again.

A worker of jobs = 1 has a task from its first moment on, so each kill costs an attempt.
"""

import os
import signal
import time

import pytest

from hwkit import Trajectories
from tests.hardening.interruptions import contents
from tests.hardening.test_interruption import emptied, start, temporaries, wait_for
from tests.processes import workers

pytestmark = pytest.mark.spice  # the verb `run` asks for ngspice's version first

CODESIGN = """
kind = "codesign"
name = "codesign"
variants = ["robust", "calibrated"]
[data]
classes = [0, 1]
[graph]
n_hidden = 0
[noising]
t_final = 0.5
dt = 0.05
[boards]
pilot = 2
fresh = {boards}
samples = 16
t_final = 0.5
dt = 0.01
[robust]
factors = [0.5, 1.0]
[calibration]
runs = 8
t_final = 1.0
[limits]
variant = "robust"
"""

RUN = """
name = "run"
[data]
classes = [0]
[machine]
n_hidden = 0
[protocol]
t_final = 0.5
dt = 0.05
[generation]
dt = 5e-3
samples = {boards}
ideal_samples = 20
save_every = 10
level = "full"
[checks]
drift_states = 0
order_paths = 0
implicit_paths = 0
known_answers = false
[distribution]
spice_runs = 0
"""
VERBS = {"codesign": (CODESIGN, "fresh boards"), "run": (RUN, "SPICE runs (full)")}


def kill_workers(process, times):
    """Kill a worker in its first moments, then the one in its place, and so on.

    Later it might have finished by the time that it is killed, on a machine that is quick enough.
    """
    hit = []
    while len(hit) < times:
        assert process.poll() is None, process.stderr.read()
        for pid in set(workers(process.pid)) - set(hit):
            os.kill(pid, signal.SIGKILL)
            hit.append(pid)
            break
        time.sleep(0.01)


def finish(process):
    out, err = process.communicate(timeout=600)
    return process.returncode, out, err.splitlines()


@pytest.fixture(scope="module", params=VERBS)
def undisturbed(request, tmp_path_factory):
    """A verb, the folder of its study, and the results of a run in peace."""
    folder = tmp_path_factory.mktemp(request.param)
    (folder / "study.toml").write_text(VERBS[request.param][0].format(boards=4))
    status, _, err = finish(start("run", "study.toml", "--out", "peace", cwd=folder))
    assert status in (0, 1), err
    return request.param, folder, status, contents(folder / "peace")


def disturbed(verb, folder, out, times):
    """Run with kills while the workers of its long stage are at work; return how it ends."""
    process = start("run", "study.toml", "--out", out, "--jobs", 1, cwd=folder)
    try:
        wait_for(process, VERBS[verb][1])
        kill_workers(process, times)
        status, _, err = finish(process)
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()
    assert emptied(process.pid)
    assert temporaries(folder) == []
    return status, err


def test_one_killed_worker_costs_nothing(undisturbed):
    verb, folder, status, results = undisturbed
    assert disturbed(verb, folder, "once", 1)[0] == status
    assert contents(folder / "once") == results


@pytest.mark.study
def test_a_task_killed_twice_is_told_and_made_up_for_when_called_again(undisturbed):
    verb, folder, status, results = undisturbed
    ended, err = disturbed(verb, folder, "twice", 2)
    if verb == "codesign":
        assert (ended, err[-1]) == (
            3,
            "hwkit: fresh boards: 1 of 4 failed; the first: its worker process ended (SIGKILL), "
            "2 times",
        )
    else:  # a run that failed is a failed row
        assert Trajectories.load(folder / "twice" / "spice.nc").failures.keys() == {0}
        assert ended in (0, 1)
    assert finish(start("run", "study.toml", "--out", "twice", cwd=folder))[0] == status
    assert contents(folder / "twice") == results
