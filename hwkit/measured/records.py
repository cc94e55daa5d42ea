"""Measured traces as values: channels, records, and all that was measured on one board.

A record is a table of voltages on a regular grid: sample k of a record is taken at t0 + k interval
seconds. A missing sample is NaN and keeps its place in the grid. The table may be an array, a
memory map or a dataset on disk (`Table`): it is read in blocks, so that a record may be larger than
the memory. Nothing here knows a seed or a true parameter of the board.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, Protocol, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hwkit.errors import DataError
from hwkit.showing import Shown, Summary

FloatArray = NDArray[np.float64]
RecordKind = Literal["calibration", "stationary", "switched"]

BLOCK_ROWS = 65_536
_MOST_CHANNELS = 100_000
_SAME_TIME = 1e-6  # of an interval


class Table(Protocol):
    """Numbers (samples, channels) that are read some rows at a time: an array is one."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Samples and channels."""
        ...

    def __getitem__(self, rows: slice, /) -> ArrayLike:
        """Return some rows, (rows, channels)."""
        ...


@dataclass(frozen=True)
class Channel:
    """One column of the records: what is known of it before anything is estimated.

    Attributes:
        name: as in the file, such as "CH1".
        unit: the machine's unit that it shows, from 0; None of a channel that shows none.
        volt: nominal volts per unit of x; 1 if the samples are in model units.
        offset: nominal volts at x = 0.
        span: lowest and highest volts that the converter can return; None if not known.
    """

    name: str
    unit: int | None = None
    volt: float = 1.0
    offset: float = 0.0
    span: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if not (np.isfinite(self.volt) and self.volt != 0):
            raise DataError(f"channel {self.name}: {self.volt} volts per unit of x; give another")
        if not np.isfinite(self.offset):
            raise DataError(f"channel {self.name}: offset {self.offset} V; it must be finite")
        if self.unit is not None and self.unit < 0:
            raise DataError(f"channel {self.name} shows unit {self.unit}; units count from 0")
        if self.span is not None and not self.span[0] < self.span[1]:
            low, high = self.span
            raise DataError(f"channel {self.name}: span {low} to {high} V; put the lower end first")


@dataclass(frozen=True, eq=False)
class Block:
    """Some samples of a record: the first one's place in it, and volts, (rows, channels).

    A missing sample is NaN.
    """

    start: int
    volts: FloatArray

    @property
    def missing(self) -> NDArray[np.bool_]:
        """Which samples are missing, (rows, channels)."""
        return np.isnan(self.volts)


@dataclass(frozen=True, eq=False, repr=False)
class Record(Shown):
    """One record: voltages on a regular grid of times.

    Attributes:
        name: as in the description of the measurement.
        kind: "calibration" (inputs clamped or grounded), "stationary" (the machine runs, long after
            it was switched on), "switched" (restarts, each with couplings switched on at a known
            time).
        table: volts, (samples, channels).
        interval: seconds between samples.
        t0: time of the first sample, s.
        segments: samples of each piece. Pieces follow each other in the table without continuity;
            those of a switched record are its restarts. None: one piece.
        switched_on: when couplings and biases were switched on, in seconds after the first sample
            of each piece; None if they were on throughout (or off: calibration).
        clamped: of a calibration record: volts that were applied to each channel, (channels,), NaN
            where nothing was; empty otherwise.
        over_range: samples of each channel that the instrument marked as beyond its range,
            (channels,); they are missing in the table. Empty: none.
        facts: what else its file says (instrument, firmware, ...): text.
    """

    name: str
    kind: RecordKind
    table: Table
    interval: float
    t0: float = 0.0
    segments: tuple[int, ...] | None = None
    switched_on: float | None = None
    clamped: tuple[float, ...] = ()
    over_range: tuple[int, ...] = ()
    facts: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind not in get_args(RecordKind):
            known = ", ".join(get_args(RecordKind))
            raise self._error(f"is of kind {self.kind!r}; choose one of {known}")
        shape = tuple(self.table.shape)
        if len(shape) != 2 or not shape[0] or not 1 <= shape[1] <= _MOST_CHANNELS:
            raise self._error(f"has a table of shape {shape}; expected (samples, channels)")
        if not (np.isfinite(self.interval) and self.interval > 0):
            raise self._error(f"has {self.interval} s between samples; it must be above 0")
        if not np.isfinite(self.t0):
            raise self._error(f"starts at {self.t0} s; it must be finite")
        self._check_pieces()
        self._check_kind()

    def _check_pieces(self) -> None:
        if self.segments is None:
            return
        if not self.segments or min(self.segments) < 1 or sum(self.segments) != self.n_samples:
            raise self._error(
                f"has {self.n_samples} samples, but its segments have {sum(self.segments)}; each "
                "needs at least one, and together they must be the record"
            )

    def _check_kind(self) -> None:
        if self.kind == "switched" and self.switched_on is None:
            raise self._error("is a switched one; say when couplings were switched on")
        if self.switched_on is not None and (
            self.kind != "switched" or not np.isfinite(self.switched_on)
        ):
            raise self._error(f"is a {self.kind} one, switched on at {self.switched_on} s")
        if self.clamped and (self.kind != "calibration" or len(self.clamped) != self.n_channels):
            raise self._error(
                f"is a {self.kind} one of {self.n_channels} channels with {len(self.clamped)} "
                "clamped voltages; only a calibration record has them, one a channel"
            )
        if self.over_range and len(self.over_range) != self.n_channels:
            raise self._error(f"has {len(self.over_range)} counts of samples over range")

    def _error(self, problem: str) -> DataError:
        return DataError(f"record {self.name} {problem}")

    @property
    def n_samples(self) -> int:
        """Number of samples of each channel, missing ones included."""
        return int(self.table.shape[0])

    @property
    def n_channels(self) -> int:
        """Number of channels."""
        return int(self.table.shape[1])

    @property
    def seconds(self) -> float:
        """Duration of all pieces, s."""
        return self.n_samples * self.interval

    @property
    def pieces(self) -> tuple[slice, ...]:
        """Rows of each piece: within one, samples are consecutive in time."""
        ends = np.cumsum(self.segments or (self.n_samples,)).tolist()
        return tuple(
            slice(end - n, end) for n, end in zip(self.segments or ends, ends, strict=True)
        )

    @property
    def before_switch(self) -> int:
        """Samples of each piece that were taken before couplings were switched on."""
        if self.switched_on is None:
            return 0
        return max(0, int(np.ceil(self.switched_on / self.interval - _SAME_TIME)))

    def read(self, start: int = 0, stop: int | None = None) -> FloatArray:
        """Return volts of samples start ... stop - 1 (to the end if None), (rows, channels)."""
        rows = slice(*slice(start, stop).indices(self.n_samples))
        return np.array(self.table[rows], dtype=np.float64)

    def times(self, start: int = 0, stop: int | None = None) -> FloatArray:
        """Return the grid's times of samples start ... stop - 1, (rows,), s."""
        steps = np.arange(*slice(start, stop).indices(self.n_samples), dtype=np.float64)
        return self.t0 + self.interval * steps

    def blocks(self, rows: int = BLOCK_ROWS) -> Iterator[Block]:
        """Yield the whole record in blocks of so many rows, the last one shorter.

        A block may hold the end of one piece and the start of the next (`pieces`).

        Raises:
            DataError: if rows is below 1.
        """
        if rows < 1:
            raise self._error(f"can't be read in blocks of {rows} rows; take at least 1")
        for start in range(0, self.n_samples, rows):
            yield Block(start, self.read(start, start + rows))

    def piece_blocks(self, rows: int = BLOCK_ROWS) -> Iterator[Block]:
        """Yield the record in blocks of at most so many rows, each within one piece.

        The first block of a piece is that whose start is the start of a slice of `pieces`.
        """
        for piece in self.pieces:
            for start in range(piece.start, piece.stop, rows):
                yield Block(start, self.read(start, min(start + rows, piece.stop)))

    def summary(self) -> Summary:
        """Return what the record is, without reading its samples."""
        facts = [
            ("interval", f"{self.interval:.6g} s"),
            ("duration", f"{self.seconds:.6g} s in {len(self.segments or (1,)):,} pieces"),
        ]
        if self.switched_on is not None:
            facts.append(("switched on", f"{self.switched_on:.6g} s after a piece's first sample"))
        facts += list(self.facts.items())
        size = f"{self.n_samples:,} samples of {self.n_channels} channels"
        return Summary(f"Record {self.name} ({self.kind}): {size}", facts)


@dataclass(frozen=True, eq=False, repr=False)
class Measurement(Shown):
    """All that was measured on one board.

    Attributes:
        channels: the columns of every record, in their order.
        records: the records.
        second: nominal seconds per unit of mu t of the machine, tau; None if not known.
    """

    channels: tuple[Channel, ...]
    records: tuple[Record, ...]
    second: float | None = None

    def __post_init__(self) -> None:
        if not self.channels or not self.records:
            raise DataError("a measurement needs at least one channel and one record")
        if self.second is not None and not (np.isfinite(self.second) and self.second > 0):
            raise DataError(f"{self.second} s per unit of time; it must be above 0")
        for what, names in (
            ("channels", [channel.name for channel in self.channels]),
            ("records", [record.name for record in self.records]),
            ("channels that show unit", [str(unit) for unit in self.units]),
        ):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise DataError(f"the measurement has two {what} {twice[0]}; give each its own")
        for record in self.records:
            if record.n_channels != len(self.channels):
                raise DataError(
                    f"record {record.name} has {record.n_channels} channels, but the measurement "
                    f"describes {len(self.channels)}"
                )

    @property
    def units(self) -> tuple[int, ...]:
        """Units that are measured, in ascending order."""
        return tuple(sorted(c.unit for c in self.channels if c.unit is not None))

    def channel_of(self, unit: int) -> int:
        """Return the column that shows a unit.

        Raises:
            DataError: if none does.
        """
        for place, channel in enumerate(self.channels):
            if channel.unit == unit:
                return place
        raise DataError(f"no channel shows unit {unit}; measured are {self.units}")

    def of_kind(self, kind: RecordKind) -> tuple[Record, ...]:
        """Return the records of one kind."""
        return tuple(record for record in self.records if record.kind == kind)

    def record(self, name: str) -> Record:
        """Return the record of a name.

        Raises:
            DataError: if there is none.
        """
        for record in self.records:
            if record.name == name:
                return record
        names = ", ".join(record.name for record in self.records[:12])
        raise DataError(f"the measurement has no record {name!r}; it has {names}")

    def in_units(self, volts: ArrayLike) -> FloatArray:
        """Return states x of `units` by the nominal gains and offsets, (rows, units).

        Args:
            volts: (rows, channels), as records hold them.
        """
        columns = [self.channel_of(unit) for unit in self.units]
        chosen = [self.channels[column] for column in columns]
        offset = np.array([channel.offset for channel in chosen])
        volt = np.array([channel.volt for channel in chosen])
        states: FloatArray = (np.asarray(volts, dtype=np.float64)[:, columns] - offset) / volt
        return states

    def summary(self) -> Summary:
        """Return channels and records, without reading samples."""
        shown = ", ".join(
            f"{c.name} ({'no unit' if c.unit is None else f'unit {c.unit}'})" for c in self.channels
        )
        lines = [record.summary().title for record in self.records]
        title = f"Measurement: {len(self.channels)} channels, {len(self.records)} records"
        return Summary(title, [("channels", shown)], lines)
