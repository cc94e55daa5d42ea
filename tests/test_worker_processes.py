"""Worker processes: the server that they are forked from, what they see, and when they end."""

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
from hwkit.errors import ConfigError
from hwkit.workers import Failure, run_tasks
from tests.machines import random_machine
from tests.processes import processes
from tests.worker_tasks import TASKS

ROOT = Path(__file__).parents[1]


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
