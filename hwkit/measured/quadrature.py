"""Weights of the integral from 0 to m steps of a function that is known at whole steps.

A polynomial through the points 0 ... max(m, 3) is integrated: Simpson's rule for m = 2, Boole's
for 4. The error of m = 2 is h^5/90 of the fourth derivative.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

_POINTS = 3


@cache
def weights(steps: int) -> NDArray[np.float64]:
    """Return the weights of points 0 ... max(steps, 3), in steps."""
    nodes = np.arange(max(steps, _POINTS) + 1, dtype=np.float64)
    order = np.arange(nodes.size)
    powers = nodes[None, :] ** order[:, None]
    rule = np.asarray(np.linalg.solve(powers, float(steps) ** (order + 1) / (order + 1)))
    rule.flags.writeable = False  # it is returned again
    return rule
