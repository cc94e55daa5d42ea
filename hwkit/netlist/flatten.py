"""Subcircuits written out: each use becomes the elements of its definition.

Inside a definition, ports become the nodes of the use, other nodes `<use>.<node>`, and `{name}` the
value of a parameter. Definitions within definitions, and uses within them, are refused.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from hwkit.netlist.parse import Card, cards
from hwkit.netlist.size import MAX_BYTES

_DEFINITION = re.compile(r"^[ \t]*\.subckt\b", re.IGNORECASE | re.MULTILINE)
_BRACES = re.compile(r"\{([^{}]*)\}")
_WORD = re.compile(r"(?<!\w)[a-z_]\w*+(?!\()")
_VOLTAGE = re.compile(r"v\(\s*([^\s(),]+)\s*\)")
_NODES = {"c": 2, "r": 2, "g": 4, "i": 2, "b": 2}
_GROUND = ("0", "gnd")


@dataclass
class _Definition:
    start: Card
    ports: list[str]
    defaults: dict[str, str]
    body: list[Card] = field(default_factory=list)


def flatten(text: str) -> Iterator[Card]:
    """Yield the cards of a netlist with its subcircuits written out.

    Raises:
        NetlistError: naming the line, if a definition or a use can't be understood, or if it would
            become longer than any netlist that hwkit reads.
    """
    if not _DEFINITION.search(text):
        yield from cards(text)
        return
    definitions = _definitions(text)
    inside, size = False, 0
    for card in cards(text):
        if card.name == ".subckt":
            inside = True
        elif card.name == ".ends":
            inside = False
        elif card.name[0] == "x" and not inside:
            for element in _expand(card, definitions):
                size += len(element.name) + len(element.rest)
                if size > MAX_BYTES:
                    raise card.error(
                        f"with its subcircuits written out the netlist is larger than "
                        f"{MAX_BYTES / 1e6:g} MB; hwkit reads none of that size"
                    )
                yield element
        elif not inside:
            yield card


def _definitions(text: str) -> dict[str, _Definition]:
    found: dict[str, _Definition] = {}
    current: _Definition | None = None
    for card in cards(text):
        if card.name == ".subckt":
            words, values = _split(card)
            if current is not None or not words:
                raise card.error("a subcircuit needs a name and can't stand inside another")
            current = _Definition(card, words[1:], values)
            if found.setdefault(words[0], current) is not current:
                raise card.error(f"subcircuit {words[0]!r} is defined twice")
        elif card.name == ".ends":
            if current is None:
                raise card.error("no subcircuit to end")
            current = None
        elif current is not None:
            if card.name[0] not in _NODES:
                raise card.error("this kind of line is not understood inside a subcircuit")
            current.body.append(card)
    if current is not None:
        raise current.start.error("the subcircuit has no .ends")
    return found


def _split(card: Card) -> tuple[list[str], dict[str, str]]:
    """Return the plain words of a line and its `name=value` pairs."""
    joined = "=".join(side.strip() for side in card.rest.split("="))
    words = [word for word in joined.split() if word != "params:"]
    pairs = dict(word.split("=", 1) for word in words if "=" in word)
    return [word for word in words if "=" not in word], pairs


def _expand(card: Card, definitions: dict[str, _Definition]) -> Iterator[Card]:
    words, values = _split(card)
    if not words or words[-1] not in definitions:
        raise card.error(f"no subcircuit {words[-1] if words else ''!r} is defined")
    definition = definitions[words[-1]]
    if len(words) - 1 != len(definition.ports):
        raise card.error(
            f"{len(words) - 1} nodes are given, but the subcircuit has {len(definition.ports)}"
        )
    unknown = values.keys() - definition.defaults.keys()
    if unknown:
        raise card.error(f"the subcircuit has no parameter {min(unknown)!r}")
    nodes = dict(zip(definition.ports, words[:-1], strict=True)) | {g: g for g in _GROUND}
    given = definition.defaults | values
    for element in definition.body:
        yield replace(
            element, name=f"{element.name}.{card.name}", rest=_inside(element, card, nodes, given)
        )


def _inside(element: Card, use: Card, nodes: dict[str, str], given: dict[str, str]) -> str:
    """Return an element's words with the nodes and values of one use."""

    def node(name: str) -> str:
        return nodes.get(name, f"{use.name}.{name}")

    def values(braces: re.Match[str]) -> str:
        if braces[1].strip() in given:
            return given[braces[1].strip()]
        return "{" + _WORD.sub(lambda word: given.get(word[0], word[0]), braces[1]) + "}"

    count = _NODES[element.name[0]]
    words = element.rest.split(maxsplit=count)
    rest = _VOLTAGE.sub(lambda v: f"v({node(v[1])})", words[count] if len(words) > count else "")
    return " ".join([*map(node, words[:count]), _BRACES.sub(values, rest)])
