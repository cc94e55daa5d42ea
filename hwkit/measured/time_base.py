"""From a column of times to a regular grid.

With d the interval, neighbours whose times differ by k d, k a whole number, have k - 1 samples lost
between them: these are filled with missing ones. Longer gaps, and times that go back, start a new
piece. The interval is the mean of all steps, so that the digits of a single time don't limit it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import DataError
from hwkit.measured.spool import Spool

FloatArray = NDArray[np.float64]

LONGEST_GAP = 1000  # samples that are filled as missing
_UNEVEN = 0.3  # of the interval: how far a step may be from a whole number of intervals
_SHARE = 0.01  # of steps that may be further
_SAME_RATE = 0.01  # relative, of means
_SURELY_OTHER = 0.2  # of a single step, which has few digits


@dataclass(frozen=True, eq=False)
class Gridded:
    """Values on a regular grid.

    Attributes:
        table: (samples, channels), missing samples NaN.
        interval, t0: seconds.
        segments: samples of each piece.
        lost: samples that were filled.
        uneven: steps that are not a whole number of intervals.
    """

    table: FloatArray
    interval: float
    t0: float
    segments: tuple[int, ...]
    lost: int
    uneven: int


class _Grid:
    """Takes blocks of times and values in their order."""

    def __init__(self, interval: float, n_channels: int) -> None:
        self.interval = interval
        self.spool = Spool(n_channels)
        self.last = self.first = np.nan
        self.segments: list[int] = [0]
        self.span = self.steps = 0.0
        self.lost = self.uneven = self.total = 0

    def add(self, times: FloatArray, values: FloatArray) -> None:
        """Place samples, times (rows,) and values (rows, channels), behind those before."""
        if not np.isfinite(times).all():
            raise DataError(
                f"{int((~np.isfinite(times)).sum())} of its times are missing; leave `time` out "
                "and give `interval`"
            )
        begins = self.total == 0
        if begins:
            self.first = float(times[0])
            self.last = self.first - self.interval
        steps = np.diff(times, prepend=self.last)
        if not steps.all():
            raise DataError(
                f"samples {self.total + int(np.argmin(np.abs(steps)))} and the next have the same "
                f"time, {float(times[int(np.argmin(np.abs(steps)))]):.9g} s; remove one of them, "
                "or leave `time` out and give `interval`"
            )
        moves = np.rint(steps / self.interval)
        new = (moves < -0.5) | (moves > LONGEST_GAP + 1)
        off = np.abs(steps - moves * self.interval) > _UNEVEN * self.interval
        self.uneven += int((~new & (off | (moves < 0.5))).sum())
        self.total += len(times)
        self._check()
        whole = np.where(new, 1, np.maximum(moves, 1)).astype(np.int64)
        counted = ~new
        counted[0] &= not begins  # the first sample of all has no step
        self.span += float(steps[counted].sum())
        self.steps += float(whole[counted].sum())
        self._place(values, whole, new)
        self.last = float(times[-1])

    def _check(self) -> None:
        if self.uneven > _SHARE * self.total:
            raise DataError(
                f"{self.uneven} of the first {self.total} steps of its times are not whole numbers "
                f"of {self.interval:.6g} s; give `resample` to have it interpolated, or leave "
                "`time` out and give `interval`"
            )

    def _place(self, values: FloatArray, moves: NDArray[np.int64], new: NDArray[np.bool_]) -> None:
        ends = np.cumsum(moves)
        if ends[-1] == len(values):
            self.spool.append(values)
        else:
            rows = np.full((int(ends[-1]), values.shape[1]), np.nan)
            rows[ends - 1] = values
            self.spool.append(rows)
        self.lost += int(ends[-1]) - len(values)
        bounds = np.concatenate([[0], ends[new] - 1, [ends[-1]]])
        pieces = np.diff(bounds).tolist()
        self.segments[-1] += pieces[0]
        self.segments += pieces[1:]

    def result(self) -> Gridded:
        interval = self.span / self.steps if self.steps else self.interval
        segments = tuple(n for n in self.segments if n)
        table = self.spool.table()
        return Gridded(table, interval, self.first, segments, self.lost, self.uneven)


def on_grid(
    blocks: Iterable[FloatArray], stated: float | None = None, resample: float | None = None
) -> Gridded:
    """Place samples on a regular grid.

    Args:
        blocks: time in s, then values, (rows, 1 + channels).
        stated: seconds between samples, if they are also given elsewhere.
        resample: seconds between samples to be interpolated linearly; None leaves samples alone.

    Raises:
        DataError: if the times are uneven, or contradict what is stated.
    """
    grid: _Grid | None = None
    carry: FloatArray | None = None
    for block in blocks:
        if not len(block):
            continue
        if grid is None:
            grid = _Grid(resample or _interval(block[:, 0], stated), block.shape[1] - 1)
        if resample is not None:
            block, carry = _interpolated(block, carry, resample)
        if len(block):
            grid.add(block[:, 0], block[:, 1:])
    if grid is None:
        raise DataError("it has no samples")
    made = grid.result()
    if stated is not None and abs(made.interval / stated - 1) > _SAME_RATE:
        raise DataError(_contradiction(made.interval, stated))
    return made


def _interval(times: FloatArray, stated: float | None) -> float:
    """Return the usual step of the first times; what is stated if there is one."""
    steps = np.diff(times)
    steps = steps[steps > 0]
    if not steps.size:
        if stated is None:
            raise DataError("its times don't increase; leave `time` out and give `interval`")
        return stated
    usual = float(np.median(steps))
    if stated is not None and abs(usual / stated - 1) > _SURELY_OTHER:
        raise DataError(_contradiction(usual, stated))
    return stated or usual


def _contradiction(measured: float, stated: float) -> str:
    return (
        f"its times are {measured:.6g} s apart, but {stated:.6g} s between samples are stated; "
        "correct one of them"
    )


def _interpolated(
    block: FloatArray, carry: FloatArray | None, step: float
) -> tuple[FloatArray, FloatArray]:
    """Return the samples of the grid up to a block's end, and what is left of it.

    The first row of what is left holds the next time of the grid, the second the last sample.
    """
    if carry is None:
        carry = np.vstack([block[0], block[0]])
    begin, known = carry[0, 0], np.vstack([carry[1:], block])
    times = known[:, 0]
    if (np.diff(times) < 0).any():
        raise DataError("its times go back; pieces can't be interpolated: store each in its file")
    n = max(0, int(np.floor((times[-1] - begin) / step + 1e-9)) + 1)
    if n > LONGEST_GAP * len(times):
        raise DataError(
            f"`resample` of {step:.6g} s makes {n} samples of {len(block)}; make it larger"
        )
    wanted = begin + step * np.arange(n)
    columns = [np.interp(wanted, times, column) for column in known[:, 1:].T]
    rest = np.vstack([block[-1], block[-1]])
    rest[0, 0] = begin + step * n
    return np.column_stack([wanted, *columns]), rest
