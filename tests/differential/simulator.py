"""ngspice's shared library, bound here once more and without hwkit: the oracle's own hands."""

import ctypes as c
import os
import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_TEXT = c.CFUNCTYPE(c.c_int, c.c_char_p, c.c_int, c.c_void_p)
_EXIT = c.CFUNCTYPE(c.c_int, c.c_int, c.c_bool, c.c_bool, c.c_int, c.c_void_p)
_SOURCE = c.CFUNCTYPE(c.c_int, c.POINTER(c.c_double), c.c_double, c.c_char_p, c.c_int, c.c_void_p)
_NAMES = ("libngspice.so.0", "libngspice.so", "libngspice.dylib")


class _Vector(c.Structure):
    _fields_ = (
        ("name", c.c_char_p),
        ("type", c.c_int),
        ("flags", c.c_short),
        ("real", c.POINTER(c.c_double)),
        ("complex", c.POINTER(c.c_double)),
        ("length", c.c_int),
    )


class Simulator:
    """One ngspice in this process, in an empty folder."""

    def __init__(self, folder: Path) -> None:
        (folder / ".spiceinit").touch()
        os.chdir(folder)
        self.messages: list[str] = []
        self.dead = False
        self.external = 0.0  # what sources called `external` deliver after t = 0, A
        self._file = folder / "netlist.cir"
        self._library: Any = _load()
        self._library.ngGet_Vec_Info.restype = c.POINTER(_Vector)
        self._library.ngSpice_AllVecs.restype = c.POINTER(c.c_char_p)
        self._library.ngSpice_CurPlot.restype = c.c_char_p
        self._callbacks = (_TEXT(self._message), _EXIT(self._leave), _SOURCE(self._source))
        text, leave, source = self._callbacks
        self._library.ngSpice_Init(text, None, leave, None, None, None, None)
        self._library.ngSpice_Init_Sync(source, source, None, None, None)
        for setting in ("nomoremode", "noaskquit", "notrnoise"):
            self.command(f"set {setting}")

    def _message(self, text: bytes, identity: int, user: Any) -> int:
        self.messages.append(text.decode(errors="replace"))
        return 0

    def _leave(self, *reasons: Any) -> int:
        self.dead = True
        return 0

    def _source(self, value: Any, time: float, name: bytes, identity: int, user: Any) -> int:
        value[0] = self.external if time > 0 else 0.0
        return 0

    def command(self, text: str) -> None:
        """Run a command; what came of it shows in the vectors."""
        self._library.ngSpice_Command(text.encode())

    def load(self, text: str) -> None:
        """Read a netlist as a file, as `ngspice netlist.cir` does."""
        self.messages.clear()
        self._file.write_text(text, encoding="utf-8", newline="")
        self.command(f"source {self._file}")
        self.command("save all")

    def thermal_volt(self) -> float:
        """Return k T / q at 27 degrees with ngspice's own constants."""
        boltzmann, charge = (self._vector(f"const.{n}".encode()) for n in ("boltz", "echarge"))
        assert boltzmann is not None
        assert charge is not None
        return float(boltzmann[0].real / charge[0].real * 300.15)

    def vectors(self) -> dict[str, NDArray[Any]]:
        """Return all vectors of the last analysis."""
        names = self._library.ngSpice_AllVecs(self._library.ngSpice_CurPlot())
        found: dict[str, NDArray[Any]] = {}
        for name in iter(_entries(names)):
            value = self._vector(name)
            if value is not None:
                text = name.decode(errors="replace").lower()
                found[re.sub(r"^v\((.*)\)$", r"\1", text)] = value  # a node called 1 is V(1)
        return found

    def _vector(self, name: bytes) -> NDArray[Any] | None:
        pointer = self._library.ngGet_Vec_Info(name)
        if not pointer:
            return None
        vector = pointer.contents
        if vector.real:
            return np.array(np.ctypeslib.as_array(vector.real, (vector.length,)))
        if vector.complex:
            return np.array(np.ctypeslib.as_array(vector.complex, (2 * vector.length,))).view(
                np.complex128
            )
        return None


def _entries(names: Any) -> list[bytes]:
    found: list[bytes] = []
    while names and names[len(found)]:
        found.append(names[len(found)])
    return found


def _load() -> c.CDLL:
    named = os.environ.get("NGSPICE_LIBRARY_PATH")
    for name in (named,) if named else _NAMES:
        try:
            return c.CDLL(name)
        except OSError:
            continue
    raise RuntimeError("ngspice's shared library was not found")
