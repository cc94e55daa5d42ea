"""Land patterns by IPC-7351B's equations, drawn by hwkit: packages in millimetres to pads.

For a part of span L, terminals T long and W wide, with fillets J of toe, heel and side, and
tolerances C of the part, F of the board, P of placement (level N, nominal density):

    Z = L_min + 2 J_toe + sqrt(C_L^2 + F^2 + P^2)        outer distance of the pads
    G = S_max - 2 J_heel - sqrt(C_S^2 + F^2 + P^2)       inner distance, S = L - 2 T
    X = W_min + 2 J_side + sqrt(C_W^2 + F^2 + P^2)       width of a pad

Through holes are the lead's diagonal and 0.25 mm, their pads 0.7 mm larger.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import hypot
from typing import Literal

from hwkit.circuit.board import Piece
from hwkit.errors import NetlistError

_FABRICATION, _PLACEMENT = 0.1, 0.05
_GRID = 0.05
COURTYARD = 0.25

Range = tuple[float, float]


@dataclass(frozen=True)
class Pad:
    """A pad: its place and size, mm, y downwards; `hole` is the drill of one that goes through.

    A hole of the pad's own size, without a number, is bare: no copper around it.
    """

    number: str
    x: float
    y: float
    width: float
    height: float
    shape: Literal["rect", "oval", "circle"] = "rect"
    hole: float = 0.0


@dataclass(frozen=True)
class Footprint:
    """A footprint: pads, and width and height of the part's body, mm."""

    name: str
    pads: tuple[Pad, ...]
    body: tuple[float, float]

    @property
    def courtyard(self) -> tuple[float, float, float, float]:
        """The area that no other part may enter: x0, y0, x1, y1, mm."""
        xs = [x for p in self.pads for x in (p.x - p.width / 2, p.x + p.width / 2)]
        ys = [y for p in self.pads for y in (p.y - p.height / 2, p.y + p.height / 2)]
        xs += [-self.body[0] / 2, self.body[0] / 2]
        ys += [-self.body[1] / 2, self.body[1] / 2]
        low, high = (min(xs), min(ys)), (max(xs), max(ys))
        return (
            *(round(v - COURTYARD, 2) for v in low),
            *(round(v + COURTYARD, 2) for v in high),
        )  # type: ignore[return-value]


@dataclass(frozen=True)
class _Leads:
    """Span, terminals and their width: smallest and largest, mm; fillets of toe, heel, side."""

    span: Range
    terminal: Range
    width: Range
    fillets: tuple[float, float, float]

    def land(self) -> tuple[float, float, float]:
        """Return the distance of the pads' centres, their length and their width, mm."""
        toe, heel, side = self.fillets
        reach = hypot(_FABRICATION, _PLACEMENT)
        span, terminal = _spread(self.span), _spread(self.terminal)
        apart = hypot(span, 2**0.5 * terminal)
        largest = self.span[0] - 2 * self.terminal[1] + span + 2 * terminal
        gap = largest - (span + 2 * terminal - apart) / 2  # S_max by the root of squares
        outer = _rounded(self.span[0] + 2 * toe + hypot(span, reach))
        inner = _rounded(gap - 2 * heel - hypot(apart, reach))
        width = _rounded(self.width[0] + 2 * side + hypot(_spread(self.width), reach))
        return (outer + inner) / 2, (outer - inner) / 2, width


def _spread(limits: Range) -> float:
    return limits[1] - limits[0]


def _rounded(length: float) -> float:
    return round(length / _GRID) * _GRID


_CHIP = (0.35, -0.05, 0.0)
_GULL = (0.35, 0.35, 0.03)
# Bodies and leads as package standards give them: IEC 60115-8 (chips), JEDEC TO-236, MS-012.
_CHIP_0805 = _Leads((1.8, 2.2), (0.2, 0.7), (1.1, 1.4), _CHIP)
_SOT_23 = _Leads((2.1, 2.64), (0.3, 0.6), (0.3, 0.51), _GULL)
_SOIC = _Leads((5.8, 6.2), (0.4, 1.27), (0.31, 0.51), _GULL)


def _chip(name: str) -> Footprint:
    distance, length, width = _CHIP_0805.land()
    pads = tuple(
        Pad(number, sign * distance / 2, 0, length, width) for number, sign in (("1", -1), ("2", 1))
    )
    return Footprint(name, pads, (2.0, 1.25))


def _sot_23(name: str) -> Footprint:
    distance, length, width = _SOT_23.land()
    x = distance / 2
    places = (("1", -x, -0.95), ("2", -x, 0.95), ("3", x, 0.0))
    return Footprint(name, tuple(Pad(n, px, y, length, width) for n, px, y in places), (1.3, 2.9))


def _soic(name: str, pins: int, body: float) -> Footprint:
    distance, length, width = _SOIC.land()
    half = pins // 2
    pads = []
    for k in range(pins):
        left = k < half
        row = k if left else pins - 1 - k
        x = -distance / 2 if left else distance / 2
        pads.append(Pad(str(k + 1), x, 1.27 * (row - (half - 1) / 2), length, width))
    return Footprint(name, tuple(pads), (3.9, body))


def _header(name: str, rows: int) -> Footprint:
    pads = tuple(
        Pad(str(k + 1), 2.54 * (k % 2 - 0.5), 2.54 * (k // 2 - (rows - 1) / 2), 1.7, 1.7,
            "circle" if k else "rect", 1.0)
        for k in range(2 * rows)
    )  # fmt: skip
    return Footprint(name, pads, (5.08, 2.54 * rows))


def _terminal(name: str) -> Footprint:
    pads = tuple(
        Pad(str(k + 1), 5.0 * (k - 1), 0, 2.6, 2.6, "circle" if k else "rect", 1.3)
        for k in range(3)
    )
    return Footprint(name, pads, (15.0, 9.0))


def _trimmer(name: str) -> Footprint:
    pads = tuple(
        Pad(str(k + 1), 2.54 * (k - 1), 0, 1.5, 1.5, "circle" if k else "rect", 0.8)
        for k in range(3)
    )
    return Footprint(name, pads, (9.53, 4.83))


TEST_POINT = "test-point"
HOLE = Footprint("hole-3.2", (Pad("", 0, 0, 3.2, 3.2, "circle", 3.2),), (6.0, 6.0))

_FOOTPRINTS: Mapping[str, Footprint] = {
    made.name: made
    for made in (
        _chip("0805"),
        _sot_23("SOT-23"),
        _soic("SOIC-8", 8, 4.9),
        _soic("SOIC-14", 14, 8.65),
        _header("header-2x13", 13),
        _terminal("terminal-3"),
        _trimmer("trimmer-3296W"),
        Footprint(TEST_POINT, (Pad("1", 0, 0, 1.5, 1.5, "circle"),), (1.5, 1.5)),
    )
}


def footprint_name(piece: Piece) -> str:
    """Return the footprint of a part: its package's."""
    return TEST_POINT if piece.part is None else piece.part.package


def footprint(package: str) -> Footprint:
    """Return the footprint of a package.

    Raises:
        NetlistError: if it is not drawn yet.
    """
    if package not in _FOOTPRINTS:
        raise NetlistError(
            f"no land pattern for package {package!r}; there are {', '.join(_FOOTPRINTS)}: choose "
            "a part in one of these"
        )
    return _FOOTPRINTS[package]
