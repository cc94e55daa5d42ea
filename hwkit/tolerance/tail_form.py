"""The form that a rare failure's probability takes when every deviation grows, and its fit.

    P(s) = w Gamma(a, r^2 / (2 s^2)),   Gamma(a, x) the upper incomplete gamma function

Exact for a half space and two parallel ones (a = 1/2) and for a ball in d dimensions (a = d/2), r
the distance from nominal to the failures. For m limits that meet at right angles the leading order
has a = 1 - m/2. Expanded for large r it is the form of scaled-sigma sampling (Sun et al., see
`scaled_sigma`), log P = alpha + beta log s - gamma / s^2 with beta = 2 (1 - a), and its next term.

Maximum likelihood of binomial counts. For every a on a grid, alpha = log w and rho = r^2 / 2 are
fitted by Fisher scoring; the interval of log P(1) is the hull over a of the parts of those fits'
intervals that the likelihood ratio leaves (profile likelihood).
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy import special

from hwkit.deferred import deferred
from hwkit.ordering import smallest

if TYPE_CHECKING:
    from scipy import stats
else:
    stats = deferred("scipy.stats")

FloatArray = NDArray[np.float64]

SHAPES = (-2.0, 2000.0)  # of a: six limits that meet in a corner, to a ball in 4,000 dimensions
_GRID, _STEPS = 49, 40
_SMALLEST, _LARGEST = 1e-6, 1e4  # of rho: from a mere power of s
_HIGHEST = 0.999  # probability that the form may take in a step of the fit
_FAR = 5.0  # x from which quadrature is exact to 1e-9, and faster than scipy's U
_NODES, _WEIGHTS = np.polynomial.laguerre.laggauss(40)
_TINY = 1e-280


@dataclass(frozen=True)
class TailFit:
    """What the form says at s = 1.

    Attributes:
        log_probability, low, high: estimate of log P(1) and its interval.
        shape: a of the best fit.
        fitted: P at each scale, (n,).
        p_value: of the deviance of counts from the fit; small if the form does not describe them.
    """

    log_probability: float
    low: float
    high: float
    shape: float
    fitted: FloatArray
    p_value: float


def log_upper_gamma(a: FloatArray, x: FloatArray) -> FloatArray:
    """Return log Gamma(a, x) for x > 0 and any real a."""
    a, x = np.broadcast_arrays(np.asarray(a, np.float64), np.asarray(x, np.float64))
    found = np.empty(a.shape)
    plus = a > 0
    share = np.maximum(special.gammaincc(a[plus], x[plus]), _TINY)
    found[plus] = special.gammaln(a[plus]) + np.log(share)
    near, far = ~plus & (x < _FAR), ~plus & (x >= _FAR)
    b = 1 - a[near]
    found[near] = np.log(special.hyperu(b, b, x[near])) - x[near]  # DLMF 8.5.3
    ratio = 1 + _NODES / x[far][:, None]  # integral of (1 + u / x)^(a - 1) e^-u, by Laguerre's rule
    integral = (ratio ** (a[far] - 1)[:, None]) @ _WEIGHTS
    found[far] = (a[far] - 1) * np.log(x[far]) - x[far] + np.log(integral)
    return found


def fit_tail(scales: FloatArray, failures: NDArray[np.int64], boards: int, level: float) -> TailFit:
    """Fit the form to failures of `boards` boards at each of at least four scales.

    Args:
        scales: s, (n,).
        failures: counted at each, (n,).
        boards: at each scale.
        level: of the interval, for counting errors alone.
    """
    allowed = float(stats.chi2.ppf(level, 1))
    shapes = _spaced(*SHAPES)
    profile = _profile(shapes, scales, failures, boards)
    inside = np.flatnonzero(profile.deviance - profile.deviance.min() < allowed)
    first, last = max(inside[0] - 1, 0), min(inside[-1] + 1, _GRID - 1)
    profile = _profile(_spaced(shapes[first], shapes[last]), scales, failures, boards)
    best = smallest(np.minimum(profile.deviance - profile.deviance.min(), 1.0))
    room = np.sqrt(np.maximum(allowed - (profile.deviance - profile.deviance[best]), 0))
    left = room > 0
    return TailFit(
        float(profile.at_one[best]),
        float(np.min((profile.at_one - room * profile.stderr)[left])),
        float(np.max((profile.at_one + room * profile.stderr)[left])),
        float(profile.shapes[best]),
        profile.fitted[best],
        float(stats.chi2.sf(profile.deviance[best], len(scales) - 3)),
    )


def _spaced(low: float, high: float) -> FloatArray:
    """Return shapes between two, closer together where they are small."""
    return np.sinh(np.linspace(np.arcsinh(low), np.arcsinh(high), _GRID))


@dataclass(frozen=True, eq=False)
class _Profile:
    """The best fit of each shape: (g,) each, `fitted` (g, n)."""

    shapes: FloatArray
    at_one: FloatArray
    stderr: FloatArray
    deviance: FloatArray
    fitted: FloatArray


def _profile(
    shapes: FloatArray, scales: FloatArray, failures: NDArray[np.int64], boards: int
) -> _Profile:
    a, weight = shapes[:, None], 1 / scales**2
    alpha, rho = _start(a, (failures + 0.5) / (boards + 1), weight)
    for _ in range(_STEPS):
        logs, slopes = _logs(a, rho, weight)
        p = np.exp(np.minimum(alpha[:, None] + logs, np.log(_HIGHEST)))
        score, fisher = (failures - boards * p) / (1 - p), boards * p / (1 - p)
        step_alpha, step_rho = _solved(score, fisher, slopes)
        limit = np.abs(step_alpha[:, None] + slopes * step_rho[:, None]).max(axis=1)
        damping = 1 / np.maximum(limit, 1.0)  # no log P moves by more than 1 in a step
        alpha = alpha + damping * step_alpha
        rho = np.clip(rho + damping * step_rho, np.maximum(rho / 3, _SMALLEST), _LARGEST)
    logs, slopes = _logs(a, rho, weight)
    p = np.exp(np.minimum(alpha[:, None] + logs, np.log(_HIGHEST)))
    deviance = 2 * np.sum(
        special.rel_entr(failures, boards * p)
        + special.rel_entr(boards - failures, boards * (1 - p)),
        axis=1,
    )
    at_one, slope = _logs(a, rho, np.ones(1))
    return _Profile(
        shapes,
        alpha + at_one[:, 0],
        _stderr(boards * p / (1 - p), slopes, slope[:, 0]),
        deviance,
        p,
    )


def _start(a: FloatArray, share: FloatArray, weight: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return alpha and rho through the first and the last share, by bisection: (g,) each."""
    ends, rise = weight[[0, -1]], np.log(share[-1] / share[0])
    low, high = (np.full(len(a), np.log(end)) for end in (_SMALLEST, _LARGEST))
    for _ in range(_STEPS):
        middle = (low + high) / 2
        logs, _ = _logs(a, np.exp(middle), ends)
        steep = logs[:, 1] - logs[:, 0] > rise
        low, high = np.where(steep, low, middle), np.where(steep, middle, high)
    rho = np.exp((low + high) / 2)
    return np.log(share[-1]) - _logs(a, rho, ends)[0][:, 1], rho


def _logs(a: FloatArray, rho: FloatArray, weight: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return log Gamma(a, rho / s^2) and its derivative to rho, (g, n)."""
    x = rho[:, None] * weight
    logs = log_upper_gamma(a, x)
    return logs, -np.exp((a - 1) * np.log(x) - x - logs) * weight


def _solved(
    score: FloatArray, fisher: FloatArray, slopes: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the step of alpha and rho: two normal equations for each shape."""
    (aa, ar, rr), (u, v) = _normal(fisher, slopes), (score.sum(1), (score * slopes).sum(1))
    determinant = np.maximum(aa * rr - ar**2, _TINY)
    return (rr * u - ar * v) / determinant, (aa * v - ar * u) / determinant


def _normal(fisher: FloatArray, slopes: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    return fisher.sum(1), (fisher * slopes).sum(1), (fisher * slopes**2).sum(1)


def _stderr(fisher: FloatArray, slopes: FloatArray, slope: FloatArray) -> FloatArray:
    """Return the standard error of log P(1) = alpha + log Gamma(a, rho) at a fixed shape."""
    aa, ar, rr = _normal(fisher, slopes)
    determinant = np.maximum(aa * rr - ar**2, _TINY)
    return np.asarray(np.sqrt((rr - 2 * ar * slope + aa * slope**2) / determinant))
