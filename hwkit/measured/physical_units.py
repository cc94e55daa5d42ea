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
_SPELLED = {"milli": "m", "micro": "u", "nano": "n", "kilo": "k"}
_SPELLED_UNIT = re.compile(rf"({'|'.join(_SPELLED)}|[mµμunk])(volts?|seconds?|sec)", re.IGNORECASE)
_COUNTS = {"sequence", "sample", "samples", "value", "values", "index", "point", "points", "#", "x"}
_BRACKETED = re.compile(r"\s*[\[(]\s*([^\[\]()]{1,12})\s*[\])]\s*$|\s*/\s*([a-zA-Zµμ]{1,6})\s*$")
_SUFFIX = re.compile(r"(?:^|[\s_,;:.<{-])([mµμunk][Vs]|[mu]sec)[>}]?\s*$")


def unit_of(text: str) -> tuple[str, float] | None:
    """Return the base unit, "V" or "s", and the factor to it; None if the text is neither."""
    text = text.strip().strip("()[]").strip()
    spelled = _SPELLED_UNIT.fullmatch(text)
    if spelled is not None:
        text = _SPELLED.get(spelled[1].lower(), spelled[1]) + _WORDS[spelled[2].lower()]
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
    """Return name and unit of a column's label: "CH 1 (mV)" is ("CH 1", "mV").

    A unit that ends a name without brackets, as in "time_ms", stays part of the name.
    """
    found = _BRACKETED.search(label)
    if found is None:
        ending = _SUFFIX.search(label)
        return label.strip(), ending[1] if ending else ""
    unit = (found[1] or found[2]).strip()
    if unit_of(unit) is None and found[2]:
        return label.strip(), ""  # a slash within a name
    return label[: found.start()].strip(), unit
