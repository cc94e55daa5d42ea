"""A routed board as SVG, from what its file says: pads, tracks and vias; the pour is left out.

In the colours of a page: the front in `var(--spice)`, the back in `var(--ideal)`, pads and vias in
`var(--ink)`. One unit is 0.05 mm.
"""

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Any

from hwkit.netlist.kicad_project.copper_reader import Shape, read_copper
from hwkit.netlist.kicad_project.trees import branch, branches, read_tree

_SCALE = 20
_FONT = 16  # 0.8 mm
_COLOURS = (("B.Cu", "ideal"), ("F.Cu", "spice"))  # the back first: the front lies on it


def copper_picture(text: str, label: str) -> str:
    """Return a board's file as an SVG element; `label` is its accessible name."""
    shapes, tree = read_copper(text), read_tree(text, label)
    corners = [branch(line, "end") for line in branches(tree, "gr_line")]
    width, height = (max(_units(corner[k]) for corner in corners) for k in (0, 1))
    tracks = [shape for shape in shapes if shape.name == "a track"]
    body = [f'<path d="M0 0h{width}v{height}h{-width}z"/>']
    for layer, colour in _COLOURS:
        body += _round((s for s in tracks if layer in s.layers), f"var(--{colour})")
    rest = [shape for shape in shapes if shape.name != "a track"]
    body += _round((shape for shape in rest if shape.radius), "var(--ink)", ' opacity=".6"')
    body.append(_rectangles([shape for shape in rest if not shape.radius]))
    body += _names(tree)
    inside = "\n".join(body)
    return (
        f'<svg role="img" aria-label="{escape(label)}" viewBox="-4 -4 {width + 8} {height + 8}" '
        f'fill="none" stroke="var(--ink)" stroke-linecap="round" font-size="{_FONT}">\n'
        f"{inside}\n</svg>"
    )


def _units(length: str | float) -> int:
    return round(_SCALE * float(length))


def _round(shapes: Iterable[Shape], colour: str, more: str = "") -> Iterator[str]:
    """Yield a path for each width of lines with round ends."""
    by_width: dict[int, list[str]] = {}
    for shape in shapes:
        x0, y0, x1, y1 = map(_units, shape.box)
        by_width.setdefault(_units(2 * shape.radius), []).append(f"M{x0} {y0}l{x1 - x0} {y1 - y0}")
    for width, lines in sorted(by_width.items()):
        yield f'<path stroke="{colour}" stroke-width="{width}"{more} d="{"".join(lines)}"/>'


def _rectangles(shapes: Sequence[Shape]) -> str:
    path = []
    for shape in shapes:
        x0, y0, x1, y1 = map(_units, shape.box)
        path.append(f"M{x0} {y0}h{x1 - x0}v{y1 - y0}h{x0 - x1}z")
    return f'<path fill="var(--ink)" stroke="none" opacity=".6" d="{"".join(path)}"/>'


def _names(tree: list[Any]) -> Iterator[str]:
    yield '<g fill="var(--ink)" stroke="none" text-anchor="middle">'
    for item in branches(tree, "footprint"):
        x, y = branch(item, "at")[:2]
        for shown in branches(item, "fp_text"):
            if shown[1] == "reference" and "hide" not in shown:
                dx, dy = branch(shown, "at")[:2]
                left, top = _units(float(x) + float(dx)), _units(float(y) + float(dy))
                yield f'<text x="{left}" y="{top + _FONT // 3}">{escape(str(shown[2]))}</text>'
    yield "</g>"
