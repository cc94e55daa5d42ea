"""Rare failures: scaled-sigma sampling (Sun, Li, Liu, Luo, Gu, IEEE TCAD 34, 1096, 2015).

With every deviation s times as large, failures are frequent enough to count. For Gaussian
deviations the failure probability follows, at the leading order of Laplace's method,

    log P(s) = alpha + beta log s + gamma / s^2

so it is fitted by weighted least squares at several s > 1 and read off at s = 1. The interval is a
bootstrap over the counts; it does not cover an error of the form itself, so the fit's residuals are
returned beside it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import ConfigError, SimulationError

FloatArray = NDArray[np.float64]

SCALES = (1.6, 1.9, 2.3, 2.8, 3.4)
_BOOTSTRAPS = 2000
_FEWEST = 5  # failures, below which a scale says nothing


@dataclass(frozen=True, eq=False)
class RareFailure:
    """Failure probability at s = 1.

    Attributes:
        probability, low, high: estimate and bootstrap interval.
        scales: s, (n,).
        failures, boards: counted at each s, (n,).
        residuals: (log counted - log fitted) over its standard error at each s, (n,).
    """

    probability: float
    low: float
    high: float
    scales: FloatArray
    failures: NDArray[np.int64]
    boards: NDArray[np.int64]
    residuals: FloatArray


def scaled_sigma(
    count_failures: Callable[[float, int], int],
    n_boards: int,
    seed: int,
    scales: Sequence[float] = SCALES,
    level: float = 0.95,
) -> RareFailure:
    """Estimate a small failure probability.

    Args:
        count_failures: takes a scale and a number of boards, returns how many of them fail.
        n_boards: boards at each scale.
        seed: of the bootstrap.
        scales: at least four, above 1.
        level: of the interval.

    Raises:
        ConfigError: if there are too few scales.
        SimulationError: if failures are too few (or boards that pass) at too many scales.
    """
    if len(scales) < 4 or min(scales) < 1:
        raise ConfigError("scaled-sigma sampling takes at least four scales of 1 or more")
    s = np.array(sorted(scales))
    failures = np.array([count_failures(float(scale), n_boards) for scale in s])
    used = (failures >= _FEWEST) & (failures < n_boards)
    if used.sum() < 4:
        counted = ", ".join(
            f"{f} at {scale:g}" for f, scale in zip(failures.tolist(), s.tolist(), strict=True)
        )
        raise SimulationError(
            f"scaled-sigma sampling needs {_FEWEST} failures at four scales or more, but counted "
            f"{counted} of {n_boards} boards; take larger scales or more boards"
        )
    s, failures = s[used], failures[used]
    fit = _fit(s, failures, n_boards)
    draws = np.random.default_rng(seed).binomial(
        n_boards, failures / n_boards, size=(_BOOTSTRAPS, len(s))
    )
    estimates = [_fit(s, np.maximum(row, 1), n_boards) @ _terms(np.ones(1))[0] for row in draws]
    tail = (1 - level) / 2
    low, high = np.exp(np.quantile(estimates, [tail, 1 - tail]))
    share = failures / n_boards
    error = np.sqrt((1 - share) / failures)
    residuals = (np.log(share) - _terms(s) @ fit) / error
    probability = float(np.exp(fit @ _terms(np.ones(1))[0]))
    boards = np.full(len(s), n_boards)
    return RareFailure(probability, float(low), float(high), s, failures, boards, residuals)


def _terms(s: FloatArray) -> FloatArray:
    return np.stack([np.ones_like(s), np.log(s), 1 / s**2], axis=1)


def _fit(s: FloatArray, failures: NDArray[np.int64], n: int) -> FloatArray:
    share = failures / n
    weight = np.sqrt(failures / np.maximum(1 - share, 1 / n))  # 1 / standard error of log share
    solution = np.linalg.lstsq(_terms(s) * weight[:, None], np.log(share) * weight, rcond=None)[0]
    return np.asarray(solution)
