"""The optimal couplings and biases by conjugate gradients: the loss is a convex quadratic in them.

    phi(J, b) = <|J x' + b - y|^2>,   R = J G + b m^T - B
    optimum:  mask o (R + R^T) = 0,   mask_b o (J m + b - n) = 0

Each pair J_ij = J_ji is one variable; `directed` machines have one for each direction and the first
equation without R^T. No sampling and no time axis: only the statistics enter. Few patterns make G
low rank plus a diagonal: the plain problem is then solved by `low_rank`. Else the preconditioner is
the operator's diagonal, G_ii + G_jj for a pair, G_jj for a direction.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import SimulationError
from hwkit.training.low_rank import LowRank, solve_low_rank
from hwkit.training.robust import Penalty
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
    *,
    penalty: Penalty | None = None,
    start: tuple[FloatArray, FloatArray] | None = None,
    directed: bool = False,
) -> Solution:
    """Minimise phi, or phi with a penalty, over the masked couplings and biases.

    Args:
        statistics: averages over noising.
        mask: (N, N), False on the diagonal and for couplings that are absent or held; symmetric,
            if not directed.
        bias_mask: (N,), False for biases that are held.
        tolerance: gradient norm at the end, relative to that where all that is free is 0.
        max_iterations: limit on the iterations.
        progress: called as progress(iteration, max_iterations).
        penalty: quadratic terms beside phi, such as those of tolerances.
        start: (J, b) to start from; what the masks exclude keeps its value. Zeros if None.
        directed: train J_ij and J_ji apart.

    Returns:
        The optimum; its phi is without the penalty.

    Raises:
        SimulationError: if the tolerance is not reached.
    """
    if penalty is None and start is None and not directed:
        system = LowRank.of(statistics, mask, bias_mask)
        if system is not None:
            J, residuals = solve_low_rank(system, tolerance, max_iterations, progress)
            _check_converged(residuals, tolerance, max_iterations)
            b = bias_mask * (statistics.target_mean - J @ statistics.mean)
            return Solution(J, b, residuals, phi(statistics, J, b))
    problem = Quadratic(statistics, mask, bias_mask, penalty, directed)
    J, b = (np.zeros(mask.shape), np.zeros(len(mask))) if start is None else start
    J, b, residuals = _conjugate_gradients(problem, J, b, tolerance, max_iterations, progress)
    _check_converged(residuals, tolerance, max_iterations)
    if not directed:
        J = (J + J.T) / 2  # rounding only: every iterate is symmetric
    return Solution(J, b, residuals, phi(statistics, J, b))


def _conjugate_gradients(
    problem: "Quadratic",
    J: FloatArray,
    b: FloatArray,
    tolerance: float,
    max_iterations: int,
    progress: Callable[[int, int], None] | None,
) -> tuple[FloatArray, FloatArray, list[float]]:
    """Return the optimum and the gradient norm after each iteration, relative to that at 0."""
    J, b, mask, bias_mask = J.copy(), b.copy(), problem.mask, problem.bias_mask
    norm = problem.norm(*problem.downhill(np.where(mask, 0.0, J), np.where(bias_mask, 0.0, b)))
    rest, rest_bias = problem.downhill(J, b)
    residuals = [problem.norm(rest, rest_bias) / norm if norm > 0 else 0.0]
    fresh, fresh_bias = problem.precondition(rest, rest_bias)
    step, step_bias = fresh, fresh_bias
    product = _dot(rest, fresh, rest_bias, fresh_bias)
    while residuals[-1] > tolerance and len(residuals) <= max_iterations:
        image, image_bias = problem.apply(step, step_bias)
        length = product / _dot(step, image, step_bias, image_bias)
        J += length * step
        b += length * step_bias
        rest = rest - length * image
        rest_bias = rest_bias - length * image_bias
        residuals.append(problem.norm(rest, rest_bias) / norm)
        fresh, fresh_bias = problem.precondition(rest, rest_bias)
        product, previous = _dot(rest, fresh, rest_bias, fresh_bias), product
        step = fresh + product / previous * step
        step_bias = fresh_bias + product / previous * step_bias
        if progress is not None:
            progress(len(residuals) - 1, max_iterations)
    return J, b, residuals


def _check_converged(residuals: list[float], tolerance: float, max_iterations: int) -> None:
    if residuals[-1] > tolerance:
        raise SimulationError(
            f"training stopped after {max_iterations} iterations at a relative gradient of "
            f"{residuals[-1]:.1e}, above {tolerance:g}; allow more iterations or a larger one"
        )


class Quadratic:
    """The quadratic on the free couplings and biases: its operator, gradient and preconditioner.

    Matrices count every pair twice, so biases carry a factor of 2 in undirected problems.
    """

    def __init__(
        self,
        statistics: NoisingStatistics,
        mask: Mask,
        bias_mask: Mask,
        penalty: Penalty | None = None,
        directed: bool = False,
    ) -> None:
        self.mask, self.bias_mask, self.directed = mask, bias_mask, directed
        self._statistics, self._penalty = statistics, penalty
        self._gain = 1.0 + (penalty.gain if penalty is not None else 0.0)
        self._bias_gain = 1.0 + (penalty.biases if penalty is not None else 0.0)
        gram = np.sum(statistics.factor**2, axis=0) + statistics.variance
        diagonal = np.broadcast_to(self._gain * gram, mask.shape)
        if penalty is not None:
            diagonal = diagonal + penalty.couplings
        self._weights = 1 / (diagonal if directed else diagonal + diagonal.T)

    def apply(self, J: FloatArray, b: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the operator's image of a direction, J (N, N) and b (N,)."""
        s = self._statistics
        image = self._gain * s.times_gram(J) + np.outer(b, s.mean)
        if self._penalty is not None:
            image += self._penalty.couplings * J
        return self._masked(image, J @ s.mean + self._bias_gain * b)

    def downhill(self, J: FloatArray, b: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return minus the gradient (half of it, a quarter for pairs) at (J, b)."""
        s = self._statistics
        right, right_bias = self._masked(s.cross, s.target_mean)
        image, image_bias = self.apply(J, b)
        return right - image, right_bias - image_bias

    def precondition(self, J: FloatArray, b: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Divide J (N, N) and b (N,) by the operator's diagonal."""
        return self._weights * J, b / (self._bias_gain if self.directed else 2 * self._bias_gain)

    def norm(self, J: FloatArray, b: FloatArray) -> float:
        """Return the Euclidean norm of J (N, N) and b (N,)."""
        return float(np.sqrt(_dot(J, J, b, b)))

    def _masked(self, J: FloatArray, b: FloatArray) -> tuple[FloatArray, FloatArray]:
        if self.directed:
            return self.mask * J, self.bias_mask * b
        return self.mask * (J + J.T), 2 * self.bias_mask * b


def gradient(
    statistics: NoisingStatistics, J: FloatArray, b: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return half the derivatives of phi: R + R^T (N, N) by pairs, J m + b - n (N,) by biases."""
    residual = statistics.times_gram(J) + np.outer(b, statistics.mean) - statistics.cross
    return residual + residual.T, J @ statistics.mean + b - statistics.target_mean


def phi(statistics: NoisingStatistics, J: FloatArray, b: FloatArray) -> float:
    """Return <|J x' + b - y|^2> per step, of J (N, N) and b (N,)."""
    s = statistics
    spread = J @ s.factor.T
    quadratic = np.vdot(spread, spread) + np.einsum("ij,ij,j->", J, J, s.variance)
    quadratic += 2 * b @ (J @ s.mean) + b @ b
    linear = np.vdot(J, s.cross) + b @ s.target_mean
    return float(quadratic - 2 * linear + s.target_square)


def _dot(a: FloatArray, b: FloatArray, a_bias: FloatArray, b_bias: FloatArray) -> float:
    return float(np.vdot(a, b) + a_bias @ b_bias)
