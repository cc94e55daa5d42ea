"""Drawn parts expanded to the elements of a SPICE netlist, by the catalogue's pin maps.

A part is looked up by the number to order; a pad does what the catalogue says, whatever the symbol
shows. Resistors, capacitors and diodes are themselves; an amplifier is the macromodel of
`hwkit.circuit.converters`, a follower behind a divider the voltage source that it is for the
machine, its trimmer in the middle. The noise nets are at the streams' mean, 0 V. Without a function
for the machine, and left out: what is `listed` in the result.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from hwkit.circuit.board import value_of
from hwkit.circuit.board.nets import (
    DIVIDER_NETS,
    GROUND_NET,
    TRIMMER_NETS,
    is_noise_net,
    node_of,
    supply_nets,
)
from hwkit.circuit.catalogue import Catalogue, Orderable
from hwkit.circuit.converters import AMPLIFIER_FARAD
from hwkit.errors import NetlistError
from hwkit.netlist.kicad_project.drawn import DrawnBoard, DrawnPart

_NO_ELEMENT = ("quad-switch", "header", "terminal", "shift-register", "exclusive-or", "trimmer")
_DIVIDERS = {*DIVIDER_NETS, *(net for ends in TRIMMER_NETS for net in ends)}
_OPEN = "hwkit__open"


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
    uses = {name: _use(name, part, catalogue) for name, part in drawn.parts.items()}
    around = _Around(_resistances(uses), supply_nets(supply_volt), supply_volt)
    elements = {name: list(_elements(name, use, around)) for name, use in uses.items()}
    rows = {use.row.number: use.row for use in uses.values() if use.row is not None}
    cards = [
        f".model {_model(row)} d(is={row.value('ampere')!r} n={row.value('emission')!r})"
        for _, row in sorted(rows.items())
        if row.role == "dual-diode"
    ]
    lines = (line for each in elements.values() for line in each)
    listed = tuple(name for name, each in elements.items() if not each)
    return Expanded((*lines, *cards, ".options gmin=1e-18"), listed)


def find_part(number: str, catalogue: Catalogue) -> Orderable | None:
    """Return the catalogue's row of a part number; None if there is none."""
    for row in catalogue:
        head, code, tail = row.number.partition("{code}")
        if number == row.number or (code and number.startswith(head) and number.endswith(tail)):
            return row
    return None


class _Use(NamedTuple):
    """A part as drawn, its row (None for bare copper), and the net of each of the row's pins."""

    part: DrawnPart
    row: Orderable | None
    nets: Mapping[str, str]


class _Around(NamedTuple):
    """Resistances between nets of the dividers, ohm; nets of both supplies; their volts."""

    ohms: Mapping[tuple[str, str], float]
    supplies: tuple[str, str]
    supply_volt: float


def _use(name: str, part: DrawnPart, catalogue: Catalogue) -> _Use:
    row = find_part(part.number, catalogue)
    if row is None:
        if part.number:
            raise NetlistError(f"{name}: the catalogue has no part {part.number!r}")
        return _Use(part, None, {})
    return _Use(part, row, {pin: part.pads.get(pad, "") for pin, pad in row.pins.items()})


def _elements(name: str, use: _Use, around: _Around) -> Iterator[str]:
    part, row, nets = use
    if row is None or row.role in _NO_ELEMENT:
        return
    if row.role in ("resistor", "capacitor"):
        ends = [nets["a"], nets["b"]]
        if _is_support(ends, around.supplies):
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
    return any(net in supplies or net in _DIVIDERS for net in ends)


def _resistances(uses: Mapping[str, _Use]) -> dict[tuple[str, str], float]:
    """Return the resistance between each net of a divider and another net."""
    ohms = {}
    for name, (part, row, nets) in uses.items():
        if row is not None and row.role == "resistor":
            for middle, end in ((nets["a"], nets["b"]), (nets["b"], nets["a"])):
                if middle in _DIVIDERS:
                    ohms[middle, end] = _value(name, part)
        elif row is not None and row.role == "trimmer":
            for end in ("high", "low"):
                ohms[nets["wiper"], nets[end]] = row.value("ohm") / 2
    return ohms


def _divided(name: str, middle: str, around: _Around) -> float:
    """Return the voltage of a divider between a supply and ground."""
    ohms, supplies, supply_volt = around
    legs = {
        end: half + ohm
        for (wiper, middle_end), half in ohms.items()
        for (begin, end), ohm in ohms.items()
        if wiper == middle and begin == middle_end
    }
    for supply, volt in zip(supplies, (supply_volt, -supply_volt), strict=True):
        if supply in legs and GROUND_NET in legs:
            return volt * legs[GROUND_NET] / (legs[supply] + legs[GROUND_NET])
    raise NetlistError(f"{name} follows {middle!r}, which is not the wiper of a divider's trimmer")


def _node(net: str, name: str) -> str:
    """Return the node of a net; a pad that is left open has one of its own."""
    if not net:
        return f"{_OPEN}_{name.lower()}"
    return "0" if is_noise_net(net) else node_of(net)


def _value(name: str, part: DrawnPart) -> float:
    try:
        return value_of(part.value)
    except ValueError:
        raise NetlistError(f"{name}: {part.value!r} is not a value such as 61.9k") from None


def _model(row: Orderable) -> str:
    return "hwkit_" + re.sub(r"\W", "_", row.number.lower())
