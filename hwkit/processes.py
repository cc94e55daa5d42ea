"""Worker processes: forks of a process that has loaded what they need.

That process, the server, is started with `subprocess` at the first need, and again where the
environment or the module path has changed since. (`multiprocessing` would import the caller's main
script once more.) A command that has just begun, and needs the same modules, loads them first and
forks the server off: they are loaded once for both. Workers run with one BLAS thread each: the
cores are taken by the workers. Each has a folder of its own for temporary files, which is removed
with it however it ends.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from typing import Any

from hwkit.fork_server import SINGLE_THREAD, Birth, load, serve_forked

_IRRELEVANT = "PYTEST_CURRENT_TEST"  # pytest sets it anew for each test, and no module reads it
_BOOT = "import sys; sys.path[:] = {path!r}; from hwkit.fork_server import serve; serve({handle})"
_FOLDER = getattr(os, "O_PATH", os.O_RDONLY)  # enough for a working folder, even one since removed


def prepare(module: str) -> None:
    """Have the server load a module of tasks.

    In a command that has loaded nothing yet, and so has nothing to leave behind in workers, this
    process loads it too, and the server is a fork of it.
    """
    begun = threading.active_count() == 1 and "numpy" not in sys.modules
    if not begun:
        _server().load(module)
    elif load(module):
        _server(forked=True)


class WorkerProcess:
    """One worker, and the line to it.

    Attributes:
        connection: takes what the worker is to do, and gives its answers.
    """

    def __init__(self, module: str, handles: Sequence[int] = ()) -> None:
        """Start it.

        Args:
            module: of its tasks.
            handles: file descriptors that it keeps open, such as that of a lock.

        Raises:
            OSError: if the system has no room for another process.
        """
        ours, theirs = socket.socketpair()
        self._folder = tempfile.mkdtemp(prefix="hwkit-")
        with theirs:
            try:
                self._server, self._number = _born(module, self._folder, theirs.fileno(), handles)
            except BaseException:
                ours.close()
                shutil.rmtree(self._folder, ignore_errors=True)
                raise
        self.connection = Connection(ours.detach())
        self._status: int | None = None

    def end(self) -> int:
        """Wait for a worker that has closed its line, and return its exit status."""
        if self._status is None:
            self._status = self._server.end(self._number)
        return self._status

    def kill(self) -> None:
        """End it now, and remove its folder."""
        self.connection.close()
        if self._status is None:
            with suppress(ProcessLookupError):
                os.kill(self._number, signal.SIGKILL)
            self.end()
        shutil.rmtree(self._folder, ignore_errors=True)


class _Server:
    """The process that workers are forked from."""

    def __init__(self, start: Callable[[int], "subprocess.Popen[bytes] | _Fork"]) -> None:
        ours, theirs = socket.socketpair()
        with theirs, _block_sigint():
            process = start(theirs.fileno())
        self._socket = ours
        self._requests = Connection(os.dup(ours.fileno()))
        self._turn = threading.Lock()
        weakref.finalize(self, _dismiss, os.getpid(), process, ours, self._requests)

    def fork(self, birth: Birth, handles: Sequence[int]) -> int:
        """Return the number of a new worker.

        Raises:
            OSError: if there can't be another process.
            EOFError: if the server is gone; ConnectionError is an OSError.
        """
        answer = self._ask(birth, handles)
        if isinstance(answer, OSError):
            raise answer
        return int(answer)

    def load(self, module: str) -> None:
        """Have it load a module of tasks, without waiting."""
        with self._turn, suppress(ConnectionError):  # the first worker meets that too
            self._requests.send(module)

    def end(self, number: int) -> int:
        """Return the exit status of a worker; that of a kill where the server is gone."""
        try:
            return int(self._ask(number))
        except (EOFError, ConnectionError):  # workers end with their server
            return -signal.SIGKILL

    def _ask(self, request: Birth | int, handles: Sequence[int] = ()) -> Any:
        """Return the server's answer.

        An exchange that is broken off, as by Ctrl-C, is the last: its answer would be taken for
        that of the next one.
        """
        with self._turn:
            try:
                self._requests.send(request)
                if handles:
                    socket.send_fds(self._socket, [b"."], list(handles))
                return self._requests.recv()
            except BaseException:
                with suppress(OSError):  # the server is gone already
                    self._socket.shutdown(socket.SHUT_RDWR)
                raise


def _started(path: list[str], handle: int) -> "subprocess.Popen[bytes]":
    """Start a server as a program of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", _BOOT.format(path=path, handle=handle)],
        pass_fds=[handle],
        env=os.environ | SINGLE_THREAD,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,  # ngspice writes there; results go through the socket
    )


@dataclass(frozen=True)
class _Fork:
    """A server that is a fork of this process."""

    number: int

    def kill(self) -> None:
        os.kill(self.number, signal.SIGKILL)

    def wait(self) -> None:
        os.waitpid(self.number, 0)


def _forked(path: list[str], handle: int) -> _Fork:
    """Fork a server off."""
    number = os.fork()
    if number == 0:
        try:
            serve_forked(path, handle)
        finally:
            os._exit(1)
    return _Fork(number)


def _dismiss(owner: int, process: "subprocess.Popen[bytes] | _Fork", *lines: Any) -> None:
    for line in lines:
        line.close()
    if os.getpid() != owner:  # a fork of who started it
        return
    process.kill()  # what it has forked ends soon after
    process.wait()


_last: tuple[Any, _Server] | None = None
_change = threading.Lock()


def _born(module: str, folder: str, line: int, handles: Sequence[int]) -> tuple[_Server, int]:
    """Return a new worker's server and number."""
    with ExitStack() as stack:
        errors = 2 if _has_errors() else _opened(stack, os.devnull, os.O_WRONLY)
        every = [_opened(stack, ".", _FOLDER), line, errors, *handles]
        birth = Birth(module, folder, len(every))
        server = _server()
        try:
            return server, server.fork(birth, every)
        except (EOFError, ConnectionError):  # the server was killed
            server = _server(instead_of=server)
            return server, server.fork(birth, every)


def _server(instead_of: _Server | None = None, forked: bool = False) -> _Server:
    """Return the server of this process and its surroundings, started if there is none."""
    global _last
    environment = {name: value for name, value in os.environ.items() if name != _IRRELEVANT}
    path = _module_path()
    key = (os.getpid(), path, environment)
    with _change:
        if _last is None or _last[0] != key or _last[1] is instead_of:
            _last = key, _Server(partial(_forked if forked else _started, path))
        return _last[1]


def _module_path() -> list[str]:
    """Return the module search path of a worker: that of this process."""
    given: list[object] = [*sys.path]
    entries = [entry for entry in given if isinstance(entry, str)]  # import skips others, too
    with suppress(FileNotFoundError):  # the working folder was removed
        return [os.path.abspath(entry) for entry in entries]
    return [entry for entry in entries if os.path.isabs(entry)]


def _opened(stack: ExitStack, path: str, flags: int) -> int:
    handle = os.open(path, flags)
    stack.callback(os.close, handle)
    return handle


def _has_errors() -> bool:
    """Say whether handle 2 is standard error: if that was closed at first, it is something else."""
    with suppress(OSError):
        os.fstat(2)
        return sys.__stderr__ is not None
    return False


@contextmanager
def _block_sigint() -> Iterator[None]:
    """Have processes started here never see Ctrl-C, which is the parent's to handle."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
