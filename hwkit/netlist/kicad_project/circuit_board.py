"""A routed board as KiCad's tree: outline, holes, footprints with nets, tracks, vias, ground.

Ground has tracks as every net has; KiCad pours it on both sides when it fills the zones, around
these tracks and around vias that join the sides.
"""

from functools import partial

from hwkit.circuit.board import Board
from hwkit.circuit.board.nets import GROUND_NET, open_net
from hwkit.netlist.kicad_project.footprint_trees import (
    VERSION,
    attribute,
    footprint_texts,
    outline,
    pad_tree,
)
from hwkit.netlist.kicad_project.footprints import HOLE
from hwkit.netlist.kicad_project.layout import Layout, Place
from hwkit.netlist.kicad_project.routing import DRILL, GAP, TRACK, VIA, Routing, Track, Via
from hwkit.netlist.kicad_project.symbols import LIBRARY, symbol_of
from hwkit.netlist.kicad_project.trees import Text, Tree, at, identity, number

_LAYERS = (
    *((0, "F.Cu", "signal"), (31, "B.Cu", "signal"), (34, "B.Paste", "user")),
    *((35, "F.Paste", "user"), (36, "B.SilkS", "user"), (37, "F.SilkS", "user")),
    *((38, "B.Mask", "user"), (39, "F.Mask", "user"), (44, "Edge.Cuts", "user")),
    *((46, "B.CrtYd", "user"), (47, "F.CrtYd", "user"), (48, "B.Fab", "user")),
    (49, "F.Fab", "user"),
)
COPPER = ("F.Cu", "B.Cu")
_ZONE_INSET = 0.5


def circuit_board(board: Board, layout: Layout, routing: Routing, name: str) -> Tree:
    """Return a board's file.

    Args:
        board: its parts and nets.
        layout: where they are.
        routing: tracks and vias.
        name: of the project.
    """
    names = [*board.nets(), *sorted(_open_nets(board).values())]
    nets = {net: k for k, net in enumerate(names, start=1)}
    layers: list[Tree] = [[str(n), Text(layer), kind] for n, layer, kind in _LAYERS]
    tree: list[Tree] = ["kicad_pcb", ["version", VERSION], ["generator", "hwkit"]]
    tree += [["general", ["thickness", "1.6"]], ["paper", Text("A4")]]
    title = f"{name}: a machine of {board.design.model.n_units} units"
    tree += [["title_block", ["title", Text(title)]], ["layers", *layers]]
    tree += [["setup", ["pad_to_mask_clearance", "0"]], ["net", "0", Text("")]]
    tree += [["net", str(k), Text(net)] for net, k in nets.items()]
    tree += [_placed(place, nets, _open_nets(board), name) for place in layout.places]
    tree += [_hole(k, *place) for k, place in enumerate(layout.holes, start=1)]
    tree += _edges(layout.size)
    tree += [_track(k, track, nets) for k, track in enumerate(routing.tracks)]
    tree += [_via(k, via, nets) for k, via in enumerate(routing.vias)]
    ground = nets[GROUND_NET], GROUND_NET
    return [*tree, *(_zone(layer, ground, layout.size) for layer in COPPER)]


def _open_nets(board: Board) -> dict[tuple[str, str], str]:
    """Return the nets of pads that are left open, by part and pad, as the schematic calls them."""
    found = {}
    for piece in (p for p in board.pieces if not all(p.pads.values())):
        units = symbol_of(piece).units
        for unit, pins in units.items():
            letter = chr(ord("A") + unit - 1) if len(units) > 1 else ""
            for pin in pins:
                if not piece.pads[pin.pad]:
                    name = open_net(f"{piece.designator}{letter}-{pin.name}", pin.pad)
                    found[piece.designator, pin.pad] = name
    return found


def _placed(
    place: Place, nets: dict[str, int], opened: dict[tuple[str, str], str], name: str
) -> Tree:
    piece, drawn = place.piece, place.drawn
    identify = partial(identity, "footprint", piece.designator)
    sheet = identity(name, "sheet", piece.sheet)
    path = f"/{sheet}/{identity(piece.sheet, piece.designator, 1)}"
    tree: list[Tree] = ["footprint", Text(f"{LIBRARY}:{drawn.name}"), ["layer", Text("F.Cu")]]
    tree += [["tstamp", identify()], at(place.x, place.y)]
    tree += [["property", Text("Sheetfile"), Text(f"{piece.sheet}.kicad_sch")]]
    tree += [["path", Text(path)], attribute(drawn)]
    tree += footprint_texts(drawn, piece.designator, piece.text, identify)
    tree += outline(drawn, identify)
    for pad in drawn.pads:
        net = piece.pads.get(pad.number, "") or opened.get((piece.designator, pad.number), "")
        tree.append(pad_tree(pad, (nets[net], net) if net else None, identify))
    return tree


def _hole(k: int, x: float, y: float) -> Tree:
    identify = partial(identity, "hole", k)
    tree: list[Tree] = ["footprint", Text(f"{LIBRARY}:{HOLE.name}"), ["layer", Text("F.Cu")]]
    tree += [["tstamp", identify()], at(x, y), attribute(HOLE)]
    tree += footprint_texts(HOLE, f"H{k}", HOLE.name, identify)
    return [*tree, *outline(HOLE, identify), *(pad_tree(p, None, identify) for p in HOLE.pads)]


def _edges(size: tuple[float, float]) -> list[Tree]:
    width, height = size
    corners = [(0.0, 0.0), (width, 0.0), (width, height), (0.0, height)]
    lines: list[Tree] = []
    for k, start in enumerate(corners):
        ends: list[Tree] = [["start", *map(number, start)]]
        ends.append(["end", *map(number, corners[(k + 1) % 4])])
        rest: list[Tree] = [["layer", Text("Edge.Cuts")], ["width", "0.1"]]
        lines.append(["gr_line", *ends, *rest, ["tstamp", identity("edge", k)]])
    return lines


def _track(k: int, track: Track, nets: dict[str, int]) -> Tree:
    tree: list[Tree] = ["segment", ["start", *map(number, track.start)]]
    tree += [["end", *map(number, track.end)], ["width", number(TRACK)]]
    tree += [["layer", Text(COPPER[track.layer])], ["net", str(nets[track.net])]]
    return [*tree, ["tstamp", identity("track", k)]]


def _via(k: int, via: Via, nets: dict[str, int]) -> Tree:
    tree: list[Tree] = ["via", at(via.x, via.y), ["size", number(VIA)], ["drill", number(DRILL)]]
    tree += [["layers", *map(Text, COPPER)], ["net", str(nets[via.net])]]
    return [*tree, ["tstamp", identity("via", k)]]


def _zone(layer: str, ground: tuple[int, str], size: tuple[float, float]) -> Tree:
    low, (right, bottom) = _ZONE_INSET, (length - _ZONE_INSET for length in size)
    corners = ((low, low), (right, low), (right, bottom), (low, bottom))
    points: list[Tree] = [["xy", number(x), number(y)] for x, y in corners]
    code, name = ground
    tree: list[Tree] = ["zone", ["net", str(code)], ["net_name", Text(name)]]
    tree += [["layer", Text(layer)], ["tstamp", identity("zone", layer)]]
    # A pad is joined by its track alone, so that it can be soldered by hand.
    tree += [["hatch", "edge", "0.508"], ["connect_pads", "no", ["clearance", number(GAP)]]]
    tree += [["min_thickness", number(TRACK)]]
    tree += [["fill", ["thermal_gap", "0.3"], ["thermal_bridge_width", "0.3"]]]
    return [*tree, ["polygon", ["pts", *points]]]
