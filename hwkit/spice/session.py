"""One ngspice library session: load a netlist, run it, read it. PySpice binds the library.

A process can hold one ngspice; a session is it. ngspice works in a private folder: there is nothing
in it to obey but an empty `.spiceinit`, which hides the user's own (that would change results), and
what ngspice writes on its own account (`b3v3check.log`) is removed with it. ngspice's messages are
kept, but they are no verdict: what a run did is judged by its states.
"""

import logging
import os
import re
import tempfile
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hwkit.deferred import deferred
from hwkit.errors import SimulationError
from hwkit.spice.library import find_library
from hwkit.surroundings import standing_in
from hwkit.workers import Failure, run_tasks

if TYPE_CHECKING:
    from hwkit.spice import callbacks, mailbox
else:
    callbacks = deferred("hwkit.spice.callbacks")  # compiled when a run starts, in a worker
    mailbox = deferred("hwkit.spice.mailbox")

FloatArray = NDArray[np.float64]

_KEPT_MESSAGES = 200
_ANSWER_SECONDS = 120.0  # for a start and one question, which take two

KLU = "KLU"


@cache
def session() -> "Session":
    """Return this process's session, opened at the first call.

    Raises:
        SimulationError: if ngspice is not installed or can't be loaded.
    """
    return Session(find_library())


class Session:
    """ngspice in this process; use `session()`, since the library can be opened only once."""

    def __init__(self, library: Path) -> None:
        self.library = library
        self.mailbox = mailbox.Mailbox.empty()
        self.messages: list[str] = []
        self._about = ""
        self._loaded = False
        self._vector_names: list[str] = []
        self._keepalive: list[Any] = []
        self._folder = tempfile.TemporaryDirectory(prefix="hwkit-ngspice-")
        Path(self._folder.name, ".spiceinit").touch()
        with standing_in(self._folder.name):
            self._bind(library)
        self.command("set nomoremode")
        self.command("set noaskquit")
        self.command("set num_threads=1")  # transistor models start threads that cost 1,000 times
        self.messages.clear()
        self.command("version -f")
        self._about = "\n".join(self.messages)
        self.messages.clear()

    def _bind(self, library: Path) -> None:
        os.environ["NGSPICE_LIBRARY_PATH"] = str(library)
        logging.getLogger("PySpice").addHandler(logging.NullHandler())
        logging.getLogger("PySpice").propagate = False  # it logs "Unsupported Ngspice version"
        from PySpice.Spice.NgSpice import Shared  # slow to import: only where a simulation runs

        Shared.NgSpiceShared.setup_platform()
        try:
            # send_data=True: a library first initialised without that callback never calls it.
            self._shared = Shared.NgSpiceShared(send_data=True)
        except OSError as error:
            raise SimulationError(f"{library} can't be loaded: {error}") from error
        self._api = self._shared._ngspice_shared
        self._ffi = Shared.ffi
        self._install_callbacks()

    def _install_callbacks(self) -> None:
        """Initialise once more, with compiled callbacks and the mailbox as user data."""
        ffi = self._ffi
        message = ffi.callback("int (char *, int, void *)", self._on_message)
        status = ffi.callback("int (char *, int, void *)", lambda text, ident, user: 0)
        leave = ffi.callback("int (int, bool, bool, int, void *)", lambda *arguments: 0)
        vectors = ffi.callback("int (pvecinfoall, int, void *)", self._on_vectors)
        thread = ffi.callback("int (bool, int, void *)", lambda *arguments: 0)
        user = ffi.cast("void *", self.mailbox.address)
        data = ffi.cast("SendData *", callbacks.accepted_point.address)
        current = ffi.cast("GetISRCData *", callbacks.source_current.address)
        step = ffi.cast("GetSyncData *", callbacks.next_step.address)
        identity = ffi.new("int *", 0)
        self._keepalive += [message, status, leave, vectors, thread, identity]
        self._api.ngSpice_Init(message, status, leave, data, vectors, thread, user)
        self._api.ngSpice_Init_Sync(ffi.NULL, current, step, identity, user)

    def _on_message(self, text: Any, identity: int, user: Any) -> int:
        line = self._ffi.string(text).decode(errors="replace")
        self.messages.append(line.removeprefix("stdout ").removeprefix("stderr "))
        del self.messages[:-_KEPT_MESSAGES]
        return 0

    def _on_vectors(self, info: Any, identity: int, user: Any) -> int:
        names = (self._ffi.string(info.vecs[i].vecname).decode() for i in range(info.veccount))
        self._vector_names = [_plain(name) for name in names]
        if self.mailbox.arrays:
            index = {name: i for i, name in enumerate(self._vector_names)}
            index["0"] = callbacks.GROUND
            missing = callbacks.MISSING
            places = [(index.get(a, missing), index.get(b, missing)) for a, b in self._ends]
            self.mailbox.place(places, index.get("time", missing))
        return 0

    def command(self, text: str) -> None:
        """Run an interactive command.

        Raises:
            SimulationError: if ngspice refuses it.
        """
        with standing_in(self._folder.name):
            refused = self._api.ngSpice_Command(text.encode()) != 0
        if refused:
            raise SimulationError(f"ngspice refused the command {text!r}{self.complaint()}")

    def commands(self, texts: Sequence[str]) -> None:
        """Run many short commands."""
        for text in texts:
            self.command(text)

    def load(self, text: str, ends: Sequence[tuple[str, str]]) -> None:
        """Replace the loaded circuit by a netlist; `ends` are both nodes of each unit, in order.

        Raises:
            SimulationError: if ngspice can't read it.
        """
        self.unload()
        lines = [self._ffi.new("char[]", line.encode()) for line in text.splitlines() if line]
        deck = self._ffi.new("char *[]", [*lines, self._ffi.new("char[]", b""), self._ffi.NULL])
        with standing_in(self._folder.name):
            refused = self._api.ngSpice_Circ(deck) != 0
        if refused:
            raise SimulationError(f"ngspice can't read the netlist{self.complaint()}")
        self._ends = list(ends)
        self._loaded = True

    def unload(self) -> None:
        """Forget the loaded circuit and its results; ngspice would keep both."""
        self.command("destroy all")
        if self._loaded:
            self.command("remcirc")
            self._loaded = False
        self.messages.clear()

    def vector(self, name: str) -> FloatArray:
        """Return a copy of a vector, (points,), of the last analysis, by its name in SPICE, in SI.

        Raises:
            SimulationError: if there is none.
        """
        info = self._api.ngGet_Vec_Info(name.encode())
        if info == self._ffi.NULL or info.v_realdata == self._ffi.NULL:
            raise SimulationError(f"ngspice has no vector {name!r}{self.complaint()}")
        buffer = self._ffi.buffer(info.v_realdata, 8 * info.v_length)
        return np.frombuffer(buffer, dtype=np.float64).copy()

    def complex_vector(self, name: str) -> NDArray[np.complex128]:
        """Return a copy of a vector of the last small-signal analysis, (points,), in SI units.

        Raises:
            SimulationError: if there is none.
        """
        info = self._api.ngGet_Vec_Info(name.encode())
        if info == self._ffi.NULL or info.v_compdata == self._ffi.NULL:
            raise SimulationError(f"ngspice has no complex vector {name!r}{self.complaint()}")
        buffer = self._ffi.buffer(info.v_compdata, 16 * info.v_length)
        return np.frombuffer(buffer, dtype=np.complex128).copy()

    @property
    def version(self) -> str:
        """The version of ngspice, such as "39"."""
        match = re.search(r"ngspice-(\S+)", self._about)
        return match[1] if match else "unknown"

    @property
    def solver(self) -> str:
        """The best solver of linear equations that this ngspice was built with."""
        return KLU if KLU in self._about else "Sparse 1.3"

    def complaint(self) -> str:
        """Return ngspice's last words about an error, to end a sentence with."""
        words = [m for m in self.messages if re.search(r"error|fail|too small|singular", m, re.I)]
        return f"; it says: {words[-1].strip()}" if words else ""


def ngspice_version() -> str:
    """Return the version of the ngspice that runs would use, such as "39".

    Asked in a worker process, so that this one does not hold a simulator.

    Raises:
        SimulationError: if ngspice is not installed.
    """
    return _asked(find_library())[0]


def ngspice_solver() -> str:
    """Return the solver that coupled circuits would use: "KLU", or "Sparse 1.3" without it.

    Raises:
        SimulationError: if ngspice is not installed.
    """
    return _asked(find_library())[1]


@cache
def _asked(library: Path) -> tuple[str, str]:
    """Return version and solver of an ngspice; a process that has asked once knows both."""
    [answer] = run_tasks("hwkit.spice.session:_answerer", None, [None], timeout=_ANSWER_SECONDS)
    if isinstance(answer, Failure):
        raise SimulationError(f"ngspice does not start: {answer.reason}")
    return str(answer[0]), str(answer[1])


def _answerer(setup: None) -> Callable[[None], tuple[str, str]]:
    return lambda question: (session().version, session().solver)


def _plain(name: str) -> str:
    """`V(x1)` and `x1` are the same vector."""
    match = re.fullmatch(r"[vV]\((.*)\)", name)
    return (match[1] if match else name).lower()
