"""The bill of a board: what to order, with every part's designator and what nobody has checked."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass

from hwkit.circuit.board.pieces import Piece
from hwkit.circuit.catalogue import Orderable

_COLUMNS = (
    *("item", "quantity", "number", "maker", "value", "package", "designators"),
    *("unverified", "source", "price"),
)


@dataclass(frozen=True)
class OrderRow:
    """Parts of one number: the catalogue's row, what to order, value as written, designators."""

    part: Orderable
    number: str
    text: str
    designators: tuple[str, ...]


def order_rows(pieces: Iterable[Piece]) -> list[OrderRow]:
    """Return the rows of the bill, in the order of their first part; bare copper is left out."""
    rows: dict[str, list[Piece]] = {}
    for piece in pieces:
        if piece.part is not None:
            rows.setdefault(piece.number, []).append(piece)
    return [
        OrderRow(like[0].part, number, like[0].text, tuple(piece.designator for piece in like))
        for number, like in rows.items()
        if like[0].part is not None
    ]


def order_csv(pieces: Iterable[Piece]) -> str:
    """Return the bill as CSV."""
    stream = io.StringIO()
    table = csv.writer(stream, lineterminator="\n")
    table.writerow(_COLUMNS)
    for item, row in enumerate(order_rows(pieces), start=1):
        part = row.part
        cells = (item, len(row.designators), row.number, part.maker, row.text, part.package)
        source = "" if part.source is None else str(part.source)
        price = "" if part.price is None else f"{part.price:g}"
        table.writerow([*cells, " ".join(row.designators), "; ".join(part.doubts), source, price])
    return stream.getvalue()
