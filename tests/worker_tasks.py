"""What workers do in the tests: factories that `run_tasks` finds by name."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from hwkit.errors import DataError
from tests.processes import processes

TASKS = __name__


def squares(setup):
    return lambda task: setup + task * task


def marks(folder):
    """Write one file per worker and per call, to be counted afterwards."""
    Path(folder, f"worker-{os.getpid()}").touch()

    def run(task):
        Path(folder, f"task-{task}-{time.monotonic_ns()}").touch()
        return task

    return run


def perilous(folder):
    """Kill, hang or fail, as the task says; "once" tasks do it only at the first attempt."""

    def run(task):
        kind, number = task
        marker = Path(folder, f"{kind}-{number}")
        again = marker.exists()
        with marker.open("a") as stream:
            stream.write("x")
        if kind == "killed" or (kind == "killed once" and not again):
            os.kill(os.getpid(), signal.SIGKILL)
        if kind == "exit":
            os._exit(7)
        if kind == "hang" or (kind == "hang once" and not again):
            time.sleep(60)
        if kind == "refused":
            raise DataError(f"entry {number} is bad")
        if kind == "bug":
            raise ZeroDivisionError("a bug of ours")
        return number

    return run


def survived(folder):
    """Start a program that goes on after the worker, and die."""

    def run(task):
        program = subprocess.Popen(["sleep", "60"], close_fds=False)
        Path(folder, str(program.pid)).touch()
        os.kill(os.getpid(), signal.SIGKILL)

    return run


def refuses(setup):
    raise DataError(f"setup {setup} is bad")


def environment(setup):
    return lambda task: os.environ.get(task)


def own_state(setup):
    """Whether modules of SPICE are loaded, threads of matrices, of numba, files, SIGTERM."""

    def run(task):
        import threadpoolctl

        loaded = "hwkit.spice.callbacks" in sys.modules
        threads = {library["num_threads"] for library in threadpoolctl.threadpool_info()}
        files = [
            os.path.realpath(f"/proc/self/fd/{number}") for number in os.listdir("/proc/self/fd")
        ]
        kept = any(name.endswith("pyproject.toml") for name in files)
        plain = signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
        return loaded, threads, os.environ["NUMBA_NUM_THREADS"], kept, plain

    return run


def sleeper(setup):
    def sleep(seconds):
        for _ in range(round(seconds / 0.05)):
            time.sleep(0.05)  # short, since a stop does not shorten what is slept
        return seconds

    return sleep


def litters(setup):
    def run(task):
        kind, _ = task
        folder = tempfile.mkdtemp()
        Path(folder, "left").touch()
        if kind == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        return folder

    return run


def killer(name):
    """Kill the process that asked for this one: on a cluster, Dask's worker."""
    listing = {str(pid): parent for pid, parent, _ in processes()}
    asked = int(listing[str(os.getppid())])  # the fork server is between them
    return lambda task: os.kill(asked, getattr(signal, name))


def doubler(setup):
    return lambda task: 2 * task


def slow_to_start(seconds):
    """Take a while before the first task."""
    time.sleep(seconds)
    return lambda task: task


_SEEN = []


def remembers(setup):
    """Say what this process was given before, and where it works."""

    def remember(task):
        _SEEN.append(task)
        return list(_SEEN), os.getcwd()

    return remember


def complains(setup):
    """Write to standard error."""
    return lambda task: os.write(2, task.encode())
