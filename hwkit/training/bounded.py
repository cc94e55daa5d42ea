"""Training within the limits of the hardware: signs, ranges, and the load of a node.

    minimise phi(J, b)   subject to   lower <= J_ij <= upper,   sum_j |J_ij| <= node_sum

Ranges: projected Newton steps (Bertsekas, SIAM J. Control Optim. 20, 221): conjugate gradients on
the couplings that are not held at a bound, then a line search along the projection; ends at the
exact optimum, certified by the projected gradient. Node sums: the alternating direction method of
multipliers between the quadratic and the projection of each row, then the smaller of the two values
of every pair, which meets every limit to the last bit.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import ConfigError, SimulationError
from hwkit.training.exact import Quadratic, Solution, phi, solve_exact
from hwkit.training.robust import Penalty
from hwkit.training.statistics import NoisingStatistics

FloatArray = NDArray[np.float64]
Mask = NDArray[np.bool_]

_MOST_STEPS = 200
_MOST_ROUNDS = 3000
_HALVINGS = 40
_ROUNDING = 1e-13  # of phi: near the optimum a step gains less than its rounding


@dataclass(frozen=True)
class Limits:
    """What couplings the hardware can make.

    Attributes:
        lower, upper: range of every coupling; it must hold 0. Passive couplings of one rail
            (J = -g/G0) have upper = 0.
        node_sum: most that sum_j |J_ij| may be, for every unit; None for no limit.
    """

    lower: float = -np.inf
    upper: float = np.inf
    node_sum: float | None = None

    def __post_init__(self) -> None:
        if not self.lower <= 0 <= self.upper:
            raise ConfigError(
                f"couplings are limited to {self.lower} to {self.upper}; the range must hold 0"
            )
        if self.node_sum is not None and not self.node_sum > 0:
            raise ConfigError(f"node_sum is {self.node_sum!r}; it must be above 0")

    def violation(self, J: FloatArray) -> float:
        """Return by how much couplings (N, N) exceed the limits, at most; 0 if they don't."""
        over = max(float(np.max(J - self.upper)), float(np.max(self.lower - J)), 0.0)
        if self.node_sum is not None:
            over = max(over, float(np.max(np.abs(J).sum(axis=1))) - self.node_sum)
        return over


def solve_bounded(
    statistics: NoisingStatistics,
    mask: Mask,
    bias_mask: Mask,
    limits: Limits,
    tolerance: float = 1e-8,
    penalty: Penalty | None = None,
) -> Solution:
    """Minimise phi, or phi with a penalty, within limits.

    Args:
        statistics, mask, bias_mask, tolerance, penalty: as for `solve_exact`.
        limits: what couplings the hardware can make.

    Returns:
        The optimum. `residuals`: after each step, the norm of the projected gradient relative to
        the gradient at J = b = 0; with a node sum, the larger relative residual of the method.

    Raises:
        SimulationError: if the tolerance is not reached.
    """
    if limits.node_sum is not None:
        return _solve_node_sums(statistics, mask, bias_mask, limits, max(tolerance, 1e-6), penalty)
    problem = Quadratic(statistics, mask, bias_mask, penalty)
    J, b = np.zeros(mask.shape), np.zeros(len(mask))
    norm = problem.norm(*problem.downhill(J, b))
    residuals: list[float] = []
    for _ in range(_MOST_STEPS):
        down, down_bias = problem.downhill(J, b)
        held = ((limits.lower >= J) & (down < 0)) | ((limits.upper <= J) & (down > 0))
        residuals.append(problem.norm(np.where(held, 0.0, down), down_bias) / max(norm, 1e-300))
        if residuals[-1] <= tolerance:
            return Solution(J, b, residuals, phi(statistics, J, b))
        inner = max(tolerance, residuals[-1] / 10) / 10  # no sharper than this step can be
        best = solve_exact(
            statistics, mask & ~held, bias_mask, inner, penalty=penalty, start=(J, b)
        )
        J, b = _search(statistics, penalty, limits, (J, b), (best.J, best.b))
    raise SimulationError(
        f"training within limits stopped after {_MOST_STEPS} steps at a projected gradient of "
        f"{residuals[-1]:.1e}, above {tolerance:g}; ask for a larger tolerance"
    )


Point = tuple[FloatArray, FloatArray]


def _search(
    statistics: NoisingStatistics, penalty: Penalty | None, limits: Limits, start: Point, end: Point
) -> Point:
    """Return the first point that does no worse, along the projection of the way to `end`."""
    plain = replace(statistics, target_square=0.0)  # a constant that would cost digits

    def value(J: FloatArray, b: FloatArray) -> float:
        return phi(plain, J, b) + (penalty.value(plain, J, b) if penalty else 0.0)

    before, share = value(*start), 1.0
    before += _ROUNDING * abs(before)
    for _ in range(_HALVINGS):
        J = np.clip(start[0] + share * (end[0] - start[0]), limits.lower, limits.upper)
        b = start[1] + share * (end[1] - start[1])
        if value(J, b) <= before:
            break
        share /= 2
    return J, b


def _solve_node_sums(
    statistics: NoisingStatistics,
    mask: Mask,
    bias_mask: Mask,
    limits: Limits,
    tolerance: float,
    penalty: Penalty | None,
) -> Solution:
    gram = np.sum(statistics.factor**2, axis=0) + statistics.variance
    rho = float(np.mean(gram))
    base = penalty or Penalty(np.zeros(mask.shape))
    ridge = replace(base, couplings=base.couplings + rho)
    J, b = np.zeros(mask.shape), np.zeros(len(mask))
    within, dual = J.copy(), J.copy()
    residuals: list[float] = []
    for _ in range(_MOST_ROUNDS):
        pulled = replace(statistics, cross=statistics.cross + rho * (within - dual))
        inner = max(tolerance, residuals[-1] / 10) / 10 if residuals else 0.01
        found = solve_exact(pulled, mask, bias_mask, inner, penalty=ridge, start=(J, b))
        J, b = found.J, found.b
        previous, within = within, _project_rows(J + dual, limits)
        dual += J - within
        size = max(float(np.linalg.norm(within)), 1e-12)
        change = max(np.linalg.norm(J - within), np.linalg.norm(within - previous)) / size
        residuals.append(float(change))
        if residuals[-1] <= tolerance:
            break
    else:
        raise SimulationError(
            f"training within node sums stopped after {_MOST_ROUNDS} rounds at a residual of "
            f"{residuals[-1]:.1e}, above {tolerance:g}; ask for a larger tolerance"
        )
    smaller = np.minimum(np.abs(within), np.abs(within.T))
    agreed = mask & (within * within.T > 0)
    J = np.where(agreed, np.sign(within) * smaller, 0.0)
    b = solve_exact(statistics, np.zeros_like(mask), bias_mask, penalty=penalty, start=(J, b)).b
    return Solution(J, b, residuals, phi(statistics, J, b))


def _project_rows(J: FloatArray, limits: Limits) -> FloatArray:
    """Return the nearest matrix whose rows are within range and node sum.

    Each row is shrunk towards 0 by one amount and cut to the range; bisection finds the amount.
    """

    def shrunk(amount: FloatArray) -> FloatArray:
        within: FloatArray = np.clip(
            np.sign(J) * np.maximum(np.abs(J) - amount[:, None], 0.0), limits.lower, limits.upper
        )
        return within

    assert limits.node_sum is not None
    low: FloatArray = np.zeros(len(J))
    high: FloatArray = np.abs(J).max(axis=1)
    fits = np.abs(shrunk(low)).sum(axis=1) <= limits.node_sum
    for _ in range(60):
        middle = (low + high) / 2
        over = np.abs(shrunk(middle)).sum(axis=1) > limits.node_sum
        low, high = np.where(over, middle, low), np.where(over, high, middle)
    return shrunk(np.where(fits, 0.0, high))
