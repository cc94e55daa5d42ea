"""Which pairs of units may be coupled, as boolean masks and networkx graphs."""

import warnings
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hwkit.deferred import deferred
from hwkit.errors import ConfigError, DataError
from hwkit.model.energy import EnergyModel
from hwkit.numbers import doubles
from hwkit.ordering import TIE, falling

if TYPE_CHECKING:
    import networkx as nx
else:
    nx = deferred("networkx")

Mask = NDArray[np.bool_]
Lattice = Literal["chimera", "pegasus", "zephyr"]


def layered_mask(n_visible: int, n_hidden: int) -> Mask:
    """Return the paper's connectivity: visible-hidden and hidden-hidden, none visible-visible."""
    n = n_visible + n_hidden
    mask = ~np.eye(n, dtype=bool)
    mask[:n_visible, :n_visible] = False
    return mask


def bipartite_mask(n_visible: int, n_hidden: int) -> Mask:
    """Return visible-hidden couplings only."""
    visible = np.arange(n_visible + n_hidden) < n_visible
    return np.asarray(visible[:, None] != visible[None, :])


def grid_graph(height: int, width: int, diagonals: bool = True) -> "nx.Graph":
    """Return a grid whose nodes (row, column) see their neighbours: 8 with diagonals, else 4."""
    if min(height, width) < 1:
        raise ConfigError(f"a grid of {height} x {width} has no units; give whole numbers above 0")
    graph = nx.grid_2d_graph(height, width)
    if diagonals:
        for i in range(height - 1):
            for j in range(width - 1):
                graph.add_edges_from((((i, j), (i + 1, j + 1)), ((i + 1, j), (i, j + 1))))
    nx.set_node_attributes(graph, {node: node for node in graph}, "position")
    return graph


def regular_graph(n_units: int, degree: int, seed: int) -> "nx.Graph":
    """Return a random graph in which every unit has `degree` neighbours.

    Raises:
        ConfigError: if there is none (n_units * degree must be even, degree below n_units).
    """
    try:
        return nx.random_regular_graph(degree, n_units, seed)
    except nx.NetworkXError as error:
        raise ConfigError(f"no graph of {n_units} units of degree {degree}: {error}") from None


def lattice_graph(kind: Lattice, size: int) -> "nx.Graph":
    """Return a graph of D-Wave's annealers: "chimera", "pegasus" or "zephyr" of a size.

    Raises:
        ConfigError: if the kind is unknown, or dwave-networkx is not installed.
    """
    try:
        with warnings.catch_warnings():  # it announces its successor, which has no release yet
            warnings.simplefilter("ignore", DeprecationWarning)
            import dwave_networkx
    except ImportError:
        raise ConfigError(
            f"the {kind} graph needs dwave-networkx; install it with `pip install hwkit[graphs]`"
        ) from None
    makers = {
        "chimera": dwave_networkx.chimera_graph,
        "pegasus": dwave_networkx.pegasus_graph,
        "zephyr": dwave_networkx.zephyr_graph,
    }
    if kind not in makers:
        raise ConfigError(f"graph {kind!r} is unknown; choose one of {', '.join(makers)}")
    if size < 1:
        raise ConfigError(f"the {kind} graph has size {size}; give a whole number above 0")
    return makers[kind](size)


def graph_mask(graph: "nx.Graph", nodes: Sequence[Hashable] | None = None) -> Mask:
    """Return the couplings that a graph allows, units in the order of `nodes` (the graph's own).

    Raises:
        DataError: if a node is missing or named twice.
    """
    order = list(graph) if nodes is None else list(nodes)
    if len(set(order)) != len(order) or any(node not in graph for node in order):
        raise DataError("name each node of the graph once at most, and none that it does not have")
    mask = nx.to_numpy_array(graph, order, dtype=float, weight=None) != 0
    np.fill_diagonal(mask, False)
    return np.asarray(mask | mask.T)


def limited_mask(
    mask: Mask,
    positions: ArrayLike,
    wire_length: float | None = None,
    degree: int | None = None,
    preference: ArrayLike | None = None,
) -> Mask:
    """Return what is left of the allowed couplings under limits of wiring.

    Args:
        mask: allowed couplings, (N, N), symmetric.
        positions: of the units, (N, 2).
        wire_length: longest Euclidean distance of a coupling; None for any.
        degree: most couplings of a unit; None for any. Kept in the order of `preference`.
        preference: (N, N), larger ones are kept first, such as |J| of a dense training; shortest
            first if None.
    """
    places = doubles("positions", positions)
    if places.shape != (len(mask), 2):
        raise DataError(f"positions have shape {places.shape}; give ({len(mask)}, 2)")
    distance = np.linalg.norm(places[:, None] - places[None], axis=2)
    kept = mask.copy()
    if wire_length is not None:
        kept &= distance <= wire_length * (1 + TIE)
    if degree is None:
        return kept
    order = -distance if preference is None else doubles("preference", preference)
    rows, columns = np.nonzero(np.triu(kept, 1))
    ranked = falling(order[rows, columns])
    left = np.full(len(mask), degree)
    within = np.zeros_like(kept)
    for pair in ranked:
        i, j = rows[pair], columns[pair]
        if left[i] > 0 and left[j] > 0:
            within[i, j] = within[j, i] = True
            left[[i, j]] -= 1
    return within


def coupling_graph(model: EnergyModel) -> "nx.Graph":
    """Return the machine as a graph: node attributes `b`, `name` (if any), edge attribute `J`."""
    graph = nx.Graph()
    graph.add_nodes_from((i, {"b": float(bias)}) for i, bias in enumerate(model.b))
    if model.names is not None:
        nx.set_node_attributes(graph, dict(enumerate(model.names)), "name")
    rows, columns, values = model.pairs()
    graph.add_weighted_edges_from(
        zip(rows.tolist(), columns.tolist(), values.tolist(), strict=True), weight="J"
    )
    return graph
