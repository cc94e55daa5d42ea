"""The optimal couplings and biases by conjugate gradients: the loss is a convex quadratic in them.

    phi(J, b) = <|J x' + b - y|^2>,   R = J G + b m^T - B
    optimum:  mask o (R + R^T) = 0,   mask_b o (J m + b - n) = 0

Each pair J_ij = J_ji is one variable. No sampling and no time axis: only the statistics enter.
Preconditioner: the operator's diagonal, G_ii + G_jj for a pair.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import SimulationError
from hwkit.training.statistics import NoisingStatistics

FloatArray = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Solution:
    """The optimum (J, b), the relative gradient norm after each iteration, and phi there."""

    J: FloatArray
    b: FloatArray
    residuals: list[float]
    phi: float


def solve_exact(
    statistics: NoisingStatistics,
    mask: Mask,
    bias_mask: Mask,
    tolerance: float = 1e-10,
    max_iterations: int = 2000,
    progress: Callable[[int, int], None] | None = None,
) -> Solution:
    """Minimise phi over the masked couplings and biases.

    Args:
        statistics: averages over noising.
        mask: symmetric (N, N), False on the diagonal and for absent pairs.
        bias_mask: (N,), False for biases held at 0.
        tolerance: gradient norm at the end, relative to that at J = b = 0.
        max_iterations: limit on the iterations.
        progress: called as progress(iteration, max_iterations).

    Raises:
        SimulationError: if the tolerance is not reached.
    """
    diagonal = np.sum(statistics.factor**2, axis=0) + statistics.variance
    weights = 1 / (diagonal[:, None] + diagonal[None, :])
    right = mask * (statistics.cross + statistics.cross.T)
    right_bias = 2 * bias_mask * statistics.target_mean
    J, b = np.zeros_like(right), np.zeros_like(right_bias)
    rest, rest_bias = right.copy(), right_bias.copy()
    step, step_bias = weights * rest, rest_bias / 2
    product = _dot(rest, step, rest_bias, step_bias)
    start = np.sqrt(_dot(rest, rest, rest_bias, rest_bias))
    residuals = [1.0] if start > 0 else [0.0]
    while residuals[-1] > tolerance:
        if len(residuals) > max_iterations:
            raise SimulationError(
                f"training stopped after {max_iterations} iterations at a relative gradient of "
                f"{residuals[-1]:.1e}, above {tolerance:g}; allow more iterations or a larger one"
            )
        image, image_bias = _apply(statistics, mask, bias_mask, step, step_bias)
        length = product / _dot(step, image, step_bias, image_bias)
        J += length * step
        b += length * step_bias
        rest -= length * image
        rest_bias -= length * image_bias
        residuals.append(float(np.sqrt(_dot(rest, rest, rest_bias, rest_bias)) / start))
        fresh, fresh_bias = weights * rest, rest_bias / 2
        product, previous = _dot(rest, fresh, rest_bias, fresh_bias), product
        step = fresh + product / previous * step
        step_bias = fresh_bias + product / previous * step_bias
        if progress is not None:
            progress(len(residuals) - 1, max_iterations)
    J = (J + J.T) / 2  # rounding only: every iterate is symmetric
    return Solution(J, b, residuals, phi(statistics, J, b))


def gradient(
    statistics: NoisingStatistics, J: FloatArray, b: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return half the derivatives of phi: R + R^T (N, N) by pairs, J m + b - n (N,) by biases."""
    residual = statistics.times_gram(J) + np.outer(b, statistics.mean) - statistics.cross
    return residual + residual.T, J @ statistics.mean + b - statistics.target_mean


def phi(statistics: NoisingStatistics, J: FloatArray, b: FloatArray) -> float:
    """Return <|J x' + b - y|^2> per step."""
    s = statistics
    quadratic = np.sum(s.times_gram(J) * J) + 2 * b @ (J @ s.mean) + b @ b
    linear = np.sum(J * s.cross) + b @ s.target_mean
    return float(quadratic - 2 * linear + s.target_square)


def _apply(
    statistics: NoisingStatistics, mask: Mask, bias_mask: Mask, J: FloatArray, b: FloatArray
) -> tuple[FloatArray, FloatArray]:
    image = statistics.times_gram(J) + np.outer(b, statistics.mean)
    image += image.T.copy()
    image *= mask
    return image, 2 * bias_mask * (J @ statistics.mean + b)


def _dot(a: FloatArray, b: FloatArray, a_bias: FloatArray, b_bias: FloatArray) -> float:
    return float(np.vdot(a, b) + a_bias @ b_bias)
