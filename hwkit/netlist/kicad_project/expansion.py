"""Drawn parts expanded to the elements of a SPICE netlist, by the catalogue's pin maps.

A part is looked up by the number to order; a pad does what the catalogue says, whatever the symbol
shows. Resistors, capacitors and diodes are themselves; an amplifier is the macromodel of
`hwkit.circuit.converters`, a follower behind a divider the voltage source that it is for the
machine. The noise nets are at the streams' mean, 0 V. Without a function for the machine, and left
out: what is `listed` in the result.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from hwkit.circuit.board import value_of
from hwkit.circuit.board.nets import GROUND_NET, node_of, supply_nets
from hwkit.circuit.catalogue import Catalogue, Orderable
from hwkit.circuit.converters import AMPLIFIER_FARAD
from hwkit.errors import NetlistError
from hwkit.netlist.kicad_project.drawn import DrawnBoard, DrawnPart

_NOISE = re.compile(r"noise\d+[+-]", re.ASCII)
_NO_ELEMENT = ("quad-switch", "header", "terminal")
_UNIQUE_OPEN = "hwkit__open"


@dataclass(frozen=True)
class Expanded:
    """Lines of a netlist, and the parts that are none: reset, connectors, test points, supplies."""

    lines: tuple[str, ...]
    listed: tuple[str, ...]


def expand(drawn: DrawnBoard, catalogue: Catalogue, supply_volt: float) -> Expanded:
    """Return the elements that a drawn board is.

    Args:
        drawn: parts and nets.
        catalogue: where their numbers are.
        supply_volt: of either supply, V.

    Raises:
        NetlistError: naming the part, if its number or value is unknown.
    """
    supplies = supply_nets(supply_volt)
    lines, listed, models = [], [], {}
    ohms = _resistances(drawn)
    for name, part in drawn.parts.items():
        row = find_part(part.number, catalogue)
        if row is None and part.number:
            raise NetlistError(f"{name}: the catalogue has no part {part.number!r}")
        found: list[str] = []
        if row is not None and row.role not in _NO_ELEMENT:
            nets = {pin: part.pads.get(pad, "") for pin, pad in row.pins.items()}
            if row.role == "dual-diode":
                models[row.number] = row
            found = list(_elements(name, part, row, nets, (ohms, supplies, supply_volt)))
        lines += found
        listed += [] if found else [name]
    cards = (
        f".model {_model(row)} d(is={row.value('ampere')!r} n={row.value('emission')!r})"
        for _, row in sorted(models.items())
    )
    return Expanded((*lines, *cards, ".options gmin=1e-18"), tuple(listed))


def find_part(number: str, catalogue: Catalogue) -> Orderable | None:
    """Return the catalogue's row of a part number; None if there is none."""
    for row in catalogue:
        head, code, tail = row.number.partition("{code}")
        if number == row.number or (code and number.startswith(head) and number.endswith(tail)):
            return row
    return None


_Around = tuple[Mapping[tuple[str, str], float], tuple[str, str], float]


def _elements(
    name: str, part: DrawnPart, row: Orderable, nets: Mapping[str, str], around: _Around
) -> Iterator[str]:
    _, supplies, _ = around
    if row.role in ("resistor", "capacitor"):
        ends = [nets["a"], nets["b"]]
        if _is_support(ends, supplies):
            return
        nodes = [_node(net, name) for net in ends]
        yield f"{name} {nodes[0]} {nodes[1]} {_value(name, part)!r}"
    elif row.role == "dual-diode":
        for half in "AB":
            anode, cathode = (_node(nets[f"{half}.{end}"], name) for end in ("anode", "cathode"))
            yield f"{name}{half} {anode} {cathode} {_model(row)}"
    elif row.role == "dual-amplifier":
        for half in "AB":
            plus, minus, out = (nets[f"{half}.{pin}"] for pin in ("plus", "minus", "out"))
            if minus == out:
                volt = _divided(name, plus, around)
                yield f"V{name}{half} {_node(out, name)} 0 dc {volt!r}"
                continue
            pole = f"{name}{half} {_node(out, name)} 0"
            siemens = 2 * np.pi * row.value("gain_bandwidth") * AMPLIFIER_FARAD
            yield f"C{pole} {AMPLIFIER_FARAD!r}"
            yield f"G{pole} {_node(minus, name)} {_node(plus, name)} {float(siemens)!r}"
            yield f"I{pole} dc 0"
    else:
        raise NetlistError(f"{name}: a {row.role} has no place in the machine's netlist")


def _is_support(ends: list[str], supplies: tuple[str, str]) -> bool:
    """Say whether a part ends at a supply: decoupling, or the divider of a bias supply."""
    return any(net in supplies or net.startswith("divider") for net in ends)


def _resistances(drawn: DrawnBoard) -> dict[tuple[str, str], float]:
    """Return the resistance between nets, of those that have two pads and a divider's net."""
    found = {}
    for name, part in drawn.parts.items():
        nets = list(part.pads.values())
        if name.startswith("R") and any(net.startswith("divider") for net in nets):
            middle, end = sorted(nets, key=lambda net: not net.startswith("divider"))
            found[middle, end] = _value(name, part)
    return found


def _divided(name: str, middle: str, around: _Around) -> float:
    """Return the voltage of a divider between a supply and ground."""
    ohms, supplies, supply_volt = around
    bottom = ohms.get((middle, GROUND_NET))
    for supply, volt in zip(supplies, (supply_volt, -supply_volt), strict=True):
        top = ohms.get((middle, supply))
        if top is not None and bottom is not None:
            return volt * bottom / (top + bottom)
    raise NetlistError(f"{name} follows {middle!r}, which is not the middle of a divider")


def _node(net: str, name: str) -> str:
    """Return the node of a net; a pad that is left open has one of its own."""
    if not net:
        return f"{_UNIQUE_OPEN}_{name.lower()}"
    return "0" if _NOISE.fullmatch(net) else node_of(net)


def _value(name: str, part: DrawnPart) -> float:
    try:
        return value_of(part.value)
    except ValueError:
        raise NetlistError(f"{name}: {part.value!r} is not a value such as 61.9k") from None


def _model(row: Orderable) -> str:
    return "hwkit_" + re.sub(r"\W", "_", row.number.lower())
