"""Noise of the units and of the readout, from how increments grow with the lag.

For a machine with the drift f and noise intensities D (<noise_i noise_j> = 2 D_ij delta(t)), read
with white noise of variance R_ij, the increments d = x(t + s) - x(t) give, stationary or not,

    T_ij(s) = <d_i d_j> - int_0^s <d_i f_j + d_j f_i>
            = 2 D_ij s + 2 e_ij (1 + a (s - h w_0 - h w_1 c))

with e = R, f the estimated drift (`drift`), a the mean slope of the force on the units, w_0 and w_1
the quadrature's first weights, and c the correlation of the readout's noise in neighbouring samples
(0 unless a channel's lag was taken out, `unlagged`). Lags beyond the channel's memory are fitted,
weighted with their spread over batches. What is left of a channel's lag, or noise of that colour,
makes e smaller than R (`lag`): a record of the running machine alone can't tell the two apart.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwkit.measured.drift import Drift, features
from hwkit.measured.moments import Moments
from hwkit.measured.quadrature import weights

FloatArray = NDArray[np.float64]

LAGS = 4  # that are fitted


@dataclass(frozen=True, eq=False)
class Noise:
    """Noise of the machine and of its readout.

    Attributes:
        intensity: D, (N, N), in x^2 per model time.
        excess: e, (N, N), in x^2.
        influence: what each batch adds to the errors of both, (batches, 2, N, N).
        solvers: what makes D and e of T at the fitted lags, (N, N, 2, lags).
        lags: the fitted ones, in samples.
    """

    intensity: FloatArray
    excess: FloatArray
    influence: FloatArray
    solvers: FloatArray
    lags: tuple[int, ...]

    @property
    def stderr(self) -> FloatArray:
        """Standard errors of D and e, (2, N, N)."""
        return np.asarray(np.sqrt(np.sum(self.influence**2, axis=0)))


def estimate_noise(
    moments: Moments, drift: Drift, memory: int = 1, neighbours: float = 0.0
) -> Noise:
    """Estimate the noise, given the drift from the same moments.

    Args:
        moments: with lags up to `memory` + 3.
        drift: as estimated.
        memory: samples that the channel's memory lasts.
        neighbours: correlation of the readout's noise in a sample and the next.
    """
    n, lags = moments.n_units, range(memory, memory + LAGS)
    per_lag = [_left_side(moments, drift, lag) for lag in lags]
    slopes = _mean_slopes(moments, drift)
    intensity, excess = np.empty((n, n)), np.empty((n, n))
    influence = np.empty((len(moments.counts), 2, n, n))
    solvers = np.empty((n, n, 2, LAGS))
    for i in range(n):
        for j in range(i, n):
            sides = np.array([mean[i, j] for mean, _ in per_lag])
            moved = np.stack([each[:, i, j] for _, each in per_lag], axis=1)
            columns = _columns(moments.step, lags, -(slopes[i] + slopes[j]) / 2, neighbours)
            solve = _weighted(columns, moved)
            intensity[i, j], excess[i, j] = intensity[j, i], excess[j, i] = solve @ sides
            influence[:, :, i, j] = influence[:, :, j, i] = moved @ solve.T
            solvers[i, j] = solvers[j, i] = solve
    return Noise(intensity, excess, influence, solvers, tuple(lags))


def _left_side(moments: Moments, drift: Drift, lag: int) -> tuple[FloatArray, FloatArray]:
    """Return T at a lag, (N, N), and each batch's influence on it, (batches, N, N)."""
    n, total = moments.n_units, moments.counts.sum()
    units = slice(1, 1 + n)
    past, same = moments.past, moments.same
    cross = past[:, lag, units, units]
    square = same[:, 0, units, units] + same[:, lag, units, units]
    rule = moments.step * weights(lag)[: moments.lags + 1]
    parts = [rule[q] * (same[:, q, units] - past[:, q, units]) for q in range(1, rule.size)]
    moved = np.asarray(sum(parts))  # int_0^s <d_i w>
    places = np.array([features(moments, unit) for unit in range(n)])
    coefficients = np.zeros((moments.average.shape[0], n))
    coefficients[places, np.arange(n)[:, None]] = drift.theta
    force = moved @ coefficients
    each = square - (cross + force) - (cross + force).transpose(0, 2, 1)
    gradient = moved.sum(axis=0)[:, places] / total  # of int <d_i f_j>, by theta_j
    mean = each.sum(axis=0) / total
    batches = (each - moments.counts[:, None, None] * mean) / total
    through = np.einsum("iup,bup->biu", gradient, drift.influence)
    return mean, batches - through - through.transpose(0, 2, 1)


def _mean_slopes(moments: Moments, drift: Drift) -> FloatArray:
    """Return <df_i/dx_i> of every unit, (N,)."""
    n, means = moments.n_units, moments.average[0]
    slopes = np.diagonal(drift.theta[:, 1 : 1 + n]).copy()
    if len(moments.powers) > 1:
        second = means[[moments.column(unit, 2) for unit in range(n)]]
        slopes += 2 * drift.theta[:, -2] * means[1 : 1 + n] + 3 * drift.theta[:, -1] * second
    return slopes


def _columns(step: float, lags: range, damping: float, neighbours: float) -> FloatArray:
    """Return what D and e add to T at each lag, (lags, 2)."""
    rows = []
    for lag in lags:
        here, next_ = weights(lag)[:2]
        seen = step * (lag - here - next_ * neighbours)
        rows.append([2 * lag * step, 2 * (1 + damping * seen)])
    return np.array(rows)


def _weighted(columns: FloatArray, moved: FloatArray) -> FloatArray:
    """Return the matrix of weighted least squares, (2, lags)."""
    covariance = moved.T @ moved
    root = np.sqrt(np.diagonal(covariance))
    covariance = covariance + 1e-6 * np.diag(root**2)
    inner = np.linalg.solve(covariance, columns)
    return np.asarray(np.linalg.solve(columns.T @ inner, inner.T))
