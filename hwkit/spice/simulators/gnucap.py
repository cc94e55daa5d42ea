"""gnucap, run as a program in batch mode; its table of text is read, unit prefixes and all."""

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from hwkit.errors import SimulationError
from hwkit.spice.simulators.simulator import FloatArray, Simulator, Waveforms, run_program

VARIABLE = "HWKIT_GNUCAP_PATH"
_PREFIXES = {"f": 1e-15, "p": 1e-12, "n": 1e-9, "u": 1e-6, "m": 1e-3, "K": 1e3, "Meg": 1e6}
_VERSION, _TIME = "main version:", "#Time"


def find(path: str | None) -> Path:
    """Return the program.

    Raises:
        SimulationError: with the command that installs it.
    """
    named = path or os.environ.get(VARIABLE) or "gnucap"
    found = shutil.which(named)
    if found is None:
        raise SimulationError(
            f"the program {named} was not found; install gnucap with `apt-get install gnucap` "
            f"(Debian, Ubuntu), or give its path by --simulator-path or in {VARIABLE}"
        )
    return Path(found).absolute()


def run(program: Path, text: str, nodes: Sequence[str], timeout: float | None = None) -> Waveforms:
    """Run a standalone netlist.

    Raises:
        SimulationError: if gnucap fails or leaves something out.
    """
    with tempfile.TemporaryDirectory(prefix="hwkit-gnucap-") as name:
        folder = Path(name)
        (folder / "machine.ckt").write_text(text, encoding="ascii")
        done = run_program("gnucap", [str(program), "-b", "machine.ckt"], folder, timeout)
    versions = [line for line in done.stdout.splitlines() if line.startswith(_VERSION)]
    simulator = f"gnucap {versions[0].removeprefix(_VERSION).strip()}" if versions else "gnucap"
    names, table = _table(done.stdout)
    columns = {name: table[1:, k] for k, name in enumerate(names)}
    missing = [node for node in nodes if f"v({node})" not in columns]
    if missing or table.shape[0] < 2:
        said = (done.stdout + done.stderr).strip().splitlines() or ["nothing"]
        raise SimulationError(f"gnucap printed no table of all nodes; its last line: {said[-1]}")
    # The row of time 0 is left out: it is all zeros, whatever the capacitors start at.
    return Waveforms(simulator, columns[_TIME], {node: columns[f"v({node})"] for node in nodes})


def _table(text: str) -> tuple[list[str], FloatArray]:
    """Return the names of the columns and the rows of numbers, (T, columns)."""
    lines = text.splitlines()
    first = next((k for k, line in enumerate(lines) if line.startswith(_TIME)), len(lines))
    names = lines[first].split() if first < len(lines) else []
    words = (line.split() for line in lines[first + 1 :])
    rows = [list(map(_number, row)) for row in words if len(row) == len(names)]
    return names, np.array(rows).reshape(-1, len(names)) if names else np.zeros((0, 0))


def _number(word: str) -> float:
    digits = word.rstrip("".join({letter for prefix in _PREFIXES for letter in prefix}))
    return float(digits) * (_PREFIXES[word[len(digits) :]] if len(digits) < len(word) else 1.0)


SIMULATOR = Simulator("gnucap", "gnucap", find, run, limit=5e-5, transistor_limit=5e-5)
