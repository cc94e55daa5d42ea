"""Gain, offset and readout noise of channels, from records with clamped inputs.

A calibration record holds each input at a known voltage: the channel shows gain * applied + offset.
Two voltages give both; one gives the offset of a channel whose gain is taken as stated. The spread
within a record is the readout's variance, and no record of the running machine tells it apart from
a slow channel or coloured noise: this one does. A converter of step q that shows a steady voltage
without noise is wrong by up to q/2: q^2/12 is added to the variance of each mean.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import DataError
from hwkit.measured.records import Measurement, Record

FloatArray = NDArray[np.float64]

_FEWEST = 10  # samples of a channel


@dataclass(frozen=True, eq=False)
class Calibration:
    """What calibration records say of the channels of measured units, all (N,).

    Attributes:
        gain, gain_stderr: over the stated one; NaN where only one voltage was applied.
        offset, offset_stderr: beyond the stated one, in x.
        readout: variance of the readout, in x^2.
    """

    gain: FloatArray
    gain_stderr: FloatArray
    offset: FloatArray
    offset_stderr: FloatArray
    readout: FloatArray

    @property
    def knows_gains(self) -> bool:
        """Whether the gain of every channel is measured."""
        return bool(np.isfinite(self.gain).all())

    def corrected(self, x: FloatArray) -> FloatArray:
        """Return states by the calibration, from those by the stated gains, (..., N)."""
        gain = np.where(np.isfinite(self.gain), self.gain, 1.0)
        return np.asarray((x - self.offset) / gain)


def calibrate_channels(measurement: Measurement, steps: FloatArray) -> Calibration | None:
    """Return what the calibration records say; None if there are none with known voltages.

    Args:
        measurement: with records of kind "calibration".
        steps: of each unit's converter, in x, (N,); 0 where it has none.

    Raises:
        DataError: if a channel was never clamped, or its record is too short.
    """
    records = [record for record in measurement.of_kind("calibration") if record.clamped]
    if not records:
        return None
    points = [_point(measurement, record, steps) for record in records]
    applied, shown, errors, spread = (np.array(part) for part in zip(*points, strict=True))
    rows = []
    for place, unit in enumerate(measurement.units):
        use = np.isfinite(applied[:, place])
        if not use.any():
            raise DataError(f"no calibration record clamps the channel of unit {unit}; add one")
        line = _line(applied[use, place], shown[use, place], errors[use, place])
        rows.append((*line, float(spread[use, place].mean())))
    return Calibration(*np.array(rows).T)


def _point(
    measurement: Measurement, record: Record, steps: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return applied and shown x, the variance of the mean, and that of a sample, all (N,)."""
    total, square, count = np.zeros((3, len(measurement.units)))
    clamped = np.asarray(record.clamped, dtype=np.float64)
    applied = measurement.in_units(clamped[None])[0]
    for block in record.blocks():
        away = measurement.in_units(block.volts) - np.where(np.isfinite(applied), applied, 0.0)
        total += np.nansum(away, axis=0)
        square += np.nansum(away**2, axis=0)
        count += np.isfinite(away).sum(axis=0)
    if count.min() < _FEWEST:
        raise DataError(
            f"calibration record {record.name} has {int(count.min())} samples of a channel; at "
            f"least {_FEWEST} are needed"
        )
    mean = total / count
    spread = np.maximum(square / count - mean**2, 0.0)
    noiseless = spread < steps**2 / 12
    return applied, mean + applied, spread / count + noiseless * steps**2 / 12, spread


def _line(
    applied: FloatArray, shown: FloatArray, variance: FloatArray
) -> tuple[float, float, float, float]:
    """Return gain, its error, offset and its error; a gain of one voltage is NaN."""
    weight = 1 / np.maximum(variance, 1e-24)
    centre = float(np.average(applied, weights=weight))
    leverage = float(np.sum(weight * (applied - centre) ** 2))
    if np.ptp(applied) <= 1e-6 * max(1.0, float(np.abs(applied).max())):
        offset = float(np.average(shown - applied, weights=weight))
        return np.nan, np.nan, offset, float(1 / np.sqrt(weight.sum()))
    gain = float(np.sum(weight * (applied - centre) * shown) / leverage)
    offset = float(np.average(shown, weights=weight) - gain * centre)
    error = np.sqrt(1 / weight.sum() + centre**2 / leverage)
    return gain, float(1 / np.sqrt(leverage)), offset, float(error)
