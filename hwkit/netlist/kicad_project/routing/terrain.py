"""The router's grid: which nodes a board's pads, holes and edges leave to which net.

Nodes are a third of 1.27 mm apart, so that rows of pins lie on them and tracks on neighbouring
nodes keep the gap. A node is free, or reserved for the net of a pad near it, or closed. A via needs
its annulus' distance from every pad, its own net's, too.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwkit.circuit.parts import FloatArray
from hwkit.netlist.kicad_project.footprints import HOLE, Pad
from hwkit.netlist.kicad_project.layout import GRID, Layout
from hwkit.netlist.kicad_project.routing.quiet import Areas, quiet_areas

TRACK, GAP, VIA, DRILL = 0.2, 0.2, 0.6, 0.3  # mm: width, clearance, diameter, hole
FREE, CLOSED = 0, -1
_TRACK_REACH = GAP + TRACK / 2  # from a track's centre to other copper
_VIA_REACH = GAP + VIA / 2
_EDGE = 0.3 + VIA / 2
_INSIDE = 0.02  # a track ends so far within a pad

IndexArray = NDArray[np.int32]


@dataclass(frozen=True)
class Terminal:
    """A pad to connect: part, number and net, its centre, mm, and the nodes on its copper."""

    part: str
    pad: str
    net: str
    x: float
    y: float
    nodes: IndexArray


@dataclass(frozen=True)
class Terrain:
    """A grid of nodes, and what is reserved.

    Attributes:
        shape: layers, rows and columns.
        owner: FREE, CLOSED, or 1 + the net's place in `nets`, (layers, rows, columns).
        via_open: whether a via may be there, (rows, columns).
        nets: names, sorted.
        terminals: every pad with a net.
        areas: what is kept apart.
    """

    shape: tuple[int, int, int]
    owner: IndexArray
    via_open: NDArray[np.bool_]
    nets: tuple[str, ...]
    terminals: tuple[Terminal, ...]
    areas: Areas

    def place(self, node: int) -> tuple[int, float, float]:
        """Return layer, x and y, mm, of a node."""
        layer, row, column = np.unravel_index(node, self.shape)
        return int(layer), float(column) * GRID, float(row) * GRID


def survey(layout: Layout, layers: int) -> Terrain:
    """Return the grid of a placed board."""
    width, height = layout.size
    shape = (layers, int(height / GRID) + 1, int(width / GRID) + 1)
    owner = np.zeros(shape, dtype=np.int32)
    xs, ys = np.arange(shape[2]) * GRID, np.arange(shape[1]) * GRID
    owner[:, :, (xs < _EDGE) | (xs > width - _EDGE)] = CLOSED
    owner[:, (ys < _EDGE) | (ys > height - _EDGE), :] = CLOSED
    via_open = owner[0] == FREE
    places = [(p.piece.pads, p.piece.designator, p.drawn.pads, p.x, p.y) for p in layout.places]
    nets = tuple(sorted({net for pads, *_ in places for net in pads.values() if net}))
    codes = {net: code for code, net in enumerate(nets, start=1)}
    terminals = []
    for pads, part, drawn, x, y in places:
        for pad in drawn:
            net = pads.get(pad.number, "")
            nodes = _claim(owner, via_open, pad, (x, y), codes.get(net, CLOSED))
            if net:
                terminals.append(Terminal(part, pad.number, net, x + pad.x, y + pad.y, nodes))
    for hole in layout.holes:  # the screw's head is as wide as the body
        head = Pad("", 0, 0, HOLE.body[0], HOLE.body[1], "circle", HOLE.body[0])
        _claim(owner, via_open, head, hole, CLOSED)
    areas = quiet_areas(layout, codes, shape[1:])
    return Terrain(shape, owner, via_open, nets, tuple(terminals), areas)


def _claim(
    owner: IndexArray,
    via_open: NDArray[np.bool_],
    pad: Pad,
    centre: tuple[float, float],
    code: int,
) -> IndexArray:
    """Reserve the nodes around a pad; return those on its copper."""
    rows, columns, away = _around(pad, centre, owner.shape[1:])
    layers = range(owner.shape[0] if pad.hole else 1)
    via_open[rows, columns] &= away >= _VIA_REACH
    on_copper = []
    for layer in layers:
        part = owner[layer, rows, columns]
        close = away < _TRACK_REACH + _bulge(pad)
        part[close] = np.where((part == FREE) | (part == code), code, CLOSED)[close]
        down, across = np.nonzero((away < -_INSIDE) & (part == code))
        flat = (layer, down + rows.start, across + columns.start)
        on_copper.append(np.ravel_multi_index(flat, owner.shape))
    return np.concatenate(on_copper).astype(np.int32)


def _around(
    pad: Pad, centre: tuple[float, float], shape: tuple[int, ...]
) -> tuple[slice, slice, FloatArray]:
    """Return the rows and columns about a pad, and their nodes' distance from its copper, mm."""
    x, y = centre[0] + pad.x, centre[1] + pad.y
    half_width, half_height = pad.width / 2, pad.height / 2
    columns = _span(x, half_width + _VIA_REACH, shape[1])
    rows = _span(y, half_height + _VIA_REACH, shape[0])
    dx = np.abs(np.arange(columns.start, columns.stop) * GRID - x)[None, :]
    dy = np.abs(np.arange(rows.start, rows.stop) * GRID - y)[:, None]
    if pad.shape == "circle":
        return rows, columns, np.hypot(dx, dy) - half_width
    outside = np.hypot(np.maximum(dx - half_width, 0), np.maximum(dy - half_height, 0))
    inside = np.minimum(np.maximum(dx - half_width, dy - half_height), 0)
    return rows, columns, outside + inside


def _bulge(pad: Pad) -> float:
    """Return how far a round pad's surroundings reach between nodes that are outside, mm."""
    if pad.shape != "circle":
        return 0.0
    radius = pad.width / 2 + _TRACK_REACH
    return float(radius - np.sqrt(radius**2 - GRID**2 / 2))  # a track's step is at most diagonal


def _span(middle: float, reach: float, count: int) -> slice:
    first, last = int((middle - reach) / GRID), int((middle + reach) / GRID) + 1
    return slice(max(first, 0), min(last + 1, count))


def by_net(terminals: Iterable[Terminal]) -> Mapping[str, list[Terminal]]:
    """Return the pads of each net."""
    found: dict[str, list[Terminal]] = {}
    for terminal in terminals:
        found.setdefault(terminal.net, []).append(terminal)
    return found
