"""Machines from networkx graphs: node attribute `b`, edge attribute `J`."""

import networkx as nx
import numpy as np
import scipy.sparse as sp

from hwkit.errors import DataError
from hwkit.model.conventions import Convention, find_convention
from hwkit.model.energy import EnergyModel
from hwkit.model.onsite import Onsite


def from_graph(
    graph: nx.Graph,
    convention: Convention | str = "hwkit",
    onsite: Onsite | None = None,
    kT: float = 0.1,
    mobility: float = 1.0,
    n_visible: int | None = None,
) -> EnergyModel:
    """Return the machine of a graph.

    Units are the nodes in the graph's order, or in theirs if they are 0 ... N - 1. Their names are
    the node attribute `name`, else the nodes as text. An edge is one pair, whatever the convention
    says about matrices; sign and unit follow it.

    Raises:
        DataError: for a directed or multigraph, an edge without J, or an edge to itself.
    """
    if graph.is_directed() or graph.is_multigraph():
        raise DataError("a directed or multigraph says two things about a pair; give a plain Graph")
    nodes = list(graph)
    if not nodes:
        raise DataError("the graph has no nodes, so no units")
    counted = set(nodes) == set(range(len(nodes)))
    nodes = sorted(nodes) if counted else nodes
    index = {node: i for i, node in enumerate(nodes)}
    rows, columns, values = [], [], []
    for a, b, value in graph.edges(data="J"):
        if a == b or value is None:
            reason = "leads back to itself" if a == b else "has no attribute J"
            raise DataError(f"edge ({a!r}, {b!r}) {reason}; give each pair of units one J")
        rows.append(index[a])
        columns.append(index[b])
        values.append(value)
    n = len(nodes)
    try:
        half = sp.csr_array((np.array(values, dtype=np.float64), (rows, columns)), shape=(n, n))
    except (TypeError, ValueError) as error:
        raise DataError(f"an edge's J is no number: {error}") from None
    once = Convention("once", find_convention(convention).sign, find_convention(convention).in_kT)
    names = nx.get_node_attributes(graph, "name")
    return EnergyModel(
        once.couplings(sp.csr_array(half + half.T), kT),
        once.biases([graph.nodes[node].get("b", 0.0) for node in nodes], kT),
        onsite,
        kT,
        mobility,
        n_visible,
        None if counted and not names else [str(names.get(node, node)) for node in nodes],
    )
