"""Worst case: the corner of all tolerances that a gradient points to, and all corners of a few.

With every part at one end of its tolerance there are 2^n corners. If the metric is monotonic in
each part, the worst one has every part at the end that its derivative's sign names. n evaluations
a round check that no single part, moved to its other end, makes things worse; where one does, the
worst such part is moved and the check repeated. Then no single change is worse, which need not be
the worst corner of all if the metric is far from monotonic.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import ConfigError
from hwkit.ordering import TIE, largest

FloatArray = NDArray[np.float64]
_MOST = 12  # parts whose corners are enumerated


@dataclass(frozen=True, eq=False)
class WorstCase:
    """The worst corner that was found.

    Attributes:
        value: metric there.
        signs: end of each part's tolerance, -1 or 1, (n,).
        monotonic: whether the corner of the gradient's signs was it, without any move.
        evaluations: corners evaluated.
    """

    value: float
    signs: FloatArray
    monotonic: bool
    evaluations: int


def worst_case(
    metric: Callable[[FloatArray], FloatArray], gradient: FloatArray, smallest: bool = True
) -> WorstCase:
    """Return the worst corner near the one that the gradient points to.

    Args:
        metric: takes corners as signs, (corners, n), returns the metric of each, (corners,).
        gradient: derivative of the metric to each part's deviation at nominal, (n,).
        smallest: whether small metrics are bad.
    """
    direction = -1.0 if smallest else 1.0
    zero = TIE * float(np.max(np.abs(gradient), initial=0.0))
    signs = np.where(gradient >= -zero, direction, -direction)
    n = len(signs)
    value = float(metric(signs[None])[0])
    moves = 0
    while moves <= n:
        flipped = np.tile(signs, (n, 1))
        flipped[np.arange(n), np.arange(n)] *= -1
        values = metric(flipped)
        worst = largest(direction * values)
        if not direction * (values[worst] - value) > TIE * abs(value):
            break
        value, signs, moves = float(values[worst]), flipped[worst], moves + 1
    return WorstCase(value, signs, moves == 0, 1 + n * (moves + 1))


def enumerated(
    metric: Callable[[FloatArray], FloatArray], n: int, smallest: bool = True
) -> WorstCase:
    """Return the worst of all 2^n corners; the metric takes signs (corners, n) to (corners,).

    Raises:
        ConfigError: if there are more than 12 parts.
    """
    if not 1 <= n <= _MOST:
        raise ConfigError(f"{n} parts have 2^{n} corners; at most {_MOST} are enumerated")
    corners = np.array(list(product((-1.0, 1.0), repeat=n)))
    values = metric(corners)
    place = largest(-values if smallest else values)
    return WorstCase(float(values[place]), corners[place], True, len(corners))
