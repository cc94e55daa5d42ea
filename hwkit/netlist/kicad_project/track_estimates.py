"""What the tracks of a routed board add to its circuit, estimated from its copper.

resistance    all tracks of a net in a row, 35 um of copper: no way through the net is longer
to ground     a track between the pours beside it, above the pour behind it (conformal mapping)
side by side  two strips next to each other, where no pour fits between them (the same)
behind        plates as wide as a track on either side of the board, and as much again for edges

With k = w / (w + 2 s), k1 = tanh(pi w / 4 h) / tanh(pi (w + 2 s) / 4 h), K the complete elliptic
integral, K' that of the other modulus, e the board's relative permittivity:

    to ground      2 e0 (K(k)/K'(k) + e K(k1)/K'(k1))       F/m
    side by side   e0 (1 + e)/2 K'(q)/K(q),  q = d / (d + 2 w)

Pads and vias count as tracks of their length. The pour is taken to be everywhere beside a track, so
capacitance to ground is rather too large; and side by side, no other ground is near, so that is
too large, too.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.constants import epsilon_0
from scipy.special import ellipk

from hwkit.circuit.board.nets import GROUND_NET
from hwkit.circuit.parts import FloatArray
from hwkit.netlist.kicad_project.copper_checks import Pairs, distances, near_pairs
from hwkit.netlist.kicad_project.copper_reader import Shape, read_copper
from hwkit.netlist.kicad_project.routing import GAP, TRACK

BOARD, COPPER = 1.6, 0.035  # mm
PERMITTIVITY = 4.5  # of FR4
_OHM_MM = 1.72e-5  # resistivity of copper at 20 C, ohm mm
_BESIDE = 2 * GAP + TRACK  # mm: further apart the pour fits between two tracks


@dataclass(frozen=True)
class TrackEstimate:
    """What tracks add.

    Attributes:
        ohm: of each net, all its tracks in a row.
        farad: of each net to ground.
        mutual: between two nets, F, the lesser name first.
    """

    ohm: dict[str, float]
    farad: dict[str, float]
    mutual: dict[tuple[str, str], float]


def estimate_tracks(text: str, name: str = "board") -> TrackEstimate:
    """Return what the tracks of a board's file add to its circuit.

    Args:
        text: of the file.
        name: for messages.

    Raises:
        NetlistError: if it is not a board of KiCad's.
    """
    shapes = [shape for shape in read_copper(text, name) if shape.net not in ("", GROUND_NET)]
    ohm: dict[str, float] = {}
    farad: dict[str, float] = {}
    for shape in shapes:
        length = _length(shape)
        farad[shape.net] = farad.get(shape.net, 0.0) + length * to_ground()
        if not shape.pad:
            added = _OHM_MM * length / (TRACK * COPPER)
            ohm[shape.net] = ohm.get(shape.net, 0.0) + added
    return TrackEstimate(ohm, farad, _mutual(shapes))


def to_ground(width: float = TRACK, gap: float = GAP) -> float:
    """Return the capacitance of a track between and above pours, F per mm; arguments in mm."""
    k = width / (width + 2 * gap)
    tangents = (np.tanh(np.pi * x / (4 * BOARD)) for x in (width, width + 2 * gap))
    k1 = next(tangents) / next(tangents)
    return float(2e-3 * epsilon_0 * (_ratio(k) + PERMITTIVITY * _ratio(k1)))


def side_by_side(gap: FloatArray, width: float = TRACK) -> FloatArray:
    """Return the capacitance between two tracks in a plane, F per mm.

    Args:
        gap: between them, of any shape (the result has it), mm.
        width: of each, mm.
    """
    strips = 1 / _ratio(gap / (gap + 2 * width))
    return np.asarray(1e-3 * epsilon_0 * (1 + PERMITTIVITY) / 2 * strips)


def _ratio(modulus: FloatArray | float) -> FloatArray:
    """Return K over K' of a modulus."""
    square = np.square(modulus)
    return np.asarray(ellipk(square) / ellipk(1 - square))


def _length(shape: Shape) -> float:
    """Return how long a track of the same copper would be, mm."""
    x0, y0, x1, y1 = shape.box
    if shape.name == "a via":
        return BOARD
    across, down = abs(x1 - x0), abs(y1 - y0)
    return max(across, down, 2 * shape.radius) if shape.pad else float(np.hypot(across, down))


def _mutual(shapes: Sequence[Shape]) -> dict[tuple[str, str], float]:
    pairs = near_pairs(shapes, _BESIDE, every_layer=True)
    nets = np.array([shape.net for shape in shapes])
    pairs = pairs[nets[pairs[:, 0]] != nets[pairs[:, 1]]]
    apart = distances(shapes, pairs)
    pairs, apart = pairs[apart < _BESIDE], apart[apart < _BESIDE]
    same = np.array([not shapes[i].layers.isdisjoint(shapes[j].layers) for i, j in pairs], bool)
    behind = np.where(apart <= 0, 2e-3 * epsilon_0 * PERMITTIVITY * TRACK / BOARD, 0.0)
    beside = side_by_side(np.maximum(apart, GAP))
    farads = np.where(same, beside, behind) * _along(shapes, pairs)
    found: dict[tuple[str, str], float] = {}
    for (i, j), farad in zip(pairs.tolist(), farads.tolist(), strict=True):
        a, b = sorted((shapes[i].net, shapes[j].net))
        if farad:
            found[a, b] = found.get((a, b), 0.0) + farad
    return found


def _along(shapes: Sequence[Shape], pairs: Pairs) -> FloatArray:
    """Return how far two pieces of copper go beside each other, at least a track's width, mm."""
    boxes = np.array([shape.box for shape in shapes]).reshape(-1, 4)
    radii = np.array([shape.radius for shape in shapes])[:, None]
    low = np.minimum(boxes[:, :2], boxes[:, 2:]) - radii
    high = np.maximum(boxes[:, :2], boxes[:, 2:]) + radii
    i, j = pairs.T
    shared = np.minimum(high[i], high[j]) - np.maximum(low[i], low[j])
    return np.asarray(np.maximum(shared.max(axis=1, initial=0.0), TRACK))
