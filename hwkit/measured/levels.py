"""Levels of a record, in two passes over its blocks: ends of the range, repeats, jumps, gaps.

A converter that clips piles samples up at its last level: many more than at the levels below it,
in several excursions. Without it the number falls from level to level. Where each sample has a
value of its own (no steps), three equal extreme ones are a pile.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwkit.measured.records import Record

FloatArray = NDArray[np.float64]
Counts = NDArray[np.int64]

_BELOW = 3  # levels below the last one that are counted
_CONTINUOUS = 0.9  # share of different values in a block from which there are no steps


@dataclass(eq=False)
class Levels:
    """What the first pass over a record counts, for each channel.

    Attributes:
        low, high: extreme volts.
        missing: samples that are missing.
        repeats: samples equal to the one before.
        lost: samples that are missing in all channels; longest: the longest such run.
        frozen: samples of which all channels repeat the one before.
        pairs: neighbours that were compared.
        step: volts between levels, 0 where there are none; levels: how many the first block has.
        spread: of the first block, covariance of increments (channels, channels).
        variance: of the first block, of the volts.
    """

    low: FloatArray
    high: FloatArray
    missing: Counts
    repeats: Counts
    step: FloatArray
    levels: Counts
    spread: FloatArray
    variance: FloatArray
    lost: int = 0
    longest: int = 0
    frozen: int = 0
    pairs: int = 0


def read_levels(record: Record) -> Levels:
    """Count in one pass; constant memory."""
    n = record.n_channels
    found: Levels | None = None
    last, run = np.full((1, n), np.nan), 0
    for block in record.blocks():
        volts, absent = block.volts, block.missing
        if found is None:
            found = _first(volts)
        finite = np.where(absent, np.nan, volts)
        found.low = np.fmin(found.low, np.fmin.reduce(finite, axis=0))
        found.high = np.fmax(found.high, np.fmax.reduce(finite, axis=0))
        found.missing += absent.sum(axis=0)
        same = np.vstack([last, volts[:-1]]) == volts
        found.repeats += same.sum(axis=0)
        found.frozen += int(same.all(axis=1).sum())
        found.pairs += len(volts)
        gone = np.asarray(absent.all(axis=1))
        found.lost += int(gone.sum())
        longest, run = _longest_run(gone, run)
        found.longest = max(found.longest, longest)
        last = volts[-1:]
    assert found is not None  # a record has samples
    return found


def _longest_run(gone: NDArray[np.bool_], before: int) -> tuple[int, int]:
    """Return the longest run of missing samples, and the one that the block ends with."""
    ends = np.flatnonzero(~gone)
    if not ends.size:
        return before + len(gone), before + len(gone)
    runs = np.diff(ends, prepend=-1) - 1
    runs[0] += before
    return int(runs.max()), len(gone) - 1 - int(ends[-1])


def _first(volts: FloatArray) -> Levels:
    n = volts.shape[1]
    step, levels = np.zeros(n), np.zeros(n, dtype=np.int64)
    for channel in range(n):
        column = volts[:, channel]
        values = np.unique(column[np.isfinite(column)])
        levels[channel] = values.size
        if 2 <= values.size < _CONTINUOUS * np.isfinite(column).sum():
            step[channel] = _step(values)
    moves = np.diff(volts, axis=0)
    moves = moves[np.isfinite(moves).all(axis=1)]
    whole = volts[np.isfinite(volts).all(axis=1)]
    spread = np.atleast_2d(np.cov(moves.T)) if len(moves) > 2 * n + 2 else np.zeros((n, n))
    variance = whole.var(axis=0) if len(whole) else np.zeros(n)
    nothing = np.full(n, np.nan)
    return Levels(
        nothing,
        nothing,
        np.zeros(n, np.int64),
        np.zeros(n, np.int64),
        step,
        levels,
        spread,
        variance,
    )


def _step(values: FloatArray) -> float:
    """Return the distance of neighbouring levels, from the sorted values that occur."""
    gaps = np.diff(values)
    size = float(values[-1] - values[0])
    return float(gaps[gaps > 1e-9 * size].min(initial=size))


@dataclass(eq=False)
class Ends:
    """What the second pass counts at one end of the range, for each channel.

    Attributes:
        last: samples at the last level; visits: excursions to it.
        below: samples at each of the three levels before it, (3, channels).
        close: samples within a step of the end of the converter's span.
    """

    last: Counts
    visits: Counts
    below: Counts
    close: Counts


def read_ends(record: Record, levels: Levels, spans: FloatArray) -> tuple[Ends, Ends]:
    """Count samples near the lowest and the highest level in one pass.

    Args:
        record: the record.
        levels: of the first pass.
        spans: ends of each channel's range, (2, channels), V; NaN where they are not known.
    """
    n = record.n_channels
    ends = tuple(
        Ends(*(np.zeros(shape, np.int64) for shape in (n, n, (_BELOW, n), n))) for _ in range(2)
    )
    step = np.where(levels.step > 0, levels.step, np.inf)
    inside = [np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)]
    for block in record.blocks():
        for side, (end, extreme, sign) in enumerate(
            zip(ends, (levels.low, levels.high), (1.0, -1.0), strict=True)
        ):
            away = sign * (block.volts - extreme) / step  # infinite steps: 0 throughout
            at = np.where(np.isfinite(step), np.abs(away) < 0.5, block.volts == extreme)
            end.last += at.sum(axis=0)
            before = np.vstack([inside[side], at[:-1]])
            end.visits += (at & ~before).sum(axis=0)
            inside[side] = at[-1]
            for level in range(_BELOW):
                near = np.isfinite(step) & (np.abs(away - level - 1) < 0.5)
                end.below[level] += near.sum(axis=0)
            limit = spans[side] + sign * 1.5 * levels.step
            end.close += (sign * (block.volts - limit) <= 0).sum(axis=0)
    return ends[0], ends[1]


def read_jumps(record: Record, levels: Levels, threshold: float, most: float) -> int:
    """Return the number of steps within pieces that are far beyond noise in several channels.

    The statistic is the sum over whitened increments w of min(w^2, most), so that a single channel
    can't exceed the threshold alone.
    """
    values, vectors = np.linalg.eigh(levels.spread)
    if values[0] <= 1e-9 * values[-1]:
        return 0
    white = vectors / np.sqrt(values)
    jumps, last, after = 0, np.empty((0, record.n_channels)), -1
    starts = {piece.start for piece in record.pieces}
    for block in record.piece_blocks():
        joined = block.start == after and block.start not in starts
        volts = np.vstack([last, block.volts]) if joined else block.volts
        size = np.minimum((np.diff(volts, axis=0) @ white) ** 2, most).sum(axis=1)
        jumps += int((size > threshold).sum())  # never where a sample is missing
        last, after = block.volts[-1:], block.start + len(block.volts)
    return jumps
