"""The averages over noising that determine the optimal machine: PHYSICS of the reversed path.

With x' the end of a step and y_i = dx_i / (mu dt) - U'(x'_i), averaged over steps and patterns:

    G = <x' x'^T>    m = <x'>    B = <y x'^T> (row y)    n = <y>

Units are independent given pattern and time, so G is low rank plus a diagonal: G = A^T A + diag(v),
one row of A per pattern and quadrature time. B is needed off the diagonal only.

Couplings that saturate, with the force -J_ij f(x_j), leave the loss quadratic in J: then f(x')
stands for x' in all four averages, not in y. Patterns may be weighted: their shares of the average.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hwkit.deferred import deferred
from hwkit.errors import DataError
from hwkit.model import Onsite, Transfer
from hwkit.numbers import doubles
from hwkit.training.fokker_planck import MomentTable, solve_moments
from hwkit.training.protocol import Protocol

if TYPE_CHECKING:
    from scipy import interpolate
else:
    interpolate = deferred("scipy.interpolate")

FloatArray = NDArray[np.float64]

_NODES_PER_PIECE = 12
_PATTERNS_PER_CHUNK = 256
_DROPPED = 1e-8  # of the largest singular value: its square is rounding in G


@dataclass(frozen=True)
class NoisingStatistics:
    """Second moments of states and targets, per step.

    Attributes:
        factor: A, (R, N) with R <= N.
        variance: v, (N,).
        mean: m, (N,).
        cross: B, (N, N), valid off the diagonal.
        target_mean: n, (N,).
        target_square: <|y|^2>, summed over units.
    """

    factor: FloatArray
    variance: FloatArray
    mean: FloatArray
    cross: FloatArray
    target_mean: FloatArray
    target_square: float

    def times_gram(self, J: FloatArray) -> FloatArray:
        """Return J G, both (N, N)."""
        return np.asarray((J @ self.factor.T) @ self.factor + J * self.variance)


def noising_statistics(
    protocol: Protocol,
    fields: FloatArray,
    onsite: Onsite,
    kT: float,
    mobility: float,
    transfer: Transfer | None = None,
    weights: ArrayLike | None = None,
) -> NoisingStatistics:
    """Compute the statistics of all patterns without sampling.

    Cost: linear in patterns; memory N^2 plus a chunk of patterns.

    Args:
        protocol, onsite, kT, mobility: as for `solve_moments`.
        fields: on the units, (P, N).
        transfer: output of a coupling per state of the unit that drives it; x itself if None.
        weights: of the patterns, (P,), any scale; equal if None.

    Raises:
        DataError: if the weights are negative, all 0 or not one for each pattern.
    """
    largest = float(np.max(np.abs(fields)))
    table = solve_moments(protocol, onsite, kT, mobility, largest, transfer)
    shares = _shares(weights, len(fields))
    functions = _FieldFunctions.of(table, protocol, kT)
    n = fields.shape[1]
    gram = _Gram(len(fields) * functions.rank, n)
    cross = np.zeros((n, n))
    averages = np.zeros((4, n))
    for first in range(0, len(fields), _PATTERNS_PER_CHUNK):
        part = slice(first, first + _PATTERNS_PER_CHUNK)
        rows, targets, integrals = functions.at(fields[part])
        root = np.sqrt(shares[part])[:, None, None]
        rows, targets = ((root * each).reshape(-1, n) for each in (rows, targets))
        cross += targets.T @ rows
        gram.add(rows)
        averages += integrals @ shares[part]
    mean, second, target_mean, square = averages
    target_square = float(np.sum(square)) + n * 2 * kT / (mobility * protocol.dt)
    factor = gram.factor()
    variance = second - np.sum(factor**2, axis=0)
    return NoisingStatistics(factor, variance, mean, cross, target_mean, target_square)


@dataclass(frozen=True)
class _FieldFunctions:
    """What one unit contributes, as smooth functions of its field s, with the time integrated out.

    In place of E[x] at every quadrature time are its few independent combinations over time:
    sum_q w_q m_q(s) m_q(s') = sum_r f_r(s) f_r(s'), and E[y] likewise, g_r.
    """

    spline: "interpolate.CubicSpline"
    rank: int

    @classmethod
    def of(cls, table: MomentTable, protocol: Protocol, kT: float) -> "_FieldFunctions":
        times, durations = _quadrature(protocol)
        s = table.spline.x[:, None]
        nodes = _at_times(table, protocol, times)
        x, x2, slope, slope2, curvature = np.moveaxis(nodes.spline(table.spline.x), 1, 0)
        push = protocol.force_scale(times) * s
        y = push - 2 * slope
        # E[y^2] to leading order in dt: noise of the increments (added later), then
        # (a s - 2 U')^2, then the correlation of the increment with U' at its end.
        square = push**2 - 4 * push * slope + 4 * slope2 - 4 * kT * curvature
        root = np.sqrt(durations)
        _, sizes, combinations = np.linalg.svd(root * x, full_matrices=False)
        kept = combinations[sizes > _DROPPED * sizes[0]].T
        integrals = [each @ durations[:, None] for each in (x, x2, y, square)]
        values = np.hstack([(root * x) @ kept, (root * y) @ kept, *integrals])
        return cls(interpolate.CubicSpline(table.spline.x, values), kept.shape[1])

    def at(self, s: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return f and g, each (P, r, N), and the integrals of x, x^2, y and y^2, (4, N, P)."""
        values = self.spline(s).transpose(2, 0, 1)
        rows, targets = values[: self.rank], values[self.rank : 2 * self.rank]
        integrals = values[2 * self.rank :]
        return rows.swapaxes(0, 1), targets.swapaxes(0, 1), integrals.swapaxes(1, 2)


class _Gram:
    """Rows A, or the sum of A^T A once there are more of them than columns."""

    def __init__(self, n_rows: int, n: int) -> None:
        self._rows: list[FloatArray] = []
        self._sum = np.zeros((n, n)) if n_rows > n else None

    def add(self, rows: FloatArray) -> None:
        """Take in some rows, (., N)."""
        if self._sum is None:
            self._rows.append(rows)
        else:
            self._sum += rows.T @ rows

    def factor(self) -> FloatArray:
        """Return at most N rows with the same A^T A."""
        if self._sum is None:
            return np.vstack(self._rows)
        sizes, modes = np.linalg.eigh(self._sum)
        kept = sizes > _DROPPED**2 * sizes[-1]
        return np.asarray(np.sqrt(sizes[kept])[:, None] * modes[:, kept].T)


def _shares(weights: ArrayLike | None, n_patterns: int) -> FloatArray:
    if weights is None:
        return np.full(n_patterns, 1 / n_patterns)
    values = doubles("weights", weights)
    wrong = values.shape != (n_patterns,) or not np.all(np.isfinite(values)) or np.any(values < 0)
    if wrong or not np.any(values):
        raise DataError(
            f"weights are {values}; give {n_patterns} numbers of at least 0, one for each pattern, "
            "not all 0"
        )
    return np.asarray(values / values.sum())


def _pieces(protocol: Protocol) -> list[tuple[float, float]]:
    kink = protocol.ramp * protocol.t_final
    pieces = [(0.0, kink), (kink, protocol.t_final)]
    return [piece for piece in pieces if piece[1] > piece[0]]


def _quadrature(protocol: Protocol) -> tuple[FloatArray, FloatArray]:
    """Return nodes and weights (sum 1) for the mean over the ends of the K steps.

    Gauss-Legendre on either side of the kink. The right-hand sum over steps differs from the
    integral by dt/2 (f(t_final) - f(0)); shifting every node by dt/2 does the same, to order dt^2.
    """
    nodes, weights = np.polynomial.legendre.leggauss(_NODES_PER_PIECE)
    times, shares = [], []
    for start, end in _pieces(protocol):
        times.append(start + (end - start) * (nodes + 1) / 2)
        shares.append(weights / 2 * (end - start) / protocol.t_final)
    shifted = np.minimum(np.concatenate(times) + protocol.dt / 2, protocol.t_final)
    return shifted, np.concatenate(shares)


def _at_times(table: MomentTable, protocol: Protocol, times: FloatArray) -> MomentTable:
    """Interpolate the table to other times, piece by piece: the force has a kink between them."""
    fields = table.spline.x
    values = table.spline(fields)
    out = np.empty((*values.shape[:-1], times.size))
    for index, (start, end) in enumerate(_pieces(protocol)):
        known = (table.t >= start - 1e-12) & (table.t <= end + 1e-12)
        wanted = (times >= start if index else times >= -1) & (
            times < end if end < protocol.t_final else times <= end
        )
        spline = interpolate.CubicSpline(table.t[known], values[..., known], axis=-1)
        out[..., wanted] = spline(times[wanted])
    return MomentTable(times, interpolate.CubicSpline(fields, out))
