"""Statements of a netlist: models, temperatures, options and start voltages."""

import re
from collections.abc import Callable, Mapping

from hwkit.errors import NetlistError
from hwkit.netlist.reader.diodes import check_model, kelvin
from hwkit.netlist.reader.grammar import OPTIONS, rule
from hwkit.netlist.reader.lines import GROUND, NAME, NAME_CHARACTERS, Card, short
from hwkit.netlist.reader.typed import Capacitor, Element, Model
from hwkit.netlist.reader.words import named, tokens

_START = re.compile(
    rf"v\s*+\(\s*+([{NAME_CHARACTERS}]+)\s*+\)\s*+=\s*+(\{{[^{{}}]*+\}}|\S+)", re.ASCII
)


def model(card: Card, value: Callable[[str], float]) -> Model:
    """Return the model of a `.model` line: name kind(parameters), parentheses or none."""
    name, _, rest = card.rest.strip().partition(" ")
    found = tokens(rest)
    if not found or NAME.fullmatch(name) is None:
        raise NetlistError("expected a name, a kind and parameters: .model name d(is=... n=...)")
    kind, inside = found[0], found[1:]
    if inside[:1] == ["("]:
        if inside[-1] != ")":
            raise NetlistError("the parenthesis of the model is not closed by the line's end")
        inside = inside[1:-1]
    words, values = named([token for token in inside if token != ","])
    if words:
        raise NetlistError(f"{short(words[0])!r} is not understood; parameters are name=value")
    read = Model(card.line, name, kind, {})
    check_model(Model(card.line, name, kind, dict.fromkeys(values, 0.0)))
    return Model(read.line, name, kind, {key: value(word) for key, word in values.items()})


def options(card: Card, value: Callable[[str], float], so_far: dict[str, float]) -> None:
    """Add what an `.options` line says of the circuit."""
    found = [token for token in tokens(card.rest) if token != ","]
    words, values = named(found, mixed=True)
    for word in words:
        if rule(OPTIONS, "the option", word).use == "used":
            raise NetlistError(f"the option {word} needs a value: {word}=...")
    for name, word in values.items():
        if rule(OPTIONS, "the option", name).use == "used":
            once(so_far, name, value(word))


def temperature(card: Card, value: Callable[[str], float], so_far: dict[str, float]) -> None:
    """Add the temperature of a `.temp` line."""
    words = card.rest.replace("=", " ").split()
    if len(words) != 1 or words[0][-1:].isalpha():
        raise NetlistError("hwkit runs at one temperature; give one number of degrees Celsius")
    once(so_far, "temp", value(words[0]))


def once(so_far: dict[str, float], name: str, value: float) -> None:
    """Add a setting that may be repeated, but not changed."""
    if so_far.setdefault(name, value) != value:
        raise NetlistError(f"{name} is given twice, {so_far[name]:g} and {value:g}; keep one")
    if name in ("temp", "tnom"):
        kelvin(value)
    elif name == "gmin" and not value >= 0:
        raise NetlistError(f"gmin is {value:g}; it must not be below 0")
    elif name == "rshunt" and not value > 0:
        raise NetlistError(f"rshunt is {value:g}; it must be above 0")


def starts(
    card: Card, value: Callable[[str], float], node: Callable[[str], str]
) -> dict[str, float]:
    """Return the start voltages of an `.ic` or `.nodeset` line: v(node)=value ..."""
    found: dict[str, float] = {}
    text, at = card.rest, 0
    for match in _START.finditer(text):
        if text[at : match.start()].strip(" ,"):
            break
        name, volt = node(match[1]), value(match[2].rstrip(","))
        if name == GROUND and volt != 0:
            raise NetlistError(f"ground starts at {volt:g} V; it is at 0, so remove it")
        once(found, name, volt)
        at = match.end()
    if text[at:].strip(" ,") or not found:
        raise NetlistError("start voltages are written v(node)=value")
    return found


def charged(given: Mapping[str, float], parts: list[Element]) -> dict[str, float]:
    """Return the start voltage of each node: of `.ic`, and of its capacitors' own `ic=`.

    Capacitors of one node that start differently share their charge.
    """
    own = [p for p in parts if isinstance(p, Capacitor) and p.start is not None]
    result = dict(given)
    nodes = {p.a if p.b == "0" else p.b for p in own if "0" in (p.a, p.b)} - {"0"}
    if not nodes:
        return result
    farad = dict.fromkeys(nodes, 0.0)
    coulomb = dict.fromkeys(nodes, 0.0)
    for part in parts:
        if not isinstance(part, Capacitor) or "0" not in (part.a, part.b):
            continue
        node, sign = (part.a, 1.0) if part.b == "0" else (part.b, -1.0)
        if node in nodes:
            volt = given.get(node, 0.0) if part.start is None else sign * part.start
            farad[node] += part.farad
            coulomb[node] += part.farad * volt
    for node in nodes:
        if farad[node]:
            result[node] = coulomb[node] / farad[node]
    return result
