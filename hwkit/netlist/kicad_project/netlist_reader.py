"""KiCad's own netlist of a schematic (`kicad-cli sch export netlist`, or the menu), read."""

from typing import Any

from hwkit.netlist.kicad_project.drawn import DrawnBoard, DrawnPart
from hwkit.netlist.kicad_project.trees import branch, branches, read_tree


def read_kicad_netlist(text: str, name: str = "netlist") -> DrawnBoard:
    """Return parts and nets of a netlist in KiCad's s-expressions.

    Raises:
        NetlistError: if it is not one.
    """
    tree = read_tree(text, name)
    pads: dict[str, dict[str, str]] = {}
    for net in branches(["", *branch(tree, "nets")], "net"):
        label = _text(branch(net, "name"))
        nodes = branches(net, "node")
        # KiCad lists a pad without a connection as a net of its own
        alone = len(nodes) == 1 and label.startswith("unconnected-")
        for node in nodes:
            pads.setdefault(_text(branch(node, "ref")), {})[_text(branch(node, "pin"))] = (
                "" if alone else label
            )
    parts = {}
    for part in branches(["", *branch(tree, "components")], "comp"):
        reference = _text(branch(part, "ref"))
        fields = {
            _text(branch(item, "name")): _text(branch(item, "value"))
            for item in branches(part, "property")
            if branches(item, "value")
        }
        texts = (_text(branch(part, "value")), _text(branch(part, "footprint")))
        parts[reference] = DrawnPart(*texts, fields.get("MPN", ""), pads.get(reference, {}))
    return DrawnBoard(dict(sorted(parts.items())))


def _text(items: list[Any]) -> str:
    return str(items[0]) if items else ""
