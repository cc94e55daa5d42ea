"""Gerber files as KiCad writes them: what is flashed, drawn and filled, with its net and pad.

Ucamco, The Gerber Layer Format Specification, revision 2023.08: coordinates with a fixed number of
decimals, apertures D10 and up, D01 draw, D02 move, D03 flash, regions between G36 and G37, object
attributes `TO`. Read are millimetres, straight lines and dark polarity; y points upwards.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from hwkit.circuit.board.nets import net_read
from hwkit.errors import NetlistError

_COMMAND = re.compile(r"%([^%]*)%|([^*%]+)\*")
_FORMAT = re.compile(r"FSLAX\d(\d)Y\d(\d)")
_APERTURE = re.compile(r"ADD(\d+)([A-Za-z_$][\w.$]*)(?:,([\d.X-]*))?")
_MOVE = re.compile(r"(?:X(-?\d+))?(?:Y(-?\d+))?D0?([123])")
_PLAIN = re.compile(r"G0?1|G75|G90|G54|M0?2|")
_SHAPES = {"C": "circle", "R": "rect", "O": "oval"}

Spot = tuple[float, float]


@dataclass(frozen=True)
class Flash:
    """An aperture put down once: centre and size, mm, y upwards, net and pad ("R301", "1").

    `pad` and `net` are empty where the file says nothing of them.
    """

    x: float
    y: float
    shape: str
    size: Spot
    net: str
    pad: tuple[str, str]


@dataclass(frozen=True)
class Draw:
    """A straight line drawn with a round aperture: its ends, width and net."""

    start: Spot
    end: Spot
    width: float
    net: str


@dataclass(frozen=True)
class Gerber:
    """What a Gerber file makes, and its function, such as "Copper,L1,Top"."""

    function: str
    flashes: tuple[Flash, ...]
    draws: tuple[Draw, ...]
    regions: tuple[tuple[Spot, ...], ...]

    @property
    def extents(self) -> tuple[float, float, float, float] | None:
        """Smallest and largest x and y of all centres, mm: x0, y0, x1, y1; None if it is empty."""
        spots = [(flash.x, flash.y) for flash in self.flashes]
        spots += [end for draw in self.draws for end in (draw.start, draw.end)]
        spots += [spot for region in self.regions for spot in region]
        if not spots:
            return None
        xs, ys = zip(*spots, strict=True)
        return min(xs), min(ys), max(xs), max(ys)


@dataclass
class _Reading:
    """The state of a plotter that reads a file."""

    name: str
    scale: Spot = (0.0, 0.0)
    apertures: dict[str, tuple[str, Spot]] = field(default_factory=dict)
    aperture: str = ""
    here: Spot = (0.0, 0.0)
    net: str = ""
    pad: tuple[str, str] = ("", "")
    region: list[Spot] | None = None
    function: str = ""
    flashes: list[Flash] = field(default_factory=list)
    draws: list[Draw] = field(default_factory=list)
    regions: list[tuple[Spot, ...]] = field(default_factory=list)


def read_gerber(text: str, name: str) -> Gerber:
    """Return what a Gerber file makes.

    Args:
        text: of the file.
        name: for messages.

    Raises:
        NetlistError: naming the command that is not read.
    """
    state, ended = _Reading(name), False
    for command in _commands(text):
        ended = command in ("M02", "M2")
        _take(state, command)
    if not ended:
        raise NetlistError(f"{name} is not a whole Gerber file; it does not end with M02")
    return Gerber(state.function, tuple(state.flashes), tuple(state.draws), tuple(state.regions))


def _commands(text: str) -> Iterator[str]:
    for extended, word in _COMMAND.findall(text):
        for command in extended.split("*") if extended else (word,):
            stripped = command.strip()
            if stripped:
                yield stripped


def _take(state: _Reading, command: str) -> None:
    head = command[:2]
    if command.startswith("G04") or head in ("TA", "AM") or command[0].isdigit():
        return  # comments, attributes of apertures, macros and their lines
    if head in ("TF", "TO", "TD"):
        _attribute(state, command)
    elif head in ("FS", "MO", "AD", "LP"):
        _parameter(state, command)
    elif command == "G36":
        state.region = []
    elif command == "G37":
        state.regions.append(tuple(state.region or ()))
        state.region = None
    elif re.fullmatch(r"(?:G54)?D[1-9]\d+", command):
        state.aperture = command.removeprefix("G54")[1:]
    elif (moved := _MOVE.fullmatch(re.sub(r"^G0?1(?=[XYD])", "", command))) is not None:
        _move(state, moved)
    elif not _PLAIN.fullmatch(command):
        raise _unread(state, command)


def _attribute(state: _Reading, command: str) -> None:
    what, _, rest = command.partition(",")
    if what == "TF.FileFunction":
        state.function = rest
    elif what == "TO.N":
        named = re.sub(r"\\u([0-9A-Fa-f]{4})", lambda m: chr(int(m[1], 16)), rest)
        state.net = "" if named == "N/C" else net_read(named)  # N/C: no net, by the specification
    elif what == "TO.P":
        part, _, number = rest.partition(",")
        state.pad = part, number.partition(",")[0]
    elif what in ("TD", "TD.P", "TD.N"):
        state.pad = ("", "") if what != "TD.N" else state.pad
        state.net = "" if what != "TD.P" else state.net


def _parameter(state: _Reading, command: str) -> None:
    if (form := _FORMAT.match(command)) is not None:
        state.scale = 10.0 ** -int(form[1]), 10.0 ** -int(form[2])
    elif (made := _APERTURE.fullmatch(command)) is not None:
        sizes = [float(each) for each in (made[3] or "").split("X") if each]
        shape = _SHAPES.get(made[2], made[2])
        width = sizes[0] if sizes else 0.0
        size = (width, sizes[1]) if shape in ("rect", "oval") else (width, width)
        state.apertures[made[1]] = shape, size
    elif command not in ("MOMM", "LPD"):
        raise _unread(state, command)


def _move(state: _Reading, moved: re.Match[str]) -> None:
    x = state.here[0] if moved[1] is None else int(moved[1]) * state.scale[0]
    y = state.here[1] if moved[2] is None else int(moved[2]) * state.scale[1]
    before, state.here = state.here, (x, y)
    if state.region is not None:
        state.region.append((x, y))
    elif moved[3] != "2":
        if state.aperture not in state.apertures:
            raise NetlistError(f"{state.name} uses the aperture D{state.aperture}, not defined")
        shape, size = state.apertures[state.aperture]
        if moved[3] == "3":
            state.flashes.append(Flash(x, y, shape, size, state.net, state.pad))
        else:
            state.draws.append(Draw(before, (x, y), size[0], state.net))


def _unread(state: _Reading, command: str) -> NetlistError:
    return NetlistError(
        f"{state.name} has the Gerber command {command!r}, which hwkit does not read; plot the "
        "board with KiCad's usual options, in millimetres"
    )
