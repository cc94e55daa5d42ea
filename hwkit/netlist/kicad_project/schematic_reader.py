"""Connections of a drawn schematic: pins, wires, junctions and labels, by where they are.

Independent of how hwkit draws: pins come from the symbols that the file holds, turned as the file
says. What has an end at the same place is connected; a junction also connects the wires that pass
through it, a label the wire that it lies on. Labels of one name are one net. Hierarchical labels,
buses and mirrored symbols are refused: hwkit draws none.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from hwkit.deferred import deferred
from hwkit.errors import NetlistError
from hwkit.netlist.kicad_project.drawn import DrawnBoard, DrawnPart
from hwkit.netlist.kicad_project.pages import turned
from hwkit.netlist.kicad_project.trees import branch, branches, read_tree

if TYPE_CHECKING:
    import networkx as nx
else:
    nx = deferred("networkx")

Spot = tuple[int, int]  # in units of 0.1 um, which are exact

_UNIT = 1e4
_REFUSED = ("hierarchical_label", "label", "bus", "bus_entry")


def read_schematic(files: Mapping[str, str], root: str) -> DrawnBoard:
    """Return the parts and nets of a schematic of KiCad 6.

    Args:
        files: text of every sheet, by file name.
        root: name of the root sheet's file.

    Raises:
        NetlistError: if a file is missing or holds what is not understood.
    """
    tree = read_tree(files[root], root)
    uses = {str(use[1]): use for use in branches(["", *branch(tree, "symbol_instances")], "path")}
    # What is connected: ("spot", sheet, place), ("label", net) and ("pin", reference, pad).
    graph, texts = nx.Graph(), {}
    for sheet in branches(tree, "sheet"):
        properties = _properties(sheet)
        name, uuid = properties["Sheet file"], branch(sheet, "uuid")[0]
        if name not in files:
            raise NetlistError(f"{root} names the sheet {name!r}, which is not there")
        page = read_tree(files[name], name)
        graph.add_edges_from(_connections(page, name))
        for item in branches(page, "symbol"):
            use = uses.get(f"/{uuid}/{branch(item, 'uuid')[0]}")
            if use is None:
                raise NetlistError(f"{name}: a symbol is not in the list of {root}; save it again")
            reference = str(branch(use, "reference")[0])
            value, footprint = branch(use, "value")[0], branch(use, "footprint")[0]
            texts[reference] = str(value), str(footprint), _properties(item).get("MPN", "")
            for pad, spot in _pins(item, page, name):
                graph.add_edge(("pin", reference, pad), ("spot", name, spot))
    return _board(graph, texts)


def _board(graph: "nx.Graph[Any]", texts: Mapping[str, tuple[str, str, str]]) -> DrawnBoard:
    """Name the nets after their labels, or one of their pins where they have none."""
    pads: dict[str, dict[str, str]] = {reference: {} for reference in texts}
    shorts = []
    for net in nx.connected_components(graph):
        labels = tuple(sorted(node[1] for node in net if node[0] == "label"))
        pins = sorted(node[1:] for node in net if node[0] == "pin")
        shorts += [labels] if len(labels) > 1 else []
        unlabelled = "Net-({}-Pad{})".format(*pins[0]) if len(pins) > 1 else ""
        name = labels[0] if labels else unlabelled
        for reference, pad in pins:
            pads[reference][pad] = name
    parts = {
        reference: DrawnPart(*texts[reference], pads[reference])
        for reference in sorted(texts)
        if not reference.startswith("#")
    }
    return DrawnBoard(parts, tuple(sorted(shorts)))


def _connections(page: list[Any], name: str) -> Iterator[tuple[Any, Any]]:
    """Yield the pairs that wires, junctions and labels of a sheet connect."""
    for word in _REFUSED:
        if branches(page, word):
            raise NetlistError(f"{name} holds a {word}, which is not read back; use global labels")
    wires = [tuple(map(_spot, branch(wire, "pts"))) for wire in branches(page, "wire")]
    for a, b in wires:
        yield ("spot", name, a), ("spot", name, b)
    dots = [_spot(["xy", *branch(dot, "at")]) for dot in branches(page, "junction")]
    labels = [
        (str(label[1]), _spot(["xy", *branch(label, "at")]))
        for label in branches(page, "global_label")
    ]
    for spot in [*dots, *(spot for _, spot in labels)]:
        for a, b in wires:
            if _lies_on(spot, a, b):
                yield ("spot", name, spot), ("spot", name, a)
    for text, spot in labels:
        yield ("spot", name, spot), ("label", text)


def _lies_on(spot: Spot, a: Spot, b: Spot) -> bool:
    (x, y), (ax, ay), (bx, by) = spot, a, b
    inside = min(ax, bx) <= x <= max(ax, bx) and min(ay, by) <= y <= max(ay, by)
    return inside and (bx - ax) * (y - ay) == (by - ay) * (x - ax)


def _spot(place: list[Any]) -> Spot:
    return round(float(place[1]) * _UNIT), round(float(place[2]) * _UNIT)


def _pins(item: list[Any], page: list[Any], name: str) -> Iterator[tuple[str, Spot]]:
    """Yield pad and place of each pin of a symbol's unit."""
    if branches(item, "mirror"):
        raise NetlistError(f"{name} holds a mirrored symbol, which is not read back; turn it")
    library = str(branch(item, "lib_id")[0])
    x, y, *angle = map(float, branch(item, "at"))
    unit = branch(item, "unit")[0]
    copies = [s for s in branches(["", *branch(page, "lib_symbols")], "symbol") if s[1] == library]
    if not copies:
        raise NetlistError(f"{name} holds no copy of the symbol {library!r}; save it again")
    for body in branches(copies[0], "symbol"):
        if str(body[1]).rsplit("_", 2)[1] not in ("0", unit):
            continue
        for pin in branches(body, "pin"):
            px, py, *_ = map(float, branch(pin, "at"))
            dx, dy = turned(px, py, round(angle[0]) if angle else 0)
            spot = round((x + dx) * _UNIT), round((y + dy) * _UNIT)
            yield str(branch(pin, "number")[0]), spot


def _properties(item: list[Any]) -> dict[str, str]:
    return {str(each[1]): str(each[2]) for each in branches(item, "property")}
