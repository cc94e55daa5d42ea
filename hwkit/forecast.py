"""What work will take, said before it starts if that is minutes or gigabytes.

An estimate of first order: rates of one core of an ordinary machine, right to a factor of about
three. The ideal machine multiplies its couplings once a step and draws one normal for each unit;
what ngspice takes is in `hwkit.spice.cost`.
"""

import math
from dataclasses import dataclass

_COUPLING_SECONDS = 1e-10  # for a coupling, a step and a run
_UNIT_SECONDS = 4e-9  # for a unit, a step and a run
_LONG, _LARGE = 60.0, 1e9  # seconds and bytes from which on it is said


@dataclass(frozen=True)
class Forecast:
    """Seconds of the work, and bytes of memory at once."""

    seconds: float
    bytes: float

    def after(self, stage: str) -> str:
        """Return the name of a stage with the estimate, or alone if the work is short."""
        if self.seconds < _LONG and self.bytes < _LARGE:
            return stage
        parts = []
        if self.seconds >= _LONG:
            minutes, hours = self.seconds / 60, self.seconds / 3600
            parts.append(f"{hours:.2g} hours" if hours >= 2 else f"{minutes:.2g} minutes")
        if self.bytes >= _LARGE:
            parts.append(f"{self.bytes / 1e9:.2g} GB of memory")
        return f"{stage}, about {' and '.join(parts)}"


def step_count(t_final: float, dt: float) -> int:
    """Return how many steps a run has; 1 for values that the run itself will refuse."""
    ratio = t_final / dt if dt else 0.0
    return max(1, round(ratio)) if math.isfinite(ratio) else 1


def of_runs(
    seconds: float, units: int, steps: int, runs: int, jobs: int, save_every: int | None = None
) -> Forecast:
    """Return what runs of a circuit take, each worker holding the noise of its run.

    Args:
        seconds: that they take in their workers.
        units: of the circuit.
        steps: of one run.
        runs: how many runs.
        jobs: worker processes.
        save_every: as for `simulate_langevin`.
    """
    noise = 3 * 8.0 * units * steps * min(jobs, runs)
    return Forecast(seconds, noise + _states(units, steps, runs, save_every))


def ideal_runs(
    couplings: int, units: int, steps: int, runs: int, save_every: int | None = None
) -> Forecast:
    """Return what runs of the ideal machine take on one core.

    Args:
        couplings, units: of the machine.
        steps: of one run.
        runs: how many runs.
        save_every: as for `simulate_langevin`.
    """
    each = _COUPLING_SECONDS * couplings + _UNIT_SECONDS * units
    return Forecast(each * steps * runs, _states(units, steps, runs, save_every))


def _states(units: int, steps: int, runs: int, save_every: int | None) -> float:
    """Return bytes of the states that are kept: while they are written, there are two of each."""
    return 2 * 8.0 * units * runs * (2 if save_every is None else steps // save_every + 1)
