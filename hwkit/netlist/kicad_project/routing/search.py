"""The compiled part of the router: the cheapest path from a pad to the tree of its net.

A node costs a step, more against its layer's direction and after a bend, plus its history, plus the
pressure for each other net there: a net's track on the node, or a via beside it. A via costs its
own, plus the pressure for each track or via of others beside it on any layer. Costs are whole
numbers and ties go to the lower node, so that every machine finds the same path.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hwkit.compiling import kept, numba
from hwkit.netlist.kicad_project.routing.quiet import SUMMING, SWITCHING, Areas

STEP, AGAINST, BEND, VIA_COST = 10, 3, 1, 60
_BITS = 22  # of a node's number within an entry of the queue
_LARGEST = 1 << _BITS
_UNKNOWN = -1

Integers = NDArray[np.int32]


class Field(NamedTuple):
    """What the search works on; nodes are numbered layer by layer, places within a layer.

    Attributes:
        columns: of the grid.
        owner: as of `Terrain`, by node.
        via_open: whether a via may be at a place.
        tracks: number of nets on each node.
        halos: number of vias at most one place away, by place.
        near: number of tracks and vias at most one place away on any layer, by place.
        history: what conflicts of the past add, by node.
        via_history: the same for vias, by place.
        tree: the net whose tree holds a node, as a stamp of its routing.
        own_via: the same, at most one place from a via of the net.
        best, seen, closed, came: of a search: cost, its stamp when reached and when done, way.
        queue: entries of a heap.
        kinds, cores, quiet: as of `Areas`, by net and by place.
    """

    columns: int
    owner: Integers
    via_open: NDArray[np.bool_]
    tracks: Integers
    halos: Integers
    near: Integers
    history: Integers
    via_history: Integers
    tree: Integers
    own_via: Integers
    best: NDArray[np.int64]
    seen: Integers
    closed: Integers
    came: NDArray[np.int8]
    queue: NDArray[np.int64]
    kinds: Integers
    cores: Integers
    quiet: NDArray[np.bool_]


def empty_field(owner: Integers, via_open: NDArray[np.bool_], areas: Areas) -> Field:
    """Return a field without tracks.

    Args:
        owner: of a terrain, (layers, rows, columns).
        via_open: of a terrain, (rows, columns).
        areas: of a terrain.

    Raises:
        ValueError: if the grid has more nodes than an entry of the queue can name.
    """
    if owner.size >= _LARGEST:
        raise ValueError(f"a grid of {owner.size} nodes is beyond {_LARGEST}")
    nodes, places = owner.size, via_open.size

    def zeros(count: int) -> Integers:
        return np.zeros(count, dtype=np.int32)

    return Field(
        owner.shape[2], owner.ravel(), via_open.ravel(), zeros(nodes), zeros(places),
        zeros(places), zeros(nodes), zeros(places), zeros(nodes), zeros(places),
        np.zeros(nodes, dtype=np.int64), zeros(nodes), zeros(nodes),
        np.zeros(nodes, dtype=np.int8), np.zeros(8 * nodes, dtype=np.int64),
        areas.kinds, areas.cores.ravel(), areas.quiet.ravel(),
    )  # fmt: skip


@kept(numba.njit, nogil=True)
def push(queue: NDArray[np.int64], size: int, entry: int) -> int:
    """Add an entry to a heap, (capacity,); return its new size."""
    k = size
    while k > 0 and queue[(k - 1) >> 1] > entry:
        queue[k] = queue[(k - 1) >> 1]
        k = (k - 1) >> 1
    queue[k] = entry
    return size + 1


@kept(numba.njit, nogil=True)
def pop(queue: NDArray[np.int64], size: int) -> int:
    """Remove the least entry of a heap, (capacity,), that was read; return its new size."""
    size -= 1
    entry, k = queue[size], 0
    while True:
        child = 2 * k + 1
        if child >= size:
            break
        if child + 1 < size and queue[child + 1] < queue[child]:
            child += 1
        if queue[child] >= entry:
            break
        queue[k] = queue[child]
        k = child
    queue[k] = entry
    return size


@kept(numba.njit, nogil=True)
def _move(f: Field, node: int, way: int) -> int:
    """Return the node that lies in a way: east, west, south, north, then layers."""
    if way == 0:
        return node + 1
    if way == 1:
        return node - 1
    if way == 2:
        return node + f.columns
    if way == 3:
        return node - f.columns
    places = f.via_open.size
    return node % places + (way - 4) * places


@kept(numba.njit, nogil=True)
def _cost(f: Field, node: int, way: int, entered: int, pressure: int) -> int:
    """Return what it costs to come to a node in a way, after coming to the last one in another."""
    place = node % f.via_open.size
    total: int = f.history[node] + pressure * (f.tracks[node] + f.halos[place])
    if way > 3:
        total += VIA_COST + f.via_history[place] + pressure * f.near[place]
        return total
    layer = node // f.via_open.size
    total += STEP
    if (way > 1) != (layer % 2 == 1):
        total += AGAINST
    if entered != way and entered >= 0:
        total += BEND
    return total


@kept(numba.njit, nogil=True)
def _barred(f: Field, net: int, place: int) -> bool:
    """Say whether a net has to keep away from a place."""
    if f.kinds[net] == SWITCHING:
        return bool(f.quiet[place])
    return bool(f.kinds[net] == SUMMING and f.cores[place] != net)


@kept(numba.njit, nogil=True)
def _remaining(f: Field, node: int, box: Integers) -> int:
    """Return a lower bound of what it costs to come from a node to a box of places."""
    row, column = divmod(node % f.via_open.size, f.columns)
    down: int = max(box[0] - row, 0, row - box[1])
    across: int = max(box[2] - column, 0, column - box[3])
    return STEP * (down + across)


@kept(numba.njit, nogil=True)
def find_path(
    f: Field, net: int, stamps: tuple[int, int], sources: Integers, box: Integers, pressure: int
) -> Integers:
    """Return the nodes of the cheapest path from the tree to a source, (n,); none if there is none.

    Args:
        f: the field.
        net: code of the net.
        stamps: of the net's routing, as in `tree`, and of this search.
        sources: nodes of a pad, (m,).
        box: first and last row and column of the tree, (4,).
        pressure: for each other net.
    """
    mine, stamp = stamps
    layers, size = f.owner.size // f.via_open.size, 0
    for node in sources:
        f.best[node], f.seen[node], f.came[node] = 0, stamp, _UNKNOWN
        size = push(f.queue, size, (_remaining(f, node, box) << _BITS) | node)
    while size:
        node = f.queue[0] & (_LARGEST - 1)
        size = pop(f.queue, size)
        if f.closed[node] == stamp:
            continue
        f.closed[node] = stamp
        if f.tree[node] == mine:
            found: Integers = _trace(f, node)
            return found
        place = node % f.via_open.size
        vias = f.via_open[place] and f.own_via[place] != mine
        for way in range(4 + layers if vias else 4):
            to = _move(f, node, way)
            owner = f.owner[to]
            if to == node or f.closed[to] == stamp or (owner != 0 and owner != net):
                continue
            if _barred(f, net, to % f.via_open.size):
                continue
            cost = f.best[node] + _cost(f, to, way, f.came[node], pressure)
            if f.seen[to] != stamp or cost < f.best[to]:
                f.seen[to], f.best[to] = stamp, cost
                f.came[to] = way if way < 4 else 4 + node // f.via_open.size
                entry = ((cost + _remaining(f, to, box)) << _BITS) | to
                size = push(f.queue, size, entry)
    return np.empty(0, dtype=np.int32)


@kept(numba.njit, nogil=True)
def _trace(f: Field, end: int) -> Integers:
    count, node = 1, end
    while f.came[node] != _UNKNOWN:
        node = _back(f, node)
        count += 1
    path, node = np.empty(count, dtype=np.int32), end
    for k in range(count):
        path[k] = node
        if k < count - 1:
            node = _back(f, node)
    return path


@kept(numba.njit, nogil=True)
def _back(f: Field, node: int) -> int:
    """Return the node before; for a via `came` holds the layer that it comes from."""
    way = f.came[node]
    before: int = _move(f, node, way if way > 3 else way ^ 1)
    return before


@kept(numba.njit, nogil=True)
def occupy(f: Field, nodes: Integers, vias: Integers, sign: int) -> None:
    """Put a net's nodes, (n,), and vias, (m,), into the field (sign 1) or take them out (-1)."""
    places = f.via_open.size
    for node in nodes:
        f.tracks[node] += sign
        place = node % places
        for down in (-f.columns, 0, f.columns):
            for across in (-1, 0, 1):
                f.near[place + down + across] += sign
    for place in vias:
        for down in (-f.columns, 0, f.columns):
            for across in (-1, 0, 1):
                f.halos[place + down + across] += sign


@kept(numba.njit, nogil=True)
def conflicts(f: Field, nodes: Integers, vias: Integers, lesson: int) -> int:
    """Return how many nodes and vias of a net, which is not in the field, others are in the way of.

    Args:
        f: the field.
        nodes, vias: of the net, (n,) and (m,).
        lesson: what is added to the history of each.
    """
    found, places = 0, f.via_open.size
    for node in nodes:
        if f.tracks[node] + f.halos[node % places] > 0:
            found += 1
            f.history[node] += lesson
    for place in vias:
        if f.near[place] > 0:
            found += 1
            f.via_history[place] += lesson
    return found
