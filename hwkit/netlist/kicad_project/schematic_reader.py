"""Connections of a drawn schematic: pins, wires, junctions and labels, by where they are.

Independent of how hwkit draws: pins come from the symbols that the file holds, turned as the file
says. What has an end at the same place is connected; a junction also connects the wires that pass
through it, a label the wire that it lies on. Labels of one name are one net. Hierarchical labels,
buses and mirrored symbols are refused: hwkit draws none.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from hwkit.errors import NetlistError
from hwkit.netlist.kicad_project.drawn import DrawnBoard, DrawnPart
from hwkit.netlist.kicad_project.pages import turned
from hwkit.netlist.kicad_project.trees import branch, branches, read_tree

Spot = tuple[int, int]  # in units of 0.1 um, which are exact

_UNIT = 1e4
_REFUSED = ("hierarchical_label", "label", "bus", "bus_entry")


class _Net:
    """Places that are connected (union-find)."""

    def __init__(self) -> None:
        self._parent: dict[Any, Any] = {}

    def find(self, key: Any) -> Any:
        parent = self._parent.setdefault(key, key)
        while parent != self._parent[parent]:
            parent = self._parent[parent]
        self._parent[key] = parent
        return parent

    def join(self, a: Any, b: Any) -> None:
        self._parent[self.find(a)] = self.find(b)


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
    joined, pins, texts = _Net(), {}, {}
    for sheet in branches(tree, "sheet"):
        properties = _properties(sheet)
        name, uuid = properties["Sheet file"], branch(sheet, "uuid")[0]
        if name not in files:
            raise NetlistError(f"{root} names the sheet {name!r}, which is not there")
        page = read_tree(files[name], name)
        _connect(page, name, joined)
        for item in branches(page, "symbol"):
            use = uses.get(f"/{uuid}/{branch(item, 'uuid')[0]}")
            if use is None:
                raise NetlistError(f"{name}: a symbol is not in the list of {root}; save it again")
            reference = str(branch(use, "reference")[0])
            value, footprint = branch(use, "value")[0], branch(use, "footprint")[0]
            texts[reference] = str(value), str(footprint), _properties(item).get("MPN", "")
            for pad, spot in _pins(item, page, name):
                pins[reference, pad] = joined.find((name, spot))
    return _board(joined, pins, texts)


def _board(
    joined: _Net, pins: Mapping[tuple[str, str], Any], texts: Mapping[str, tuple[str, str, str]]
) -> DrawnBoard:
    """Name the nets after their labels, or one of their pins where they have none."""
    names: dict[Any, list[str]] = {}
    for key in list(joined._parent):
        if key[0] == "label":
            names.setdefault(joined.find(key), []).append(key[1])
    shorts = tuple(tuple(sorted(labels)) for labels in names.values() if len(labels) > 1)
    sizes: dict[Any, int] = {}
    for place in pins.values():
        sizes[joined.find(place)] = sizes.get(joined.find(place), 0) + 1
    pads: dict[str, dict[str, str]] = {reference: {} for reference in texts}
    unnamed: dict[Any, str] = {}
    for (reference, pad), place in sorted(pins.items()):
        net = joined.find(place)
        if net in names:
            pads[reference][pad] = min(names[net])
        elif sizes[net] > 1:
            pads[reference][pad] = unnamed.setdefault(net, f"Net-({reference}-Pad{pad})")
        else:
            pads[reference][pad] = ""
    parts = {
        reference: DrawnPart(*texts[reference], pads[reference])
        for reference in sorted(texts)
        if not reference.startswith("#")
    }
    return DrawnBoard(parts, tuple(sorted(shorts)))


def _connect(page: list[Any], name: str, joined: _Net) -> None:
    """Join what wires, junctions and labels of a sheet connect."""
    for word in _REFUSED:
        if branches(page, word):
            raise NetlistError(f"{name} holds a {word}, which is not read back; use global labels")
    wires = [tuple(map(_spot, branch(wire, "pts"))) for wire in branches(page, "wire")]
    for a, b in wires:
        joined.join((name, a), (name, b))
    dots = [_spot(["xy", *branch(dot, "at")]) for dot in branches(page, "junction")]
    labels = [
        (str(label[1]), _spot(["xy", *branch(label, "at")]))
        for label in branches(page, "global_label")
    ]
    for spot in [*dots, *(spot for _, spot in labels)]:
        for a, b in wires:
            if _lies_on(spot, a, b):
                joined.join((name, spot), (name, a))
    for text, spot in labels:
        joined.join((name, spot), ("label", text))


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
    return {str(found[1]): str(found[2]) for found in branches(item, "property")}
