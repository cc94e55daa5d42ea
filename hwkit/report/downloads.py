"""Numbers of a page as CSV inside a link, so that they can be downloaded without a server."""

import csv
import io
from collections.abc import Iterable, Sequence
from urllib.parse import quote

_KEPT = " ,:/()=+"  # characters that a data URI holds as they are, and that need no escape in HTML


def csv_text(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a head and rows as CSV; numbers to six digits."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(head)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return stream.getvalue()


def csv_uri(text: str) -> str:
    """Return CSV as a data URI."""
    return "data:text/csv;charset=utf-8," + quote(text, safe=_KEPT)


def _cell(value: object) -> object:
    return f"{value:.6g}" if isinstance(value, float) else value
