"""What one file gives to a record: some columns in volts on a regular grid of times."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import DataError
from hwkit.files import reading
from hwkit.measured.description import ChannelTable, RecordTable
from hwkit.measured.physical_units import unit_of
from hwkit.measured.records import Table
from hwkit.measured.sheets import Sheet
from hwkit.measured.spool import Spool
from hwkit.measured.tables import Converted, over_range, without_marks
from hwkit.measured.time_base import Gridded, on_grid

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Part:
    """A file's share of a record.

    Attributes:
        path: the file.
        table: volts, (samples, channels).
        interval, t0: seconds.
        segments: samples of each piece, if its times tell.
        over: samples of each channel over range; empty if none is.
        facts: what else it says.
    """

    path: str
    table: Table
    interval: float
    t0: float
    segments: tuple[int, ...] | None
    over: tuple[int, ...]
    facts: dict[str, str]


def read_part(
    sheet: Sheet, table: RecordTable, group: Sequence[ChannelTable], columns: Sequence[str | int]
) -> Part:
    """Read columns of a file, one for each channel of a group.

    Raises:
        DataError: if the file can't be read, or contradicts the description.
    """
    places = [sheet.column(column) for column in columns]
    twice = [place for place in places if places.count(place) > 1]
    if twice:
        raise DataError(f"two channels take column {twice[0] + 1} of {sheet.path}; correct one")
    factors = np.array(
        [_factor(sheet, at, channel) for at, channel in zip(places, group, strict=True)]
    )
    time = None if table.time is None else sheet.column(table.time)
    if time in places:
        raise DataError(
            f"column {places[places.index(time)] + 1} of {sheet.path} is both a channel and the "
            "column of times; correct one"
        )
    stated = table.stated
    _check_stated(sheet, stated)
    if time is not None:
        return _timed(sheet, table, time, places, factors)
    interval = stated or sheet.increment
    if interval is None:
        raise DataError(
            f"{sheet.path} doesn't say how far its samples are apart; give `time`, the column of "
            "times, or `interval` in seconds"
        )
    t0 = sheet.start or 0.0
    if sheet.table is not None:
        values: Table = Converted(sheet.table, tuple(places), factors)
        return Part(sheet.path, values, interval, t0, None, (), sheet.facts)
    over = np.zeros(len(places), dtype=np.int64)
    spool = Spool(len(places))
    with reading(sheet.path, "a table of samples"):
        for block in sheet.blocks(places):
            spool.append(_marked(block, over) * factors)
        values = spool.table()
    counts = tuple(over.tolist()) if over.any() else ()
    return Part(sheet.path, values, interval, t0, None, counts, sheet.facts)


def _check_stated(sheet: Sheet, stated: float | None) -> None:
    if stated is None or sheet.increment is None:
        return
    if abs(sheet.increment / stated - 1) > 0.01:
        raise DataError(
            f"{stated:.6g} s between samples are stated, but {sheet.path} gives "
            f"{sheet.increment:.6g} s; correct one of them"
        )


def _timed(
    sheet: Sheet, table: RecordTable, time: int, places: list[int], factors: FloatArray
) -> Part:
    """Return a part whose samples are placed by a column of times."""
    scale = _seconds(sheet, time, table)
    over = np.zeros(len(places), dtype=np.int64)

    def blocks() -> Iterator[FloatArray]:
        for rows in sheet.blocks([time, *places]):
            block = rows[~np.isnan(rows).all(axis=1)]  # Rigol's UltraScope ends with empty cells
            yield np.column_stack([block[:, 0] * scale, _marked(block[:, 1:], over) * factors])

    with reading(sheet.path, "a table of samples"):
        made: Gridded = on_grid(blocks(), table.stated or sheet.increment, table.resample)
        _check_other_times(sheet, time, places)
    facts = dict(sheet.facts)
    if made.lost:
        facts["samples lost, by the times"] = str(made.lost)
    if made.uneven:
        facts["steps of the times that are uneven"] = str(made.uneven)
    counts = tuple(over.tolist()) if over.any() else ()
    return Part(sheet.path, made.table, made.interval, made.t0, made.segments, counts, facts)


def _check_other_times(sheet: Sheet, time: int, places: list[int]) -> None:
    """Refuse a second column of times that differs: the channels were not taken together."""
    for place in range(len(sheet.units)):
        if place == time or place in places or not _is_time(sheet, place, sheet.names[time]):
            continue
        step = 0.0
        for block in sheet.blocks([time, place]):
            step = step or float(np.median(np.abs(np.diff(block[:, 0]))))
            if np.abs(block[:, 0] - block[:, 1]).max() > 0.5 * step:
                raise DataError(
                    f"two time bases: columns {time + 1} and {place + 1} hold different times; "
                    "store the channels of each in a file and a record of its own"
                )


def _is_time(sheet: Sheet, place: int, name: str) -> bool:
    """Say whether a column holds times, as its unit or its name says."""
    found, own = unit_of(sheet.units[place]), sheet.names[place]
    if found is not None:
        return found[0] == "s"
    return bool(own) and (own == name or own.lower().startswith(("time", "zeit")))


def _marked(block: FloatArray, over: NDArray[np.int64]) -> FloatArray:
    """Return values with those over range missing, and count them."""
    beyond = over_range(block)
    over += beyond.sum(axis=0)
    return without_marks(block)


def _factor(sheet: Sheet, place: int, channel: ChannelTable) -> float:
    """Return volts per number of a column."""
    if channel.factor is not None:
        return channel.factor
    text = channel.values or sheet.units[place]
    if not text:
        return 1.0
    found = unit_of(text)
    if found is not None and found[0] == "V":
        return found[1]
    if found is None and channel.values is None and text.lower() in ("value", "values"):
        return 1.0
    raise DataError(
        f'column {place + 1} of {sheet.path} is in {text!r}; give `values`, such as "mV", or '
        "`factor`, the volts per number"
    )


def _seconds(sheet: Sheet, time: int, table: RecordTable) -> float:
    """Return seconds per number of the column of times."""
    text = table.time_values or sheet.units[time]
    found = unit_of(text) if text else ("s", 1.0)
    if found is None or found[0] != "s":
        raise DataError(
            f"the times in column {time + 1} of {sheet.path} are in {text!r}; give `time_values`, "
            'such as "us"'
        )
    return found[1]
