"""Which node of a foreign netlist is which unit: by a mapping, by name, by place (`foreign`)."""

from collections.abc import Mapping, Sequence

from hwkit.circuit import safe_nodes
from hwkit.errors import NetlistError
from hwkit.model.names import unit_index

_SHOWN = 12  # names listed in an error


def nodes_of_units(
    places: Sequence[str],
    part: str,
    names: Sequence[str],
    mapping: Mapping[str, str] | None,
    held: set[str],
) -> tuple[str, ...]:
    """Return the node of each unit.

    Args:
        places: nodes that can be a unit's, in their order.
        part: what they have to ground, for errors: "a capacitor", "an inductor".
        names: names of the units.
        mapping: unit, by index or name, to node; None goes by name, then by place.
        held: nodes that sources hold.

    Raises:
        NetlistError: naming unit or node, if they don't fit.
    """
    n = len(names)
    if mapping is not None:
        return _mapped(places, part, names, mapping)
    called = safe_nodes(names)
    missing = [node for node in called if node not in places]
    if not missing:
        return called
    in_place = len(places) == n and all(
        node in missing or node == place for node, place in zip(called, places, strict=True)
    )
    renumbered = len(places) == n and not held.isdisjoint(missing)  # as `clamp_units` does
    if len(missing) < n and not in_place and not renumbered:
        raise NetlistError(
            f"the netlist has no node {missing[0]!r} with {part} to ground, but others that "
            "the model's units are called by; rename it, or give a mapping file"
        )
    if len(places) != n:
        raise NetlistError(
            f"the netlist has {len(places)} nodes with {part} to ground, the model has {n} "
            "units, and the names don't match; give a mapping file"
        )
    return tuple(places)


def _mapped(
    places: Sequence[str], part: str, names: Sequence[str], mapping: Mapping[str, str]
) -> tuple[str, ...]:
    nodes: dict[int, str] = {}
    for key, value in mapping.items():
        unit, node = _unit(key, names), value.lower()
        if unit in nodes:
            raise NetlistError(f"the mapping gives unit {unit} two nodes, {nodes[unit]} and {node}")
        if node in nodes.values():
            raise NetlistError(f"the mapping gives node {node!r} to two units; each needs its own")
        if node not in places:
            raise NetlistError(
                f"the mapping gives unit {unit} the node {node!r}; the nodes with {part} to "
                f"ground are {_listed(places)}"
            )
        nodes[unit] = node
    for unit, name in enumerate(names):
        if unit not in nodes:
            raise NetlistError(f"the mapping has no node for unit {unit} ({name}); add it")
    return tuple(nodes[unit] for unit in range(len(names)))


def _unit(key: str, names: Sequence[str]) -> int:
    """Return the unit that a key of the mapping means."""
    index = unit_index(key, {name: i for i, name in enumerate(names)})
    if index is None:
        raise NetlistError(
            f"the mapping names a unit {key!r}; the model's units are {_listed(names)}"
        )
    return index


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "") or "none"
