"""How fast a machine is: how long it remembers, and how soon its samples can be recognised.

Memory: the time after which the autocorrelation of the mean over units, 0 on average at
equilibrium, has fallen to 1/e; its standard error by leaving out one run at a time. No
assumption about the machine's speed goes into it. A machine lambda times as fast has the product
lambda * time of the others.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import DataError
from hwkit.training import recognise
from hwkit.training.quality import RECOGNISABLE
from hwkit.trajectories import Trajectories

FloatArray = NDArray[np.float64]


def memory_time(runs: Trajectories, settle: float) -> tuple[float, float]:
    """Return the 1/e time of the mean over units, in the runs' time, and its standard error.

    Args:
        runs: two or more stationary ones, saved at equal distances.
        settle: time to leave out at the start.

    Raises:
        DataError: if the runs are too few, or too short to forget.
    """
    kept = runs.t >= settle
    step = float(runs.t[1] - runs.t[0])
    signal = runs.x[runs.completed][:, kept].mean(axis=2)
    if len(signal) < 2 or signal.shape[1] < 4:
        raise DataError(f"{len(signal)} runs of {signal.shape[1]} states can't time a memory")
    products = _lagged_products(signal)
    total, n = products.sum(axis=0), len(products)
    left_out = np.array([_fallen(total - own, step) for own in products])
    spread = np.sqrt((n - 1) / n * np.sum((left_out - left_out.mean()) ** 2))
    return _fallen(total, step), float(spread)


def _lagged_products(signal: FloatArray) -> FloatArray:
    """Return the mean of s(t) s(t + lag) of each run, up to half its length, (runs, lags)."""
    length = signal.shape[1]
    waves = np.fft.rfft(signal, 2 * length, axis=1)
    sums = np.fft.irfft(np.abs(waves) ** 2, axis=1)[:, : length // 2]
    return np.asarray(sums / (length - np.arange(length // 2)))


def _fallen(products: FloatArray, step: float) -> float:
    share = products / products[0] - np.exp(-1)
    below = np.flatnonzero(share < 0)
    if below.size == 0:
        raise DataError("the runs are too short to forget where they were; make them longer")
    k = int(below[0])
    return float(step * (k - 1 + share[k - 1] / (share[k - 1] - share[k])))


def recognition_time(runs: Trajectories, patterns: FloatArray) -> tuple[float, float, int]:
    """Return when a run first shows a pattern recognisably: mean, standard error, runs that do.

    Patterns are (P, n_visible). Times are those saved, in model time; runs that never do are left
    out.
    """
    best = np.stack(
        [recognise(runs.x[:, k], patterns).correlation for k in range(runs.t.size)], axis=1
    )
    seen = best > RECOGNISABLE
    ever = seen.any(axis=1)
    first = runs.t[np.argmax(seen, axis=1)][ever]
    n = int(ever.sum())
    if n < 2:
        raise DataError(f"{n} of {runs.n_trajectories} runs show a pattern; a time takes two")
    return float(first.mean()), float(first.std(ddof=1) / np.sqrt(n)), n


def power_law(
    factors: Sequence[float], times: Sequence[float], errors: Sequence[float]
) -> tuple[float, float]:
    """Return the exponent of times against factors, fitted to weighted logs, and its error.

    Args:
        factors: by which machines are faster.
        times: measured of each.
        errors: standard error of each time.
    """
    x, y = np.log(factors), np.log(times)
    weights = (np.asarray(times) / np.asarray(errors)) ** 2
    centre = np.sum(weights * x) / weights.sum()
    spread = np.sum(weights * (x - centre) ** 2)
    return float(np.sum(weights * (x - centre) * y) / spread), float(1 / np.sqrt(spread))


def crossing(factors: Sequence[float], changes: Sequence[float], margin: float) -> float:
    """Return the factor at which a growing change passes a margin, between logs; inf if never.

    Args:
        factors: growing.
        changes: measured at each factor; their magnitudes count.
        margin: the largest change allowed.
    """
    size = np.abs(np.asarray(changes))
    over = np.flatnonzero(size > margin)
    if over.size == 0:
        return float("inf")
    k = int(over[0])
    if k == 0:
        return float(factors[0])
    (a, b), (low, high) = np.log(size[k - 1 : k + 1]), np.log(np.asarray(factors)[k - 1 : k + 1])
    return float(np.exp(low + (np.log(margin) - a) / (b - a) * (high - low)))
