"""Clipping, constant channels and dropped samples of one record."""

from collections.abc import Iterator

import numpy as np
from scipy.special import chdtri

from hwkit.measured.findings import Finding, Report
from hwkit.measured.levels import Ends, Levels, read_ends, read_jumps, read_levels

_FEWEST_LEVELS = 16  # with fewer, what looks like clipping may be the distribution's own shape
_FEWEST = 3  # samples
_PILE, _PILE_VISITS, _PILE_RATIO = 8, 3, 3
_SHARE = 1e-5  # of samples at the end of the converter's span
_FALSE = 1e-4  # chance that a clean record shows a jump
_MOST = 25.0  # of a channel's share of a jump: five standard deviations
_FINE = 0.3  # 1 - correlation of neighbouring samples, up to which increments are noise


def check_levels(report: Report) -> Iterator[Finding]:
    """Yield findings about levels and gaps, from two or three passes over the record."""
    levels = read_levels(report.record)
    constant = _constant(report, levels)
    for place in constant:
        volts = float(levels.high[place])
        what = f"is constant at {volts:.4g} V" if np.isfinite(volts) else "has no samples"
        words = f"{report.name(place)} {what}; check its probe and whether the unit is alive"
        yield report.finding("constant channel", [place], words, volts)
    spans = np.array([c.span or (np.nan, np.nan) for c in report.channels]).T
    ends = read_ends(report.record, levels, spans)
    for place in range(report.record.n_channels):
        if place not in constant:
            yield from _clipping(report, levels, ends, place)
    yield from _dropped(report, levels, len(constant))


def _constant(report: Report, levels: Levels) -> list[int]:
    if report.record.kind == "calibration":
        return []  # a grounded input may well be
    same = (levels.low == levels.high) | np.isnan(levels.low)
    return [int(place) for place in np.flatnonzero(same)]


def _clipping(
    report: Report, levels: Levels, ends: tuple[Ends, Ends], place: int
) -> Iterator[Finding]:
    record = report.record
    over = record.over_range[place] if record.over_range else 0
    worst, where = over, "over range"
    for end, level in zip(ends, (levels.low, levels.high), strict=True):
        count = _clipped(end, levels, place, record.n_samples)
        if count > worst:
            worst, where = count, f"at {level[place]:.4g} V"
    if worst:
        share = worst / record.n_samples
        yield report.finding(
            "clipping",
            [place],
            f"{report.name(place)} clips: {worst:,} of {record.n_samples:,} samples are {where}; "
            "choose a larger range",
            share,
        )


def _clipped(end: Ends, levels: Levels, place: int, n_samples: int) -> int:
    """Return how many samples are clipped at one end; 0 if they may be the signal's own."""
    last = int(end.last[place])
    close = int(end.close[place])
    if close >= max(_FEWEST, _SHARE * n_samples):
        return close
    if levels.levels[place] < _FEWEST_LEVELS:
        return 0
    if not levels.step[place]:
        return last if last >= _FEWEST else 0
    many = last >= _PILE and end.visits[place] >= _PILE_VISITS
    return last if many and last > _PILE_RATIO * int(end.below[:, place].max()) else 0


def _dropped(report: Report, levels: Levels, n_constant: int) -> Iterator[Finding]:
    record, n = report.record, report.record.n_samples
    if levels.lost:
        yield report.finding(
            "dropped samples",
            [],
            f"{levels.lost:,} of {n:,} samples are missing in all channels, up to "
            f"{levels.longest:,} in a row; check the logger's buffer and its rate",
            levels.lost / n,
        )
    partly = levels.missing - levels.lost - np.array(record.over_range or 0)
    for place in np.flatnonzero(partly > 0):
        yield report.finding(
            "dropped samples",
            [int(place)],
            f"{report.name(int(place))} lacks {int(partly[place]):,} of {n:,} samples that other "
            "channels have",
            float(partly[place]) / n,
        )
    if record.kind == "calibration" or record.n_channels - n_constant < 2:
        return
    frozen = _frozen(levels)
    if frozen:
        yield report.finding(
            "dropped samples",
            [],
            f"{frozen:,} of {n:,} samples repeat the one before in all channels; the logger fills "
            "what it missed: read it faster",
            frozen / n,
        )
    jumps = _jumps(report, levels)
    if jumps:
        yield report.finding(
            "dropped samples",
            [],
            f"all channels jump together {jumps:,} times; samples are missing there without a "
            "mark: store times, or split the record there",
            jumps / n,
        )


def _frozen(levels: Levels) -> int:
    """Return the samples that repeat in all channels, if these are more than chance allows."""
    shares = levels.repeats / levels.pairs
    expected = levels.pairs * float(np.prod(shares))
    return levels.frozen if levels.frozen > max(_FEWEST, 5 * expected) else 0


def _jumps(report: Report, levels: Levels) -> int:
    """Return the number of jumps of a record that is sampled finely enough to tell."""
    record = report.record
    moves = np.diagonal(levels.spread)
    moving = levels.variance > 0
    if not moving.all() or np.median(moves / (2 * levels.variance)) > _FINE:
        return 0
    threshold = float(chdtri(record.n_channels, _FALSE / record.n_samples))
    return read_jumps(record, levels, threshold, _MOST)
