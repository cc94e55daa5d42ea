"""The lines of a netlist: the one definition of a line, a space, a comment and a name.

As ngspice 39 and 44 have it: the first line is a title, and nothing behind `.end` counts; `+`
continues a line; `*` starts a line of comment, and `;`, `//` and ` $` one behind a line; spaces and
tabs separate words; case does not matter. What those versions read in a way that surprises (a
space of another alphabet, `$` or `//` within a word, a continuation below a comment that starts
with `;`) is refused.
"""

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from hwkit.errors import NetlistError

# What a name of an element, node, model or subcircuit may hold: what ngspice leaves alone. It
# uses # and @ for names of its own, and the rest are signs of its expressions and commands.
NAME_CHARACTERS = r"\w.:/!~+\-<>\[\]|"
NAME = re.compile(rf"[{NAME_CHARACTERS}]+", re.ASCII)
GROUNDS = ("0", "gnd")
GROUND = "0"

_OWN_NODES = re.compile(r"time|temper|\d+(?:\.\d*)?e[+-]?\d+", re.ASCII)
_ODD = re.compile(r"[^\t\n -~]")
_MICRO = re.compile("(?<=[0-9.])\u00b5")  # the micro sign; ngspice does not know the Greek letter
_COMMENT = re.compile(r";|//|\$")
# ngspice leaves the case of lines that could be these commands as it is.
_COMMAND = re.compile(r"cd |codemodel|echo|load|set|shell|source|write|wrdata", re.IGNORECASE)
_GND = re.compile("gnd", re.IGNORECASE)
_NAMED_UNIT = re.compile(r"\* unit (\w+) is (\".*\")", re.ASCII)
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Card:
    """One logical line: its first word and the rest, in lower case, and where it began."""

    name: str
    rest: str
    line: int

    def error(self, problem: str) -> NetlistError:
        """Return an error that names this line."""
        return NetlistError(f"line {self.line} ({short(self.name)}): {problem}")


def cards(text: str) -> Iterator[Card]:
    """Yield the logical lines of a netlist up to `.end`; comments and title are left out.

    Raises:
        NetlistError: naming the line, if it can't be told what the line is.
    """
    for line, code in logical_lines(text):
        name, _, rest = code.partition(" ")
        yield Card(name, rest, line)


def logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield number and text of each logical line, in lower case, with single-spaced first word."""
    start, pending = 0, ""
    plain = _ODD.search(text) is None
    broken = False  # a comment below which nothing may continue
    raw_lines = iter(text.replace("\r\n", "\n").split("\n"))
    next(raw_lines, None)
    for number, raw in enumerate(raw_lines, start=2):
        line = raw.strip(" \t")
        if not line or line[0] == "*":
            if line[:2] == "*#":
                raise NetlistError(
                    f"line {number}: `*#` makes ngspice run the line as a command; remove it"
                )
            continue
        if ";" in line or "$" in line or "//" in line:
            line = _without_comment(line, number)
            if not line:
                broken = True
                continue
        if not plain:
            line = _ascii(line, number)
        if line[0] == "+":
            if not pending:
                raise NetlistError(f"line {number}: a continuation (+) with nothing to continue")
            if broken:
                raise NetlistError(
                    f"line {number}: a continuation (+) below a comment that starts with ';', '$' "
                    "or '//'; start that comment with '*'"
                )
            pending += " " + line[1:].lstrip(" \t").lower()
            continue
        if pending:
            yield start, pending
        if line[0] in "cCeElLsSwW":
            _check_case(line, number)
        start, pending, broken = number, line.lower(), False
        if "\t" in pending:
            pending = pending.replace("\t", " ")
        if pending == ".end" or pending.startswith(".end "):
            return
    if pending:
        yield start, pending


def unit_names(text: str) -> dict[str, str]:
    """Return what comments of the form `* unit <node> is "<name>"` call the units, by node."""
    found: dict[str, str] = {}
    if "* unit " not in text:
        return found
    for line in text.split("\n")[1:]:
        if line[:4].lower() == ".end" and line.strip().lower() == ".end":
            break
        match = _NAMED_UNIT.fullmatch(line.rstrip("\r")) if line[:1] == "*" else None
        if match is None:
            continue
        try:
            found[match[1]] = json.loads(match[2])
        except ValueError:
            continue
    return found


def node_name(word: str) -> str:
    """Return the name of a node; "0" for ground under any of its names.

    Raises:
        NetlistError: if ngspice could take it for something else.
    """
    if word in GROUNDS:
        return GROUND
    if _OWN_NODES.fullmatch(word):
        raise NetlistError(
            f"ngspice takes the node {short(word)!r} for a number or a vector of its own; rename it"
        )
    if NAME.fullmatch(word) is None:
        raise NetlistError(
            f"{short(word)!r} can't be the name of a node; rename it: letters, digits and "
            "_ . : / ! ~ + - < > [ ] | are taken as they are"
        )
    return word


def short(text: str) -> str:
    """Return text for an error, cut to a readable length."""
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."


def _without_comment(line: str, number: int) -> str:
    """Return a line without the comment behind it."""
    for match in _COMMENT.finditer(line):
        at, mark = match.start(), match[0]
        if mark == ";" or at == 0 or line[at - 1] in " \t" or (mark == "$" and line[at - 1] == ","):
            return line[:at].rstrip(" \t")
        raise NetlistError(
            f"line {number}: {mark!r} within a word; put a space before a comment, or rename it"
        )
    return line


def _check_case(line: str, number: int) -> None:
    """Refuse what ngspice reads in the case in which it is: there, GND is not ground."""
    command = _COMMAND.match(line)
    if command and any(word != "gnd" for word in _GND.findall(line)):
        raise NetlistError(
            f"line {number} ({line.split()[0].lower()}): ngspice takes GND for a node of its own "
            f"in a line that begins with {command[0].strip()!r}; write 0, or rename the element"
        )


def _ascii(line: str, number: int) -> str:
    """Return a line with the micro sign behind a digit as u; other letters are refused."""
    line = _MICRO.sub("u", line)
    odd = _ODD.search(line)
    if odd:
        what = f"U+{ord(odd[0]):04X}"
        name = unicodedata.name(odd[0], "")
        named = f"{what} ({name.lower()})" if name else what
        if odd[0] in "\u00b5\u03bc":
            raise NetlistError(f"line {number}: the character {named}; write u for micro")
        raise NetlistError(
            f"line {number}: the character {named} has no place outside comments; write names "
            "with letters of ASCII and separate words by spaces"
        )
    return line
