"""Checks of a routed board by its copper alone: what touches is connected, all else keeps a gap.

gaps      copper of two nets is at least 0.2 mm apart       a short, a track too near
opens     the pads of a net are one piece of copper          a track or a via less

Zones are left out: ground is connected by its tracks, too.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from hwkit.circuit.parts import FloatArray
from hwkit.netlist.kicad_project.checks import Finding
from hwkit.netlist.kicad_project.copper_reader import Shape, read_copper
from hwkit.netlist.kicad_project.routing import GAP

_TOUCH = 1e-6  # mm
_ROWS = 512  # of pairs of boxes that are looked at together

Pairs = NDArray[np.intp]


def check_copper(text: str, name: str = "board") -> tuple[Finding, ...]:
    """Return what is wrong with the copper of a board's file.

    Args:
        text: of the file.
        name: for messages.

    Raises:
        NetlistError: if it is not a board of KiCad's.
    """
    shapes = read_copper(text, name)
    pairs = near_pairs(shapes, GAP)
    apart = distances(shapes, pairs)
    return (*_gaps(shapes, pairs, apart), *_opens(shapes, pairs[apart <= _TOUCH]))


def _gaps(shapes: Sequence[Shape], pairs: Pairs, apart: FloatArray) -> Iterator[Finding]:
    for (i, j), distance in zip(pairs.tolist(), apart.tolist(), strict=True):
        a, b = shapes[i], shapes[j]
        if (a.net != b.net or not a.net) and distance < GAP - _TOUCH:
            what = f"{a.name} ({a.net or 'no net'}) and {b.name} ({b.net or 'no net'})"
            text = f"{what} are {max(distance, 0):.3f} mm apart near {_spot(a)}; the rule is {GAP}"
            yield Finding("gaps", a.net or b.net, text)


def _opens(shapes: Sequence[Shape], touching: Pairs) -> Iterator[Finding]:
    nets = np.array([shape.net for shape in shapes])
    a, b = touching[nets[touching[:, 0]] == nets[touching[:, 1]]].T
    links = coo_array((np.ones(len(a)), (a, b)), shape=(len(shapes), len(shapes)))
    _, piece = connected_components(links, directed=False)
    main: dict[str, int] = {}
    for k, shape in enumerate(shapes):
        if shape.pad and shape.net and main.setdefault(shape.net, int(piece[k])) != piece[k]:
            yield Finding("opens", shape.net, f"{shape.name} is not connected to {shape.net}")


def _spot(shape: Shape) -> str:
    return f"({shape.box[0]:.2f}, {shape.box[1]:.2f})"


def near_pairs(shapes: Sequence[Shape], gap: float, every_layer: bool = False) -> Pairs:
    """Return pairs of shapes whose boxes are less than a gap apart, (n, 2).

    Args:
        shapes: pieces of copper.
        gap: mm.
        every_layer: pairs on different layers, too.
    """
    boxes = np.array([shape.box for shape in shapes])
    grown = np.array([shape.radius for shape in shapes]) + gap / 2
    low = np.minimum(boxes[:, :2], boxes[:, 2:]) - grown[:, None]
    high = np.maximum(boxes[:, :2], boxes[:, 2:]) + grown[:, None]
    front, back = (np.array([layer in s.layers for s in shapes]) for layer in ("F.Cu", "B.Cu"))
    found = []
    for first in range(0, len(shapes), _ROWS):
        rows = slice(first, first + _ROWS)
        meet = np.all(low[rows, None] <= high[None], axis=2)
        meet &= np.all(high[rows, None] >= low[None], axis=2)
        if not every_layer:
            meet &= (front[rows, None] & front) | (back[rows, None] & back)
        i, j = np.nonzero(np.triu(meet, first + 1))
        found.append(np.stack([i + first, j], axis=1))
    return np.concatenate(found)


def distances(shapes: Sequence[Shape], pairs: Pairs) -> FloatArray:
    """Return the distance between the copper of each pair (n, 2), (n,), mm; 0 where it touches."""
    boxes = np.array([shape.box for shape in shapes])
    radii = np.array([shape.radius for shape in shapes])
    i, j = pairs.T
    apart = np.full(len(pairs), np.inf)
    for a in _lines(boxes[i], radii[i] == 0):
        for b in _lines(boxes[j], radii[j] == 0):
            apart = np.minimum(apart, _lines_apart(a, b))
    for k, other in ((i, j), (j, i)):  # a line within a rectangle meets none of its sides
        inside = (radii[k] == 0) & np.all(boxes[other][:, :2] >= boxes[k][:, :2], axis=1)
        inside &= np.all(boxes[other][:, :2] <= boxes[k][:, 2:], axis=1)
        apart = np.where(inside, 0.0, apart)
    return np.asarray(apart - radii[i] - radii[j])


def _lines(boxes: FloatArray, rectangle: NDArray[np.bool_]) -> Iterator[FloatArray]:
    """Yield four lines for each box: a rectangle's sides, or its diagonal four times."""
    for corners in ((0, 1, 2, 1), (2, 1, 2, 3), (2, 3, 0, 3), (0, 3, 0, 1)):
        yield np.where(rectangle[:, None], boxes[:, corners], boxes)


def _lines_apart(a: FloatArray, b: FloatArray) -> FloatArray:
    """Return the distance of lines, (n, 4): 0 where they cross, else that of an end."""
    ends = [
        _end_apart(point, line)
        for line, other in ((a, b), (b, a))
        for point in (other[:, :2], other[:, 2:])
    ]
    sides = [_side(a, b[:, :2]) * _side(a, b[:, 2:]), _side(b, a[:, :2]) * _side(b, a[:, 2:])]
    return np.where((sides[0] < 0) & (sides[1] < 0), 0.0, np.min(ends, axis=0))


def _side(line: FloatArray, point: FloatArray) -> FloatArray:
    """Return on which side of a line a point is, as a product of lengths."""
    way, to = line[:, 2:] - line[:, :2], point - line[:, :2]
    return np.asarray(way[:, 0] * to[:, 1] - way[:, 1] * to[:, 0])


def _end_apart(point: FloatArray, line: FloatArray) -> FloatArray:
    """Return the distance of points from lines."""
    start, way = line[:, :2], line[:, 2:] - line[:, :2]
    length = np.sum(way**2, axis=1)
    along = np.sum((point - start) * way, axis=1) / np.where(length > 0, length, 1.0)
    nearest_point = start + np.clip(along, 0.0, 1.0)[:, None] * way
    return np.asarray(np.linalg.norm(point - nearest_point, axis=1))
