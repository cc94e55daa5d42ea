"""Rip-up with negotiated congestion: every net may cross others, and pays more for it each round.

L. McMurchie and C. Ebeling, PathFinder: a negotiation-based performance-driven router for FPGAs,
FPGA 1995. In each round the nets in conflict are taken out one by one, and those of their paths
that meet others are found anew; the pressure of sharing grows, and places of conflict keep a
history. Where that does not help any more the whole net is found anew. It ends when no two nets
share, or when conflicts have not become fewer for some rounds.
"""

from collections.abc import Mapping, Sequence
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

_ROUNDS, _PATIENCE = 80, 15
_STUCK = 2  # rounds without fewer conflicts, after which no path is kept
_FIRST_PRESSURE, _GROWTH, _LARGEST_PRESSURE = 6, 1.4, 2000
_LEAST_LESSON, _LESSON = 20, 4  # what a conflict adds to a node's cost: a part of the pressure


@dataclass
class Net:
    """A net while it is routed.

    Attributes:
        code: 1 + its place among the nets.
        terminals: its pads, each nearest to one before it.
        paths: of nodes, from the tree to each pad but the first, by the pad's number.
        nodes: all nodes of the paths.
        vias: places of its vias.
        missing: pads that no path leads to.
    """

    code: int
    terminals: list[Terminal]
    paths: dict[int, IndexArray] = field(default_factory=dict)
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


def negotiate(terrain: Terrain) -> Outcome:
    """Route all nets of a grid."""
    space = empty_field(terrain.owner, terrain.via_open)
    groups = by_net(terrain.terminals)
    nets = [Net(code, _chained(groups[net])) for code, net in enumerate(terrain.nets, start=1)]
    order = sorted(nets, key=lambda net: (len(net.terminals), net.code))
    router = _Router(space)
    pressure, fewest, since, rounds, left = float(_FIRST_PRESSURE), np.inf, 0, 0, 0
    while rounds < _ROUNDS and since < _PATIENCE:
        for net in order:
            router.again(net, int(pressure), keep=since < _STUCK)
        rounds += 1
        lesson = max(_LEAST_LESSON, int(pressure) // _LESSON)
        left = sum(router.conflicts(net, lesson) for net in order)
        if not left or any(net.missing for net in nets):
            break
        since = 0 if left < fewest else since + 1
        fewest = min(fewest, left)
        pressure = min(pressure * _GROWTH, _LARGEST_PRESSURE)
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

    def again(self, net: Net, pressure: int, *, keep: bool) -> None:
        """Route a net in conflict or without paths; `keep` its paths that are in no conflict."""
        occupy(self._field, net.nodes, net.vias, -1)
        new = not net.paths
        if new or conflicts(self._field, net.nodes, net.vias, 0):
            self._route(net, pressure, net.paths if keep else {})
        occupy(self._field, net.nodes, net.vias, 1)

    def conflicts(self, net: Net, lesson: int) -> int:
        """Return the number of conflicts of a net, and let the field learn from them."""
        occupy(self._field, net.nodes, net.vias, -1)
        found = int(conflicts(self._field, net.nodes, net.vias, lesson))
        occupy(self._field, net.nodes, net.vias, 1)
        return found

    def _route(self, net: Net, pressure: int, before: Mapping[int, IndexArray]) -> None:
        self._stamp += 1
        mine = self._stamp
        net.paths, net.missing = {}, []
        tree = net.terminals[0].nodes
        self._field.tree[tree] = mine
        box = self._grown(np.array([2**30, -1, 2**30, -1], dtype=np.int32), tree)
        for k, path in before.items():
            if self._field.tree[path[0]] == mine and not self._meets(path):
                box = self._grow(mine, net, k, path, box)
        for k, terminal in enumerate(net.terminals):
            if k == 0 or k in net.paths:
                continue
            self._stamp += 1
            stamps = mine, self._stamp
            path = find_path(self._field, net.code, stamps, terminal.nodes, box, pressure)
            if path.size:
                box = self._grow(mine, net, k, path, box)
            else:
                net.missing.append(terminal)
        vias = [self._vias(path) for path in net.paths.values()]
        net.vias = np.unique(np.concatenate([*vias, np.empty(0)])).astype(np.int32)
        net.nodes = self._nodes(net)

    def _vias(self, path: IndexArray) -> IndexArray:
        places = self._field.via_open.size
        return path[1:][path[1:] % places == path[:-1] % places] % places

    def _meets(self, path: IndexArray) -> bool:
        return bool(conflicts(self._field, path, self._vias(path), 0))

    def _grow(self, mine: int, net: Net, k: int, path: IndexArray, box: IndexArray) -> IndexArray:
        """Add a path to a pad, its vias on all layers and the pad to the tree; return its box."""
        space, places, pad = self._field, self._field.via_open.size, net.terminals[k].nodes
        net.paths[k] = path
        space.tree[path] = mine
        space.tree[pad] = mine
        for place in self._vias(path).tolist():
            space.tree[place::places] = mine
            for down in (-space.columns, 0, space.columns):
                space.own_via[place + down - 1 : place + down + 2] = mine
        return self._grown(box, np.concatenate([path, pad]))

    def _nodes(self, net: Net) -> IndexArray:
        places = self._field.via_open.size
        layers = self._field.owner.size // places
        columns = [place + np.arange(layers) * places for place in net.vias]
        every = np.concatenate([*net.paths.values(), *columns, np.empty(0)])
        return np.unique(every).astype(np.int32)

    def _grown(self, box: IndexArray, nodes: IndexArray) -> IndexArray:
        rows, columns = np.divmod(nodes % self._field.via_open.size, self._field.columns)
        low, high = min(box[0], rows.min()), max(box[1], rows.max())
        left, right = min(box[2], columns.min()), max(box[3], columns.max())
        return np.array([low, high, left, right], dtype=np.int32)
