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


def visible_noise(text: str, nodes: Sequence[str]) -> FloatArray | None:
    """Return the root of each node's two-sided density, A/sqrt(Hz); None if it can't be seen.

    Only white `trnoise` currents between ground and a node, with plain numbers, can be seen.
    """
    density = np.zeros(len(nodes))
    for line in joined(text):
        if not re.search(r"trnoise|external|\bpwl\b|trrandom", line):
            continue
        match = _SOURCE.match(line)
        if match is None:
            return None
        a, b, amplitude, step, rest = match.groups()
        ends = [end for end in (a, b) if end not in _GROUND]
        copies = re.search(r"\bm\s*=\s*(\S+)", rest)
        numbers = [_value(word) for word in (amplitude, step, copies[1] if copies else "1")]
        if len(ends) != 1 or ends[0] not in nodes or not all(map(math.isfinite, numbers)):
            return None
        density[nodes.index(ends[0])] += (numbers[0] * numbers[2]) ** 2 * numbers[1]
    return np.sqrt(density)


def _value(word: str) -> float:
    match = _NUMBER.fullmatch(word)
    return float(match[1]) * _SUFFIX.get(match[2] or "", 1.0) if match else math.nan
