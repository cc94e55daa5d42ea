"""Which pairs of units may be coupled, as boolean masks and networkx graphs."""

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from hwkit.model.energy import EnergyModel


def layered_mask(n_visible: int, n_hidden: int) -> NDArray[np.bool_]:
    """Return the paper's connectivity: visible-hidden and hidden-hidden, none visible-visible."""
    n = n_visible + n_hidden
    mask = ~np.eye(n, dtype=bool)
    mask[:n_visible, :n_visible] = False
    return mask


def coupling_graph(model: EnergyModel) -> nx.Graph:
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
