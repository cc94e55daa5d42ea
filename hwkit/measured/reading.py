"""Read a measurement: a TOML file that describes it, and the files of samples that it names."""

from collections.abc import Sequence
from pathlib import Path

from hwkit.errors import ConfigError, DataError, HwkitError
from hwkit.measured.description import ChannelTable, MeasurementFile, RecordTable
from hwkit.measured.parts import Part, read_part
from hwkit.measured.records import Measurement, Record
from hwkit.measured.sheets import open_sheet
from hwkit.measured.tables import Beside
from hwkit.settings.reading import read_toml


def read_measurement(path: Path | str) -> Measurement:
    """Read a measurement from the TOML file that describes it.

    Text files and those with a column of times are copied to regular grids, large ones into a
    temporary file; arrays without times are read where they are, when they are asked for.

    Args:
        path: the TOML file; names of files in it are relative to its folder.

    Raises:
        ConfigError: if the description is not valid.
        DataError: if a file of samples can't be read, or contradicts the description.
    """
    described = _described(path)
    channels = tuple(channel.channel(described.volt) for channel in described.channels)
    folder = Path(path).parent
    records = tuple(_record(table, described.channels, folder) for table in described.records)
    return Measurement(channels, records, described.second)


def measurement_files(path: Path | str) -> list[Path]:
    """Return all files of a measurement: the one that describes it, and those of samples.

    Args:
        path: the TOML file.

    Raises:
        ConfigError: if the description is not valid.
    """
    named = [name for record in _described(path).records for name in record.files]
    return [Path(path), *(Path(path).parent / name for name in dict.fromkeys(named))]


def _described(path: Path | str) -> MeasurementFile:
    content = read_toml(path, "measurement file")
    try:
        return MeasurementFile(**content)
    except ConfigError as error:
        raise ConfigError(f"measurement file {path}: {error}") from error


def _record(table: RecordTable, channels: Sequence[ChannelTable], folder: Path) -> Record:
    try:
        groups = [channels] if len(table.files) == 1 else [[channel] for channel in channels]
        places = table.columns or [channel.column for channel in channels]
        parts, first = [], 0
        for file, group in zip(table.files, groups, strict=True):
            columns = places[first : first + len(group)]
            parts.append(read_part(open_sheet(folder / file, table.array), table, group, columns))
            first += len(group)
        return _joined(table, parts)
    except HwkitError as error:
        raise type(error)(f"record {table.name}: {error}") from error


def _joined(table: RecordTable, parts: list[Part]) -> Record:
    first = parts[0]
    for part in parts[1:]:
        _check_same(first, part)
    values = first.table if len(parts) == 1 else Beside(tuple(part.table for part in parts))
    n, n_channels = (int(size) for size in values.shape)
    given = table.clamped
    clamped = [given] * n_channels if isinstance(given, float) else given or []
    return Record(
        table.name,
        table.kind,
        values,
        first.interval,
        first.t0,
        _segments(table, n, first.segments),
        table.switched_on,
        tuple(clamped),
        _over(parts),
        first.facts,
    )


def _over(parts: list[Part]) -> tuple[int, ...]:
    counts = [part.over or (0,) * int(part.table.shape[1]) for part in parts]
    return tuple(n for part in counts for n in part) if any(map(any, counts)) else ()


def _check_same(first: Part, other: Part) -> None:
    """Refuse files with different times."""
    n, m = int(first.table.shape[0]), int(other.table.shape[0])
    if n != m:
        raise DataError(
            f"{first.path} has {n} samples, {other.path} has {m}; the channels of a record need "
            "equally many"
        )
    apart = abs(first.interval - other.interval) * n + abs(first.t0 - other.t0)
    if apart > 0.5 * first.interval:
        raise DataError(
            f"two time bases: {first.path} starts at {first.t0:.6g} s with {first.interval:.6g} s "
            f"between samples, {other.path} at {other.t0:.6g} s with {other.interval:.6g} s; store "
            "channels of one trigger and one rate in a record"
        )


def _segments(table: RecordTable, n: int, found: tuple[int, ...] | None) -> tuple[int, ...] | None:
    """Return the samples of each piece, as described or as the times tell."""
    given = tuple(table.segments) if table.segments else None
    if table.segment is not None:
        if n % table.segment:
            raise DataError(
                f"{n} samples are not a whole number of segments of {table.segment}; correct "
                "segment, or give each length in segments"
            )
        given = (table.segment,) * (n // table.segment)
    if given is not None and found is not None and len(found) > 1 and given != found:
        raise DataError(
            f"its times show pieces of {list(found[:5])} ... samples, not {list(given[:5])} ...; "
            "leave segments out"
        )
    return given or found
