"""Tables of a page: folded under their captions, with their data to download, fit for phones.

Templates write plain tables. Here each is put under a line that opens it; its cells get the names
of their columns, which narrow screens show in place of the head; its numbers become CSV: without
typesetting, a value and its standard error in columns of their own.
"""

import re
from html import unescape
from itertools import count

from markupsafe import Markup, escape

from hwkit.report.downloads import csv_text, csv_uri

_TABLE = re.compile(r"<table([^>]*)>(.*?)</table>", re.DOTALL)
_ROW = re.compile(r"<tr([^>]*)>(.*?)</tr>", re.DOTALL)
_CELL = re.compile(r"<(th|td)((?:[^>\"]|\"[^\"]*\")*)>(.*?)</\1>", re.DOTALL)
_CAPTION = re.compile(r"<caption>(.*?)</caption>\s*", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_BREAK = re.compile(r"<br>|</p>|</div>")

_EXPONENT = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
_POWER = re.compile(r"(\d[\d.]*) × 10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)|\b10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)")
_MEASURED = re.compile(
    r"^\(?(-?[\d.]+(?:e-?\d+)?) ± ([\d.]+(?:e-?\d+)?)\)?(?: × 10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+))?(?: (.*))?$"
)
_OPEN = re.compile(r'class="[^"]*\bopen\b')  # a table that is not folded


def finished_tables(page: str, anchor: str) -> Markup:
    """Return the markup of a section with its tables folded and their data beside them."""
    numbers = count(1)
    return Markup(_TABLE.sub(lambda found: _folded(found, f"{anchor}-{next(numbers)}"), page))


def _folded(found: re.Match[str], name: str) -> str:
    attributes, body = found[1], found[2]
    caption = _CAPTION.search(body)
    title, rest = _split(caption[1]) if caption else ("Table", "")
    columns = _head(body)
    if len(columns) > 3 and "data-label" not in body:
        body, attributes = _labelled(body, columns), _with_class(attributes, "stacked")
    head, rows = table_rows(body)
    link = csv_uri(csv_text(head, rows) if head else csv_text(rows[0], rows[1:]))
    return (
        f'<details class="table"{" open" if _OPEN.search(attributes) else ""}>'
        f"<summary>{title}</summary>{f'<p>{rest}</p>' if rest else ''}"
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(_text(title))}">'
        f"<table{attributes}>{body}</table></div>"
        f'<p class="data"><a download="{name}.csv" href="{escape(link)}">Download the data (CSV)'
        "</a></p></details>"
    )


def _split(caption: str) -> tuple[str, str]:
    """Return the first sentence of a caption, and the rest."""
    first, stop, rest = caption.strip().partition(". ")
    return first.rstrip("."), rest if stop else ""


def _with_class(attributes: str, name: str) -> str:
    """Return the attributes of a table with one more class."""
    if 'class="' in attributes:
        return attributes.replace('class="', f'class="{name} ', 1)
    return f'{attributes} class="{name}"'


def _head(body: str) -> list[str]:
    """Return the names of the columns of a table; nothing if it has no head."""
    first = _ROW.search(body)
    if first is None or "<td" in first[2]:
        return []
    return [_text(cell[2]) for cell in _CELL.findall(first[2])]


def _labelled(body: str, head: list[str]) -> str:
    """Give each cell of the body the name of its column, where a row has a cell for each."""
    before, tag, rows = body.partition("<tbody")

    def label(row: re.Match[str]) -> str:
        if len(_CELL.findall(row[2])) != len(head) or "colspan" in row[2]:
            return row[0]
        names = iter(head)
        cells = _CELL.sub(
            lambda cell: (
                f'<{cell[1]}{cell[2]} data-label="{escape(next(names))}">{cell[3]}</{cell[1]}>'
            ),
            row[2],
        )
        return f"<tr{row[1]}>{cells}</tr>"

    return before + tag + _ROW.sub(label, rows)


def table_rows(body: str) -> tuple[list[str], list[list[str]]]:
    """Return the head and the rows of a table as plain text, fit for programs.

    A value and its standard error have columns of their own; a row that names the group of those
    below it becomes a first column.
    """
    rows = [
        (attributes, [_text(cell[2]) for cell in _CELL.findall(row)], "<td" in row)
        for attributes, row in _ROW.findall(body)
    ]
    head = _head(body)
    grouped, group, content = any("group" in attributes for attributes, *_ in rows), "", []
    for attributes, cells, _ in rows[1 if head else 0 :]:
        if "group" in attributes:
            group = cells[0]
        elif cells:
            content.append([group, *cells] if grouped else cells)
    return _columns(["group", *head] if grouped and head else head, content)


def _columns(head: list[str], rows: list[list[str]]) -> tuple[list[str], list[list[str]]]:
    """Split each column that has standard errors in two."""
    width = max((len(row) for row in rows), default=len(head))
    split = [any(k < len(row) and _MEASURED.match(row[k]) for row in rows) for k in range(width)]
    names = [
        name
        for k in range(width)
        for base in [head[k] if k < len(head) else ""]
        for name in ([base, f"{base} standard error"] if split[k] else [base])
    ]
    content = [
        [part for k, cell in enumerate(row) for part in _parts(cell, split[k])] for row in rows
    ]
    return (names if head else []), content


def _parts(cell: str, split: bool) -> list[str]:
    found = _MEASURED.match(cell) if split else None
    if found is None:
        plain = _POWER.sub(_scientific, cell)
        return [plain, ""] if split else [plain]
    value, error, power, unit = found.groups()
    scale = f"e{power.translate(_EXPONENT)}" if power else ""
    return [f"{value}{scale} {unit or ''}".rstrip(), f"{error}{scale}"]


def _scientific(found: re.Match[str]) -> str:
    if found[3]:
        return f"1e{found[3].translate(_EXPONENT)}"
    return f"{found[1]}e{found[2].translate(_EXPONENT)}"


def _text(markup: str) -> str:
    """Return the text of a cell with plain spaces, minus signs and digits."""
    text = unescape(_TAG.sub("", _BREAK.sub(" ", markup)))
    text = re.sub("(?<=\\d)\N{NARROW NO-BREAK SPACE}(?=\\d)", "", text)
    text = " ".join(text.split()).replace("−", "-")
    return "" if text == "–" else text
