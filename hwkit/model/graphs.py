"""Machines from networkx graphs: node attribute `b`, edge attribute `J`."""

import logging
from collections.abc import Iterable, Mapping
from numbers import Real
from typing import TYPE_CHECKING, Any

import scipy.sparse as sp

from hwkit.deferred import deferred
from hwkit.errors import DataError
from hwkit.model.conventions import Convention, find_convention
from hwkit.model.energy import EnergyModel
from hwkit.model.onsite import Onsite
from hwkit.numbers import doubles

if TYPE_CHECKING:
    import networkx as nx
else:
    nx = deferred("networkx")

# What others call b and J, in lower case.
_FIELDS = {"b", "b_i", "h", "h_i", "bias", "biases", "field", "fields", "linear"}
_FIELDS |= {"local_field", "external_field", "magnetic_field"}
_COUPLINGS = {"j", "j_ij", "jij", "w", "w_ij", "weight", "coupling", "coupling_strength"}
_COUPLINGS |= {"interaction", "strength", "quadratic", "bias"}
_NOTES = logging.getLogger(__name__)


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
    given = doubles("the edges' J", values)
    if given.size != len(values):
        raise DataError("an edge's J has several values; give each pair of units one J")
    half = sp.csr_array((given.ravel(), (rows, columns)), shape=(n, n))
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


def _other(attributes: Mapping[Any, object]) -> str:
    found = _called(_COUPLINGS, attributes)
    return f" (its {found[0]!r} is not read)" if found else ""


def _called(names: set[str], attributes: Mapping[Any, object]) -> list[str]:
    """Return the attributes that have one of the names, b and J themselves left out."""
    keys = {str(key) for key in attributes} - {"b", "J"}
    return sorted(key for key in keys if key.lower() in names)


def _check_fields(graph: "nx.Graph") -> None:
    """Refuse fields and couplings under the names that other tools give them."""
    for node, attributes in graph.nodes(data=True):
        lost = _called(_FIELDS, attributes)
        if lost:
            raise DataError(
                f"node {node!r} has {lost[0]!r}, which is not read; call it b, or remove it"
            )
    for a, b, attributes in graph.edges(data=True):
        lost = _called(_COUPLINGS, attributes)
        if lost:
            raise DataError(
                f"edge ({a!r}, {b!r}) has {lost[0]!r} beside J, which is not read; remove it"
            )
    _tell_unread("node", (attributes for _, attributes in graph.nodes(data=True)), "b name")
    _tell_unread("edge", (attributes for *_, attributes in graph.edges(data=True)), "J")


def _tell_unread(what: str, rows: Iterable[Mapping[Any, object]], read: str) -> None:
    """Name the attributes that hold numbers and are not read."""
    numbers = {str(k) for row in rows for k, value in row.items() if isinstance(value, Real)}
    unread = sorted(name for name in numbers - set(read.split()) if not name.endswith("index"))
    if unread:
        names = ", ".join(map(repr, unread[:6])) + ", ..." * (len(unread) > 6)
        _NOTES.warning("the %s attributes %s hold numbers that are not read", what, names)
