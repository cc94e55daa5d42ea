"""Symbols of the schematic: pins of a part where the drawing wants them, drawn by hwkit.

Coordinates are those of KiCad's symbols: mm, y upwards, a pin's place is its outer end.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from hwkit.circuit.board import Piece
from hwkit.circuit.catalogue import Orderable
from hwkit.netlist.kicad_project.trees import Text, Tree, at, number

LIBRARY = "hwkit"
POWER_FLAG = "PWR_FLAG"
TEST_POINT = "TestPoint"

PinKind = Literal["passive", "input", "output", "power_in", "power_out"]
Angle = Literal[0, 90, 180, 270]
_Pin = tuple[str, str, PinKind, float, float, Angle]


@dataclass(frozen=True)
class Pin:
    """A pin: its pad, what it does, its outer end, the direction from there to the body."""

    pad: str
    name: str
    kind: PinKind
    x: float
    y: float
    angle: Angle
    length: float = 2.54


@dataclass(frozen=True)
class Symbol:
    """A symbol: its pins by unit, from 1, the lines of each unit's body, where its texts are."""

    name: str
    letters: str
    units: Mapping[int, tuple[Pin, ...]]
    bodies: Mapping[int, tuple[Tree, ...]]
    text: tuple[float, float] = (3.81, -1.27)
    pin_names: bool = True

    def text_of(self, unit: int) -> tuple[float, float]:
        """Return where the texts of a unit are; beside it for a unit of supply pins."""
        supply = all(pin.kind == "power_in" for pin in self.units[unit])
        return (3.81, -1.27) if supply else self.text


def symbol_of(piece: Piece) -> Symbol:
    """Return the symbol of a part."""
    if piece.part is None:
        pin = Pin("1", "1", "passive", 0, -2.54, 90, 1.27)
        return Symbol(TEST_POINT, "TP", {1: (pin,)}, {1: (_circle(0, 0, 1.27),)})
    part = piece.part
    draw = {
        "resistor": _resistor,
        "trimmer": _trimmer,
        "capacitor": _capacitor,
        "dual-diode": _diodes,
        "dual-amplifier": _amplifiers,
        "quad-switch": _switches,
        "shift-register": _register,
        "exclusive-or": _gates,
    }.get(part.role, _connector)
    return draw(part)


def power_flag() -> Symbol:
    """Return the symbol that tells KiCad's checks that a net is supplied from outside."""
    pin = Pin("1", "pwr", "power_out", 0, 0, 90, 0)
    body = {1: (_line((0, 0), (0, 2.54)),)}
    return Symbol(POWER_FLAG, "#FLG", {1: (pin,)}, body, pin_names=False)


def _resistor(part: Orderable) -> Symbol:
    pins = _upright(part, 1.27)
    return Symbol("R", "R", {1: pins}, {1: (_box(-1.016, 2.54, 1.016, -2.54),)})


def _trimmer(part: Orderable) -> Symbol:
    """Return a resistor whose wiper comes in from the right."""
    pins = (
        Pin(part.pins["high"], "high", "passive", 0, 3.81, 270, 1.27),
        Pin(part.pins["low"], "low", "passive", 0, -3.81, 90, 1.27),
        Pin(part.pins["wiper"], "wiper", "passive", 5.08, 0, 180),
    )
    body = (
        _box(-1.016, 2.54, 1.016, -2.54),
        _line((2.54, 0), (1.016, 0), (1.778, 0.508), (1.016, 0), (1.778, -0.508)),
    )
    return Symbol(_safe(part.number), "RV", {1: pins}, {1: body}, (6.35, -2.54), False)


def _capacitor(part: Orderable) -> Symbol:
    plates = tuple(_line((-2.032, y), (2.032, y)) for y in (0.762, -0.762))
    return Symbol("C", "C", {1: _upright(part, 3.048)}, {1: plates})


def _upright(part: Orderable, length: float) -> tuple[Pin, Pin]:
    a, b = part.pins["a"], part.pins["b"]
    return (
        Pin(a, "~", "passive", 0, 3.81, 270, length),
        Pin(b, "~", "passive", 0, -3.81, 90, length),
    )


def _diodes(part: Orderable) -> Symbol:
    """Return two diodes, A downwards and B upwards once the pads above and below are joined."""
    pins = []
    for ends, y, angle in (
        (("A.anode", "B.cathode"), 5.08, 270),
        (("A.cathode", "B.anode"), -5.08, 90),
    ):
        pads = list(dict.fromkeys(part.pins[end] for end in ends))
        for k, pad in enumerate(pads):
            does = [name for name, number in part.pins.items() if number == pad]
            x = (2 * k - len(pads) + 1) * 2.54
            pins.append(Pin(pad, "/".join(does), "passive", x, y, angle))  # type: ignore[arg-type]
    body = [_box(-5.08, 2.54, 5.08, -2.54)]
    for x, tip in ((-2.54, -1.27), (2.54, 1.27)):
        body.append(_line((x - 1.27, -tip), (x + 1.27, -tip), (x, tip), (x - 1.27, -tip)))
        body.append(_line((x - 1.27, tip), (x + 1.27, tip)))
    units = {1: tuple(pins)}
    return Symbol(_safe(part.number), "D", units, {1: tuple(body)}, (6.35, -1.27), False)


def _amplifiers(part: Orderable) -> Symbol:
    pins: Sequence[_Pin] = (
        ("minus", "-", "input", -7.62, 2.54, 0),
        ("plus", "+", "input", -7.62, -2.54, 0),
        ("out", "~", "output", 7.62, 0, 180),
    )
    body = _line((-5.08, 5.08), (5.08, 0), (-5.08, -5.08), (-5.08, 5.08))
    return _several(part, "AB", pins, body, (-3.81, 6.35))


def _switches(part: Orderable) -> Symbol:
    pins: Sequence[_Pin] = (
        ("a", "a", "passive", -7.62, 0, 0),
        ("b", "b", "passive", 7.62, 0, 180),
        ("control", "~", "input", 0, -5.08, 90),
    )
    return _several(part, "ABCD", pins, _box(-5.08, 2.54, 5.08, -2.54), (3.81, 5.08))


def _register(part: Orderable) -> Symbol:
    inputs = ("in.a", "in.b", "clock", "clear")
    pins = [Pin(part.pins[n], n, "input", -10.16, 7.62 - 5.08 * k, 0) for k, n in enumerate(inputs)]
    for k in range(8):
        y = 7.62 - 2.54 * k
        pins.append(Pin(part.pins[f"q{k}"], f"q{k}", "output", 10.16, y, 180))
    supply, body = _supply(part)
    bodies = {1: (_box(-7.62, 10.16, 7.62, -12.7),), 2: body}
    return Symbol(_safe(part.number), "U", {1: tuple(pins), 2: supply}, bodies, (-7.62, -13.97))


def _gates(part: Orderable) -> Symbol:
    pins: Sequence[_Pin] = (
        ("a", "a", "input", -7.62, 2.54, 0),
        ("b", "b", "input", -7.62, -2.54, 0),
        ("out", "=1", "output", 7.62, 0, 180),
    )
    return _several(part, "ABCD", pins, _box(-5.08, 5.08, 5.08, -5.08), (-3.81, -7.62))


def _several(
    part: Orderable, names: str, pins: Sequence[_Pin], body: Tree, label: tuple[float, float]
) -> Symbol:
    """Return the symbol of a package of alike parts; its last unit is the supply.

    Args:
        part: the package.
        names: of its parts in the catalogue's pin map.
        pins: of each: name there, text, kind, place and angle.
        body: of each.
        label: place of the label.
    """
    units: dict[int, tuple[Pin, ...]] = {
        unit: tuple(Pin(part.pins[f"{name}.{pin[0]}"], *pin[1:]) for pin in pins)
        for unit, name in enumerate(names, start=1)
    }
    bodies: dict[int, tuple[Tree, ...]] = dict.fromkeys(units, (body,))
    last = len(names) + 1
    units[last], bodies[last] = _supply(part)
    return Symbol(_safe(part.number), "U", units, bodies, label)


def _supply(part: Orderable) -> tuple[tuple[Pin, ...], tuple[Tree, ...]]:
    pins = (
        Pin(part.pins["supply.plus"], "V+", "power_in", 0, 7.62, 270),
        Pin(part.pins["supply.minus"], "V-", "power_in", 0, -7.62, 90),
    )
    return pins, (_box(-2.54, 5.08, 2.54, -5.08),)


def _connector(part: Orderable) -> Symbol:
    """Return pins in two columns, odd ones on the left; in one column up to four."""
    pads = part.pads
    columns = 1 if len(pads) <= 4 else 2
    rows = -(-len(pads) // columns)
    top = 2.54 * (rows // 2)
    pins = []
    for k, pad in enumerate(pads):
        y, right = top - 2.54 * (k // columns), k % columns == 1
        pins.append(Pin(pad, pad, "passive", 7.62 if right else -7.62, y, 180 if right else 0))
    body = _box(-5.08, top + 2.54, 5.08, top - 2.54 * rows)
    return Symbol(_safe(part.number), "J", {1: tuple(pins)}, {1: (body,)}, (-5.08, -top - 7.62))


def _safe(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.+-]", "_", name)


_OUTLINE: list[Tree] = [
    ["stroke", ["width", "0.254"], ["type", "default"], ["color", "0", "0", "0", "0"]],
    ["fill", ["type", "none"]],
]


def _line(*points: tuple[float, float]) -> Tree:
    places: list[Tree] = [["xy", number(x), number(y)] for x, y in points]
    return ["polyline", ["pts", *places], *_OUTLINE]


def _box(x0: float, y0: float, x1: float, y1: float) -> Tree:
    ends: list[Tree] = [["start", number(x0), number(y0)], ["end", number(x1), number(y1)]]
    return ["rectangle", *ends, *_OUTLINE]


def _circle(x: float, y: float, radius: float) -> Tree:
    return ["circle", ["center", number(x), number(y)], ["radius", number(radius)], *_OUTLINE]


FONT: Tree = ["font", ["size", "1.27", "1.27"]]


def symbol_tree(symbol: Symbol, library: bool) -> Tree:
    """Return a symbol as KiCad's tree, for its library file or for a schematic's own copy."""
    flag = symbol.name == POWER_FLAG
    name = symbol.name if library else f"{LIBRARY}:{symbol.name}"
    head: list[Tree] = ["symbol", Text(name)]
    head += [["power"]] if flag else []
    head += [["pin_names", ["offset", "0.508"], *([] if symbol.pin_names else ["hide"])]]
    head += [["in_bom", "no" if flag else "yes"], ["on_board", "no" if flag else "yes"]]
    texts = (("Reference", symbol.letters), ("Value", symbol.name), ("Footprint", ""))
    for k, (what, text) in enumerate((*texts, ("Datasheet", ""))):
        hidden: list[Tree] = [] if k < 2 else ["hide"]
        head.append(
            ["property", Text(what), Text(text), ["id", str(k)], at(0, 0, 0),
             ["effects", FONT, *hidden]]
        )  # fmt: skip
    for unit, pins in symbol.units.items():
        body: list[Tree] = ["symbol", Text(f"{symbol.name}_{unit}_1"), *symbol.bodies[unit]]
        head.append([*body, *map(_pin, pins)])
    return head


def _pin(pin: Pin) -> Tree:
    place = at(pin.x, pin.y, pin.angle)
    name: Tree = ["name", Text(pin.name), ["effects", FONT]]
    pad: Tree = ["number", Text(pin.pad), ["effects", FONT]]
    return ["pin", pin.kind, "line", place, ["length", number(pin.length)], name, pad]
