"""Sheets of the schematic: one for each unit; couplings, supplies, reset, bit streams, connectors.

A unit's two rails are drawn as lines, with its parts between them and away from them; its
amplifiers as the inverting stages that they are. Everything that leaves the sheet is a label: the
name of the net, which is that of the netlist's node.
"""

from collections.abc import Callable, Sequence

from hwkit.circuit.board import Board, Piece
from hwkit.netlist.kicad_project.pages import Page, Point
from hwkit.netlist.kicad_project.symbols import symbol_of

_A4 = (297.0, 210.0)
_PLUS, _MINUS = 76.2, 111.76  # heights of the rails
_LEFT = 25.4
_COLUMNS = {"capacitor": 40.64, "common-mode": 58.42, "bias": 76.2, "test-point": 121.92}
_DIODES = 99.06
_STAGE_X, _STAGE_Y = 226.06, (73.66, 124.46)  # of both amplifiers
_SUPPLY = (121.92, 170.18)
_PACKAGE_UNITS = {"dual-amplifier": 3, "quad-switch": 5}


def draw_sheets(board: Board) -> list[Page]:
    """Return all sheets of a board's schematic, drawn."""
    by_sheet: dict[str, list[Piece]] = {name: [] for name in board.sheets}
    for piece in board.pieces:
        by_sheet[piece.sheet].append(piece)
    draw: dict[str, Callable[[Page, Sequence[Piece], Board], None]] = {
        "couplings": _draw_couplings,
        "supplies": _draw_supplies,
        "reset": _draw_reset,
        "noise": _draw_reset,
        "connectors": _draw_reset,
    }
    pages = []
    for name, title in board.sheets.items():
        pieces = by_sheet[name]
        page = Page(name, title, _size(name, pieces))
        draw.get(name, _draw_unit)(page, pieces, board)
        pages.append(page)
    return pages


def _size(name: str, pieces: Sequence[Piece]) -> Point:
    """Return width and height of a sheet, mm: A4, or what its parts need."""
    if name == "couplings":
        rows = -(-len(pieces) // _COUPLING_COLUMNS)
        return _A4[0], max(_A4[1], 60.96 + _COUPLING_STEP[1] * rows)
    if name in ("reset", "noise", "connectors"):
        return max(_A4[0], 101.6 + 101.6 * len(pieces)), _A4[1]
    return _A4


def _draw_unit(page: Page, pieces: Sequence[Piece], board: Board) -> None:
    of_role: dict[str, list[Piece]] = {}
    for piece in pieces:  # within a role that of the + rail comes first
        of_role.setdefault(piece.role, []).append(piece)
    rails = tuple(of_role["test-point"][side].pads["1"] for side in (0, 1))
    ends: tuple[list[float], list[float]] = ([], [])
    for role, x in _COLUMNS.items():
        for piece in of_role.get(role, []):
            side = rails.index(piece.pads[_ends(piece)[0]])
            _hang(page, piece, x, side)
            ends[side].append(x)
    _draw_diodes(page, of_role["onsite-diode"][0], rails[0], ends)
    for side, (net, y) in enumerate(zip(rails, (_PLUS, _MINUS), strict=True)):
        xs = sorted({_LEFT, *ends[side]})
        page.wire(*((x, y) for x in xs))
        page.junction(*((x, y) for x in xs[1:-1]))
        page.label(net, (_LEFT, y), 180)
    for side in (0, 1):
        _draw_stage(page, of_role, side)
    _draw_supply(page, of_role["amplifier"][0], of_role["decoupling"])


def _hang(page: Page, piece: Piece, x: float, side: int) -> None:
    """Draw a part upwards from the + rail or down from the - rail, a label at its end."""
    reach = 2.54 if piece.part is None else 3.81
    if piece.part is None:
        y, angle = (_PLUS - reach, 0) if side == 0 else (_MINUS + reach, 180)
        page.place(piece, 1, x, y, angle)  # type: ignore[arg-type]
        return
    y, angle = (_PLUS - reach, 180) if side == 0 else (_MINUS + reach, 0)
    places = page.place(piece, 1, x, y, angle)  # type: ignore[arg-type]
    far = _ends(piece)[1]
    page.stub(piece.pads[far], *places[far])


def _ends(piece: Piece) -> tuple[str, str]:
    """Return the pads of a part's two ends, that at the top of its symbol first."""
    if piece.part is None:
        return "1", "1"
    return piece.part.pins["a"], piece.part.pins["b"]


def _draw_diodes(page: Page, piece: Piece, plus: str, ends: tuple[list[float], ...]) -> None:
    """Draw both diodes between the rails, each pad with a wire of its own."""
    middle = (_PLUS + _MINUS) / 2
    for pad, ((x, y), _) in page.place(piece, 1, _DIODES, middle).items():
        side = 0 if piece.pads[pad] == plus else 1
        page.wire((x, y), (x, (_PLUS, _MINUS)[side]))
        ends[side].append(x)


def _draw_stage(page: Page, of_role: dict[str, list[Piece]], side: int) -> None:
    """Draw an inverting amplifier: R1 to its input, R2 across it, Rx from output to rail."""
    x, y = _STAGE_X, _STAGE_Y[side]
    entry, back, drive = (of_role[f"converter{end}"][side] for end in ("-input", "-feedback", ""))
    amplifier = of_role["amplifier"][0]
    pins = page.place(amplifier, 1 + side, x, y)
    minus, plus, output = (pins[pad] for pad in _half(amplifier, side))
    node, corner = (x - 17.78, y - 2.54), (x + 12.7, y)
    first = page.place(entry, 1, x - 30.48, y - 2.54, 90)
    over = page.place(back, 1, x, y - 12.7, 270)
    last = page.place(drive, 1, x + 20.32, y, 90)
    (a, b), (c, d), (e, f) = (_ends(piece) for piece in (entry, back, drive))
    page.wire(first[b][0], node, minus[0])
    page.wire(node, (node[0], y - 12.7), over[d][0])
    page.wire(over[c][0], (corner[0], y - 12.7), corner)
    page.wire(output[0], corner, last[e][0])
    page.stub(entry.pads[a], *first[a])
    page.stub(drive.pads[f], *last[f])
    page.stub(amplifier.pads[_half(amplifier, side)[1]], *plus)
    _named(page, back.pads[d], (node[0], y - 12.7), (node[0], y - 17.78), 90)
    _named(page, back.pads[c], corner, (corner[0], y + 5.08), 270)
    page.junction(node, (node[0], y - 12.7), corner)


def _half(amplifier: Piece, side: int) -> tuple[str, str, str]:
    """Return the pads of one amplifier of a package: inverting input, other input, output."""
    pins = symbol_of(amplifier).units[1 + side]
    return pins[0].pad, pins[1].pad, pins[2].pad


def _named(page: Page, net: str, start: Point, end: Point, way: int) -> None:
    page.wire(start, end)
    page.label(net, end, way)  # type: ignore[arg-type]


def _draw_supply(page: Page, package: Piece, capacitors: Sequence[Piece]) -> None:
    """Draw the supply pins of a package, and its decoupling beside them."""
    assert package.part is not None
    x, y = _SUPPLY
    page.labelled(package, _PACKAGE_UNITS[package.part.role], x, y)
    for k, piece in enumerate(capacitors):
        page.labelled(piece, 1, x - 50.8 + 25.4 * k, y)


_COUPLING_COLUMNS = 3
_COUPLING_STEP = (91.44, 10.16)


def _draw_couplings(page: Page, pieces: Sequence[Piece], board: Board) -> None:
    for k, piece in enumerate(pieces):
        row, column = divmod(k, _COUPLING_COLUMNS)
        x, y = 55.88 + _COUPLING_STEP[0] * column, 25.4 + _COUPLING_STEP[1] * row
        page.labelled(piece, 1, x, y, 90)


def _draw_supplies(page: Page, pieces: Sequence[Piece], board: Board) -> None:
    _draw_reset(page, pieces, board)
    nets = sorted({net for p in pieces if p.role == "bulk" for net in p.pads.values()})
    for k, net in enumerate(nets, start=1):
        page.flag(k, net, 81.28 + 20.32 * k, 170.18)


def _draw_reset(page: Page, pieces: Sequence[Piece], board: Board) -> None:
    """Draw packages and connectors in columns from the left, two-pin parts below them."""
    x, y = 45.72, 38.1
    for piece in (p for p in pieces if p.part is not None and len(p.pads) > 2):
        units = symbol_of(piece).units
        for unit, pins in units.items():
            height = max(abs(pin.y) for pin in pins)
            if y + 2 * height > 134.62:
                x, y = x + 50.8, 38.1
            page.labelled(piece, unit, x, y + height)
            y += _on_grid(2 * height + 20.32)
    small = [p for p in pieces if p.part is None or len(p.pads) <= 2]
    for k, piece in enumerate(small):
        row, column = divmod(k, 10)
        page.labelled(piece, 1, 38.1 + 25.4 * column, 144.78 + 27.94 * row)


def _on_grid(length: float) -> float:
    return round(length / 2.54) * 2.54
