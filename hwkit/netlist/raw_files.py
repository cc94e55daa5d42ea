"""Read raw files of ngspice and of LTspice: waveforms of real numbers, in all their layouts.

ngspice (manual, section "Rawfile"): header in text; then `Binary:`, doubles point by point, or
`Values:`, the same in text; any number of plots. LTspice: one plot, header often in UTF-16; time
in doubles and the other vectors in single precision, or all in doubles (flag `double`, option
numdgt > 6); with the flag `fastaccess` vector by vector. LTspice marks points that it compressed by
a time with a minus sign.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import DataError
from hwkit.files import why

FloatArray = NDArray[np.float64]

_MOST_VECTORS = 10_000_000
_UTF16 = "T\0i\0t\0l\0e\0".encode("latin-1")


@dataclass(frozen=True, eq=False)
class RawPlot:
    """One plot: its title, the names of its vectors, and their values, (vectors, points).

    `kinds` says of each vector what it is: "time", "voltage", "device_current", ...
    """

    title: str
    names: tuple[str, ...]
    values: FloatArray
    kinds: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> FloatArray:
        """Return a vector, (points,).

        Raises:
            DataError: if there is none of that name.
        """
        if name not in self.names:
            raise DataError(f"the plot has no vector {name!r}; it has {', '.join(self.names[:12])}")
        values: FloatArray = self.values[self.names.index(name)]
        return values


def read_raw(path: Path | str) -> list[RawPlot]:
    """Read the plots of a raw file of real numbers.

    Raises:
        DataError: if the file is missing, damaged, or of another kind.
    """
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise DataError(f"{path} can't be read: {why(error)}") from error
    return list(_plots(_Content(str(path), content)))


class _Content:
    """A file's bytes and how far they have been read."""

    def __init__(self, path: str, data: bytes) -> None:
        self.path, self.data, self.place = path, data, 0
        self.wide = data.startswith((_UTF16, b"\xff\xfe" + _UTF16))
        if data.startswith(b"\xff\xfe"):
            self.place = 2

    @property
    def left(self) -> int:
        return len(self.data) - self.place

    def line(self) -> str | None:
        """Return the next line of text; None at the end."""
        if not self.left:
            return None
        ending = "\n".encode("utf-16-le") if self.wide else b"\n"
        end = self.data.find(ending, self.place)
        while self.wide and end >= 0 and (end - self.place) % 2:
            end = self.data.find(ending, end + 1)
        stop = len(self.data) if end < 0 else end + len(ending)
        raw, self.place = self.data[self.place : stop], stop
        return raw.decode("utf-16-le" if self.wide else "utf-8", "replace").rstrip("\r\n")

    def take(self, size: int) -> bytes:
        """Return the next bytes."""
        if size > self.left:
            raise self.error(f"is cut off: {self.left} of {size} bytes of values")
        self.place += size
        return self.data[self.place - size : self.place]

    def error(self, problem: str) -> DataError:
        return DataError(f"{self.path} {problem}")


@dataclass(frozen=True)
class _Header:
    fields: dict[str, str]
    names: list[str]
    kinds: list[str]
    binary: bool

    @property
    def flags(self) -> set[str]:
        return set(self.fields.get("flags", "").lower().split())


def _plots(content: _Content) -> Iterator[RawPlot]:
    while header := _read_header(content):
        n, points = _counts(content, header)
        if "real" not in header.flags:
            raise content.error(
                f"holds {header.fields.get('flags', 'unknown')!r} values, not real ones; hwkit "
                "reads transient and sweep analyses"
            )
        if "stepped" in header.flags:
            raise content.error(
                "holds the runs of a .step, one behind the other as if they were one; store each "
                "run in a file of its own"
            )
        read = _binary if header.binary else _text
        values = read(content, header, n, points)
        if _is_ltspice(content, header) and header.names[0].lower() == "time":
            values[0] = np.abs(values[0])
        title, names, kinds = header.fields.get("title", ""), header.names, header.kinds
        yield RawPlot(title, tuple(names), values, tuple(kinds))


def _counts(content: _Content, header: _Header) -> tuple[int, int]:
    try:
        n, points = (int(header.fields[key]) for key in ("no. variables", "no. points"))
    except (KeyError, ValueError):
        raise content.error("is not a raw file: a header without its counts") from None
    if n != len(header.names) or n < 1 or points < 0 or n * points > content.left:
        raise content.error(f"is damaged: {n} variables of {points} points don't fit it")
    return n, points


def _binary(content: _Content, header: _Header, n: int, points: int) -> FloatArray:
    """Return values (n, points) of a binary part."""
    double = 8 * n * points
    single = points * (8 + 4 * (n - 1))
    is_single = _is_ltspice(content, header) and "double" not in header.flags
    if is_single and content.left == double != single:
        is_single = False  # numdgt > 6 without the flag, as older versions write
    data = content.take(single if is_single else double)
    if not is_single:
        fast = "fastaccess" in header.flags
        table = np.frombuffer(data, dtype="<f8")
        values = table.reshape(n, points) if fast else table.reshape(points, n).T
    elif "fastaccess" in header.flags:
        time = np.frombuffer(data, dtype="<f8", count=points)
        others = np.frombuffer(data, dtype="<f4", offset=8 * points).reshape(n - 1, points)
        values = np.vstack([time, others])
    else:
        rows = np.frombuffer(data, dtype=[("time", "<f8"), ("others", "<f4", (n - 1,))])
        values = np.vstack([rows["time"], rows["others"].T])
    return np.array(values, dtype=np.float64)


def _is_ltspice(content: _Content, header: _Header) -> bool:
    return content.wide or "ltspice" in header.fields.get("command", "").lower()


def _text(content: _Content, header: _Header, n: int, points: int) -> FloatArray:
    """Return values (n, points) of a part in text: a point's number, then its values."""
    words: list[str] = []
    while len(words) < points * (n + 1):
        line = content.line()
        if line is None:
            raise content.error(f"is cut off: {len(words)} of {points * (n + 1)} words of values")
        words += line.split()
    try:
        if any("_" in word for word in words):  # which Python reads as digits in groups
            raise ValueError
        table = np.array(words, dtype=np.float64).reshape(points, n + 1)
    except ValueError:
        raise content.error("is damaged: its values don't make a table of numbers") from None
    if not np.array_equal(table[:, 0], np.arange(points)):
        raise content.error("is damaged: its points are not counted 0, 1, 2, ...")
    return np.ascontiguousarray(table[:, 1:].T)


def _read_header(content: _Content) -> _Header | None:
    fields: dict[str, str] = {}
    names: list[str] = []
    kinds: list[str] = []
    listing = False
    for _ in range(_MOST_VECTORS):
        line = content.line()
        if line is None and not fields:
            return None
        text = "" if line is None else line.strip()
        if text in ("Binary:", "Values:"):
            return _Header(fields, names, kinds, text == "Binary:")
        if not (text or fields):
            continue  # behind the values of a plot in text
        if line is None:
            break
        if listing:
            words = text.split()
            if len(words) < 3:
                break
            names.append(words[1])
            kinds.append(words[2].lower())
        elif text == "Variables:":
            listing = True
        else:
            key, _, value = text.partition(":")
            fields[key.strip().lower()] = value.strip()
    raise content.error("is not a raw file; ask ngspice for one with `ngspice -r`")
