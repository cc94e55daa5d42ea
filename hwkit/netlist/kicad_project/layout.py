"""Where a board's parts are: units on a regular grid, everything else in rows around them.

    cell of a unit   5 columns of 4.2 mm, 5 rows of 3.2 mm; the same places in every cell
    right            connectors of outputs
    below            couplings in a grid of their own, then packages with their capacitors, supplies

Nothing depends on values; no part is turned.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil, sqrt

from hwkit.circuit.board import Board, Piece, decoupling_of, parted
from hwkit.netlist.kicad_project.footprints import Footprint, footprint, footprint_name

GRID = 1.27 / 3  # of tracks; pins of connectors lie on it

_COLUMN, _ROW = 4.2, 3.2
_CELL_COLUMNS, _CELL_ROWS = 5, 5
_COUPLING = (5.2, 3.2)
_EDGE = 8.0  # from the board's edge to the first part: room for the holes
_GAP = 2.0
_TEXT = 1.2  # above a part, for its designator
_CHARACTER = 0.72
_AISLE = (0.8, 3.0)  # beside and below parts in rows: room for tracks
_SHAPE = 4.0  # width to height of the block of units

# number of a unit's part -> column and row in its cell, by letter; places of U and D are larger
_PLACES: dict[str, dict[int, tuple[float, float]]] = {
    "R": {
        **{1: (0, 0), 3: (0, 1), 2: (0, 3), 4: (0, 4)},
        **{5: (2, 0), 7: (3, 0), 9: (4, 0), 6: (2, 4), 8: (3, 4), 10: (4, 4)},
    },
    "C": {1: (1, 0), 2: (1, 4), 3: (4, 2), 4: (4, 3)},
    "TP": {1: (0, 2), 2: (4, 1)},
    "D": {1: (1, 2)},
    "U": {1: (2.5, 2)},
}


@dataclass(frozen=True)
class Place:
    """A part on the board: centre of its footprint, mm, y downwards."""

    piece: Piece
    drawn: Footprint
    x: float
    y: float


@dataclass(frozen=True)
class Layout:
    """A placed board: its parts, width and height, mm, and the centres of the holes."""

    places: tuple[Place, ...]
    size: tuple[float, float]
    holes: tuple[tuple[float, float], ...]


def lay_out(board: Board, spread: float = 1.0) -> Layout:
    """Return the places of a board's parts.

    Args:
        board: the board.
        spread: how much further apart than usual parts are.
    """
    by_sheet: dict[str, list[Piece]] = {}
    for piece in board.pieces:
        by_sheet.setdefault(piece.sheet, []).append(piece)
    units = [pieces for sheet, pieces in sorted(by_sheet.items()) if sheet.startswith("unit-")]
    pitch, columns = _Pitch(spread), max(4, round(sqrt(len(units) * _SHAPE * _ROW / _COLUMN)))
    width = columns * _CELL_COLUMNS * pitch.column
    x0 = _EDGE + pitch.gap
    places = list(_units(units, columns, x0, pitch))
    y = _EDGE + -(-len(units) // columns) * _CELL_ROWS * pitch.row + pitch.gap
    couplings, y = _couplings(by_sheet.get("couplings", []), (x0, y), width, pitch)
    shelves, y = _shelves(_support(by_sheet), x0, y + pitch.gap, width, spread)
    outputs = [piece for piece in by_sheet["connectors"] if piece.role == "outputs"]
    right, output_width = _stack(outputs, x0 + width + pitch.gap)
    places += [*couplings, *shelves, *right]
    bottom = max(place.y + place.drawn.courtyard[3] for place in places)
    size = (x0 + width + pitch.gap + output_width + _EDGE, bottom + _EDGE)
    inset = _EDGE / 2
    holes = [(x, y) for x in (inset, size[0] - inset) for y in (inset, size[1] - inset)]
    return Layout(tuple(places), _tidy(size), tuple(map(_tidy, holes)))


@dataclass(frozen=True)
class _Pitch:
    """Distances between parts, mm, as much larger than usual as `spread` says."""

    spread: float

    @property
    def column(self) -> float:
        return _COLUMN * self.spread

    @property
    def row(self) -> float:
        return _ROW * self.spread

    @property
    def coupling(self) -> tuple[float, float]:
        return _COUPLING[0] * self.spread, _COUPLING[1] * self.spread

    @property
    def gap(self) -> float:
        return _GAP * self.spread


def _tidy(point: tuple[float, float]) -> tuple[float, float]:
    return round(point[0], 2), round(point[1], 2)


def _place(piece: Piece, x: float, y: float) -> Place:
    return Place(piece, footprint(footprint_name(piece)), *_tidy((x, y)))


def _on_grid(length: float) -> float:
    return ceil(length / GRID) * GRID


def _units(
    units: Sequence[Sequence[Piece]], columns: int, x0: float, pitch: _Pitch
) -> Iterator[Place]:
    for k, pieces in enumerate(units):
        row, column = divmod(k, columns)
        x = x0 + column * _CELL_COLUMNS * pitch.column
        y = _EDGE + row * _CELL_ROWS * pitch.row
        for piece in pieces:
            letters, number = parted(piece.designator)
            across, down = _PLACES[letters][number % 100]
            yield _place(piece, x + pitch.column * (across + 0.5), y + pitch.row * (down + 0.5))


def _couplings(
    pieces: Sequence[Piece], corner: tuple[float, float], width: float, pitch: _Pitch
) -> tuple[list[Place], float]:
    """Return couplings in rows of a width from a corner on, and where the last row ends."""
    across, down = pitch.coupling
    places, per_row = [], int(width // across)
    for k, piece in enumerate(pieces):
        row, column = divmod(k, per_row)
        x, y = corner[0] + across * (column + 0.5), corner[1] + down * (row + 0.5)
        places.append(_place(piece, x, y))
    return places, corner[1] + -(-len(pieces) // per_row) * down


def _stack(pieces: Iterable[Piece], x0: float) -> tuple[list[Place], float]:
    """Return connectors one below the other from an edge at x0, and their width."""
    places, y, widest = [], _EDGE, 0.0
    for piece in pieces:
        left, top, right, bottom = footprint(footprint_name(piece)).courtyard
        places.append(_place(piece, _on_grid(x0 - left), _on_grid(y + _TEXT - top)))
        y, widest = y + _TEXT + bottom - top + _GAP, max(widest, right - left)
    return places, widest


def _support(by_sheet: dict[str, list[Piece]]) -> list[Piece]:
    """Return what is neither of a unit nor a coupling: each package before its capacitors."""
    pieces = [*by_sheet["reset"], *by_sheet["noise"], *by_sheet["supplies"]]
    capacitors = {p.designator: p for p in pieces if p.role == "decoupling"}
    ordered = []
    for piece in (p for p in pieces if p.designator.startswith("U")):
        ordered += [piece, *(capacitors[name] for name in decoupling_of(piece.designator))]
    rest = [p for p in pieces if p not in ordered]
    return [*ordered, *rest, *(p for p in by_sheet["connectors"] if p.role != "outputs")]


def _shelves(
    pieces: Sequence[Piece], x0: float, y0: float, width: float, spread: float
) -> tuple[list[Place], float]:
    """Return parts in rows of a width, from (x0, y0) on, and where the last row ends."""
    places, x, y, tallest = [], x0, y0, 0.0
    for piece in pieces:
        left, top, right, bottom = footprint(footprint_name(piece)).courtyard
        wide = max(right - left, _CHARACTER * len(piece.designator)) + _AISLE[0] * spread
        if x > x0 and x + wide > x0 + width:
            x, y, tallest = x0, y + tallest, 0.0
        places.append(_place(piece, x + wide / 2, y + _TEXT - top))
        x, tallest = x + wide, max(tallest, _TEXT + bottom - top + _AISLE[1] * spread)
    return places, y + tallest
