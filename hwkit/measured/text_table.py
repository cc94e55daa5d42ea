"""Read the numbers of a text table in blocks, whatever its length."""

from collections.abc import Iterator, Sequence
from io import RawIOBase
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from hwkit.deferred import deferred
from hwkit.errors import DataError
from hwkit.measured.text_head import MISSING, Head

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow import csv as pc
else:
    pa, pc = deferred("pyarrow"), deferred("pyarrow.csv")

FloatArray = NDArray[np.float64]

_BLOCK_BYTES = 1 << 22
_INFINITY, _SPELLED = "∞".encode(), b"inf"  # as PicoScope writes a sample over range
_SPACES = tuple(" " * n for n in range(1, 25))


class _Spelled(RawIOBase):
    """A UTF-8 file in which signs of infinity are spelled out, so that they can be read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._rest = file, b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data = self._rest + self._file.read(size)
        whole = len(data)
        if size >= 0 and len(data) > 2:
            whole -= next((n for n in (2, 1) if data.endswith(_INFINITY[:n])), 0)
        self._rest = data[whole:]
        if not data[:whole] and self._rest:
            whole, self._rest = len(data), b""
        return data[:whole].replace(_INFINITY, _SPELLED)


def text_blocks(path: Path | str, head: Head, columns: Sequence[int]) -> Iterator[FloatArray]:
    """Yield some columns of a text table in blocks, (rows, columns); missing numbers are NaN.

    Dates are read as seconds since the first one. What the instrument marked as beyond its range
    is infinite.

    Raises:
        OSError: if the file can't be read.
        DataError: if a line has another number of columns, or holds something else than numbers.
    """
    bad: list[Any] = []

    def refuse(row: Any) -> str:
        bad.append(row)
        return "error"

    with Path(path).open("rb") as file:
        source = _Spelled(file) if head.encoding == "utf-8" else file
        try:
            reader = pc.open_csv(
                source,
                read_options=_layout(head),
                parse_options=pc.ParseOptions(delimiter=head.delimiter, invalid_row_handler=refuse),
                convert_options=_kinds(head, columns),
            )
            names = [_name(column) for column in columns]
            origin: dict[str, int] = {}
            for batch in reader:
                yield np.column_stack([_numbers(batch, name, origin) for name in names])
        except pa.ArrowInvalid as error:
            raise DataError(_words(error, bad, head)) from error


def _layout(head: Head) -> Any:
    return pc.ReadOptions(
        column_names=[_name(column) for column in range(len(head.names))],
        skip_rows=head.first_line,
        encoding=head.encoding,
        block_size=_BLOCK_BYTES,
        use_threads=False,  # rows are then numbered
    )


def _kinds(head: Head, columns: Sequence[int]) -> Any:
    dates = {column: pa.timestamp("ns") for column in head.stamps}
    return pc.ConvertOptions(
        column_types={_name(c): dates.get(c, pa.float64()) for c in columns},
        include_columns=[_name(column) for column in columns],
        null_values=[*MISSING, *_SPACES],
        decimal_point=head.decimal,
        timestamp_parsers=[pc.ISO8601],
    )


def _name(column: int) -> str:
    return f"column {column + 1}"


def _numbers(batch: Any, name: str, origin: dict[str, int]) -> FloatArray:
    """Return a column as doubles, (rows,); of dates, the seconds since the first one."""
    column = batch.column(name)
    if not pa.types.is_timestamp(column.type):
        return np.asarray(column.to_numpy(zero_copy_only=False), dtype=np.float64)
    dates = column.to_numpy(zero_copy_only=False)
    ticks = dates.astype(np.int64)
    first = origin.setdefault(name, int(ticks[0]) if ticks.size else 0)
    return np.where(np.isnat(dates), np.nan, (ticks - first) / 1e9)


def _words(error: Exception, bad: list[Any], head: Head) -> str:
    if bad:
        row = bad[0]
        cut = "; the file may be cut short" if row.actual_columns < row.expected_columns else ""
        return (
            f"line {row.number} has {row.actual_columns} columns, the others have "
            f"{row.expected_columns}{cut}"
        )
    text = str(error)
    if "invalid value" in text:
        value = text.rpartition("invalid value ")[2].replace("\0", " ")[:40]
        place = text.partition("Row #")[2].partition(":")[0]
        line = f" in line {place}" if place.isdigit() else ""
        return f"it holds {value}{line} where the other lines hold a number"
    return f"it is not a table of numbers parted by {head.delimiter!r}"
