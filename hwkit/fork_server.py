"""What runs in the process that worker processes are forked from, and in the workers.

Loading numpy, numba, PySpice and what was compiled takes longer than many a task. So one
process (`processes` starts it) loads them once, and each worker is a fork of it: it starts within
milliseconds, and nothing of an earlier task is left in it. The server has one thread and runs
no task: it loads modules, forks, and says how workers ended.

Requests come through a socket, as pickled values: the name of a module to load; a `Birth`, then the
file descriptors that the worker keeps (its working folder, line of tasks and standard error, then
others); or the number of a worker whose exit status is asked for.
"""

import importlib
import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from hwkit.deferred import load_own
from hwkit.errors import HwkitError

SINGLE_THREAD = dict.fromkeys(
    ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1"
)
_WATCH_SECONDS = 0.5  # how often a worker looks whether its parent lives
_ENDING_SECONDS = 5.0  # for a worker whose line is closed, until it is killed
_PAUSE_SECONDS = 0.01


@dataclass(frozen=True)
class Birth:
    """A request for a worker.

    Attributes:
        module: of its tasks; loaded before the fork if it is one of hwkit's own.
        folder: for its temporary files.
        handles: how many file descriptors follow.
    """

    module: str
    folder: str
    handles: int


def serve(handle: int) -> None:
    """Fork workers until the parent closes the line."""
    os.chdir(os.sep)  # the parent's working folder may be removed
    line = socket.socket(fileno=handle)
    requests = Connection(os.dup(handle))
    with suppress(EOFError, OSError):  # the parent has closed the line, or broken off
        while True:
            request = requests.recv()
            if isinstance(request, int):
                requests.send(_end(request))
            elif isinstance(request, str):
                load(request)
            else:
                requests.send(_fork(request, line, requests))


def serve_forked(path: list[str], handle: int) -> None:
    """Serve in a fork of a command, and end: with its modules, but not its surroundings.

    Args:
        path: where workers look for modules.
        handle: the line; every other open file but standard error is closed.
    """
    from threadpoolctl import threadpool_limits

    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.environ.update(SINGLE_THREAD)
    threadpool_limits(1)  # libraries that are loaded don't look at the environment again
    sys.path[:] = path
    sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1):  # ngspice writes there; results go through the socket
        os.dup2(nothing, stream)
    os.closerange(3, handle)
    os.closerange(handle + 1, os.sysconf("SC_OPEN_MAX"))
    serve(handle)
    os._exit(0)


def _fork(birth: Birth, line: socket.socket, requests: Connection) -> int | OSError:
    """Return the number of a new worker, or why there is none.

    Raises:
        EOFError: if the parent breaks off before the file descriptors.
    """
    _, handles, _, _ = socket.recv_fds(line, 1, birth.handles)
    if len(handles) < birth.handles:
        raise EOFError
    load(birth.module)
    server = os.getpid()
    try:
        number: int | OSError = os.fork()
    except OSError as error:
        number = error
    if number == 0:
        line.close()
        requests.close()
        _live(server, birth.folder, *handles)
    for each in handles:
        os.close(each)
    return number


def load(module: str) -> bool:
    """Load a module of tasks before the fork; return whether it is loaded.

    Modules that aren't hwkit's own may do anything when they are loaded: that is the worker's.
    """
    if module.startswith("hwkit."):
        with suppress(ImportError):  # the worker says so
            importlib.import_module(module)
            load_own()
            return True
    return False


def _end(number: int) -> int:
    """Wait for a worker whose line is closed, and return its exit status."""
    patience = time.monotonic() + _ENDING_SECONDS
    while time.monotonic() < patience:
        ended, status = os.waitpid(number, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(_PAUSE_SECONDS)
    os.kill(number, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])


def _live(server: int, folder: str, here: int, line: int, errors: int, *kept: int) -> None:
    """Be a worker, from the fork to the end of the process.

    Args:
        server: process that this one was forked from.
        folder: for temporary files.
        here: the working folder.
        line: tasks come from there.
        errors: standard error.
        kept: handles that stay open, such as that of a lock.
    """
    status = 1
    try:
        os.fchdir(here)
        os.close(here)
        os.dup2(errors, 2)
        os.close(errors)
        os.environ["TMPDIR"] = folder
        tempfile.tempdir = None
        os.set_inheritable(line, False)  # a program it starts would hold the line after its death
        threading.Thread(target=_follow, args=(server, folder), daemon=True).start()
        _answer(Connection(line))
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)


def _follow(server: int, folder: str) -> None:
    """End this process soon after its parent has, even in the middle of a task."""
    while os.getppid() == server:
        time.sleep(_WATCH_SECONDS)
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(1)


def _answer(line: Connection) -> None:
    """Answer tasks until the parent closes the line."""
    run: Callable[[Any], Any] | None = None
    try:
        factory, setup = line.recv()
        while True:
            task = line.recv()
            try:
                run = run or _load(factory)(setup)
                answer = ("done", run(task))
            except HwkitError as error:
                answer = ("failed", (str(error), type(error)))
            except Exception as error:
                words = traceback.format_exception_only(error)[-1].strip()
                answer = ("bug", (words, traceback.format_exc()))
            line.send(answer)
    except (EOFError, OSError):
        return


def _load(reference: str) -> Callable[[Any], Callable[[Any], Any]]:
    module, name = reference.split(":")
    loaded: Callable[[Any], Callable[[Any], Any]] = getattr(importlib.import_module(module), name)
    return loaded
