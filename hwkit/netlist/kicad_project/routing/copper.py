"""Tracks and vias from the router's paths: straight pieces as long as they go, corners cut.

A corner is cut to 45 degrees where no other net is on the node within it: the cut passes that node
at 0.7 of the grid's distance, and so by the grid's distance past whatever is beyond it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from hwkit.netlist.kicad_project.routing.negotiation import Net
from hwkit.netlist.kicad_project.routing.terrain import FREE, IndexArray, Terrain

Spot = tuple[float, float]
_Edge = tuple[int, int]


@dataclass(frozen=True)
class Track:
    """A straight track of a net on a layer, 0 in front; its ends, mm."""

    net: str
    layer: int
    start: Spot
    end: Spot


@dataclass(frozen=True)
class Via:
    """A via of a net through all layers, mm."""

    net: str
    x: float
    y: float


class Copper:
    """Which net is on each node of a routed grid, and which has a via beside each place.

    Attributes:
        terrain: the grid.
        users: FREE or a net's code, by node; a cut corner's inner node is the net's, too.
        halos: the same by place, for the places around a via.
    """

    def __init__(self, terrain: Terrain, nets: tuple[Net, ...]) -> None:
        self.terrain = terrain
        self.users = np.zeros(terrain.owner.size, dtype=np.int32)
        self.halos = np.zeros(terrain.via_open.size, dtype=np.int32)
        for net in nets:
            self.users[net.nodes] = net.code
            for place in net.vias.tolist():
                self.halos[around(place, terrain.shape[2])] = net.code

    def allows(self, node: int, code: int) -> bool:
        """Whether copper of a net may be on a node."""
        place = node % self.halos.size
        there = (self.terrain.owner.flat[node], self.users[node], self.halos[place])
        return all(each in (FREE, code) for each in there)

    def tracks(self, net: Net) -> Iterator[Track]:
        """Yield the tracks of a net, corners cut."""
        edges = self._edges(net)
        ends = {int(node) for path in net.paths for node in (path[0], path[-1])}
        places = self.halos.size
        kept = {node for node in edges if node in ends or node % places in set(net.vias.tolist())}
        self._cut(edges, kept, net.code)
        name = self.terrain.nets[net.code - 1]
        for start, end in _straight(edges, kept):
            (layer, *first), (_, *last) = map(self.terrain.place, (start, end))
            yield Track(name, layer, (first[0], first[1]), (last[0], last[1]))

    def vias(self, net: Net) -> Iterator[Via]:
        """Yield the vias of a net."""
        for place in net.vias.tolist():
            yield self.via(place, net.code)

    def via(self, place: int, code: int) -> Via:
        """Return a via of a net at a place."""
        _, x, y = self.terrain.place(place)
        return Via(self.terrain.nets[code - 1], x, y)

    def _edges(self, net: Net) -> dict[int, set[int]]:
        """Return the neighbours of each node on its layer."""
        edges: dict[int, set[int]] = {}
        for path in net.paths:
            for a, b in zip(path[:-1].tolist(), path[1:].tolist(), strict=True):
                if (a - b) % self.halos.size:
                    edges.setdefault(a, set()).add(b)
                    edges.setdefault(b, set()).add(a)
        return edges

    def _cut(self, edges: dict[int, set[int]], kept: set[int], code: int) -> None:
        """Cut corners, in the order of nodes."""
        steps = {1, self.terrain.shape[2]}
        for corner in sorted(edges.keys() - kept):
            if len(edges[corner]) != 2:
                continue
            a, b = sorted(edges[corner])
            within = a + b - corner
            if {abs(corner - a), abs(corner - b)} != steps or not self.allows(within, code):
                continue
            if self.users[within] == code:
                continue
            self.users[within] = code
            del edges[corner]
            for here, there in ((a, b), (b, a)):
                edges[here].remove(corner)
                edges[here].add(there)


def around(place: int, columns: int) -> IndexArray:
    """Return a place and the eight about it, (9,)."""
    beside = np.array([-1, 0, 1], dtype=np.int32)
    return (place + columns * beside[:, None] + beside).ravel().astype(np.int32)


def _straight(edges: dict[int, set[int]], kept: set[int]) -> Iterator[_Edge]:
    """Yield the ends of straight pieces: they end at kept nodes, corners and forks."""

    def ends(node: int) -> bool:
        return node in kept or len(edges[node]) != 2 or sum(edges[node]) != 2 * node

    for node in sorted(edges):
        if not ends(node):
            continue
        for following in sorted(edges[node]):
            last, step = following, following - node
            while not ends(last):
                last += step
            if node < last:
                yield node, last
