"""The strength of noise sources that can be seen in the text, parsed in the simplest way."""

import math
import re
from collections.abc import Sequence

import numpy as np

from tests.differential.bench import FloatArray, joined

_SOURCE = re.compile(
    r"^i\S*\s+(\S+)\s+(\S+)\s.*\btrnoise\s*\(?\s*([^\s,()]+)[\s,]+([^\s,()]+)(.*)$"
)
_NUMBER = re.compile(r"([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)(meg|mil|[tgkmunpfa])?[a-z]*")
_SUFFIX = {
    "t": 1e12, "g": 1e9, "meg": 1e6, "k": 1e3, "m": 1e-3, "mil": 25.4e-6, "u": 1e-6, "n": 1e-9,
    "p": 1e-12, "f": 1e-15, "a": 1e-18,
}  # fmt: skip
_GROUND = ("0", "gnd")


def visible_noise(text: str, ends: Sequence[tuple[str, str]]) -> FloatArray | None:
    """Return the root of each unit's two-sided density, A/sqrt(Hz); None if it can't be seen.

    Only white `trnoise` currents between the ends of a unit, with plain numbers, can be seen.
    """
    places = {frozenset(pair): k for k, pair in enumerate(ends)}
    density = np.zeros(len(ends))
    lines = joined(text)
    held = {node for line in lines if line[0] == "v" for node in line.split()[1:3]} - {*_GROUND}
    for line in lines:
        if not re.search(r"trnoise|external|\bpwl\b|trrandom", line):
            continue
        match = _SOURCE.match(line)
        if match is None:
            return None
        a, b, amplitude, step, rest = match.groups()
        if held & {a, b}:
            continue  # moves nothing
        pair = frozenset("0" if end in _GROUND else end for end in (a, b))
        copies = re.search(r"\bm\s*=\s*(\S+)", rest)
        numbers = [_value(word) for word in (amplitude, step, copies[1] if copies else "1")]
        if pair not in places or not all(map(math.isfinite, numbers)):
            return None
        density[places[pair]] += (numbers[0] * numbers[2]) ** 2 * numbers[1]
    return np.sqrt(density)


def _value(word: str) -> float:
    match = _NUMBER.fullmatch(word)
    return float(match[1]) * _SUFFIX.get(match[2] or "", 1.0) if match else math.nan
