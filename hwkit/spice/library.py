"""Find ngspice: the shared library for runs, the program for standalone files."""

import ctypes.util
import os
import shutil
import sys
from pathlib import Path

from hwkit.errors import SimulationError

INSTALL_HINT = (
    "install it with `apt-get install ngspice libngspice0` (Debian, Ubuntu), "
    "`dnf install ngspice libngspice` (Fedora), `brew install ngspice libngspice` (macOS) or "
    "`conda install -c conda-forge ngspice libngspice`"
)
_LIBRARY_VARIABLE = "NGSPICE_LIBRARY_PATH"
_PATTERNS = (
    "lib/libngspice.so*",
    "lib64/libngspice.so*",
    "lib/*-linux-gnu*/libngspice.so*",
    "lib/libngspice*.dylib",
    "Library/bin/ngspice.dll",
)


def find_library() -> Path:
    """Return the path of ngspice's shared library.

    Looked for in the variable NGSPICE_LIBRARY_PATH, beside this Python, in the usual system folders
    and where the dynamic linker looks.

    Raises:
        SimulationError: with the command that installs it.
    """
    named = os.environ.get(_LIBRARY_VARIABLE)
    if named:
        if Path(named).is_file():
            return Path(named)
        raise SimulationError(f"{_LIBRARY_VARIABLE} names {named}, but there is no such file")
    for root in (Path(sys.prefix), Path("/usr/local"), Path("/usr"), Path("/opt/homebrew")):
        for pattern in _PATTERNS:
            found = sorted(root.glob(pattern))
            if found:
                return found[0]
    linked = ctypes.util.find_library("ngspice")
    if linked:
        return Path(linked)
    raise SimulationError(f"ngspice's shared library was not found; {INSTALL_HINT}")


def find_program() -> Path:
    """Return the path of the `ngspice` program.

    Raises:
        SimulationError: with the command that installs it.
    """
    found = shutil.which("ngspice")
    if found is None:
        raise SimulationError(f"the program ngspice was not found; {INSTALL_HINT}")
    return Path(found)
