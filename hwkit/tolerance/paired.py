"""Two yields on the same boards: how far apart they are, by the boards on which they differ.

b boards pass in the first way alone, c in the second alone, of n: the difference is (b - c) / n.
Interval: Agresti and Min (Statistics in Medicine 24, 729), Wald's with a half added to each of the
four counts, which covers about as often as it says also for few boards that differ.
"""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import ConfigError


@dataclass(frozen=True)
class YieldDifference:
    """The difference of two yields on the same boards, first less second, with its interval."""

    lost: int
    gained: int
    boards: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """The difference."""
        return (self.lost - self.gained) / self.boards


def paired_difference(
    first: NDArray[np.bool_], second: NDArray[np.bool_], level: float = 0.95
) -> YieldDifference:
    """Return how much larger the first yield is than the second; both say which boards pass, (n,).

    Raises:
        ConfigError: if they are not of the same boards, or say anything but yes or no.
    """
    if first.dtype != bool or second.dtype != bool:
        raise ConfigError(f"boards pass or not; give arrays of bool, not {first.dtype}")
    if not 0 < level < 1:
        raise ConfigError(f"the level is {level!r}; it must lie between 0 and 1")
    if first.shape != second.shape or first.size == 0:
        raise ConfigError(
            f"yields of {first.size} and {second.size} boards can't be paired; give the same boards"
        )
    lost = int(np.count_nonzero(first & ~second))
    gained = int(np.count_nonzero(second & ~first))
    n, b, c = first.size + 2, lost + 0.5, gained + 0.5
    middle = (b - c) / n
    half = NormalDist().inv_cdf((1 + level) / 2) * sqrt(b + c - (b - c) ** 2 / n) / n
    return YieldDifference(
        lost, gained, first.size, max(middle - half, -1.0), min(middle + half, 1.0)
    )
