"""Checks of what a drawn board has beside the machine: supplies of packages, connectors, reset.

supplies  every package has a capacitor of its own, 100 nF or more, from either supply to ground
around    pads of parts that are none of the machine's elements are on the nets that were meant
"""

from collections import Counter
from collections.abc import Iterator, Mapping

from hwkit.circuit.board import Board, Piece
from hwkit.circuit.board.nets import GROUND_NET, supply_nets
from hwkit.circuit.catalogue import Catalogue
from hwkit.netlist.kicad_project.drawn import DrawnBoard
from hwkit.netlist.kicad_project.expansion import find_part

_DECOUPLING = 1e-7  # F
_PINS = ("supply.plus", "supply.minus")


def around_findings(
    drawn: DrawnBoard, board: Board, catalogue: Catalogue
) -> Iterator[tuple[str, str, str]]:
    """Yield check, part or net, and a sentence.

    Args:
        drawn: read from KiCad's files.
        board: as assembled.
        catalogue: of its parts.
    """
    yield from _supplies(drawn, board, catalogue)
    for piece in board.pieces:
        if not piece.elements and piece.designator in drawn.parts:
            pads = drawn.parts[piece.designator].pads
            if _turned(piece, pads):
                continue
            for pad, net in piece.pads.items():
                at = pads.get(pad, "")
                if net and at not in ("", net):
                    text = f"pad {pad} is on {at}; it belongs to {net}"
                    yield "around", piece.designator, text


def _supplies(
    drawn: DrawnBoard, board: Board, catalogue: Catalogue
) -> Iterator[tuple[str, str, str]]:
    """Count by the catalogue alone; of the board that was meant only its bulk capacitors count."""
    capacitors, packages = Counter[str](), Counter[str]()
    for part in drawn.parts.values():
        row = find_part(part.number, catalogue)
        if row is None:
            continue
        if row.role == "capacitor" and row.value("farad") >= _DECOUPLING:
            nets = {part.pads.get(pad, "") for pad in row.pads}
            capacitors.update(nets - {GROUND_NET} if GROUND_NET in nets else ())
        elif "supply.plus" in row.pins:
            packages.update(part.pads.get(row.pins[pin], "") for pin in _PINS)
    for net in supply_nets(board.supply_volt):
        bulk = sum(piece.role == "bulk" and net in piece.pads.values() for piece in board.pieces)
        if capacitors[net] - bulk < packages[net]:
            text = f"{packages[net]} packages have {capacitors[net] - bulk} capacitors there"
            yield "supplies", net, text


def _turned(piece: Piece, pads: Mapping[str, str]) -> bool:
    """Say whether a resistor or a capacitor is between its nets, whichever end is where."""
    either = piece.part is not None and piece.part.role in ("resistor", "capacitor")
    return either and sorted(pads.values()) == sorted(piece.pads.values())
