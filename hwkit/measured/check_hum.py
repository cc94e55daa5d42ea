"""Mains hum: lines at the mains' frequency and its first two overtones.

A record is averaged down to a few kHz, multiplied by a Hann window and transformed. Of noise alone,
the power in a bin is exponential around the smooth spectrum beside it; that of a line is far above.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from hwkit.measured.findings import Finding, Report
from hwkit.measured.records import Record

FloatArray = NDArray[np.float64]

MAINS = (50.0, 60.0)  # Hz
_OVERTONES = 3
_RATE = 3000.0  # Hz, of the averaged record at least
_CYCLES = 8  # of the mains that a record must hold
_TOLERANCE = 0.004  # relative, of the mains' frequency
_BESIDE = 30  # bins on each side that tell the noise
_FALSE = 1e-4  # chance for a clean record
_SLACK = 1.5  # for the error of the noise's level and its slope


def check_hum(report: Report, mains: Sequence[float] = MAINS) -> Iterator[Finding]:
    """Yield a finding for each channel with a line; none if the record is in pieces or short.

    Args:
        report: the record.
        mains: frequencies of the mains to look for, Hz.
    """
    record = report.record
    if len(record.pieces) > 1 or not mains or record.seconds * min(mains) < _CYCLES:
        return
    every = max(1, int(1 / (_RATE * record.interval)))
    series = averaged(record, every)
    rate = 1 / (record.interval * every)
    power = _spectrum(series)
    trials = record.n_channels * len(mains) * _OVERTONES
    for place in range(record.n_channels):
        lines = [
            (_line(power[:, place], rate, len(series), k * f, trials), k * f)
            for f in mains
            for k in range(1, _OVERTONES + 1)
        ]
        volts, frequency = max(lines)
        if volts > 0:
            yield report.finding(
                "mains hum",
                [place],
                f"{report.name(place)} has a line of {volts * 1e3:.3g} mV at {frequency:g} Hz; "
                "check its ground loop and shield",
                volts,
            )


def averaged(record: Record, every: int) -> FloatArray:
    """Return means of so many samples each, (means, channels); missing ones count as the mean.

    One pass in blocks; samples at the end that don't fill a mean are left out.
    """
    rows = every * max(1, 65_536 // every)
    sums: list[FloatArray] = []
    counts: list[FloatArray] = []
    for block in record.blocks(rows):
        whole = len(block.volts) // every * every
        shape = (-1, every, record.n_channels)
        parts = block.volts[:whole].reshape(shape)
        sums.append(np.nansum(parts, axis=1))
        counts.append(np.isfinite(parts).sum(axis=1).astype(np.float64))
    total, number = np.vstack(sums), np.vstack(counts)
    overall = total.sum(axis=0) / np.maximum(number.sum(axis=0), 1)
    filled: FloatArray = np.where(number > 0, total / np.maximum(number, 1), overall)
    return np.asarray(filled - overall, dtype=np.float64)


def _spectrum(series: FloatArray) -> FloatArray:
    """Return |X|^2 of each bin, so scaled that a sine has its amplitude squared, (bins, channels).

    Hann's window; the mean is taken out before.
    """
    n = len(series)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(n) + 0.5) / n)
    bins = np.fft.rfft(series * window[:, None], axis=0) * 2 / window.sum()
    power: FloatArray = np.abs(bins) ** 2
    return power


def _line(power: FloatArray, rate: float, n: int, frequency: float, trials: int) -> float:
    """Return the amplitude of a line, V; 0 if the bins there may be noise."""
    place, width = frequency * n / rate, _TOLERANCE * frequency * n / rate
    low, high = int(np.floor(place - width - 1)), int(np.ceil(place + width + 1))
    left, right = max(2, low - 2 - _BESIDE), min(len(power), high + 3 + _BESIDE)
    beside = np.concatenate([power[left : max(left, low - 2)], power[high + 3 : right]])
    if low < 1 or high >= len(power) or len(beside) < _BESIDE // 2:
        return 0.0
    noise = float(np.median(beside)) / np.log(2)
    found = float(power[low : high + 1].max())
    limit = _SLACK * noise * np.log(trials * (high - low + 1) / _FALSE)
    is_peak = found >= float(power[max(0, low - 2) : high + 3].max())  # not another line's flank
    return float(np.sqrt(found)) if found > limit and is_peak else 0.0
