"""Copper of a board's file: pads, tracks and vias with their places, sizes and nets."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hwkit.errors import NetlistError
from hwkit.netlist.kicad_project.trees import branch, branches, floats, read_tree

_BOTH = frozenset({"F.Cu", "B.Cu"})


@dataclass(frozen=True)
class Shape:
    """A piece of copper, mm: a line of round ends, or a rectangle where `radius` is 0.

    Attributes:
        name: "pad 1 of R301", "a track" or "a via".
        net: its net; "" for none.
        layers: that it is on.
        box: the line's ends, or opposite corners: x0, y0, x1, y1.
        radius: half the line's width.
        pad: whether it is a pad.
    """

    name: str
    net: str
    layers: frozenset[str]
    box: tuple[float, float, float, float]
    radius: float
    pad: bool = False


def read_copper(text: str, name: str = "board") -> list[Shape]:
    """Return the copper of a board's file; zones are left out.

    Raises:
        NetlistError: if it is not a board of KiCad's, or has arcs or turned parts.
    """
    tree = read_tree(text, name)
    nets = {str(net[1]): str(net[2]) for net in branches(tree, "net")}
    if branches(tree, "arc"):
        raise NetlistError(f"{name} holds an arc, which hwkit does not read; draw straight tracks")
    shapes = [shape for item in branches(tree, "footprint") for shape in _pads(item, name)]
    shapes += [_track(item, nets) for item in branches(tree, "segment")]
    return [*shapes, *(_via(item, nets) for item in branches(tree, "via"))]


def _pads(item: list[Any], name: str) -> Iterator[Shape]:
    texts = {str(each[1]): str(each[2]) for each in branches(item, "fp_text")}
    x, y, *angle = floats(branch(item, "at"))
    if any(angle):
        raise NetlistError(f"{name} has {texts['reference']} turned, which hwkit does not read")
    for pad in branches(item, "pad"):
        dx, dy, *_ = floats(branch(pad, "at"))
        width, height = floats(branch(pad, "size"))
        net = next((str(each[2]) for each in branches(pad, "net")), "")
        layers = _BOTH if "*.Cu" in branch(pad, "layers") else frozenset({"F.Cu"})
        label = f"pad {pad[1]} of {texts['reference']}" if pad[1] else "a hole"
        px, py = x + dx, y + dy
        if pad[3] == "circle":
            yield Shape(label, net, layers, (px, py, px, py), width / 2, bool(pad[1]))
        else:
            box = (px - width / 2, py - height / 2, px + width / 2, py + height / 2)
            yield Shape(label, net, layers, box, 0.0, bool(pad[1]))


def _track(item: list[Any], nets: dict[str, str]) -> Shape:
    x0, y0 = floats(branch(item, "start"))
    x1, y1 = floats(branch(item, "end"))
    layer, width = str(branch(item, "layer")[0]), float(branch(item, "width")[0])
    net = nets[str(branch(item, "net")[0])]
    return Shape("a track", net, frozenset({layer}), (x0, y0, x1, y1), width / 2)


def _via(item: list[Any], nets: dict[str, str]) -> Shape:
    x, y = floats(branch(item, "at"))
    net = nets[str(branch(item, "net")[0])]
    return Shape("a via", net, _BOTH, (x, y, x, y), float(branch(item, "size")[0]) / 2)
