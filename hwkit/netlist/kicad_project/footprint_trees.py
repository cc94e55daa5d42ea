"""Footprints as KiCad's trees: library files, and the copies in a board."""

from collections.abc import Callable

from hwkit.netlist.kicad_project.footprints import TEST_POINT, Footprint, Pad
from hwkit.netlist.kicad_project.trees import Text, Tree, at, number

VERSION = "20211014"  # of KiCad 6's boards and footprints
_LINE = 0.12

Identify = Callable[..., Text]


def footprint_file(drawn: Footprint, identify: Identify) -> Tree:
    """Return the library file of a footprint."""
    texts = footprint_texts(drawn, "REF**", drawn.name, identify)
    pads = [pad_tree(pad, None, identify) for pad in drawn.pads]
    head: list[Tree] = ["footprint", Text(drawn.name), ["version", VERSION]]
    head += [["generator", "hwkit"], ["layer", Text("F.Cu")]]
    return [*head, attribute(drawn), *texts, *outline(drawn, identify), *pads]


def attribute(drawn: Footprint) -> Tree:
    """Return how the part is mounted."""
    if not drawn.pads[0].number:
        return ["attr", "board_only", "exclude_from_pos_files", "exclude_from_bom"]
    if drawn.name == TEST_POINT:
        return ["attr", "exclude_from_pos_files", "exclude_from_bom"]
    return ["attr", "through_hole" if any(pad.hole for pad in drawn.pads) else "smd"]


def footprint_texts(drawn: Footprint, reference: str, value: str, identify: Identify) -> list[Tree]:
    """Return reference, in silk above the part, and value, on the fabrication layer."""
    top = drawn.courtyard[1]
    hidden = [] if drawn.pads[0].number else ["hide"]  # holes need no name
    small: Tree = ["effects", ["font", ["size", "0.8", "0.8"], ["thickness", "0.12"]]]
    tiny: Tree = ["effects", ["font", ["size", "0.5", "0.5"], ["thickness", "0.08"]]]
    return [
        ["fp_text", "reference", Text(reference), at(0, top - 0.6),
         ["layer", Text("F.SilkS")], *hidden, small, ["tstamp", identify("reference")]],
        ["fp_text", "value", Text(value), at(0, 0), ["layer", Text("F.Fab")], tiny,
         ["tstamp", identify("value")]],
    ]  # fmt: skip


def outline(drawn: Footprint, identify: Identify) -> list[Tree]:
    """Return body, courtyard and the mark of pin 1, which is a line beside it."""
    x0, y0, x1, y1 = drawn.courtyard
    width, height = drawn.body
    lines = [_box("F.CrtYd", 0.05, (x0, y0), (x1, y1), identify)]
    lines.append(_box("F.Fab", 0.1, (-width / 2, -height / 2), (width / 2, height / 2), identify))
    if len(drawn.pads) > 2:
        first = drawn.pads[0]
        x = x0 + 0.1
        ends = (x, first.y - first.height / 2), (x, first.y + first.height / 2)
        lines.append(_line("F.SilkS", *ends, identify))
    return lines


def pad_tree(pad: Pad, net: tuple[int, str] | None, identify: Identify) -> Tree:
    """Return a pad; `net` is its number and name on a board, None where it has none."""
    through = pad.hole > 0
    layers = ["*.Cu", "*.Mask"] if through else ["F.Cu", "F.Paste", "F.Mask"]
    if pad.shape == "circle" and not through:
        layers = ["F.Cu", "F.Mask"]  # a test point takes no solder paste
    kind = "smd" if not through else "thru_hole" if pad.number else "np_thru_hole"
    tree: list[Tree] = ["pad", Text(pad.number), kind, pad.shape]
    tree += [at(pad.x, pad.y), ["size", number(pad.width), number(pad.height)]]
    tree += [["drill", number(pad.hole)]] if through else []
    tree.append(["layers", *map(Text, layers)])
    tree += [["net", str(net[0]), Text(net[1])]] if net is not None else []
    return [*tree, ["tstamp", identify(f"pad {pad.number}")]]


def _line(layer: str, a: tuple[float, float], b: tuple[float, float], identify: Identify) -> Tree:
    ends: list[Tree] = [["start", *map(number, a)], ["end", *map(number, b)]]
    rest: list[Tree] = [["layer", Text(layer)], ["width", number(_LINE)]]
    return ["fp_line", *ends, *rest, ["tstamp", identify(layer)]]


def _box(
    layer: str,
    width: float,
    a: tuple[float, float],
    b: tuple[float, float],
    identify: Identify,
) -> Tree:
    ends: list[Tree] = [["start", *map(number, a)], ["end", *map(number, b)]]
    rest: list[Tree] = [["layer", Text(layer)], ["width", number(width)], ["fill", "none"]]
    return ["fp_rect", *ends, *rest, ["tstamp", identify(layer)]]
