"""The head of a text table, as oscilloscopes and loggers write it: what its lines mean.

Tektronix, Siglent, GW Instek: lines "key,value", then names, then perhaps a line of units; older
Tektronix scopes put these pairs beside the first samples. Rigol: names, then units, with start time
and increment as two further columns. Keysight, PicoScope: names, then units. Loggers: names with
units in brackets, semicolons and decimal commas. A column of numbers is one that holds numbers, or
nothing, in the last lines of the head; the table starts at the first line where all of them do.
"""

import codecs
import csv
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from hwkit.errors import DataError
from hwkit.files import wide_encoding
from hwkit.measured.physical_units import is_unit_row, split_label

HEAD_BYTES = 1 << 18
MISSING = ("", "NaN", "nan", "NAN", "NA", "N/A", "n/a", "null", "None", "-", "--", "---", "?")
_OVER = re.compile(r"[+-]?(?:inf|infinity|∞)", re.IGNORECASE)
_NUMBER = {
    ".": re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"),
    ",": re.compile(r"[+-]?(?:\d+,?\d*|,\d+)(?:[eE][+-]?\d+)?"),
}
_STAMP = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d.*")
_DELIMITERS = "\t;,|"
_UNCLOSED = re.compile(r'(?:^|[\t;,|])"[^"]*$')
_TAIL = 30  # lines at the end of the head that are taken to be samples
_MOST_FACTS = 40
_LABEL_LINES = 6  # before the samples, in which names and units are


@dataclass(frozen=True)
class Head:
    """What the head of a text table says.

    Attributes:
        encoding, delimiter, decimal: of the text.
        first_line: number of lines before the first sample.
        names, units: of each column; "" where the file gives none.
        numeric, stamps: which columns hold numbers, and which dates with times of day.
        start, increment: time of the first sample and seconds between samples, if a line says so.
        facts: "key,value" lines before the table.
    """

    encoding: str
    delimiter: str
    decimal: str
    first_line: int
    names: tuple[str, ...]
    units: tuple[str, ...]
    numeric: frozenset[int]
    stamps: frozenset[int]
    start: float | None = None
    increment: float | None = None
    facts: dict[str, str] = field(default_factory=dict)


def read_head(path: Path | str) -> Head:
    """Read the first lines of a text table and say what they mean.

    Raises:
        OSError: if the file can't be read.
        DataError: if it holds no column of numbers.
    """
    with Path(path).open("rb") as file:
        data = file.read(HEAD_BYTES + 1)
    encoding = _encoding(data)
    text = data[: _whole(len(data[:HEAD_BYTES]), encoding)].decode(encoding, "replace")
    lines = re.split("\r\n|\n|\r", text.removeprefix("\ufeff"))
    if len(data) > HEAD_BYTES:
        lines.pop()  # cut by the end of the head
    while lines and not lines[-1].strip():
        lines.pop()
    if not lines:
        raise DataError("it is empty")
    delimiter = _delimiter(lines[-min(_TAIL, len(lines) // 2 + 1) :])
    rows = [_cells(line, delimiter) for line in lines]
    head = _understood(rows, encoding, delimiter)
    _check_quotes(lines[max(0, head.first_line - _LABEL_LINES) : head.first_line])
    return head


def _encoding(data: bytes) -> str:
    wide = wide_encoding(data)
    if wide is not None:
        return wide
    try:
        codecs.getincrementaldecoder("utf-8")().decode(data)  # may end within a character
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8"


def _whole(size: int, encoding: str) -> int:
    return size - size % {"utf-32": 4, "utf-16": 2, "utf-16-le": 2}.get(encoding, 1)


def _delimiter(lines: list[str]) -> str:
    """Return the character that most of the lines hold equally often; "," of a single column."""
    for delimiter in _DELIMITERS:
        counts = Counter(line.count(delimiter) for line in lines)
        times, often = counts.most_common(1)[0]
        if times and often > len(lines) // 2:
            return delimiter
    return ","


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        row = next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        row = line.split(delimiter)
    return [cell.strip() for cell in row]


def _understood(rows: list[list[str]], encoding: str, delimiter: str) -> Head:
    tail, decimal, numeric = _samples(rows)
    n_columns = len(tail[0])
    columns = [[row[column] for row in tail] for column in range(n_columns)]
    stamps = frozenset(i for i, c in enumerate(columns) if all(map(_STAMP.fullmatch, c)))
    first = next(
        (i for i, row in enumerate(rows) if _is_sample(row, n_columns, numeric, decimal)), 0
    )
    lines = [row for row in rows[:first] if any(row)]
    start, increment = _start_and_increment(lines)
    names, units = _labels(lines, n_columns)
    _check_decimals(delimiter, n_columns, names, tail)
    facts = _facts(rows if min(numeric) > 1 else lines)
    increment = _increment(facts) if increment is None else increment
    return Head(
        encoding, delimiter, decimal, first, names, units, numeric, stamps, start, increment, facts
    )


def _samples(rows: list[list[str]]) -> tuple[list[list[str]], str, frozenset[int]]:
    """Return lines at the end that hold samples, the decimal sign, and the columns of numbers.

    Of a short file the last lines may reach into the preamble: then fewer of them are taken.
    """
    size = min(_TAIL, len(rows))
    while size:
        tail = rows[-size:]
        counts = Counter(len(row) for row in tail)
        n_columns = max(counts, key=lambda n: (counts[n], n))
        tail = [row for row in tail if len(row) == n_columns]
        decimal = _decimal([cell for row in tail for cell in row])
        columns = [[row[column] for row in tail] for column in range(n_columns)]
        numeric = frozenset(i for i, column in enumerate(columns) if _is_numeric(column, decimal))
        if numeric:
            return tail, decimal, numeric
        size //= 2
    raise DataError(
        "it has no column of numbers, parted by tabs, semicolons or commas; export it as CSV"
    )


def _decimal(cells: list[str]) -> str:
    commas = sum(bool(re.fullmatch(r"[+-]?\d+,\d+(?:[eE][+-]?\d+)?", cell)) for cell in cells)
    points = sum(bool(re.fullmatch(r"[+-]?\d*\.\d+(?:[eE][+-]?\d+)?", cell)) for cell in cells)
    return "," if commas > points else "."


def _check_decimals(
    delimiter: str, n_columns: int, names: tuple[str, ...], tail: list[list[str]]
) -> None:
    """Refuse decimal commas between commas: numbers then look like two columns each."""
    named = sum(bool(name) for name in names)
    held = sum(any(row[column] for row in tail) for column in range(n_columns))
    points = any("." in cell for row in tail for cell in row)
    if delimiter == "," and 1 < named < held and not points:
        raise DataError(
            f"it names {named} columns and holds {held}: its decimal commas can't be told "
            "from the commas between columns; export it with semicolons or tabs"
        )


def _check_quotes(lines: list[str]) -> None:
    """Refuse names that go over several lines: their units would be passed over."""
    if any(map(_UNCLOSED.search, lines)):
        raise DataError(
            "a name in quotes goes over several lines; put each name, and its unit, into one line"
        )


def _is_numeric(cells: list[str], decimal: str) -> bool:
    numbers = [bool(_NUMBER[decimal].fullmatch(cell)) for cell in cells]
    absent = [cell in MISSING or bool(_OVER.fullmatch(cell)) for cell in cells]
    return any(numbers) and all(a or b for a, b in zip(numbers, absent, strict=True))


def _is_sample(row: list[str], n_columns: int, numeric: frozenset[int], decimal: str) -> bool:
    if len(row) != n_columns:
        return False
    cells = [row[column] for column in sorted(numeric)]
    numbers = [cell for cell in cells if _NUMBER[decimal].fullmatch(cell)]
    return bool(numbers) and all(
        cell in numbers or cell in MISSING or _OVER.fullmatch(cell) for cell in cells
    )


def _labels(lines: list[list[str]], n_columns: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Take the lines of names and units away from those before the table; return both."""
    units = labels = [""] * n_columns
    if lines and is_unit_row([cell for cell in lines[-1] if _number(cell) is None]):
        units = _fitted(lines.pop(), n_columns)
    if lines and len(lines[-1]) >= min(2, n_columns):
        labels = _fitted(lines.pop(), n_columns)
    split = [split_label(label) for label in labels]
    found = [unit.strip("()[] ") or own for unit, (_, own) in zip(units, split, strict=True)]
    return tuple(name for name, _ in split), tuple(found)


def _start_and_increment(lines: list[list[str]]) -> tuple[float | None, float | None]:
    """Return the numbers below Rigol's names "Start" and "Increment"."""
    if len(lines) < 2 or "Increment" not in lines[-2]:
        return None, None
    table = dict(zip(lines[-2], lines[-1], strict=False))
    return _number(table.get("Start", "")), _number(table.get("Increment", ""))


def _increment(facts: dict[str, str]) -> float | None:
    """Return the seconds between samples that a line "Sample Interval" or "Sample Rate" gives."""
    for name, text in facts.items():
        value = _number(text.rpartition(":")[2].strip())
        if value is None or not value > 0:
            continue
        if name.lower() in ("sample interval", "sampling period"):
            return value
        if name.lower() == "sample rate":
            return 1 / value
    return None


def _number(cell: str) -> float | None:
    return float(cell) if _NUMBER["."].fullmatch(cell) else None


def _fitted(row: list[str], n_columns: int) -> list[str]:
    return (row + [""] * n_columns)[:n_columns]


def _facts(rows: list[list[str]]) -> dict[str, str]:
    """Return the pairs "key,value" at the start of lines."""
    pairs = ((row[0], row[1]) for row in rows if len(row) > 1 and row[0] and row[1])
    facts = {name[:60]: value[:120] for name, value in pairs if _number(name) is None}
    return dict(list(facts.items())[:_MOST_FACTS])
