"""Tasks in worker processes: order, second attempts, limits of time, errors."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from hwkit.errors import ConfigError, SimulationError
from hwkit.workers import Failure, available_cores, run_tasks
from tests.worker_tasks import TASKS

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("jobs", [1, 3])
def test_results_come_in_the_order_of_the_tasks(jobs):
    seen = []
    results = run_tasks(
        f"{TASKS}:squares", 100, list(range(20)), jobs, progress=lambda *args: seen.append(args)
    )
    assert results == [100 + i * i for i in range(20)]
    assert seen == [(done, 20) for done in range(1, 21)]


def test_no_tasks_no_results():
    assert run_tasks(f"{TASKS}:squares", 0, [], jobs=2) == []


def test_each_worker_is_set_up_once(tmp_path):
    run_tasks(f"{TASKS}:marks", str(tmp_path), list(range(12)), jobs=2)
    names = [path.name for path in tmp_path.iterdir()]
    assert 1 <= sum(name.startswith("worker") for name in names) <= 2
    assert sum(name.startswith("task") for name in names) == 12


def test_workers_use_one_thread_each():
    names = ["OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "NUMBA_NUM_THREADS"]
    assert run_tasks(f"{TASKS}:environment", None, names) == ["1"] * 3


def test_workers_see_the_surroundings_of_the_moment(tmp_path, monkeypatch):
    for value in ("one", "two"):
        monkeypatch.setenv("HWKIT_A_TEST", value)
        (tmp_path / value).mkdir()
        monkeypatch.chdir(tmp_path / value)
        assert run_tasks(f"{TASKS}:environment", None, ["HWKIT_A_TEST"]) == [value]
        [[seen, folder]] = run_tasks(f"{TASKS}:remembers", None, [value])
        assert seen == [value], "a new worker knows nothing of earlier tasks"
        assert Path(folder) == tmp_path / value


def test_workers_write_to_the_standard_error_of_the_moment(capfd):
    run_tasks(f"{TASKS}:squares", 0, [1])
    capfd.readouterr()
    run_tasks(f"{TASKS}:complains", None, ["here"])
    assert capfd.readouterr().err == "here"


def attempts(folder, kind, number):
    return len(Path(folder, f"{kind}-{number}").read_text())


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_killed_worker_costs_nothing_if_the_second_attempt_succeeds(tmp_path, jobs):
    tasks = [("fine", 0), ("killed once", 1), ("fine", 2), ("killed once", 3), ("fine", 4)]
    results = run_tasks(f"{TASKS}:perilous", str(tmp_path), tasks, jobs)
    assert results == [0, 1, 2, 3, 4]
    assert attempts(tmp_path, "killed once", 1) == 2
    assert attempts(tmp_path, "fine", 0) == 1


def test_a_program_that_outlives_its_worker_does_not_hold_the_result_up(tmp_path):
    results = run_tasks(f"{TASKS}:survived", str(tmp_path), [0])
    assert results == [Failure("its worker process ended (SIGKILL), 2 times")]
    programs = [int(path.name) for path in tmp_path.iterdir()]
    assert len(programs) == 2
    for program in programs:
        os.kill(program, signal.SIGKILL)  # fails unless it still runs


def test_a_task_that_kills_its_worker_twice_is_recorded_and_the_others_go_on(tmp_path):
    tasks = [("fine", 0), ("killed", 1), ("fine", 2), ("exit", 3), ("fine", 4)]
    seen = []
    results = run_tasks(
        f"{TASKS}:perilous", str(tmp_path), tasks, 2, progress=lambda *args: seen.append(args)
    )
    assert [results[i] for i in (0, 2, 4)] == [0, 2, 4]
    assert results[1] == Failure("its worker process ended (SIGKILL), 2 times")
    assert results[3] == Failure("its worker process ended (exit status 7), 2 times")
    assert attempts(tmp_path, "killed", 1) == 2
    assert seen[-1] == (5, 5)


def patience(times):
    """Return some times the seconds that a worker takes to start and answer, on a machine as busy.

    A task's limit counts from when its worker is started.
    """
    began = time.monotonic()
    run_tasks(f"{TASKS}:squares", 0, [0, 1])
    return 1.0 + times * round(time.monotonic() - began, 1)


def test_a_task_that_hangs_is_ended_after_its_time(tmp_path):
    tasks = [("fine", 0), ("hang", 1), ("hang once", 2), ("fine", 3)]
    timeout = patience(4)
    results = run_tasks(f"{TASKS}:perilous", str(tmp_path), tasks, 2, timeout=timeout)
    assert results[0] == 0
    assert results[1] == Failure(f"took longer than {timeout:g} s, 2 times")
    assert results[2:] == [2, 3]


STOPPED = """
import sys
from hwkit.workers import run_tasks
print(run_tasks("tests.worker_tasks:sleeper", None, [3.0], timeout={timeout}))
"""


def test_stopped_time_does_not_count():
    """3 s of work, and standing still after Ctrl-Z for longer than the time allowed.

    A worker that is stopped alone counts as hanging: tests/spice/test_many.py.
    """
    timeout = 3.0 + patience(4)
    process = subprocess.Popen(
        [sys.executable, "-c", STOPPED.format(timeout=timeout)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    time.sleep(2.0)
    for number, pause in ((signal.SIGSTOP, timeout + 0.5), (signal.SIGCONT, 0.0)):
        os.killpg(process.pid, number)
        time.sleep(pause)
    out, _ = process.communicate(timeout=600)
    assert out == "[3.0]\n"


def test_what_a_worker_leaves_in_its_folder_is_removed(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    tasks = [("fine", 0), ("killed", 1)]
    folders = run_tasks(f"{TASKS}:litters", None, tasks, jobs=1)
    assert folders[0].startswith(str(tmp_path))
    assert isinstance(folders[1], Failure)
    assert list(tmp_path.iterdir()) == []


def test_an_error_of_ours_is_recorded_at_once_and_not_repeated(tmp_path):
    tasks = [("refused", 0), ("fine", 1), ("refused", 2)]
    results = run_tasks(f"{TASKS}:perilous", str(tmp_path), tasks)
    assert results == [Failure("entry 0 is bad"), 1, Failure("entry 2 is bad")]
    assert attempts(tmp_path, "refused", 0) == 1


def test_an_error_in_the_set_up_fails_every_task():
    results = run_tasks(f"{TASKS}:refuses", 7, [1, 2], jobs=2)
    assert results == [Failure("setup 7 is bad")] * 2


def test_a_bug_is_raised_with_its_traceback(tmp_path):
    with pytest.raises(SimulationError, match=r"unexpected error .*a bug of ours") as raised:
        run_tasks(f"{TASKS}:perilous", str(tmp_path), [("fine", 0), ("bug", 1), ("fine", 2)])
    assert "\n" not in str(raised.value)
    assert "Traceback" in raised.value.__notes__[0]


@pytest.mark.parametrize("jobs", [0, -1])
def test_fewer_than_one_job_is_refused(jobs):
    with pytest.raises(ConfigError, match=rf"jobs is {jobs}; give at least 1"):
        run_tasks(f"{TASKS}:squares", 0, [1], jobs)


@pytest.mark.parametrize("timeout", [0, -2.5, float("nan")])
def test_a_timeout_that_is_no_time_is_refused(timeout):
    with pytest.raises(ConfigError, match=r"timeout is .*; it must be a number of seconds above 0"):
        run_tasks(f"{TASKS}:squares", 0, [1], timeout=timeout)


def test_a_script_needs_no_main_guard(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "from hwkit.workers import run_tasks\n"
        "print(run_tasks('tests.worker_tasks:squares', 1, [1, 2, 3], jobs=2))\n"
    )
    done = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
    )
    assert done.stdout == "[2, 5, 10]\n"


def test_available_cores_is_at_least_one():
    assert available_cores() >= 1
