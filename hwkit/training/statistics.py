"""The averages over noising that determine the optimal machine: PHYSICS of the reversed path.

With x' the end of a step and y_i = dx_i / (mu dt) - U'(x'_i), averaged over steps and patterns:

    G = <x' x'^T>    m = <x'>    B = <y x'^T> (row y)    n = <y>

Units are independent given pattern and time, so G is low rank plus a diagonal: G = A^T A + diag(v),
one row of A per pattern and quadrature time. B is needed off the diagonal only.

Couplings that saturate, with the force -J_ij f(x_j), leave the loss quadratic in J: then f(x')
stands for x' in all four averages, not in y. Patterns may be weighted: their shares of the average.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import CubicSpline

from hwkit.errors import DataError
from hwkit.model import Onsite, Transfer
from hwkit.model.numbers import doubles
from hwkit.training.fokker_planck import MomentTable, solve_moments
from hwkit.training.protocol import Protocol

FloatArray = NDArray[np.float64]

_NODES_PER_PIECE = 12
_PATTERNS_PER_CHUNK = 256


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
        """Return J G."""
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
    """Compute the statistics of all patterns, fields (P, N), without sampling.

    Cost: linear in patterns; memory N^2 plus a chunk of patterns.

    Args:
        protocol, fields, onsite, kT, mobility: what is noised, and how.
        transfer: output of a coupling per state of the unit that drives it; x itself if None.
        weights: of the patterns, (P,), any scale; equal if None.

    Raises:
        DataError: if the weights are negative, all 0 or not one for each pattern.
    """
    largest = float(np.max(np.abs(fields)))
    table = solve_moments(protocol, onsite, kT, mobility, largest, transfer)
    shares = _shares(weights, len(fields))
    times, durations = _quadrature(protocol)
    nodes = _at_times(table, protocol, times)
    n = fields.shape[1]
    factor = np.zeros((0, n))
    cross = np.zeros((n, n))
    mean, second, target_mean = np.zeros(n), np.zeros(n), np.zeros(n)
    target_square = 0.0
    scale = protocol.force_scale(times)[:, None, None]
    for first in range(0, len(fields), _PATTERNS_PER_CHUNK):
        s = fields[first : first + _PATTERNS_PER_CHUNK]
        x, x2, slope, slope2, curvature = nodes.moments(s)
        y = scale * s - 2 * slope
        share = shares[first : first + _PATTERNS_PER_CHUNK]
        weight = durations[:, None, None] * share[None, :, None]
        root = np.sqrt(weight)
        rows = (root * x).reshape(-1, n)
        cross += (root * y).reshape(-1, n).T @ rows
        factor = _compressed(np.vstack([factor, rows]))
        mean += np.sum(weight * x, axis=(0, 1))
        second += np.sum(weight * x2, axis=(0, 1))
        target_mean += np.sum(weight * y, axis=(0, 1))
        # E[y^2] to leading order in dt: noise of the increments, then (a s - 2 U')^2, then the
        # correlation of the increment with U' at its end.
        square = (scale * s) ** 2 - 4 * scale * s * slope + 4 * slope2 - 4 * kT * curvature
        target_square += float(np.sum(weight * square))
    target_square += n * 2 * kT / (mobility * protocol.dt)
    variance = second - np.sum(factor**2, axis=0)
    return NoisingStatistics(factor, variance, mean, cross, target_mean, target_square)


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


def _compressed(rows: FloatArray) -> FloatArray:
    """Return at most N rows with the same A^T A."""
    if rows.shape[0] <= rows.shape[1]:
        return rows
    return np.asarray(np.linalg.qr(rows, mode="r"))


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
        spline = CubicSpline(table.t[known], values[..., known], axis=-1)
        out[..., wanted] = spline(times[wanted])
    return MomentTable(times, CubicSpline(fields, out))
