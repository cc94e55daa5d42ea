"""Plain lines: a capacitor, resistor, transconductor or constant current, with numbers in full.

Most lines of a rendered netlist are plain; one expression tells them, so that a million is read in
seconds. They need no name looked up, and become elements as they come.
"""

import re

from hwkit.errors import NetlistError
from hwkit.netlist.reader.lines import NAME_CHARACTERS, node_name
from hwkit.netlist.reader.numbers import number
from hwkit.netlist.reader.typed import (
    Capacitor,
    CurrentSource,
    Element,
    Resistor,
    Transconductor,
)

_N = f"[{NAME_CHARACTERS}]+"
PLAIN = re.compile(
    rf"(?:(g{_N}) ({_N}) ({_N}) ({_N}) ({_N})|([cr]{_N}) ({_N}) ({_N})|(i{_N}) ({_N}) ({_N}) dc)"
    r" ([+-]?\d+(?:\.\d*)?(?:e[+-]?\d+)?)",
    re.ASCII,
)


class Nodes(dict[str, str]):
    """Names of nodes, each held once."""

    def __missing__(self, name: str) -> str:
        self[name] = found = node_name(name)
        return found


def plain_element(line: int, match: re.Match[str], nodes: Nodes) -> Element:
    """Return the element of a plain line."""
    g, a, b, c, d, two, e, f, i, m, n, text = match.groups()
    value = float(text)
    if value - value or (value == 0 and text.strip("+-0.e") != ""):
        value = number(text)  # says what is wrong with it
    if g:
        return Transconductor(line, g, nodes[a], nodes[b], nodes[c], nodes[d], value)
    if i:
        return CurrentSource(line, i, nodes[m], nodes[n], value)
    if two[0] == "c":
        return Capacitor(line, two, nodes[e], nodes[f], value)
    if value == 0:
        raise NetlistError("the resistance is 0; it must not be")
    return Resistor(line, two, nodes[e], nodes[f], value)
