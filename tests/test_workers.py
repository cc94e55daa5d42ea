import errno
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

import hwkit.processes as processes_of_hwkit
from hwkit import save_model
from hwkit.errors import ConfigError, SimulationError
from hwkit.workers import Failure, available_cores, run_tasks
from tests.machines import random_machine
from tests.processes import processes

TASKS = "tests.worker_tasks"
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


def servers(parent):
    return [
        pid for pid, up, text in processes() if up == str(parent) and "hwkit.fork_server" in text
    ]


def test_a_server_that_was_killed_is_replaced():
    run_tasks(f"{TASKS}:squares", 0, [1])
    for server in servers(os.getpid()):
        os.kill(server, signal.SIGKILL)
    assert run_tasks(f"{TASKS}:squares", 0, [1, 2], jobs=2) == [1, 4]


class BrokenOff:
    """The line of requests to a server, of which Ctrl-C comes before the first answer."""

    def __init__(self, line):
        self.line = line
        self.send = line.send

    def recv(self):
        self.recv = self.line.recv
        raise KeyboardInterrupt


def test_an_answer_after_an_interrupt_is_not_taken_for_the_next_one(tmp_path, monkeypatch):
    run_tasks(f"{TASKS}:squares", 0, [1])
    server = processes_of_hwkit._server()
    monkeypatch.setattr(server, "_requests", BrokenOff(server._requests))
    with pytest.raises(KeyboardInterrupt):
        run_tasks(f"{TASKS}:squares", 0, [1])
    results = run_tasks(f"{TASKS}:perilous", str(tmp_path), [("killed", 1)])
    assert results == [Failure("its worker process ended (SIGKILL), 2 times")]


def test_a_handle_that_is_closed_costs_one_call(capfd):
    with pytest.raises(OSError, match="Bad file descriptor"):
        run_tasks(f"{TASKS}:squares", 0, [1], handles=[os.sysconf("SC_OPEN_MAX") - 1])
    assert run_tasks(f"{TASKS}:squares", 0, [3]) == [9]
    assert "Traceback" not in capfd.readouterr().err


def test_what_cannot_be_sent_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for _ in range(2):
        with pytest.raises((pickle.PicklingError, AttributeError)):
            run_tasks(f"{TASKS}:squares", lambda: 0, [1, 2], jobs=2)
    assert list(tmp_path.iterdir()) == []


def test_a_limit_of_processes_is_named(monkeypatch):
    def full(server, birth, handles):
        raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")

    monkeypatch.setattr(processes_of_hwkit._Server, "fork", full)
    with pytest.raises(ConfigError, match=r"process 1 of 2 can't be started.*take fewer jobs"):
        run_tasks(f"{TASKS}:squares", 0, [1, 2], jobs=2)


def test_entries_of_the_module_path_that_are_not_text_are_skipped(monkeypatch):
    monkeypatch.setattr(sys, "path", [*sys.path, None, 5])
    assert run_tasks(f"{TASKS}:squares", 0, [3]) == [9]


WITHOUT_ERRORS = """
from hwkit.workers import run_tasks
print(run_tasks("tests.worker_tasks:complains", None, ["a word of a worker"] * 3, jobs=2))
"""


def test_a_closed_standard_error_stays_closed_in_workers():
    command = f'exec "{sys.executable}" -c "$0" 2>&-'
    done = subprocess.run(
        ["/bin/sh", "-c", command, WITHOUT_ERRORS], cwd=ROOT, capture_output=True, timeout=60
    )
    assert done.stdout == b"[18, 18, 18]\n"


FORKED = """
from hwkit.processes import prepare
import signal
kept = open("pyproject.toml")
signal.signal(signal.SIGTERM, lambda *arguments: exit(3))
prepare("hwkit.spice.running")  # as a command does that has just begun
"""
LONG = """
from hwkit.workers import run_tasks
run_tasks("tests.worker_tasks:sleeper", None, [60.0, 60.0], jobs=2)
"""
ASKS = """
import os
from hwkit.workers import run_tasks
line = f"/proc/{os.getpid()}/task/{os.getpid()}/children"
[server] = open(line).read().split()
print(open(f"/proc/{server}/cmdline").read() == open("/proc/self/cmdline").read())
print(*run_tasks("tests.worker_tasks:own_state", None, [0])[0])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_command_forks_its_server_off_and_leaves_nothing_of_its_own_in_it():
    done = subprocess.run(
        [sys.executable, "-c", FORKED + ASKS],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        env=os.environ | {"OPENBLAS_NUM_THREADS": "2"},
    )
    assert done.stdout.splitlines() == ["True", "True {1} 1 False True"], done.stderr


def test_a_process_with_libraries_loaded_starts_its_server_as_a_program():
    import numpy  # noqa: F401

    assert len(servers(os.getpid())) <= 1
    processes_of_hwkit.prepare("hwkit.spice.running")
    assert len(servers(os.getpid())) == 1


@pytest.mark.parametrize("begun", ["", FORKED], ids=["program", "fork"])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_no_process_outlives_who_started_it(number, begun):
    process = subprocess.Popen([sys.executable, "-c", begun + LONG], cwd=ROOT)

    def living():
        return {pid for pid, _, text in processes() if text and pid in family}

    family = set()
    while len(family) < 3:
        time.sleep(0.05)
        family = {pid for pid, up, _ in processes() if up == str(process.pid)}
        family |= {pid for pid, up, _ in processes() if up in map(str, family)}
    process.send_signal(number)
    process.wait()
    patience = time.monotonic() + 60
    while living() and time.monotonic() < patience:
        time.sleep(0.1)
    assert not living()


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


LOADED_ONCE = """
import sys
import hwkit.processes
def start(path, handle):
    raise AssertionError("libraries are loaded twice")
hwkit.processes._started = start
from hwkit.cli import main
sys.argv[0] = "hwkit"
main()
"""


@pytest.mark.spice
@pytest.mark.parametrize(
    "words",
    [
        ("doctor",),
        ("validate", "model.npz", "-n", "1", "--t-final", "0.0025"),
        ("simulate", "model.npz", "-n", "1", "--t-final", "0.0025"),
    ],
    ids=lambda words: words[0],
)
def test_commands_that_ask_ngspice_load_their_libraries_once(tmp_path, words):
    save_model(random_machine(2, 1), tmp_path / "model.npz")
    done = subprocess.run(
        [sys.executable, "-c", LOADED_ONCE, *words], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
