"""What is looked up in records before anything is estimated: which run, how they move, their steps.

States are taken in units of x by the description's volts and offsets, and by the calibration where
there is one. Of a switched record, samples before couplings were switched on are left out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import DataError
from hwkit.measured.calibration import Calibration
from hwkit.measured.readout import converter_step, resolved_bits
from hwkit.measured.records import BLOCK_ROWS, Measurement, Record
from hwkit.model import EnergyModel

FloatArray = NDArray[np.float64]

_STEP_SAMPLES = 200_000  # in which a converter's step is looked for
_DEAD = 0.15  # spread over the median spread of the channels, below which a unit does not move
_COARSER = 1.5  # step over the stated one, from which a readout is named
_SAME = 1e-6


@dataclass(frozen=True, eq=False)
class Running:
    """The records of the running machine, and how its channels move.

    Attributes:
        measurement: all that was measured.
        records: those of the running machine.
        step: time between samples, in model time.
        mean, spread: of every unit's channel, in x, (N,).
        steps: of every unit's converter, in x, (N,); 0 where it has none.
    """

    measurement: Measurement
    records: tuple[Record, ...]
    step: float
    mean: FloatArray
    spread: FloatArray
    steps: FloatArray

    @classmethod
    def of(cls, measurement: Measurement, model: EnergyModel) -> "Running":
        """Look through a measurement.

        Raises:
            DataError: if it has no record of the running machine, or not of all its units.
        """
        records, step = _running(measurement, model)
        total, square, count = np.zeros((3, model.n_units))
        for record in records:
            for _, volts in _volts(record):
                x = measurement.in_units(volts)
                total += np.nansum(x, axis=0)
                square += np.nansum(x**2, axis=0)
                count += np.isfinite(x).sum(axis=0)
        mean = total / np.maximum(count, 1)
        spread = np.sqrt(np.maximum(square / np.maximum(count, 1) - mean**2, 0.0))
        first = measurement.in_units(records[0].read(0, _STEP_SAMPLES))
        steps = np.array([converter_step(column) for column in first.T])
        return cls(measurement, records, step, mean, spread, steps)

    @property
    def moving(self) -> NDArray[np.intp]:
        """Units whose channels move, (units,)."""
        return np.flatnonzero(self.spread > _DEAD * np.median(self.spread))

    @property
    def samples(self) -> int:
        """Samples of all records."""
        return sum(record.n_samples for record in self.records)

    @property
    def pieces(self) -> tuple[int, ...]:
        """Samples of every piece in which the machine runs."""
        return tuple(
            piece.stop - piece.start - record.before_switch
            for record in self.records
            for piece in record.pieces
            if piece.stop - piece.start > record.before_switch
        )

    def names(self, units: Sequence[int]) -> list[str]:
        """Return the names of the units' channels."""
        channels = self.measurement.channels
        return [channels[self.measurement.channel_of(unit)].name for unit in units]

    def blocks(
        self, units: Sequence[int], calibration: Calibration | None
    ) -> Iterator[tuple[bool, FloatArray]]:
        """Yield whether a block starts a piece, and its states (rows, units)."""
        for record in self.records:
            for starts, volts in _volts(record):
                x = self.measurement.in_units(volts)
                if calibration is not None:
                    x = calibration.corrected(x)
                yield starts, x[:, units]

    def coarse_readouts(self, bits: float | None, units: Sequence[int]) -> list[str]:
        """Say which channels resolve less than stated."""
        if bits is None:
            return []
        words = []
        for unit in units:
            channel = self.measurement.channels[self.measurement.channel_of(unit)]
            if channel.span is None:
                raise DataError(
                    f"channel {channel.name} has no span, so that {bits:g} bits say nothing of its "
                    "step; add the span of its converter"
                )
            width, step = channel.span[1] - channel.span[0], self.steps[unit] * abs(channel.volt)
            if step > _COARSER * width / 2**bits:
                has = resolved_bits(step, width)
                words.append(
                    f"readout of channel {channel.name} resolves {has:.3g} bits, steps of "
                    f"{1e3 * step:.3g} mV, where {bits:g} bits are stated"
                )
        return words


def _running(measurement: Measurement, model: EnergyModel) -> tuple[tuple[Record, ...], float]:
    """Return the records of the running machine and their step in model time."""
    records = (*measurement.of_kind("stationary"), *measurement.of_kind("switched"))
    if not records:
        raise DataError("no record shows the running machine; add a stationary or a switched one")
    missing = sorted(set(range(model.n_units)) - set(measurement.units))
    if missing or max(measurement.units) >= model.n_units:
        raise DataError(
            f"the model has {model.n_units} units, but the channels show {measurement.units}; "
            "every unit needs a channel"
        )
    if measurement.second is None:
        raise DataError(
            "nothing says how many seconds a unit of the model's time takes; add second to the "
            "description of the measurement"
        )
    intervals = [record.interval for record in records]
    if max(intervals) > (1 + _SAME) * min(intervals):
        raise DataError(
            f"records have intervals of {min(intervals):g} s to {max(intervals):g} s; judge those "
            "of one interval at a time"
        )
    return records, intervals[0] / measurement.second


def _volts(record: Record) -> Iterator[tuple[bool, FloatArray]]:
    """Yield the blocks of a record in which the machine runs, and whether each starts a piece."""
    for piece in record.pieces:
        first = piece.start + record.before_switch
        for start in range(first, piece.stop, BLOCK_ROWS):
            yield start == first, record.read(start, min(start + BLOCK_ROWS, piece.stop))
