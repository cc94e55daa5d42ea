"""Retrain what can still be set on one board, with all the rest as it was found to be.

phi is quadratic in the trims too. Biases alone have a closed form, b = n - J m with the board's own
(directed) J; couplings that can be set are solved for by conjugate gradients, all others held.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwkit.codesign.inference import Inferred
from hwkit.errors import ConfigError
from hwkit.ordering import whole
from hwkit.training import NoisingStatistics, solve_exact

FloatArray = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Dac:
    """What a trim can be set to: multiples of `step` up to `reach`; any value if step is 0."""

    step: float = 0.0
    reach: float = np.inf

    def __post_init__(self) -> None:
        if not (np.isfinite(self.step) and self.step >= 0 and self.reach > 0):
            raise ConfigError(
                f"trims have the step {self.step!r} and the reach {self.reach!r}; give a step of "
                "at least 0 and a reach above 0"
            )

    def nearest(self, values: FloatArray) -> FloatArray:
        """Return the nearest setting of every value, in the same shape and unit."""
        steps = values if self.step == 0 else whole(values / self.step) * self.step
        return np.clip(steps, -self.reach, self.reach)


def trim_biases(
    statistics: NoisingStatistics,
    found: Inferred,
    dac: Dac | None = None,
    which: Mask | None = None,
) -> FloatArray:
    """Return what to add to each bias, (N,).

    Args:
        statistics: of the patterns on this hardware.
        found: the board as it was estimated.
        dac: settings of a trim; continuous if None.
        which: (N,), biases that have a trim; all if None.
    """
    wanted = statistics.target_mean - found.J @ statistics.mean - found.b
    chosen = np.ones(wanted.size, dtype=bool) if which is None else which
    return np.where(chosen, (dac or Dac()).nearest(wanted), 0.0)


def trim_couplings(
    statistics: NoisingStatistics,
    found: Inferred,
    couplings: Mask,
    biases: Mask,
    dac: Dac | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Return what to add to each coupling of each direction, (N, N), and to each bias, (N,).

    Args:
        statistics, found, dac: as for `trim_biases`; couplings are set first, then the biases.
        couplings: (N, N), directed couplings that have a trim.
        biases: (N,), biases that have one.
    """
    best = solve_exact(statistics, couplings, biases, start=(found.J, found.b), directed=True)
    settings = dac or Dac()
    change = np.where(couplings, settings.nearest(best.J - found.J), 0.0)
    after = Inferred(found.J + change, found.b, found.J_stderr, found.b_stderr)
    return change, trim_biases(statistics, after, settings, biases)
