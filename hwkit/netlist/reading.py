"""Read a netlist that someone else wrote, and refuse whatever could do more than be a circuit.

A netlist can hold programs: `.control` blocks run commands, which reach the shell and the disk, and
`.include` and `.lib` open any file. hwkit runs netlists of others only after this reading. It is a
list of what may stand in a netlist, not of what may not: anything else is refused with its line.

Files in the netlist's own folder may be included; they are inlined.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hwkit.errors import NetlistError
from hwkit.files import why
from hwkit.netlist.parse import cards
from hwkit.netlist.size import MAX_BYTES, check_size

# What describes the circuit, and what asks for an analysis or its output: hwkit makes its own.
CIRCUIT_CARDS = frozenset(
    {".param", ".params", ".subckt", ".ends", ".model", ".global", ".func", ".temp"}
)
ANALYSIS_CARDS = frozenset({
    ".tran", ".op", ".ac", ".dc", ".noise", ".tf", ".sens", ".pz", ".disto", ".four", ".ic",
    ".nodeset", ".save", ".print", ".plot", ".probe", ".meas", ".measure", ".width", ".option",
    ".options", ".end",
})  # fmt: skip
_INCLUDES = (".include", ".inc")
_ELEMENTS = frozenset("bcdefghijklmqrstvwxz")
_COMMANDS = frozenset({
    "alter", "altermod", "cd", "codemodel", "define", "echo", "edit", "exec", "history", "let",
    "load", "option", "osdi", "pre_osdi", "quit", "rehash", "reset", "run", "save", "set",
    "setcs", "shell", "source", "spec", "system", "unset", "wrdata", "write", "wrs2p",
})  # fmt: skip
_CONTROL_CHARACTERS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_PATH = re.compile(r"""(?:^|[\s"'=(,])(?:/\w|~|\.\.[/\\]|[a-z]:[\\/]|\\\\)""", re.IGNORECASE)
_ASSIGNED = re.compile(r"(?<!\w)(\w++)\s*+=")
_LINE = re.compile(r"line (\d+)")
_DEEPEST = 8  # includes within includes


@dataclass(frozen=True)
class Reading:
    """A netlist that is safe to run.

    Attributes:
        text: the netlist with its includes inlined.
        origins: where each line of the text stands, such as "line 3" or "cell.inc line 3".
    """

    text: str
    origins: tuple[str, ...]

    def located(self, error: NetlistError) -> NetlistError:
        """Return an error about the text as one about the files it was read from."""

        def origin(line: re.Match[str]) -> str:
            index = int(line[1]) - 1
            return self.origins[index] if index < len(self.origins) else line[0]

        return NetlistError(_LINE.sub(origin, str(error), count=1))


def read_netlist(path: Path | str) -> Reading:
    """Read a netlist's file.

    Raises:
        NetlistError: naming the line, if it can't be read or holds anything but a circuit.
    """
    main = Path(path)
    lines, size = [], 0
    for where, line in _lines(main, main, (main.resolve(),)):
        size += len(line)  # includes can multiply
        check_size("netlist with its includes", size, MAX_BYTES)
        lines.append((where, line))
    reading = Reading("\n".join(line for _, line in lines), tuple(where for where, _ in lines))
    try:
        _check_cards(reading.text)
    except NetlistError as error:
        raise reading.located(error) from None
    return reading


def _lines(path: Path, main: Path, above: tuple[Path, ...]) -> Iterator[tuple[str, str]]:
    """Yield where each line stands, and the line; includes are followed."""
    folder = main.parent.resolve()
    for number, line in enumerate(_read(path).splitlines(), start=1):
        where = f"line {number}" if path is main else f"{path.name} line {number}"
        is_title = path is main and number == 1
        word = line.split(maxsplit=1)[0].lower() if line.strip() else ""
        if word in _INCLUDES:
            inside = _included(line, where, path.parent, folder)
            if inside in above or len(above) >= _DEEPEST:
                raise NetlistError(f"{where} ({word}): files include each other without end")
            yield where, "* " + line  # keeps a first line first
            yield from _lines(inside, main, (*above, inside))
            continue
        if not (is_title and word[:1] != "."):
            _check_line(line.strip(), word, where)
        if word == ".end" and path is not main:
            return
        yield where, line


def _read(path: Path) -> str:
    try:
        check_size(f"netlist {path}", path.stat().st_size, MAX_BYTES)
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise NetlistError(f"netlist {path} can't be read: {why(error)}") from error
    hidden = _CONTROL_CHARACTERS.search(text)
    if hidden:
        line = text.count("\n", 0, hidden.start()) + 1
        raise NetlistError(
            f"netlist {path}, line {line}: the control character {hidden[0]!r} has no place here"
        )
    return text


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
        raise NetlistError(f"{where} (.include): there is no file {name!r} beside the netlist")
    return file


def _check_line(line: str, word: str, where: str) -> None:
    """Refuse what is dangerous in a line as it is written."""
    if line.startswith("*#"):
        raise NetlistError(f"{where}: `*#` makes ngspice run the line as a command; remove it")
    if line[:1] == "*":
        return
    if word in (".control", ".endc"):
        raise NetlistError(
            f"{where} ({word}): a .control block runs commands; remove it, hwkit runs the circuit"
        )
    if word == ".lib":
        raise NetlistError(
            f"{where} (.lib): libraries are not read; copy the models you use into the netlist, or "
            "into a file beside it for .include"
        )
    code = line.partition(";")[0]
    for mark in "`!":
        if mark in code:
            raise NetlistError(f"{where}: {mark!r} can run a program; remove it")
    if word in _COMMANDS:
        raise NetlistError(f"{where}: {word!r} is a command of the simulator; remove the line")
    names_file = any("file" in name.lower() for name in _ASSIGNED.findall(code))
    if '"' in code or _PATH.search(code) or names_file:
        raise NetlistError(
            f"{where}: the line seems to name a file, and a circuit needs none; remove it"
        )


def _check_cards(text: str) -> None:
    """Refuse lines, continuations joined, that are neither elements nor known statements."""
    for card in cards(text):
        if card.name in CIRCUIT_CARDS or card.name in ANALYSIS_CARDS:
            continue
        if card.name[0] not in _ELEMENTS:
            raise card.error("this is no element and no statement that hwkit runs; remove it")
        if card.name.startswith("vclamp"):
            raise card.error("hwkit's own sources are called so; give it another name")
