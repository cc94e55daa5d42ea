"""Lagged moments of records: all that the estimates of drift and noise take from the samples.

With w_k = (1, x_k, x_k^2, x_k^3) of sample k (powers of each unit's state; (1, x_k) for a machine
with a linear force) and windows of L + 1 consecutive samples k ... k + L

    past_l = sum_k w_k w_{k+l}^T        same_l = sum_k w_{k+l} w_{k+l}^T        l = 0 ... L

summed over the windows of each batch, in one pass over the blocks of a record. A batch is a stretch
of consecutive windows; sums of batches give the estimate, their spread its errors. A window never
spans two pieces of a record, or a missing sample. Memory: a block, and 2 (L + 1) w^2 numbers a
batch, however long the record is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from hwkit.errors import DataError

FloatArray = NDArray[np.float64]

BATCHES = 256
_FEWEST = 40  # batches whose spread is an error


@dataclass(frozen=True, eq=False)
class Moments:
    """Sums over the windows of each batch.

    Attributes:
        past: w_k w_{k+l}^T, (batches, L + 1, W, W).
        same: w_{k+l} w_{k+l}^T, (batches, L + 1, W, W).
        counts: windows of each batch, (batches,).
        n_units: units, N.
        powers: of a unit's state that w holds: (1,) or (1, 2, 3).
        step: time between samples, in model time.
    """

    past: FloatArray
    same: FloatArray
    counts: FloatArray
    n_units: int
    powers: tuple[int, ...]
    step: float

    @property
    def lags(self) -> int:
        """Largest lag, L."""
        return int(self.past.shape[1]) - 1

    @property
    def duration(self) -> float:
        """Model time that the windows start in, together."""
        return float(self.counts.sum()) * self.step

    @cached_property
    def average(self) -> FloatArray:
        """Averages of w_k w_k^T, (W, W): row 0 holds the means of all powers."""
        return np.asarray(self.past[:, 0].sum(axis=0) / self.counts.sum())

    def column(self, unit: int, power: int = 1) -> int:
        """Return the place in w of a power of a unit's state."""
        return 1 + self.powers.index(power) * self.n_units + unit


def lagged_moments(
    blocks: Iterator[tuple[bool, FloatArray]],
    total: int,
    step: float,
    powers: Sequence[int],
    lags: int,
) -> Moments:
    """Sum the moments of states that come in blocks.

    Args:
        blocks: whether a block starts a piece, and its states (rows, N); NaN is missing.
        total: samples of all blocks, about.
        step: time between samples, in model time.
        powers: (1,) or (1, 2, 3).
        lags: largest lag, L.

    Raises:
        DataError: if there are fewer samples than estimates need.
    """
    batches = min(BATCHES, total // (4 * (lags + 1)))
    if batches < _FEWEST:
        raise DataError(
            f"the record has {total} samples, in windows of {lags + 1}; estimates need at least "
            f"{4 * _FEWEST * (lags + 1)}"
        )
    length = -(-total // batches)
    sums: _Sums | None = None
    for place, stretch in _stretches(blocks, lags, length):
        if sums is None:
            sums = _Sums(batches, stretch.shape[1], tuple(powers), lags)
        sums.add(min(place // length, batches - 1), stretch)
    if sums is None:
        raise DataError(
            f"the records have no {lags + 1} samples in a row that are there in all channels, "
            "counted from `switched_on`; record without gaps, or correct `switched_on`"
        )
    return sums.moments(step)


def _stretches(
    blocks: Iterator[tuple[bool, FloatArray]], lags: int, length: int
) -> Iterator[tuple[int, FloatArray]]:
    """Yield consecutive states without gaps, each within a batch, and the place of their first."""
    carried, place = np.empty((0, 0)), 0
    for starts, states in blocks:
        joined = states if starts or not len(carried) else np.concatenate([carried, states])
        first = place - (len(joined) - len(states))
        place += len(states)
        whole = np.isfinite(joined).all(axis=1)
        edges = np.flatnonzero(np.diff(np.r_[False, whole, False]))
        for begin, end in edges.reshape(-1, 2).tolist():
            yield from _cut(joined[begin:end], first + begin, lags, length)
        carried = joined[len(joined) - lags :] if len(joined) >= lags else joined


def _cut(
    states: FloatArray, place: int, lags: int, length: int
) -> Iterator[tuple[int, FloatArray]]:
    """Cut a stretch where batches end; neighbours share `lags` samples."""
    begin, windows = 0, len(states) - lags
    while begin < windows:
        end = min(windows, (place + begin) // length * length + length - place)
        yield place + begin, states[begin : end + lags]
        begin = end


class _Sums:
    """Moments while they are summed."""

    def __init__(self, batches: int, n_units: int, powers: tuple[int, ...], lags: int) -> None:
        width = 1 + len(powers) * n_units
        self._past = np.zeros((batches, lags + 1, width, width))
        self._same = np.zeros_like(self._past)
        self._counts = np.zeros(batches)
        self._powers, self._units, self._lags = powers, n_units, lags

    def add(self, batch: int, states: FloatArray) -> None:
        lags, windows = self._lags, len(states) - self._lags
        powers = [np.ones((len(states), 1)), states]
        for _ in self._powers[1:]:
            powers.append(powers[-1] * states)
        width = self._past.shape[-1]
        w = np.empty((len(states), width))  # by rows, whatever the order of `states` is
        np.concatenate(powers, axis=1, out=w)
        # Row k of `ahead` is w_k ... w_{k+L}: all lags are one product.
        ahead = as_strided(w, (windows, (lags + 1) * width), w.strides)
        past = (w[:windows].T @ ahead).reshape(width, lags + 1, width).transpose(1, 0, 2)
        left, came = w[:lags], w[windows:]
        moved = came[:, :, None] * came[:, None, :] - left[:, :, None] * left[:, None, :]
        self._past[batch] += past
        self._same[batch] += past[0]
        self._same[batch, 1:] += np.cumsum(moved, axis=0)
        self._counts[batch] += windows

    def moments(self, step: float) -> Moments:
        filled = self._counts > 0
        kept: slice | NDArray[np.bool_] = slice(None) if filled.all() else filled
        return Moments(
            self._past[kept],
            self._same[kept],
            self._counts[kept],
            self._units,
            self._powers,
            step,
        )
