"""A channel's known time constant, taken out of its samples.

The output v of a channel follows x with a time constant: lag dv/dt = x - v. Of samples h apart,

    u_k = (v_k - phi v_{k-1}) / (1 - phi),    phi = exp(-h / lag)

is an average of x over the last interval alone, with weights exp(-(t_k - s)/lag): u remembers
nothing of earlier intervals. White noise of the readout becomes (1 + phi^2)/(1 - phi)^2 times as
large in variance, and neighbours share -phi/(1 + phi^2) of it.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def remembered(step: float, lag: float) -> float:
    """Return phi, what a channel keeps of its output from one sample to the next.

    Args:
        step: time between samples, in model time.
        lag: time constant of the channel, in model time; 0 for none.
    """
    return float(np.exp(-step / lag)) if lag > 0 else 0.0


def unlagged(
    blocks: Iterator[tuple[bool, FloatArray]], phi: float
) -> Iterator[tuple[bool, FloatArray]]:
    """Yield blocks of u, from whether a block starts a piece and its samples v (rows, N).

    The first sample of a piece has none before it, and is missing.
    """
    last: FloatArray | None = None
    for starts, v in blocks:
        before = np.full_like(v, np.nan)
        before[1:] = v[:-1]
        if last is not None and not starts:
            before[:1] = last
        last = v[-1:]
        yield starts, (v - phi * before) / (1 - phi)


def amplified(phi: float) -> float:
    """Return the variance of u from white noise of the readout, over the variance of that."""
    return (1 + phi**2) / (1 - phi) ** 2


def shared_by_neighbours(phi: float) -> float:
    """Return the correlation of the readout's noise in one sample of u and the next."""
    return -phi / (1 + phi**2)


def shared_variance(phi: float) -> float:
    """Return what the first sample that drift is estimated from shares with the instrument's.

    That is the same sample for channels without lag, and the next one for those with. Times the
    variance of the readout.
    """
    return amplified(phi) * shared_by_neighbours(phi) if phi > 0 else 1.0


def of_unlagged(covariances: FloatArray, before: FloatArray, phi: float) -> FloatArray:
    """Return covariances of u at lags 0 ... L - 1 from those of v, (L, ...).

    Args:
        covariances: of v at lags 0 ... L, (L + 1, ...).
        before: that at lag -1, (...).
        phi: what the channels keep.
    """
    earlier = np.concatenate([before[None], covariances[:-2]])
    apart = (1 + phi**2) * covariances[:-1] - phi * (covariances[1:] + earlier)
    return np.asarray(apart / (1 - phi) ** 2)
