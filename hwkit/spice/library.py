"""Find ngspice: the shared library for runs, the program for standalone files."""

import ctypes
import ctypes.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from hwkit.errors import SimulationError

INSTALL_HINT = (
    "install it with `apt-get install ngspice libngspice0` (Debian, Ubuntu), "
    "`dnf install ngspice libngspice` (Fedora), `brew install ngspice libngspice` (macOS) or "
    "`conda install -c conda-forge ngspice ngspice-lib` (conda)"
)
_LIBRARY_VARIABLE = "NGSPICE_LIBRARY_PATH"
_VERSION = re.compile(r"ngspice-(\d+(?:\.\d+)?)")
_SECONDS = 20.0  # for a program that prints a line
_LINKER_NAMES = ("libngspice.so.0", "libngspice.so")


def find_library() -> Path:
    """Return ngspice's shared library: a path, or a name that the dynamic linker knows.

    The variable NGSPICE_LIBRARY_PATH decides if it is set. Else the first that can be loaded is
    taken from the active conda environment, the environment of this Python, Homebrew's folder,
    /usr/local and where the dynamic linker looks.

    Raises:
        SimulationError: with the command that installs it.
    """
    named = os.environ.get(_LIBRARY_VARIABLE)
    if named:
        if _loads(named):  # a relative path is relative to the working folder
            return Path(named).absolute() if os.sep in named else Path(named)
        raise SimulationError(
            f"{_LIBRARY_VARIABLE} names {named}, which can't be loaded as ngspice's library; "
            f"correct or unset the variable, or {INSTALL_HINT}"
        )
    for candidate in _candidates():
        if _loads(candidate):
            return Path(candidate)
    raise SimulationError(f"ngspice's shared library was not found; {INSTALL_HINT}")


def find_program() -> Path:
    """Return the path of the `ngspice` program.

    Raises:
        SimulationError: with the command that installs it.
    """
    found = shutil.which("ngspice")
    if found is None:
        raise SimulationError(f"the program ngspice was not found; {INSTALL_HINT}")
    return Path(found).absolute()


def program_version(program: Path) -> str:
    """Return the version that the `ngspice` program says it is.

    Raises:
        SimulationError: if it doesn't run, doesn't answer, or is another program.
    """
    try:
        answer = subprocess.run(
            [str(program), "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=True,
        )
        found = _VERSION.search(answer.stdout.decode(errors="replace"))
    except (OSError, subprocess.SubprocessError):
        found = None
    if found is None:
        raise SimulationError(
            f"the program {program} does not say its version as ngspice does; remove it from your "
            f"PATH, or {INSTALL_HINT}"
        )
    return found[1]


def _candidates() -> Iterator[str]:
    file = "libngspice.dylib" if sys.platform == "darwin" else "libngspice.so"
    prefixes = (os.environ.get("CONDA_PREFIX"), sys.prefix, "/opt/homebrew", "/usr/local")
    for prefix in filter(None, prefixes):
        path = Path(prefix, "lib", file)
        if path.is_file():
            yield str(path)
    linked = ctypes.util.find_library("ngspice")
    if linked:
        yield linked
    yield from _LINKER_NAMES


def _loads(library: str) -> bool:
    """Say whether the dynamic linker can load it: a file may be there and lack what it needs.

    Nor is any library ngspice's.
    """
    try:
        return hasattr(ctypes.CDLL(library), "ngSpice_Init")
    except OSError:
        return False
