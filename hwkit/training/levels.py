"""Couplings of few bits: rounding with feedback.

Plain rounding moves every coupling on its own. Here they are rounded in rounds, those nearest to a
level first, and after each round the couplings that are still free, and the biases, are solved for
again with the rounded ones held: they take up the error, as in optimal brain quantisation.

    levels: k * step,  |k| <= 2^(bits - 1) - 1;   full scale = step * (2^(bits - 1) - 1)
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import ConfigError
from hwkit.ordering import rising, smallest, whole
from hwkit.training.exact import Solution, phi, solve_exact
from hwkit.training.robust import Penalty
from hwkit.training.statistics import NoisingStatistics

FloatArray = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Levels:
    """Equally spaced values on both sides of 0, and 0: what a small converter can set."""

    bits: int
    full_scale: float

    def __post_init__(self) -> None:
        if not 2 <= self.bits <= 24:
            raise ConfigError(f"bits is {self.bits}; levels need 2 to 24, one of them for the sign")
        if not (np.isfinite(self.full_scale) and self.full_scale > 0):
            raise ConfigError(f"full_scale is {self.full_scale!r}; it must be a number above 0")

    @property
    def step(self) -> float:
        """Distance between levels."""
        return self.full_scale / float(2 ** (self.bits - 1) - 1)

    def nearest(self, values: FloatArray) -> FloatArray:
        """Return the nearest level of every value, in the same shape."""
        within = np.clip(values, -self.full_scale, self.full_scale)
        return np.asarray(whole(within / self.step) * self.step)

    def stochastic(self, values: FloatArray, seed: int) -> FloatArray:
        """Return one of the two neighbouring levels of every value of a symmetric (N, N).

        The upper one is taken with the probability that makes the mean the value itself, for
        values within the full scale. Both triangles of the matrix are rounded alike.
        """
        within = np.clip(values, -self.full_scale, self.full_scale) / self.step
        draws = np.random.Generator(np.random.Philox(seed)).random(values.shape)
        draws = np.triu(draws) + np.triu(draws, 1).T
        return np.asarray(np.floor(within + draws) * self.step)

    def stochastic_variance(self, values: FloatArray) -> FloatArray:
        """Return the variance of stochastic rounding, step^2 f (1 - f), f the place in a step.

        One for each value, in the same shape.
        """
        place = np.clip(values, -self.full_scale, self.full_scale) / self.step % 1.0
        return np.asarray(self.step**2 * place * (1 - place))


def solve_levels(
    statistics: NoisingStatistics,
    mask: Mask,
    bias_mask: Mask,
    levels: Levels,
    rounds: int = 16,
    penalty: Penalty | None = None,
    tolerance: float = 1e-8,
) -> Solution:
    """Find couplings on levels; biases stay continuous. Arguments as for `solve_exact`.

    Args:
        levels: the values that couplings may have.
        rounds: number of rounds; 1 is plain rounding, with the biases solved for after it.

    Returns:
        Couplings, biases, and the residuals of the last solve.
    """
    if rounds < 1:
        raise ConfigError(f"rounds is {rounds}; give at least 1")
    found = solve_exact(statistics, mask, bias_mask, tolerance, penalty=penalty)
    free = np.triu(mask, 1)
    for left in range(rounds, 0, -1):
        J = found.J.copy()
        error = np.where(free, np.abs(J - levels.nearest(J)), np.inf)
        count = -(-np.count_nonzero(free) // left)
        chosen = np.zeros(free.size, dtype=bool)
        chosen[rising(error, levels.full_scale)[:count]] = True
        fixed = chosen.reshape(free.shape) & free
        free &= ~fixed
        both = fixed | fixed.T
        J[both] = levels.nearest(J[both])
        found = solve_exact(
            statistics, free | free.T, bias_mask, tolerance, penalty=penalty, start=(J, found.b)
        )
    return found


def best_levels(statistics: NoisingStatistics, J: FloatArray, bits: int) -> Levels:
    """Return levels of the full scale at which plain rounding of J, (N, N), loses least."""
    largest = float(np.max(np.abs(J)))
    scales = largest * np.linspace(0.2, 1.0, 17)

    def loss(scale: float) -> float:
        rounded = Levels(bits, scale).nearest(J)
        return phi(statistics, rounded, statistics.target_mean - rounded @ statistics.mean)

    return Levels(bits, float(scales[smallest([loss(scale) for scale in scales.tolist()])]))
