"""Vias that join the ground poured on both sides, wherever both are free.

The pour fills every node that no other net is on or beside: the gap and half its least width are
less than a step of the grid. Where a piece of it touches ground on one side, a via takes it to the
other.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from hwkit.netlist.kicad_project.layout import GRID
from hwkit.netlist.kicad_project.routing.copper import Copper, around
from hwkit.netlist.kicad_project.routing.negotiation import Net
from hwkit.netlist.kicad_project.routing.terrain import FREE

APART = 5.0  # of two vias of ground, mm


def stitches(copper: Copper, ground: Net) -> Iterator[int]:
    """Yield the places of further vias of ground, and put them into the copper."""
    terrain, code = copper.terrain, ground.code
    columns, places = terrain.shape[2], copper.halos.size
    pieces = _pieces(_poured(copper, code))
    joined = set(pieces.ravel()[ground.nodes].tolist())
    rows = ground.vias // columns, ground.vias % columns
    taken = list(zip(*(each.tolist() for each in rows), strict=True))
    apart = round(APART / GRID)
    by_place = pieces.reshape(terrain.shape[0], places)
    for place in np.flatnonzero(terrain.via_open).tolist():
        there = set(by_place[:, place].tolist())
        row, column = divmod(place, columns)
        near = by_place[:, around(place, columns)]
        if not joined & there or not np.all(near):
            continue
        if any(max(abs(row - r), abs(column - c)) < apart for r, c in taken):
            continue
        joined |= there
        taken.append((row, column))
        copper.halos[around(place, columns)] = code
        yield place


def _poured(copper: Copper, code: int) -> NDArray[np.bool_]:
    """Return which nodes the pour of a net fills, (layers, rows, columns)."""

    def may(values: NDArray[np.int32]) -> NDArray[np.bool_]:
        return np.asarray((values == FREE) | (values == code))

    shape = copper.terrain.shape
    users = copper.users.reshape(shape)
    free = may(copper.terrain.owner) & may(users) & may(copper.halos.reshape(shape[1:]))
    return np.asarray(free)


def _pieces(poured: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the number of the connected piece of each node, 0 for none."""
    pieces, count = np.zeros(poured.shape, dtype=np.int64), 0
    for layer, filled in enumerate(poured):
        found, number = ndimage.label(filled)
        pieces[layer] = np.where(filled, found + count, 0)
        count += number
    return pieces
