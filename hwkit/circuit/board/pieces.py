"""What a board is made of: parts with pads on nets."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from hwkit.circuit.catalogue import Orderable
from hwkit.circuit.design import Design
from hwkit.circuit.streams import BitStreams
from hwkit.units import PREFIX_POWERS, prefixed

_VALUE = re.compile(rf"(\d+(?:\.\d+)?)([{''.join(PREFIX_POWERS)}]?)", re.ASCII)


@dataclass(frozen=True)
class Piece:
    """A part on the board.

    Attributes:
        designator: such as "R301".
        role: that of the machine's elements, or what it does around them.
        part: the catalogue's row; None for a test point, which is bare copper.
        number: what to order.
        text: its value as written beside it.
        value: its SI value; None for parts that have none.
        pads: net of each pad, by the pad's number; "" for a pad that is left open.
        elements: names of the elements that it is, or that stand for it, in the netlist.
        sheet: where it is drawn.
    """

    designator: str
    role: str
    part: Orderable | None
    number: str
    text: str
    value: float | None
    pads: Mapping[str, str]
    elements: tuple[str, ...] = ()
    sheet: str = ""


@dataclass(frozen=True, eq=False)
class Board:
    """A machine as parts that can be ordered.

    Attributes:
        design: the circuit as bought: its elements have the parts' names and values.
        pieces: every part.
        supply_volt: of either supply, V.
        sheets: title of each sheet of the schematic, by its name.
        streams: the bit streams of its units.
    """

    design: Design
    pieces: tuple[Piece, ...]
    supply_volt: float
    sheets: Mapping[str, str]
    streams: BitStreams

    def nets(self) -> dict[str, list[tuple[str, str]]]:
        """Return the pads of each net, (designator, pad), sorted."""
        nets: dict[str, list[tuple[str, str]]] = {}
        for piece in self.pieces:
            for pad, net in piece.pads.items():
                if net:
                    nets.setdefault(net, []).append((piece.designator, pad))
        return {net: sorted(nets[net]) for net in sorted(nets)}


def value_text(value: float) -> str:
    """Return a value as written beside a part, all digits, as "61.9k"; see `value_of`."""
    power, prefix = prefixed(value, "")
    return f"{Decimal(repr(value)).scaleb(-power).normalize():f}{prefix}"


def value_of(text: str) -> float:
    """Return the value of a text such as "61.9k".

    Raises:
        ValueError: if it is not a value.
    """
    matched = _VALUE.fullmatch(text)
    if matched is None:
        raise ValueError(f"{text!r} is not a value such as 61.9k")
    return float(f"{matched[1]}e{PREFIX_POWERS[matched[2]]}")


def package(
    designator: str,
    role: str,
    part: Orderable,
    pads: Mapping[str, str],
    elements: tuple[str, ...],
    sheet: str,
) -> Piece:
    """Return a part whose text is its number; pads that are not given are left open.

    Args:
        designator, role, part, elements, sheet: as in `Piece`.
        pads: net of each pad that is connected.
    """
    every = {pad: pads.get(pad, "") for pad in part.pads}
    return Piece(designator, role, part, part.number, part.number, None, every, elements, sheet)


def two_pads(
    designator: str, role: str, part: Orderable, value: float, ends: tuple[str, str], sheet: str
) -> Piece:
    """Return a resistor or a capacitor; if it is not an element itself, it stands for none.

    Args:
        designator, role, part, sheet: as in `Piece`.
        value: ohm or farad.
        ends: nets of the two pads.
    """
    number = part.ordered_as(value if part.role == "resistor" else None)
    pads = dict(zip((part.pins["a"], part.pins["b"]), ends, strict=True))
    return Piece(designator, role, part, number, value_text(value), value, pads, (), sheet)
