"""Where nets that switch may not be: near the nodes at which the amplifiers sum.

The net of a summing node stays in the box of its pads, a step of the grid larger. Nets of bits and
of their clock keep away from that box, on every layer.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hwkit.circuit.board import Piece
from hwkit.circuit.board.nets import is_switching_net
from hwkit.netlist.kicad_project.layout import GRID, Layout

QUIET = 1.0  # mm, from copper of a net that switches to that of a summing node
SWITCHING, SUMMING = 1, 2
_ROOM = GRID  # of a summing net beyond its pads
_REACH = 0.1 + QUIET + 0.3 + GRID  # half a track, a via's radius, a corner that is cut


class Areas(NamedTuple):
    """What is kept apart.

    Attributes:
        kinds: 0, SWITCHING or SUMMING, by a net's code, (1 + number of nets,).
        cores: code of the summing net whose box a place is in, 0 for none, (rows, columns).
        quiet: whether no net that switches may be there, (rows, columns).
    """

    kinds: NDArray[np.int32]
    cores: NDArray[np.int32]
    quiet: NDArray[np.bool_]


def summing_nets(pieces: Iterable[Piece]) -> set[str]:
    """Return the nets at the inverting inputs of the machine's amplifiers."""
    amplifiers = (p for p in pieces if p.role == "amplifier" and p.part is not None)
    return {p.pads[p.part.pins[f"{h}.minus"]] for p in amplifiers if p.part for h in "AB"}


def quiet_areas(layout: Layout, codes: dict[str, int], shape: tuple[int, int]) -> Areas:
    """Return what is kept apart on a placed board.

    Args:
        layout: the board.
        codes: of its nets.
        shape: rows and columns of the grid.
    """
    kinds = np.zeros(len(codes) + 1, dtype=np.int32)
    cores, quiet = np.zeros(shape, dtype=np.int32), np.zeros(shape, dtype=np.bool_)
    summing = summing_nets(place.piece for place in layout.places)
    for net, code in codes.items():
        if is_switching_net(net):
            kinds[code] = SWITCHING
    for net in sorted(summing):
        x0, y0, x1, y1 = _box(layout, net)
        kinds[codes[net]] = SUMMING
        cores[_span(y0, y1, _ROOM), _span(x0, x1, _ROOM)] = codes[net]
        quiet[_span(y0, y1, _ROOM + _REACH), _span(x0, x1, _ROOM + _REACH)] = True
    return Areas(kinds, cores, quiet)


def _box(layout: Layout, net: str) -> tuple[float, float, float, float]:
    """Return smallest and largest x and y of a net's pads, mm."""
    boxes = np.array(
        [
            (x - pad.width / 2, y - pad.height / 2, x + pad.width / 2, y + pad.height / 2)
            for place in layout.places
            for pad in place.drawn.pads
            if place.piece.pads.get(pad.number) == net
            for x, y in [(place.x + pad.x, place.y + pad.y)]
        ]
    )
    x0, y0 = boxes[:, :2].min(axis=0).tolist()
    x1, y1 = boxes[:, 2:].max(axis=0).tolist()
    return x0, y0, x1, y1


def _span(low: float, high: float, more: float) -> slice:
    return slice(max(0, int((low - more) / GRID)), int((high + more) / GRID) + 2)
