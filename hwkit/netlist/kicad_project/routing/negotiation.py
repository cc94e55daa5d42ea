"""Rip-up with negotiated congestion: every net may cross others, and pays more for it each round.

L. McMurchie and C. Ebeling, PathFinder: a negotiation-based performance-driven router for FPGAs,
FPGA 1995. In each round the nets in conflict are taken out and found anew, one by one; the pressure
of sharing grows, and places of conflict keep a history. It ends when no two nets share, or when
conflicts have not become fewer for some rounds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from hwkit.netlist.kicad_project.routing.search import (
    Field,
    conflicts,
    empty_field,
    find_path,
    occupy,
)
from hwkit.netlist.kicad_project.routing.terrain import (
    IndexArray,
    Terminal,
    Terrain,
    by_net,
)

_FIRST_PRESSURE, _GROWTH, _LARGEST_PRESSURE = 6, 1.4, 2000
_LEAST_LESSON, _LESSON = 8, 0.1  # what a conflict adds to a node's cost; of the pressure
_STUCK, _PATIENT = 12, 40  # rounds without fewer conflicts; the second where few are left
_FEW = 10


@dataclass
class Net:
    """A net while it is routed.

    Attributes:
        code: 1 + its place among the nets.
        terminals: its pads, each nearest to one before it.
        paths: of nodes, from the tree to each pad but the first.
        nodes: all nodes of the paths.
        vias: places of its vias.
        missing: pads that no path leads to.
    """

    code: int
    terminals: list[Terminal]
    paths: list[IndexArray] = field(default_factory=list)
    nodes: IndexArray = field(default_factory=lambda: np.empty(0, dtype=np.int32))
    vias: IndexArray = field(default_factory=lambda: np.empty(0, dtype=np.int32))
    missing: list[Terminal] = field(default_factory=list)


@dataclass(frozen=True)
class Outcome:
    """How a routing ended.

    Attributes:
        nets: by code, in order.
        conflicts: nodes and vias at which nets still meet.
        unreachable: pads that no path leads to.
        rounds: of the negotiation.
    """

    nets: tuple[Net, ...]
    conflicts: int
    unreachable: tuple[Terminal, ...]
    rounds: int

    @property
    def complete(self) -> bool:
        """Whether every pad is connected and no two nets meet."""
        return not self.conflicts and not self.unreachable


def _patience(conflicts: int) -> int:
    """Return how many rounds without progress are worth while."""
    return _PATIENT if conflicts <= _FEW else _STUCK


def negotiate(terrain: Terrain) -> Outcome:
    """Route all nets of a grid."""
    space = empty_field(terrain.owner, terrain.via_open, terrain.areas)
    groups = by_net(terrain.terminals)
    nets = [Net(code, _chained(groups[net])) for code, net in enumerate(terrain.nets, start=1)]
    order = sorted(nets, key=lambda net: (len(net.terminals), net.code))
    router = _Router(space)
    pressure, rounds, left, fewest, since = float(_FIRST_PRESSURE), 0, 1, np.inf, 0
    while left and since < _patience(left) and not any(net.missing for net in nets):
        for net in order:
            router.again(net, int(pressure), first=not rounds)
        rounds += 1
        lesson = int(max(_LEAST_LESSON, _LESSON * pressure))
        left = sum(router.conflicts(net, lesson) for net in order)
        since = 0 if left < fewest else since + 1
        fewest, pressure = min(fewest, left), min(pressure * _GROWTH, _LARGEST_PRESSURE)
    unreachable = tuple(terminal for net in nets for terminal in net.missing)
    return Outcome(tuple(nets), left, unreachable, rounds)


def _chained(terminals: Sequence[Terminal]) -> list[Terminal]:
    """Return pads in an order in which each is the nearest to those before it."""
    spots = np.array([(t.x, t.y) for t in terminals])
    away = np.abs(spots - spots[0]).sum(axis=1)
    order, left = [0], set(range(1, len(terminals)))
    while left:
        nearest = min(left, key=lambda k: (round(float(away[k]), 6), k))
        order.append(nearest)
        left.remove(nearest)
        away = np.minimum(away, np.abs(spots - spots[nearest]).sum(axis=1))
    return [terminals[k] for k in order]


class _Router:
    """Finds the paths of nets in a field, one net at a time."""

    def __init__(self, space: Field) -> None:
        self._field = space
        self._stamp = 0

    def again(self, net: Net, pressure: int, *, first: bool) -> None:
        """Route a net if it is in conflict, or for the first time."""
        occupy(self._field, net.nodes, net.vias, -1)
        if first or conflicts(self._field, net.nodes, net.vias, 0):
            self._route(net, pressure)
        occupy(self._field, net.nodes, net.vias, 1)

    def conflicts(self, net: Net, lesson: int) -> int:
        """Return the number of conflicts of a net, and let the field learn from them."""
        occupy(self._field, net.nodes, net.vias, -1)
        found = int(conflicts(self._field, net.nodes, net.vias, lesson))
        occupy(self._field, net.nodes, net.vias, 1)
        return found

    def _route(self, net: Net, pressure: int) -> None:
        self._stamp += 1
        mine = self._stamp
        net.paths, net.missing = [], []
        vias: set[int] = set()
        tree = net.terminals[0].nodes
        self._field.tree[tree] = mine
        box = self._grown(np.array([2**30, -1, 2**30, -1], dtype=np.int32), tree)
        for terminal in net.terminals[1:]:
            self._stamp += 1
            stamps = mine, self._stamp
            path = find_path(self._field, net.code, stamps, terminal.nodes, box, pressure)
            if path.size:
                net.paths.append(path)
                vias |= self._grow(mine, path, terminal.nodes)
                box = self._grown(box, np.concatenate([path, terminal.nodes]))
            else:
                net.missing.append(terminal)
        net.vias = np.array(sorted(vias), dtype=np.int32)
        net.nodes = self._nodes(net)

    def _grow(self, mine: int, path: IndexArray, pad: IndexArray) -> set[int]:
        """Add a path, its vias on all layers and its pad to the tree; return its vias' places."""
        space, places = self._field, self._field.via_open.size
        space.tree[path] = mine
        space.tree[pad] = mine
        vias = path[1:][path[1:] % places == path[:-1] % places] % places
        for place in vias.tolist():
            space.tree[place::places] = mine
            for down in (-space.columns, 0, space.columns):
                space.own_via[place + down - 1 : place + down + 2] = mine
        return set(vias.tolist())

    def _nodes(self, net: Net) -> IndexArray:
        places = self._field.via_open.size
        layers = self._field.owner.size // places
        columns = [place + np.arange(layers) * places for place in net.vias]
        every = np.concatenate([*net.paths, *columns, np.empty(0)])
        return np.unique(every).astype(np.int32)

    def _grown(self, box: IndexArray, nodes: IndexArray) -> IndexArray:
        rows, columns = np.divmod(nodes % self._field.via_open.size, self._field.columns)
        low, high = min(box[0], rows.min()), max(box[1], rows.max())
        left, right = min(box[2], columns.min()), max(box[3], columns.max())
        return np.array([low, high, left, right], dtype=np.int32)
