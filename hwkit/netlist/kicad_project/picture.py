"""A sheet of the schematic as SVG, from what its file says: the same lines, labels and texts.

In the colours of a page (`var(--ink)`, ...), cropped to what is drawn, one unit for 0.25 mm.
"""

from collections.abc import Iterator
from html import escape
from typing import Any

from hwkit.netlist.kicad_project.pages import Page, turned
from hwkit.netlist.kicad_project.trees import branch, branches

_SCALE = 4.0
_FONT = 7.5
_MARGIN = 12.0
_CHARACTER = 4.4  # width of a letter of a label

Spot = tuple[float, float]


def sheet_picture(page: Page, label: str) -> str:
    """Return a sheet as an SVG element; `label` is its accessible name."""
    tree: list[Any] = list(page.tree())
    shapes = [*_symbols(tree), *_wires(tree), *_labels(tree)]
    xs = [x for _, spots in shapes for x, _ in spots]
    ys = [y for _, spots in shapes for _, y in spots]
    left, top = min(xs) - _MARGIN, min(ys) - _MARGIN
    width, height = max(xs) - left + _MARGIN, max(ys) - top + _MARGIN
    body = "\n".join(text for text, _ in shapes)
    return (
        f'<svg role="img" aria-label="{escape(label)}" '
        f'viewBox="{left:.0f} {top:.0f} {width:.0f} {height:.0f}" fill="none" '
        f'stroke="var(--ink)" stroke-width="1" font-size="{_FONT:g}">\n{body}\n</svg>'
    )


_Shape = tuple[str, list[Spot]]  # SVG, and the places that it reaches


def _polyline(spots: list[Spot]) -> _Shape:
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in spots)
    return f'<path d="M{path}"/>', spots


def _text(text: str, spot: Spot, anchor: str, angle: int = 0, colour: str = "ink") -> _Shape:
    x, y = spot[0], spot[1] + (0 if angle else _FONT / 3)
    turn = f' transform="rotate({-angle} {x:.1f} {y:.1f})"' if angle else ""
    away = _CHARACTER * len(text) * {"start": 1, "end": -1, "middle": 0.5}[anchor]
    reach = (x, y - away) if angle else (x + away, y)
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" stroke="none" '
        f'fill="var(--{colour})"{turn}>{escape(text)}</text>',
        [spot, reach],
    )


def _spot(items: list[Any]) -> Spot:
    return _SCALE * float(items[0]), _SCALE * float(items[1])


def _wires(tree: list[Any]) -> Iterator[_Shape]:
    for wire in branches(tree, "wire"):
        yield _polyline([_spot(point[1:]) for point in branch(wire, "pts")])
    for dot in branches(tree, "junction"):
        x, y = _spot(branch(dot, "at"))
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2" fill="var(--ink)"/>', [(x, y)]


def _labels(tree: list[Any]) -> Iterator[_Shape]:
    for label in branches(tree, "global_label"):
        *place, angle = branch(label, "at")
        (x, y), way = _spot(place), int(angle)
        step = 3.0
        dx, dy = {0: (step, 0), 180: (-step, 0), 90: (2.5, -step), 270: (2.5, step)}[way]
        anchor = "start" if way in (0, 90) else "end"
        turn = 90 if way in (90, 270) else 0
        yield _text(str(label[1]), (x + dx, y + dy), anchor, turn, "spice")


def _symbols(tree: list[Any]) -> Iterator[_Shape]:
    copies = {str(s[1]): s for s in branches(["", *branch(tree, "lib_symbols")], "symbol")}
    for item in branches(tree, "symbol"):
        x, y, angle = (float(value) for value in branch(item, "at"))
        unit = branch(item, "unit")[0]
        for body in branches(copies[str(branch(item, "lib_id")[0])], "symbol"):
            if str(body[1]).rsplit("_", 2)[1] == unit:
                yield from _body(body, (x, y), int(angle))
        for shown in branches(item, "property"):
            if "hide" not in shown[-1]:
                anchor = "start" if branches(shown[-1], "justify") else "middle"
                yield _text(str(shown[2]), _spot(branch(shown, "at")), anchor)


def _body(body: list[Any], place: Spot, angle: int) -> Iterator[_Shape]:
    def spot(x: str | float, y: str | float) -> Spot:
        dx, dy = turned(float(x), float(y), angle)
        return _SCALE * (place[0] + dx), _SCALE * (place[1] + dy)

    for line in branches(body, "polyline"):
        yield _polyline([spot(*point[1:]) for point in branch(line, "pts")])
    for box in branches(body, "rectangle"):
        (x0, y0), (x1, y1) = branch(box, "start"), branch(box, "end")
        corners = ((x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0))
        yield _polyline([spot(*corner) for corner in corners])
    for circle in branches(body, "circle"):
        cx, cy = spot(*branch(circle, "center"))
        radius = _SCALE * float(branch(circle, "radius")[0])
        yield f'<circle cx="{cx:.1f}" cy="{cy:.1f}" r="{radius:.1f}"/>', [(cx, cy)]
    for pin in branches(body, "pin"):
        x, y, way = (float(value) for value in branch(pin, "at"))
        length = float(branch(pin, "length")[0])
        dx, dy = {0: (1, 0), 90: (0, 1), 180: (-1, 0), 270: (0, -1)}[int(way)]
        yield _polyline([spot(x, y), spot(x + dx * length, y + dy * length)])
