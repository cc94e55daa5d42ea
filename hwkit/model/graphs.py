"""Machines from networkx graphs: node attribute `b`, edge attribute `J`."""

from typing import TYPE_CHECKING

import scipy.sparse as sp

from hwkit.deferred import deferred
from hwkit.errors import DataError
from hwkit.model.conventions import Convention, find_convention
from hwkit.model.energy import EnergyModel
from hwkit.model.numbers import doubles
from hwkit.model.onsite import Onsite

if TYPE_CHECKING:
    import networkx as nx
else:
    nx = deferred("networkx")

# What others call b and J.
_FIELDS = frozenset({"h", "bias", "field", "linear", "B"})
_COUPLINGS = frozenset({"weight", "coupling", "quadratic", "bias", "j"})


def from_graph(
    graph: "nx.Graph",
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

    Args:
        graph: an edge has the attribute J; a node may have b and name.
        convention: how the graph means J and b.
        onsite, kT, mobility, n_visible: as for `EnergyModel`.

    Raises:
        DataError: for a directed or multigraph, an edge without J, an edge to itself, or a field or
            coupling under another name, which would be lost.
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
            raise DataError(
                f"edge ({a!r}, {b!r}) {reason}{_other(graph.edges[a, b])}; give each pair of units "
                "one J"
            )
        rows.append(index[a])
        columns.append(index[b])
        values.append(value)
    _check_fields(graph)
    n = len(nodes)
    half = sp.csr_array((doubles("the edges' J", values), (rows, columns)), shape=(n, n))
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


def _other(attributes: dict[str, object]) -> str:
    found = sorted(_COUPLINGS & attributes.keys())
    return f" (its {found[0]!r} is not read)" if found else ""


def _check_fields(graph: "nx.Graph") -> None:
    """Refuse fields and couplings under the names that other tools give them."""
    for node, attributes in graph.nodes(data=True):
        lost = sorted(_FIELDS & attributes.keys())
        if lost:
            raise DataError(
                f"node {node!r} has {lost[0]!r}, which is not read; call it b, or remove it"
            )
    for a, b, attributes in graph.edges(data=True):
        lost = sorted(_COUPLINGS & attributes.keys())
        if lost:
            raise DataError(
                f"edge ({a!r}, {b!r}) has {lost[0]!r} beside J, which is not read; remove it"
            )
