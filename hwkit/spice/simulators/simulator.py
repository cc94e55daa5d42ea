"""What a second simulator is, and how its program is run."""

import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import SimulationError

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Waveforms:
    """Node voltages of one transient analysis.

    Attributes:
        simulator: name and version of what made them.
        t: time points, ascending, (T,), s.
        volts: voltage of each node, (T,) each, V.
    """

    simulator: str
    t: FloatArray
    volts: Mapping[str, FloatArray]

    def __post_init__(self) -> None:
        for node, values in self.volts.items():
            if values.shape != self.t.shape or not np.all(np.isfinite(values)):
                raise SimulationError(
                    f"{self.simulator} gave no finite voltage of node {node} at every time point"
                )
        if self.t.size < 2 or np.any(np.diff(self.t) < 0):
            raise SimulationError(f"{self.simulator} gave {self.t.size} time points, not a run")

    def at(self, times: FloatArray) -> FloatArray:
        """Return the voltages at given times, joined linearly, (times, nodes), V."""
        return np.stack([np.interp(times, self.t, v) for v in self.volts.values()], axis=1)


@dataclass(frozen=True)
class Simulator:
    """A simulator that may be installed.

    Attributes:
        name: what it is called on the command line.
        dialect: language of its netlists.
        find: returns its program, library or package, at a path or, for None, wherever it is
            looked for; raises a SimulationError that says what to install.
        run: called as run(place, netlist text, nodes, timeout) with what `find` returned.
        limit: largest difference to ngspice, relative to the swing, that is still agreement.
        transistor_limit: the same where transistors' models are another program's.
    """

    name: str
    dialect: str
    find: Callable[[str | None], Path]
    run: Callable[[Path, str, Sequence[str], float | None], Waveforms]
    limit: float
    transistor_limit: float


def run_program(
    name: str, command: Sequence[str], folder: Path, timeout: float | None
) -> subprocess.CompletedProcess[str]:
    """Run a simulator's program in a folder.

    Raises:
        SimulationError: if it can't be started, takes too long or ends with an error.
    """
    try:
        done = subprocess.run(
            command, cwd=folder, timeout=timeout, capture_output=True, text=True, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise SimulationError(f"{name} took more than {timeout:g} s; raise the timeout") from error
    except OSError as error:
        raise SimulationError(f"{command[0]} can't be run: {error}") from error
    if done.returncode:
        said = [line.strip() for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        words = f"; its last line: {said[-1]}" if said else ""
        raise SimulationError(f"{name} ended with status {done.returncode}{words}")
    return done
