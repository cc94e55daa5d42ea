"""ngspice itself, of the library that runs use or of another one, through PySpice as ever.

A library can be opened once in a process, so every run has a worker process of its own.
"""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from hwkit.errors import SimulationError
from hwkit.spice.library import find_library
from hwkit.spice.session import Session
from hwkit.spice.simulators.simulator import Simulator, Waveforms
from hwkit.workers import Failure, run_tasks

VARIABLE = "HWKIT_NGSPICE_PATH"

Task = tuple[str, tuple[str, ...]]


def find(path: str | None) -> Path:
    """Return the shared library of another ngspice.

    Raises:
        SimulationError: if none is named or it is not there.
    """
    named = path or os.environ.get(VARIABLE)
    if not named:
        raise SimulationError(
            "another ngspice needs its shared library: build or install a second version and give "
            f"its libngspice.so by --simulator-path or in {VARIABLE}"
        )
    if os.sep in named and not Path(named).is_file():
        raise SimulationError(f"ngspice library {named} does not exist; give another path")
    return Path(named).absolute() if os.sep in named else Path(named)


def run(library: Path, text: str, nodes: Sequence[str], timeout: float | None = None) -> Waveforms:
    """Run a standalone netlist in the ngspice of a library.

    Raises:
        SimulationError: if it can't be loaded or does not reach the end.
    """
    task: Task = (text, tuple(nodes))
    factory = "hwkit.spice.simulators.ngspice:_runner"
    [result] = run_tasks(factory, str(library), [task], timeout=timeout)
    if isinstance(result, Failure):
        raise SimulationError(f"ngspice ({library}): {result.reason}")
    assert isinstance(result, Waveforms)
    return result


def reference(text: str, nodes: Sequence[str], timeout: float | None = None) -> Waveforms:
    """Run a standalone netlist in the ngspice that all runs use.

    Raises:
        SimulationError: if it is not installed or does not reach the end.
    """
    return run(find_library(), text, nodes, timeout)


def _runner(library: str) -> Callable[[Task], Waveforms]:
    session = Session(Path(library))

    def simulate(task: Task) -> Waveforms:
        text, nodes = task
        lines = [line for line in text.splitlines() if not line.startswith(".print")]
        session.load("\n".join(lines), [(node, "0") for node in nodes])
        session.command("run")
        volts = {node: session.vector(f"v({node})") for node in nodes}
        return Waveforms(f"ngspice {session.version}", session.vector("time"), volts)

    return simulate


SIMULATOR = Simulator("ngspice", "ngspice", find, run, limit=1e-9, transistor_limit=1e-9)
