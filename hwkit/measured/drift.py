"""Drift from measured records, by its weak form: no likelihood, no noise model, one linear solve.

    dx_i = f_i(x) dt + noise,   f_i = theta_i . phi_i(x),   phi_i = (1, x_1 ... x_N, x_i^2, x_i^3)

For anything Z_k that is known from samples up to k, such as phi_i(x_k), and l >= 1,

    <Z_k (x_{k+l+m} - x_{k+l})_i> = int_l^{l+m} <Z_k f_i(x(s))> ds                             (1)

exactly, stationary or not: noise after k + l is independent of Z_k. Correlations with the past are
smooth in s, so the integral is a quadrature of their values at the samples (Simpson's, m = 2): its
error is h^4 relative, where an increment that is regressed on the state is wrong by h. A channel's
bandwidth filters both sides alike, and white noise of the readout is independent of Z_k for l >= 1:
neither biases coefficients of a linear force, if l samples outlast the channel's memory. Of a cubic
one, 3 c e adds to the slope, c the cubic coefficient and e the excess variance of the readout
(`noise`). (1) is linear in theta_i, and each row is solved alone.

The smaller l, the narrower the errors: correlations decay. Where the readout's noise is known, l
may be one less, so that Z_k and the first sample of the increment share noise of covariance r_j in
channel j. To first order that adds <Z'_j g'_j> r_j to <Z g>, ' the derivative by x_j: it is
subtracted, and `response` says what another r_j would change.

Errors come from the spread of (1) over batches (sandwich form): they hold whatever the noise is.
`step_bias` compares with Simpson's rule on every other sample, whose error is 16 times as large.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import DataError
from hwkit.measured.moments import Moments
from hwkit.measured.quadrature import weights

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.intp]
Row: TypeAlias = tuple[FloatArray, FloatArray, FloatArray, FloatArray]

INTERVAL = 2  # steps of the increment, m
COARSE = 2 * INTERVAL
_SINGULAR = 1e-11  # smallest over largest eigenvalue of normalised moments
_RICHARDSON = 15.0  # 2^4 - 1


@dataclass(frozen=True, eq=False)
class Drift:
    """Coefficients of the drift of every unit, in the record's units of x and model time.

    Attributes:
        theta: (N, P): constant, N slopes, and (quartic) quadratic and cubic coefficient.
        influence: what each batch adds to theta's error, (batches, N, P).
        step_bias: error of the quadrature, estimated, (N, P).
        step_bias_stderr: its standard error, (N, P).
        first: samples to the start of the increment.
        response: change of theta for each unit of noise that is said to be shared, (N, P, N).
        across: the same for noise of another channel j that channel i shares, (N, P, N).
    """

    theta: FloatArray
    influence: FloatArray
    step_bias: FloatArray
    step_bias_stderr: FloatArray
    first: int
    response: FloatArray
    across: FloatArray

    @property
    def stderr(self) -> FloatArray:
        """Standard errors, (N, P)."""
        return np.asarray(np.sqrt(np.sum(self.influence**2, axis=0)))


def features(moments: Moments, unit: int) -> IndexArray:
    """Return the places in w of a row's features, (P,)."""
    columns = [0, *range(1, 1 + moments.n_units)]
    columns += [moments.column(unit, power) for power in moments.powers[1:]]
    return np.asarray(columns, dtype=np.intp)


def estimate_drift(moments: Moments, first: int = 1, shared: FloatArray | None = None) -> Drift:
    """Estimate the drift of every unit.

    Args:
        moments: with lags up to `first` + 4.
        first: samples to the start of the increment, l.
        shared: covariance of the readout's noise in samples so far apart, of each channel, (N,);
            None for none.

    Raises:
        DataError: if a unit's record doesn't tell its coefficients apart.
    """
    for unit in range(moments.n_units):
        _check_conditioned(moments, unit)
    noise = np.zeros(moments.n_units) if shared is None else shared
    fine, coarse = (_rows(moments, first, stride, noise) for stride in (1, 2))
    theta, influence = (np.stack([row[k] for row in fine], axis=-2) for k in (0, 1))
    other, moved = (np.stack([row[k] for row in coarse], axis=-2) for k in (0, 1))
    spread = np.sqrt(np.sum((moved - influence) ** 2, axis=0)) / _RICHARDSON
    response, across = (np.stack([row[k] for row in fine]) for k in (2, 3))
    return Drift(theta, influence, (other - theta) / _RICHARDSON, spread, first, response, across)


def _rows(moments: Moments, first: int, stride: int, noise: FloatArray) -> list[Row]:
    """Return the rows of all units, from every `stride`-th sample."""
    rule = stride * moments.step * weights(INTERVAL)[: INTERVAL + 1]
    lags, past = first + stride * np.arange(INTERVAL + 1), moments.past
    parts = [weight * past[:, lag] for weight, lag in zip(rule, lags, strict=True)]
    integral = np.asarray(sum(parts))
    units = slice(1, 1 + moments.n_units)
    moved = past[:, lags[-1], :, units] - past[:, lags[0], :, units]
    return [
        _row(moments, unit, rule[0], integral, moved[:, :, unit], noise)
        for unit in range(moments.n_units)
    ]


def _row(
    moments: Moments,
    unit: int,
    weight: float,
    integral: FloatArray,
    increments: FloatArray,
    noise: FloatArray,
) -> Row:
    """Return theta_i (P,), each batch's influence (batches, P), response and across (P, N)."""
    places = features(moments, unit)
    products = _products_of_slopes(moments, unit, places.size)
    inner = weight * products
    each = integral[:, places[:, None], places]
    each -= moments.counts[:, None, None] * np.tensordot(noise, inner, axes=1)
    ends = products[unit, :, 1 + unit]  # the increment's end is x_i itself
    moved = increments[:, places] + moments.counts[:, None] * noise[unit] * ends
    matrix, target = each.sum(axis=0), moved.sum(axis=0)
    theta = np.linalg.solve(matrix, target)
    scores = moved - each @ theta
    batches = len(scores)
    spare = np.sqrt(batches / max(batches - theta.size, 1))
    influence = spare * np.linalg.solve(matrix, scores.T).T
    by_noise = inner @ theta
    by_noise[unit] += ends
    inverse = moments.counts.sum() * np.linalg.inv(matrix)
    across = inverse[:, 1 : 1 + moments.n_units].copy()  # the slope of x_j is 1
    across[:, unit] = 0.0
    return theta, influence, inverse @ by_noise.T, across


def _products_of_slopes(moments: Moments, unit: int, size: int) -> FloatArray:
    """Return <g'_p g'_q> of a row's features, ' by the state of each unit, (N, P, P)."""
    n, average = moments.n_units, moments.average
    products = np.zeros((n, size, size))
    products[np.arange(n), 1 + np.arange(n), 1 + np.arange(n)] = 1.0
    if len(moments.powers) == 1:
        return products
    x, cube = moments.column(unit), moments.column(unit, 3)
    means = [1.0, average[0, x], average[x, x], average[0, cube], average[x, cube]]
    own = [(1 + unit, 1), (n + 1, 2), (n + 2, 3)]  # place and power
    for p, power in own:
        for q, other in own:
            products[unit, p, q] = power * other * means[power + other - 2]
    return products


def _check_conditioned(moments: Moments, unit: int) -> None:
    """Refuse moments that are singular, such as of a constant channel."""
    places = features(moments, unit)
    products = moments.average[np.ix_(places, places)]
    root = np.sqrt(np.diagonal(products))
    if np.all(root > 0):
        values = np.linalg.eigvalsh(products / np.outer(root, root))
        if values[0] > _SINGULAR * values[-1]:
            return
    raise DataError(
        f"the drift of unit {unit} can't be told from these records: a channel is constant, or a "
        "function of others; leave it out, or record longer"
    )
