"""Noise of density 1/f, as a sum of relaxing currents (van der Ziel's superposition).

A stationary Ornstein-Uhlenbeck process of variance v and rate q has the two-sided density
2 v q / (q^2 + w^2). Rates a factor r apart, each of variance v = 2 f_c ln r, add up to

    S(f) = f_c / |f|    from the smallest rate / 2 pi to the largest

within 0.3 % for r = 4: white noise of density 1 beside it is as strong at the corner f_c, and
weaker below. Below the smallest rate the density is flat, so that the variance is finite. Source:
van der Ziel, Physica 16 (1950) 359.
"""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hwkit.deferred import deferred

if TYPE_CHECKING:
    from scipy import signal
else:
    signal = deferred("scipy.signal")

FloatArray = NDArray[np.float64]

RATIO = 4.0  # of neighbouring rates
_SLOWEST = 0.01  # smallest rate, over one in the whole duration
_ABOVE = 100.0  # fastest rate over that of the corner: there white noise is 100 times as strong


def flicker_noise(
    corner: FloatArray, n_steps: int, dt: float, rng: np.random.Generator
) -> FloatArray:
    """Return noise of density corner/|f|, two-sided, beside white noise of density 1.

    Args:
        corner: of each unit, in cycles per unit of time, (N,); 0 for none.
        n_steps: samples.
        dt: time between them.
        rng: of the noise.

    Returns:
        The noise at every step, (n_steps, N).
    """
    total = np.zeros((n_steps, corner.size))
    for unit in np.flatnonzero(corner):
        fastest = min(2 * np.pi * _ABOVE * corner[unit], 1 / dt)
        slowest = 2 * np.pi * _SLOWEST / (n_steps * dt)
        count = max(1, int(np.ceil(np.log(fastest / slowest) / np.log(RATIO))))
        variance = 2 * corner[unit] * np.log(RATIO)
        for rate in fastest / RATIO ** np.arange(count):
            keep = np.exp(-rate * dt)
            normals = rng.standard_normal(n_steps)
            normals[0] /= np.sqrt(1 - keep**2)  # stationary from the first step on
            kicks = np.sqrt(variance * (1 - keep**2)) * normals
            total[:, unit] += signal.lfilter([1.0], [1.0, -keep], kicks)
    return total
