"""Node names that are safe in any netlist, made from the names of units.

SPICE knows no quotes, takes letter case for nothing, and gives words such as `0`, `gnd` or `time` a
meaning; a name with a line end would start a line of its own. A node name therefore is

    x<digits>                      as for units without names, or
    u_<words joined by single _>   lower-case letters and digits, at most 40 characters,

words that mean nothing to any simulator. Names of that form stay as they are; of others, accents
are dropped and each run of other characters becomes one underscore. Two underscores in a row never
occur, so that a family may call further nodes `<node>__<what>`.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

_SAFE = re.compile(r"x[0-9]{1,9}|u(?:_[a-z0-9]+)+")
_UNSAFE = re.compile(r"[^a-z0-9]+")
_LONGEST = 40


def safe_nodes(names: Sequence[str]) -> tuple[str, ...]:
    """Return a node name for each unit's name, all different, always the same for the same names.

    Units whose names become the same are numbered in their order: `u_eye_1`, `u_eye_2`.
    """
    words = [_safe(name) for name in names]
    count = Counter(words)
    taken = set(count)
    last: Counter[str] = Counter()
    nodes = []
    for word in words:
        node = word
        while count[word] > 1 and node in taken:
            last[word] += 1
            node = f"{word}_{last[word]}"
        taken.add(node)
        nodes.append(node)
    return tuple(nodes)


def _safe(name: str) -> str:
    if len(name) <= _LONGEST and _SAFE.fullmatch(name):
        return name
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = _UNSAFE.sub("_", plain)[: _LONGEST - 2].strip("_")
    return f"u_{words or 'unit'}"
