"""A sheet of the schematic while it is drawn: symbols, wires, labels, junctions.

Coordinates are the sheet's: mm, y downwards, on a grid of 1.27 mm. A pin at (x, y) of its symbol is
at (x, -y) of the sheet, then turned anticlockwise by the symbol's angle.
"""

from dataclasses import dataclass, field
from itertools import pairwise

from hwkit.circuit.board import Piece
from hwkit.netlist.kicad_project.footprints import footprint_name
from hwkit.netlist.kicad_project.symbols import (
    FONT,
    LIBRARY,
    Angle,
    Symbol,
    power_flag,
    symbol_of,
    symbol_tree,
)
from hwkit.netlist.kicad_project.trees import Text, Tree, at, identity, number

Point = tuple[float, float]

VERSION = "20211123"  # of KiCad 6's schematics
STUB = 2.54
_TURNS: dict[int, tuple[int, int, int, int]] = {
    0: (1, 0, 0, -1),
    90: (0, -1, -1, 0),
    180: (-1, 0, 0, 1),
    270: (0, 1, 1, 0),
}
_STROKE: Tree = ["stroke", ["width", "0"], ["type", "default"], ["color", "0", "0", "0", "0"]]
_AWAY: dict[Angle, Point] = {0: (STUB, 0), 90: (0, -STUB), 180: (-STUB, 0), 270: (0, STUB)}


def turned(x: float, y: float, angle: int) -> Point:
    """Return where a symbol's point is on the sheet, relative to the symbol's place."""
    a, b, c, d = _TURNS[angle]
    return a * x + b * y, c * x + d * y


def outward(pin_angle: int, symbol_angle: int) -> Angle:
    """Return the direction, on the sheet, in which a pin leaves its symbol."""
    return (pin_angle + symbol_angle + 180) % 360  # type: ignore[return-value]


@dataclass(frozen=True)
class Instance:
    """A symbol on a sheet: what the root file lists of it."""

    sheet: str
    uuid: str
    reference: str
    unit: int
    value: str
    footprint: str


@dataclass
class Page:
    """A sheet that is being drawn.

    Attributes:
        name: of the sheet and its file.
        title: what it shows.
        size: width and height, mm.
    """

    name: str
    title: str
    size: Point
    items: list[Tree] = field(default_factory=list)
    symbols: dict[str, Symbol] = field(default_factory=dict)
    instances: list[Instance] = field(default_factory=list)
    _count: int = 0

    def place(
        self, piece: Piece, unit: int, x: float, y: float, angle: Angle = 0
    ) -> dict[str, tuple[Point, Angle]]:
        """Draw a unit of a part; return, for each pad, its place and the way out from there.

        Args:
            piece, unit: the part, and which of its symbol's units, from 1.
            x, y: where.
            angle: by which it is turned, anticlockwise.
        """
        symbol = symbol_of(piece)
        footprint = f"{LIBRARY}:{footprint_name(piece)}"
        texts = [("Reference", piece.designator), ("Value", piece.text), ("Footprint", footprint)]
        texts += [("Datasheet", "~"), ("MPN", piece.number), ("Role", piece.role)]
        if piece.part is not None:
            doubts = ", ".join(piece.part.doubts)
            texts += [("Manufacturer", piece.part.maker), ("Unverified", doubts)]
        texts.append(("Elements", " ".join(piece.elements)))
        bought = piece.part is not None
        return self._symbol(symbol, texts, unit, x, y, angle, bought)

    def flag(self, number: int, net: str, x: float, y: float) -> None:
        """Draw KiCad's flag of a supplied net, with the net's label below."""
        texts = [("Reference", f"#FLG{number:02d}"), ("Value", "PWR_FLAG"), ("Footprint", "")]
        self._symbol(power_flag(), [*texts, ("Datasheet", "~")], 1, x, y, 0, False)
        self.wire((x, y), (x, y + STUB))
        self.label(net, (x, y + STUB), 270)

    def _symbol(
        self,
        symbol: Symbol,
        texts: list[tuple[str, str]],
        unit: int,
        x: float,
        y: float,
        angle: Angle,
        bought: bool,
    ) -> dict[str, tuple[Point, Angle]]:
        self.symbols[symbol.name] = symbol
        reference = texts[0][1]
        uuid = identity(self.name, reference, unit)
        on_board = "no" if reference.startswith("#") else "yes"
        item: list[Tree] = ["symbol", ["lib_id", Text(f"{LIBRARY}:{symbol.name}")]]
        item += [at(x, y, angle), ["unit", str(unit)]]
        item += [["in_bom", "yes" if bought else "no"], ["on_board", on_board], ["uuid", uuid]]
        item += _properties(texts, (x, y), angle, symbol.text_of(unit))
        places = {}
        for pin in symbol.units[unit]:
            dx, dy = turned(pin.x, pin.y, angle)
            places[pin.pad] = (x + dx, y + dy), outward(pin.angle, angle)
        for pins in symbol.units.values():
            for pin in pins:
                item.append(["pin", Text(pin.pad), ["uuid", identity(uuid, pin.pad)]])
        self.items.append(item)
        value, footprint = texts[1][1], texts[2][1]
        self.instances.append(Instance(self.name, uuid, reference, unit, value, footprint))
        return places

    def labelled(self, piece: Piece, unit: int, x: float, y: float, angle: Angle = 0) -> None:
        """Draw a unit of a part, with a short wire and its net's label at every pin.

        Args:
            piece, unit, x, y, angle: as for `place`.
        """
        for pad, (place, way) in self.place(piece, unit, x, y, angle).items():
            self.stub(piece.pads[pad], place, way)

    def stub(self, net: str, place: Point, way: Angle) -> None:
        """Draw a short wire that ends in a net's label; a cross where there is no net."""
        if not net:
            uuid = identity(self.name, "no connection", self._next())
            self.items.append(["no_connect", at(*place), ["uuid", uuid]])
            return
        dx, dy = _AWAY[way]
        end = place[0] + dx, place[1] + dy
        self.wire(place, end)
        self.label(net, end, way)

    def wire(self, *points: Point) -> None:
        """Draw a wire through points, one straight piece after another."""
        for a, b in pairwise(points):
            ends: list[Tree] = [["xy", number(x), number(y)] for x, y in (a, b)]
            uuid = identity(self.name, "wire", self._next())
            self.items.append(["wire", ["pts", *ends], _STROKE, ["uuid", uuid]])

    def junction(self, *places: Point) -> None:
        """Draw the dots where three wires or more meet."""
        for place in places:
            uuid = identity(self.name, "junction", self._next())
            colour: Tree = ["color", "0", "0", "0", "0"]
            item: Tree = ["junction", at(*place), ["diameter", "0"], colour, ["uuid", uuid]]
            self.items.append(item)

    def label(self, net: str, place: Point, way: Angle) -> None:
        """Draw the label of a net, which is the same net on every sheet."""
        uuid = identity(self.name, "label", self._next())
        side = "left" if way in (0, 90) else "right"
        effects: list[Tree] = ["effects", FONT, ["justify", side]]
        self.items.append(
            ["global_label", Text(net), ["shape", "passive"], at(*place, way), effects,
             ["uuid", uuid],
             ["property", Text("Intersheet References"), Text("${INTERSHEET_REFS}"), ["id", "0"],
              at(*place, way), ["effects", FONT, "hide"]]]
        )  # fmt: skip

    def tree(self) -> Tree:
        """Return the sheet as KiCad's tree."""
        copies = [symbol_tree(self.symbols[name], False) for name in sorted(self.symbols)]
        return [*header(self.name, self.title, self.size), ["lib_symbols", *copies], *self.items]

    def _next(self) -> int:
        self._count += 1
        return self._count


def header(name: str, title: str, size: Point) -> list[Tree]:
    """Return how a sheet's file begins."""
    return [
        "kicad_sch", ["version", VERSION], ["generator", "hwkit"], ["uuid", identity(name)],
        ["paper", Text("User"), *map(number, size)], ["title_block", ["title", Text(title)]],
    ]  # fmt: skip


def _properties(
    texts: list[tuple[str, str]], place: Point, angle: Angle, offset: Point
) -> list[Tree]:
    """Return a symbol's texts: reference and value beside it, all others hidden.

    KiCad turns texts with their symbol: in one that is turned they are turned back.
    """
    (x, y), lying, side = place, angle in (90, 270), "right" if angle == 180 else "left"
    first = (x, y - 3.81) if lying else (x + offset[0], y + offset[1])
    second = (x, y + 3.81) if lying else (first[0], first[1] + 2.54)
    items: list[Tree] = []
    for k, (name, text) in enumerate(texts):
        spot = at(*((first, second)[k] if k < 2 else place), 90 if lying else 0)
        effects: list[Tree] = ["effects", FONT]
        if not lying and k < 2:
            effects.append(["justify", side])
        if k >= 2 or texts[0][1].startswith("#"):
            effects.append("hide")
        items.append(["property", Text(name), Text(text), ["id", str(k)], spot, effects])
    return items
