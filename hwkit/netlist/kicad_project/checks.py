"""Checks of a drawn board, each with a name: what it compares, and what it would find.

nets      a net has one name                                  a short between two nets
parts     the drawn parts are those of the board, by number   an extra part, another package
pins      every pad that should be connected is               an unconnected pin
supplies  each package has 100 nF from either supply to       missing decoupling
          ground
around    pads of parts that are no element are on their nets exchanged lines of a connector
values    a value is the part number's                        a wrong value
streams   register and exclusive-ors make the bit streams     a wrong tap, exchanged stages
graph     the expanded elements are those of the netlist,     exchanged nets, a reversed part
          end by end and value by value
machine   conductances, capacitances, currents and diodes     all that changes the machine
          of the units, through the extractor: 1e-9
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from hwkit.circuit.board import Board, value_of
from hwkit.circuit.catalogue import Catalogue
from hwkit.circuit.converters import settled
from hwkit.errors import NetlistError
from hwkit.netlist.kicad_project.around_checks import around_findings
from hwkit.netlist.kicad_project.drawn import DrawnBoard
from hwkit.netlist.kicad_project.expansion import expand, find_part
from hwkit.netlist.kicad_project.footprints import footprint_name
from hwkit.netlist.kicad_project.settling import settled_lines
from hwkit.netlist.kicad_project.stream_checks import stream_findings
from hwkit.netlist.kicad_project.symbols import LIBRARY
from hwkit.netlist.laws import collect_laws
from hwkit.netlist.reader import (
    Capacitor,
    CurrentSource,
    Diode,
    Element,
    Elements,
    Resistor,
    Transconductor,
    VoltageSource,
    read_elements,
)
from hwkit.netlist.render import render
from hwkit.netlist.unit_laws import UnitLaws, unit_laws

SAME = 1e-9  # relative difference of two machines that are the same
_DIGITS = 1e-12  # of two values that are the same


@dataclass(frozen=True)
class Finding:
    """What a check found: its name, the part or net, a sentence."""

    check: str
    where: str
    text: str


@dataclass(frozen=True)
class ReadBack:
    """A board as read back from a drawing.

    Attributes:
        findings: of all checks; empty if the drawing is the board.
        apart: largest relative difference of the two machines; NaN if the drawing has none.
        listed: parts that are none of the machine's elements.
        elements: number of elements that were compared.
    """

    findings: tuple[Finding, ...]
    apart: float
    listed: tuple[str, ...]
    elements: int


def read_back(drawn: DrawnBoard, board: Board, catalogue: Catalogue) -> ReadBack:
    """Compare a drawn board with the one that was to be drawn.

    Args:
        drawn: read from KiCad's files.
        board: as assembled.
        catalogue: of its parts.
    """
    findings = [*_nets(drawn), *_parts(drawn, board), *_pins(drawn, board)]
    findings += _values(drawn, catalogue)
    findings += (Finding("streams", *what) for what in stream_findings(drawn, board, catalogue))
    findings += (Finding(*what) for what in around_findings(drawn, board, catalogue))
    try:
        expanded = expand(drawn, catalogue, board.supply_volt)
    except NetlistError as error:
        return ReadBack((*findings, Finding("graph", "", str(error))), np.nan, (), 0)
    read = read_elements(_text(expanded.lines))
    ours = _elements(read_elements(render(board.design, "ngspice", noise="none").text))
    findings += _graph(_elements(read), ours)
    apart = np.nan
    try:
        apart = _machines_apart(read, expanded.lines, board)
    except NetlistError as error:
        findings.append(Finding("machine", "", str(error)))
    if apart > SAME:
        text = f"the machine differs by {apart:.2g} of its largest number"
        findings.append(Finding("machine", "", text))
    return ReadBack(tuple(findings), apart, expanded.listed, len(ours))


def _nets(drawn: DrawnBoard) -> Iterator[Finding]:
    for names in drawn.shorts:
        yield Finding("nets", names[0], f"{' and '.join(names)} are one net")


def _parts(drawn: DrawnBoard, board: Board) -> Iterator[Finding]:
    wanted = {piece.designator: piece for piece in board.pieces}
    for name in sorted(wanted.keys() - drawn.parts.keys()):
        yield Finding("parts", name, "it is not drawn")
    for name in sorted(drawn.parts.keys() - wanted.keys()):
        yield Finding("parts", name, "the board has no such part")
    for name in sorted(wanted.keys() & drawn.parts.keys()):
        part, piece = drawn.parts[name], wanted[name]
        footprint = f"{LIBRARY}:{footprint_name(piece)}"
        if part.number != piece.number or part.footprint != footprint:
            text = f"{part.number} in {part.footprint} is drawn for {piece.number} in {footprint}"
            yield Finding("parts", name, text)


def _pins(drawn: DrawnBoard, board: Board) -> Iterator[Finding]:
    for piece in board.pieces:
        if piece.designator in drawn.parts:
            pads = drawn.parts[piece.designator].pads
            for pad, net in piece.pads.items():
                if net and not pads.get(pad):
                    text = f"pad {pad} is not connected; it belongs to {net}"
                    yield Finding("pins", piece.designator, text)


def _values(drawn: DrawnBoard, catalogue: Catalogue) -> Iterator[Finding]:
    for name, part in drawn.parts.items():
        row = find_part(part.number, catalogue)
        if row is None or row.role not in ("resistor", "capacitor"):
            continue
        try:
            value = value_of(part.value)
        except ValueError:
            yield Finding("values", name, f"{part.value!r} is not a value")
            continue
        if row.role == "resistor":
            same = row.ordered_as(value) == part.number
        else:
            same = abs(value - row.value("farad")) <= _DIGITS * value
        if not same:
            yield Finding("values", name, f"{part.value} is written beside {part.number}")


def _text(lines: Iterable[str]) -> str:
    return "\n".join(("", *lines))  # a netlist's first line is its title


_Facts = tuple[str, tuple[str, ...], tuple[float, ...]]


def _elements(read: Elements) -> dict[str, _Facts]:
    """Return kind, ends and values of each element, by name."""
    return {element.name: _facts(element) for element in read}


def _facts(element: Element) -> _Facts:
    ends: tuple[str, ...]
    values: tuple[float, ...]
    match element:
        case Resistor(a=a, b=b, ohm=value) | Capacitor(a=a, b=b, farad=value):
            ends, values = tuple(sorted((a, b))), (value,)
        case Diode():
            ends, values = (element.anode, element.cathode), (element.ampere, element.emission)
        case Transconductor():
            ends = element.plus, element.minus, element.control, element.reference
            values = (element.siemens,)
        case CurrentSource() | VoltageSource():
            ends, values = (element.plus, element.minus), (element.dc,)
        case _:
            raise NetlistError(f"{element.name} has no place on a board")
    return type(element).__name__, ends, values


def _graph(drawn: dict[str, _Facts], wanted: dict[str, _Facts]) -> Iterator[Finding]:
    for name in sorted(wanted.keys() - drawn.keys()):
        yield Finding("graph", name, "it is in the netlist, but not in the drawing")
    for name in sorted(drawn.keys() - wanted.keys()):
        yield Finding("graph", name, "it is in the drawing, but not in the netlist")
    for name in sorted(wanted.keys() & drawn.keys()):
        (kind, ends, values), (other, others, numbers) = wanted[name], drawn[name]
        if (kind, ends) != (other, others):
            text = f"it connects {', '.join(others)}; in the netlist {', '.join(ends)}"
            yield Finding("graph", name, text)
        elif not np.allclose(values, numbers, rtol=_DIGITS, atol=0):
            yield Finding("graph", name, f"it is {numbers}, in the netlist {values}")


def _machines_apart(read: Elements, lines: tuple[str, ...], board: Board) -> float:
    """Return how far the laws of the drawn units are from the board's, relative."""
    drawn = _laws(_text(settled_lines(read, lines)))
    return _laws_apart(drawn, _laws(render(settled(board.design), "ngspice", noise="none").text))


def _laws(text: str) -> UnitLaws:
    return unit_laws(collect_laws(read_elements(text)))


def _laws_apart(a: UnitLaws, b: UnitLaws) -> float:
    order = [a.nodes.index(node) for node in b.nodes if node in a.nodes]
    if len(order) != len(a.nodes) or len(order) != len(b.nodes):
        raise NetlistError("the drawing has other units than the machine")
    siemens = sp.csr_array(a.siemens[order][:, order])
    pairs = [
        (siemens.toarray(), b.siemens.toarray()),
        (a.farad[order], b.farad),
        (a.ampere[order], b.ampere),
    ]
    pairs += [(mine[order], other) for mine, other in zip(a.diodes, b.diodes, strict=True)]
    apart = (
        np.max(np.abs(mine - other)) / np.max(np.abs(other))
        for mine, other in pairs
        if np.any(other)
    )
    return float(max(apart))
