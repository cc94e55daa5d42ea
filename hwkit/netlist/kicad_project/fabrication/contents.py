"""What a board's file says that the fabricator's files must contain, zones left out."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hwkit.circuit.board.nets import net_read
from hwkit.netlist.kicad_project.fabrication.tables import Hole
from hwkit.netlist.kicad_project.trees import branch, branches, floats, read_tree

Spot = tuple[float, float]
_EVERY = {"*.Cu": ("F.Cu", "B.Cu"), "*.Mask": ("F.Mask", "B.Mask")}


@dataclass(frozen=True)
class BoardPad:
    """A pad: its part and number, centre and size, mm, y downwards, layers, net."""

    part: str
    number: str
    x: float
    y: float
    size: Spot
    layers: frozenset[str]
    net: str


@dataclass(frozen=True)
class BoardTrack:
    """A track: its ends, width, layer and net."""

    start: Spot
    end: Spot
    width: float
    layer: str
    net: str


@dataclass(frozen=True)
class BoardVia:
    """A via: its centre, diameter and net."""

    x: float
    y: float
    size: float
    net: str


@dataclass(frozen=True)
class Contents:
    """What is on a board; `marks` are lines in silk, `plated` and `bare` its holes, y upwards."""

    size: Spot
    pads: tuple[BoardPad, ...]
    tracks: tuple[BoardTrack, ...]
    vias: tuple[BoardVia, ...]
    marks: tuple[tuple[Spot, Spot], ...]
    plated: tuple[Hole, ...]
    bare: tuple[Hole, ...]
    places: dict[str, Spot]


def board_contents(text: str, name: str) -> Contents:
    """Return what is on a board.

    Args:
        text: of its file.
        name: for messages.

    Raises:
        NetlistError: if it is not a board of KiCad's.
    """
    tree = read_tree(text, name)
    nets = {str(net[1]): str(net[2]) for net in branches(tree, "net")}
    ends = [floats(branch(line, "end")) for line in branches(tree, "gr_line")]
    vias, plated = [], []
    for item in branches(tree, "via"):
        x, y = floats(branch(item, "at"))
        net = nets[str(branch(item, "net")[0])]
        vias.append(BoardVia(x, y, float(branch(item, "size")[0]), net))
        plated.append(Hole(x, -y, float(branch(item, "drill")[0])))
    pads: list[BoardPad] = []
    bare: list[Hole] = []
    marks, places = [], {}
    for item in branches(tree, "footprint"):
        x, y, *_ = floats(branch(item, "at"))
        part = next(str(t[2]) for t in branches(item, "fp_text") if t[1] == "reference")
        places[part] = x, y
        pads += _pads(item, part, (x, y))
        for pad in branches(item, "pad"):
            dx, dy, *_ = floats(branch(pad, "at"))
            for drill in branches(pad, "drill"):
                hole = Hole(x + dx, -(y + dy), float(drill[1]))
                (plated if pad[2] == "thru_hole" else bare).append(hole)
        for line in branches(item, "fp_line"):
            if branch(line, "layer")[0] == "F.SilkS":
                (x0, y0), (x1, y1) = (floats(branch(line, end)) for end in ("start", "end"))
                marks.append(((x + x0, y + y0), (x + x1, y + y1)))
    tracks = tuple(_track(item, nets) for item in branches(tree, "segment"))
    size = max(end[0] for end in ends), max(end[1] for end in ends)
    return Contents(
        size, tuple(pads), tracks, tuple(vias), tuple(marks), tuple(plated), tuple(bare), places
    )


def _pads(item: list[Any], part: str, at: Spot) -> Iterator[BoardPad]:
    """Yield the pads of a footprint; a bare hole is one on the masks alone."""
    for pad in branches(item, "pad"):
        dx, dy, *_ = floats(branch(pad, "at"))
        width, height = floats(branch(pad, "size"))
        names = [name for each in branch(pad, "layers") for name in _EVERY.get(each, (each,))]
        if pad[2] == "np_thru_hole":
            names = [name for name in names if name.endswith("Mask")]
        net = next((net_read(str(each[2])) for each in branches(pad, "net")), "")
        place = at[0] + dx, at[1] + dy
        size = width, height
        yield BoardPad(part, str(pad[1]), *place, size, frozenset(names), net)


def _track(item: list[Any], nets: dict[str, str]) -> BoardTrack:
    start, end = (floats(branch(item, word)) for word in ("start", "end"))
    width, layer = float(branch(item, "width")[0]), str(branch(item, "layer")[0])
    net = nets[str(branch(item, "net")[0])]
    return BoardTrack((start[0], start[1]), (end[0], end[1]), width, layer, net)
