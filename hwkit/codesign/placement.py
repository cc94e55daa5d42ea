"""Where visible and hidden units sit on a sparse graph, and what hidden units see in training.

On a sparse graph information travels through hidden units: each should see something its neighbours
need. Two kinds serve: a pixel near by (the visible unit's neighbours then repeat it), and a code
that tells the pattern as a whole, the same on every unit that carries it. Neighbours that carry the
same code align like spins, and the graph agrees on one pattern.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hwkit.deferred import deferred
from hwkit.errors import ConfigError
from hwkit.model import graph_mask, grid_graph

if TYPE_CHECKING:
    import networkx as nx
else:
    nx = deferred("networkx")

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Placement:
    """Units of a graph in training order, visible ones first.

    Attributes:
        nodes: the graph's nodes, in that order.
        mask: allowed couplings, (N, N).
        n_visible: number of visible units.
        pixel: the visible unit nearest to each hidden unit, (N - n_visible,).
        slot: number of each hidden unit among those of its pixel, (N - n_visible,).
    """

    nodes: tuple[Hashable, ...]
    mask: NDArray[np.bool_]
    n_visible: int
    pixel: NDArray[np.intp]
    slot: NDArray[np.intp]

    @property
    def n_hidden(self) -> int:
        """Number of hidden units."""
        return len(self.nodes) - self.n_visible

    @property
    def degree(self) -> int:
        """Most neighbours of a unit."""
        return int(self.mask.sum(axis=1).max())


def interleave(height: int, width: int, spacing: int = 2, diagonals: bool = True) -> Placement:
    """Spread the pixels of a picture over a grid, `spacing` apart, hidden units in between.

    Args:
        height, width: of the picture, in pixels.
        spacing: 2 gives 3 hidden units for every pixel, 1 none.
        diagonals: 8 neighbours, else 4.
    """
    if spacing < 1:
        raise ConfigError(f"spacing is {spacing}; pixels must be at least 1 apart")
    graph = grid_graph(spacing * height, spacing * width, diagonals)
    visible = [(spacing * i, spacing * j) for i in range(height) for j in range(width)]
    hidden = [node for node in graph if node[0] % spacing or node[1] % spacing]
    pixel = [(i // spacing) * width + j // spacing for i, j in hidden]
    slot = [(i % spacing) * spacing + j % spacing - 1 for i, j in hidden]
    nodes = (*visible, *hidden)
    mask = graph_mask(graph, nodes)
    return Placement(
        nodes, mask, len(visible), np.array(pixel, dtype=np.intp), np.array(slot, dtype=np.intp)
    )


def place(graph: "nx.Graph", visible: Sequence[Hashable]) -> Placement:
    """Take chosen nodes of any graph as visible units; each hidden unit joins the nearest of them.

    Args:
        graph: a networkx graph.
        visible: its nodes for the pixels, in order.

    Raises:
        ConfigError: if a hidden unit is connected to no visible one.
    """
    nearest: dict[Hashable, int] = {node: index for index, node in enumerate(visible)}
    frontier = list(visible)
    while frontier:
        reached = []
        for node in frontier:
            for neighbour in graph[node]:
                if neighbour not in nearest:
                    nearest[neighbour] = nearest[node]
                    reached.append(neighbour)
        frontier = reached
    hidden = [node for node in graph if node not in set(visible)]
    lost = [node for node in hidden if node not in nearest]
    if lost:
        raise ConfigError(f"{len(lost)} units, {lost[0]!r} first, are connected to no visible unit")
    pixel = np.array([nearest[node] for node in hidden], dtype=np.intp)
    seen: dict[int, int] = {}
    slot = []
    for index in pixel.tolist():
        slot.append(seen.get(index, 0))
        seen[index] = slot[-1] + 1
    nodes = (*visible, *hidden)
    mask = graph_mask(graph, nodes)
    return Placement(nodes, mask, len(visible), pixel, np.array(slot, dtype=np.intp))


def hidden_fields(
    visible: FloatArray, placement: Placement, codes: int = 0, amplitude: float = 1.0
) -> FloatArray:
    """Return what hidden units see in training, (P, n_hidden).

    Args:
        visible: normalised patterns, (P, n_visible).
        placement: of the units.
        codes: how many hidden units of each pixel carry a code: the k-th is +amplitude for pattern
            k mod P and -amplitude for all others. The rest repeat their pixel.
        amplitude: of the codes.
    """
    fields = visible[:, placement.pixel].copy()
    n_patterns = len(visible)
    for k in range(codes):
        sign = np.where(np.arange(n_patterns) == k % n_patterns, 1.0, -1.0)
        fields[:, placement.slot == k] = amplitude * sign[:, None]
    return fields
