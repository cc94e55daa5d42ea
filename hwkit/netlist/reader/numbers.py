"""SPICE numbers: `1e-12`, `10k`, `2meg`, `5pF`; `M` is milli, letters behind a suffix are ignored.

What ngspice reads in a way that nobody means is refused: `1e-12F` (femto, not farad), `5a` (no atto
in ngspice 39), `2k5`, `1,000`.
"""

import math
import re

from hwkit.errors import NetlistError
from hwkit.netlist.reader.lines import short

LITERAL = r"(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?"
_NUMBER = re.compile(rf"([+-]?{LITERAL})([a-z]*)", re.ASCII)
_DIGIT = re.compile("[1-9]")
_SUFFIX = re.compile(r"meg|mil|[tgkmunpf]")
_SUFFIXES = {
    "t": 1e12, "g": 1e9, "meg": 1e6, "k": 1e3, "m": 1e-3, "mil": 25.4e-6,
    "u": 1e-6, "n": 1e-9, "p": 1e-12, "f": 1e-15,
}  # fmt: skip


def number(text: str, in_braces: bool = False) -> float:
    """Read a SPICE number; `in_braces` for one of an expression in braces.

    Raises:
        NetlistError: if the text is not a finite number, or one that ngspice misreads.
    """
    try:
        value = float(text)  # the plain form; what else Python takes is refused below
    except ValueError:
        value = math.nan
    match = _NUMBER.fullmatch(text.lower())
    if match is None:
        raise NetlistError(f"{short(text)!r} is not a number")
    letters = match[2]
    if letters:
        value = float(match[1]) * _factor(text, match[1], letters, in_braces)
    if not math.isfinite(value) or (value == 0 and _DIGIT.search(match[1].partition("e")[0])):
        raise NetlistError(f"{short(text)!r} is not a number: it is too large or too small")
    return value


def _factor(text: str, digits: str, letters: str, in_braces: bool) -> float:
    if letters[0] == "e":
        raise NetlistError(f"{short(text)!r} ends in an exponent without a number; write it whole")
    if letters[0] == "a":
        raise NetlistError(
            f"{short(text)!r}: versions of ngspice differ on 'a' after a number; write e-18 for "
            "atto, or leave the unit out"
        )
    if letters[0] == "f" and "e" in digits:
        raise NetlistError(
            f"{short(text)!r}: ngspice reads 'f' after a number as femto; leave the unit out"
        )
    found = _SUFFIX.match(letters)
    if found and found[0] == "mil" and in_braces:
        raise NetlistError(f"{short(text)!r}: ngspice reads 'mil' in braces as milli; write 25.4u")
    return _SUFFIXES[found[0]] if found else 1.0
