"""Many runs: same bytes for any number of workers, none lost with a worker, none kept in memory."""

import os
import signal
import threading
import time

import numpy as np
import pytest

from hwkit import compile_model, simulate_spice
from hwkit.langevin import TimeGrid
from hwkit.spice.running import Setup, Task
from hwkit.workers import run_tasks
from tests.machines import random_machine
from tests.processes import workers

pytestmark = pytest.mark.spice

N = 8


@pytest.fixture(scope="module")
def design():
    return compile_model(random_machine(N, 6))


class Saboteur(threading.Thread):
    """Once three runs are done, send a signal to a worker, and so on until `victims` had one."""

    def __init__(self, number, victims):
        super().__init__(daemon=True)
        self.number, self.victims = number, victims
        self.hit = []

    def progress(self, done, total):
        if done == 3:
            self.start()

    def run(self):
        while len(self.hit) < self.victims:
            for pid in [pid for pid in workers() if pid not in self.hit][:1]:
                os.kill(pid, self.number)
                self.hit.append(pid)
            time.sleep(0.002)  # leaves the processor to the worker


def runs(design, jobs, **arguments):
    """Twelve runs of 40 ms or so each."""
    return simulate_spice(
        design, 40.0, 0.01, 12, seed=3, save_every=100, level="mixed", jobs=jobs, **arguments
    )


@pytest.fixture(scope="module")
def undisturbed(design):
    return runs(design, jobs=1)


@pytest.mark.parametrize("jobs", [2, 3])
def test_the_same_bytes_for_any_number_of_workers(design, undisturbed, jobs):
    others = runs(design, jobs)
    assert others.x.tobytes() == undisturbed.x.tobytes()
    assert others.attributes == undisturbed.attributes


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_killed_worker_loses_nothing(design, undisturbed, jobs):
    saboteur = Saboteur(signal.SIGKILL, victims=1)
    disturbed = runs(design, jobs, progress=saboteur.progress)
    saboteur.join()
    assert len(saboteur.hit) == 1
    assert disturbed.failures == {}
    assert disturbed.x.tobytes() == undisturbed.x.tobytes()
    assert disturbed.attributes == undisturbed.attributes


def test_a_run_that_hangs_twice_is_recorded_and_the_rest_kept(design, undisturbed):
    """The worker is stopped in the middle, and so is the one that repeats its run.

    One run may take some times what all twelve and the start of a worker take in peace just now,
    however busy the machine is.
    """
    began = time.monotonic()
    runs(design, jobs=1)
    timeout = 1.0 + round(4 * (time.monotonic() - began))
    saboteur = Saboteur(signal.SIGSTOP, victims=2)
    disturbed = runs(design, 1, progress=saboteur.progress, timeout=timeout)
    saboteur.join()
    [(lost, reason)] = disturbed.failures.items()
    assert reason == f"took longer than {timeout:g} s, 2 times"
    assert 3 <= lost < 12
    assert np.all(np.isnan(disturbed.x[lost]))
    rest = np.arange(12) != lost
    assert disturbed.x[rest].tobytes() == undisturbed.x[rest].tobytes()


def memory(tidy, n_runs):
    setup = Setup(
        compile_model(random_machine(20, 1, density=0.2)), TimeGrid(2.0, 0.01), 1, "mixed", None, ""
    )
    tasks = [Task(run, np.zeros(20), None) for run in range(n_runs)]
    return run_tasks("tests.spice.memory:runner", (setup, tidy), tasks)


def test_mixed_runs_leave_nothing_in_memory():
    tidy = memory(tidy=True, n_runs=200)
    assert tidy[199] - tidy[99] < 1_000_000
    untidy = memory(tidy=False, n_runs=200)  # control: with the results of each run kept
    assert untidy[199] - untidy[99] > 2_000_000


@pytest.mark.study
def test_a_thousand_mixed_runs_leave_nothing_in_memory():
    held = memory(tidy=True, n_runs=1000)
    assert held[999] - held[199] < 5_000_000
