"""Read a netlist's file that someone else wrote.

A netlist can hold programs: `.control` blocks run commands, which reach the shell and the disk, and
`.include` and `.lib` open any file. hwkit therefore reads netlists of others into typed elements
(`netlist.reader`), refuses whatever it does not understand with its line, and has ngspice run what
it writes of those elements itself.

Files in the netlist's own folder may be included; they are inlined.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from hwkit.errors import NetlistError
from hwkit.files import read_text, shown, why
from hwkit.netlist.reader import Elements, read_elements
from hwkit.netlist.size import MAX_BYTES, check_size

_INCLUDES = (".include", ".inc")
_FIRST = re.compile(r"[ \t]*+([^ \t]*+)")
_LINE = re.compile(r"line (\d+)")
_DEEPEST = 8  # includes within includes


@dataclass(frozen=True)
class Reading:
    """The text of a netlist.

    Attributes:
        text: the netlist with its includes inlined.
        origins: where each line of the text is, such as "line 3" or "cell.inc line 3".
    """

    text: str
    origins: tuple[str, ...]

    @cached_property
    def elements(self) -> Elements:
        """The netlist's elements.

        Raises:
            NetlistError: naming the line, if a word of it is not understood.
        """
        try:
            return read_elements(self.text)
        except NetlistError as error:
            raise self.located(error) from None

    def located(self, error: NetlistError) -> NetlistError:
        """Return an error about the text as one about the files it was read from."""

        def origin(line: re.Match[str]) -> str:
            index = int(line[1]) - 1
            return self.origins[index] if index < len(self.origins) else line[0]

        return NetlistError(_LINE.sub(origin, str(error), count=1))


def read_netlist(path: Path | str) -> Reading:
    """Read a netlist's file, and the files beside it that it includes.

    Raises:
        NetlistError: naming the line, if a word is not understood; or a file can't be read or lies
            elsewhere.
    """
    main = Path(path)
    lines, size = [], 0
    for where, line in _lines(main, main, (main.resolve(),)):
        size += len(line)  # includes can multiply
        check_size("netlist with its includes", size, MAX_BYTES)
        lines.append((where, line))
    reading = Reading("\n".join(line for _, line in lines), tuple(where for where, _ in lines))
    try:
        _ = reading.elements  # refuses what is not understood, here and not later
    except NetlistError as error:
        raise NetlistError(f"{main}: {error}") from None
    return reading


def _lines(path: Path, main: Path, above: tuple[Path, ...]) -> Iterator[tuple[str, str]]:
    """Yield where each line is, and the line; includes are followed."""
    folder = main.parent.resolve()
    for number, line in enumerate(_read(path).split("\n"), start=1):
        where = f"line {number}" if path is main else f"{shown(path.name)} line {number}"
        is_title = path is main and number == 1
        word = _FIRST.match(line)[1].lower()  # type: ignore[index]
        if word in _INCLUDES and not is_title:
            inside = _included(line, where, path.parent, folder)
            if inside in above or len(above) >= _DEEPEST:
                raise NetlistError(f"{where} ({word}): files include each other in a loop")
            yield where, "*"
            yield from _lines(inside, main, (*above, inside))
            continue
        if word == ".end" and not is_title:
            if path is main:
                yield where, line
            return
        yield where, line


def _read(path: Path) -> str:
    try:
        check_size(f"netlist {path}", path.stat().st_size, MAX_BYTES)
        text = read_text(path, latin1=True)  # in which returns alone have become line feeds
        if text.count("\n") > path.read_bytes().count(b"\n"):
            raise NetlistError(
                f"netlist {path} has carriage returns that end no line in SPICE; save it with line "
                "feeds"
            )
        return text
    except (OSError, UnicodeDecodeError) as error:
        raise NetlistError(f"netlist {path} can't be read: {why(error)}") from error


def _included(line: str, where: str, here: Path, folder: Path) -> Path:
    """Return the file that an include names, if it lies in the netlist's folder."""
    name = line.partition(";")[0].strip().partition(" ")[2].strip().strip("\"'")
    try:
        file = (here / name).resolve()
        safe = bool(name) and not Path(name).is_absolute() and file.is_relative_to(folder)
    except (OSError, RuntimeError, ValueError):
        safe = False
    if not safe or re.search(r"[~$`!\\]", name):
        raise NetlistError(
            f"{where} (.include): {name!r} lies outside the netlist's folder; copy the file beside "
            "the netlist, or its lines into it"
        )
    if not file.is_file():
        raise NetlistError(f"{where} (.include): {name!r} was not found beside the netlist")
    return file
