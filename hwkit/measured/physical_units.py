"""Units as instruments write them, "(mV)", "Volt", "µs", and what one is in volts or seconds."""

import re

_PREFIXES = {
    "f": 1e-15,
    "p": 1e-12,
    "n": 1e-9,
    "u": 1e-6,
    "µ": 1e-6,  # micro sign
    "μ": 1e-6,  # Greek letter
    "m": 1e-3,
    "": 1.0,
    "k": 1e3,
    "M": 1e6,
}
_WORDS = {"volt": "V", "volts": "V", "second": "s", "seconds": "s", "sec": "s", "S": "s"}
_COUNTS = {"sequence", "sample", "samples", "value", "values", "index", "point", "points", "#", "x"}
_BRACKETED = re.compile(r"\s*[\[(]\s*([^\[\]()]{1,12})\s*[\])]\s*$|\s*/\s*([a-zA-Zµμ]{1,6})\s*$")


def unit_of(text: str) -> tuple[str, float] | None:
    """Return the base unit, "V" or "s", and the factor to it; None if the text is neither."""
    text = text.strip().strip("()[]").strip()
    text = _WORDS.get(text, _WORDS.get(text.lower(), text))
    base = text[-1:]
    if base not in ("V", "s") or text[:-1] not in _PREFIXES:
        return None
    return base, _PREFIXES[text[:-1]]


def is_unit_row(cells: list[str]) -> bool:
    """Say whether all cells of a line that are not empty are units or words for a count."""
    given = [cell.strip() for cell in cells if cell.strip()]
    known = [unit_of(cell) is not None for cell in given]
    counts = [cell.strip("()[]").lower() in _COUNTS for cell in given]
    return any(known) and all(a or b for a, b in zip(known, counts, strict=True))


def split_label(label: str) -> tuple[str, str]:
    """Return name and unit of a column's label: "CH 1 (mV)" is ("CH 1", "mV")."""
    found = _BRACKETED.search(label)
    if found is None:
        return label.strip(), ""
    unit = (found[1] or found[2]).strip()
    if unit_of(unit) is None and found[2]:
        return label.strip(), ""  # a slash within a name
    return label[: found.start()].strip(), unit
