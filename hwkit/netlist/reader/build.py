"""One element from one line: which nodes, which values, at which temperature."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from hwkit.errors import NetlistError
from hwkit.netlist.reader.diodes import diode, kelvin
from hwkit.netlist.reader.grammar import ELEMENT_PARAMETERS, ELEMENTS, rule
from hwkit.netlist.reader.lines import GROUND, Card, node_name, short
from hwkit.netlist.reader.scope import Scope, assignments
from hwkit.netlist.reader.sources import supply
from hwkit.netlist.reader.typed import (
    Behavioural,
    Capacitor,
    CurrentSource,
    Device,
    Element,
    Inductor,
    Model,
    Mutual,
    Resistor,
    Transconductor,
    Tree,
    VoltageSource,
)
from hwkit.netlist.reader.words import OTHER_THAN_WORDS, fields, named, refuse

_ELSEWHERE = {
    word for word, is_ in ELEMENT_PARAMETERS["g"].items() if is_.use == "refused"
}  # words that are where a node would, in forms of a G source that are refused
_SOURCE = re.compile(r"\s*([iv])\s*+=(.*+)")
_DEVICE_NODES = {"e": (4, 4), "j": (3, 4), "m": (3, 7), "q": (3, 5), "s": (4, 4), "z": (3, 3)}


@dataclass(frozen=True)
class Temperatures:
    """Of the circuit, and at which its parameters hold, degrees Celsius."""

    celsius: float = 27.0
    nominal: float = 27.0


@dataclass(frozen=True, eq=False)
class Place:
    """Where an element is: at the top, or in one use of a subcircuit.

    Attributes:
        scope: what names stand for.
        models: models that can be named.
        use: name of the use, "" at the top.
        nodes: the use's ports and the nodes that are global, by the name inside.
    """

    scope: Scope
    models: Mapping[str, Model]
    temperatures: Temperatures
    use: str = ""
    nodes: Mapping[str, str] | None = None

    def node(self, word: str) -> str:
        """Return the flat name of a node."""
        if self.nodes is None:
            return node_name(word)
        found = self.nodes.get(word)
        if found is None:
            found = node_name(word)
            if found != GROUND:
                found = f"{self.use}.{found}"
        return found

    def name(self, word: str) -> str:
        """Return the flat name of an element."""
        return f"{word}.{self.use}" if self.use else word

    def value(self, word: str) -> float:
        """Return the value of a word."""
        return self.scope.value(word)

    def model(self, word: str) -> Model:
        """Return a model by its name."""
        if word not in self.models:
            raise NetlistError(f"no model {short(word)!r} is defined; write it as .model")
        return self.models[word]


def build(card: Card, found: Sequence[str], place: Place) -> Element:
    """Return the element of a line.

    Args:
        card: the line.
        found: its tokens behind the name; empty for a behavioural source, whose text counts.
        place: where it is.

    Raises:
        NetlistError: naming the word that is not understood.
    """
    rule(ELEMENTS, "the kind of element", card.name[0])
    return _BUILDERS[card.name[0]](card, found, place)


def _capacitor(card: Card, found: Sequence[str], place: Place) -> Element:
    words, values = fields("c", found, "node node [farad]")
    value = _own_value(words, values, ("c", "cap", "capacitance"), "farad")
    farad = place.value(value) * _factor(values, place)
    start = place.value(values["ic"]) if "ic" in values else None
    a, b = map(place.node, words[:2])
    return Capacitor(card.line, place.name(card.name), a, b, farad, start)


def _resistor(card: Card, found: Sequence[str], place: Place) -> Element:
    words, values = fields("r", found, "node node [ohm]")
    value = _own_value(words, values, ("r", "resistance"), "ohm")
    copies = _copies(values, place)
    ohm = place.value(value) * _factor(values, place) / copies**2
    if ohm == 0:
        raise NetlistError("the resistance is 0; it must not be")
    a, b = map(place.node, words[:2])
    return Resistor(card.line, place.name(card.name), a, b, ohm)


def _inductor(card: Card, found: Sequence[str], place: Place) -> Element:
    words, values = fields("l", found, "node node [henry]")
    henry = place.value(_own_value(words, values, ("l",), "henry"))
    start = place.value(values["ic"]) if "ic" in values else None
    a, b = map(place.node, words[:2])
    return Inductor(card.line, place.name(card.name), a, b, henry, start)


def _mutual(card: Card, found: Sequence[str], place: Place) -> Element:
    words, values = fields("k", found, "inductor inductor [coupling]")
    coupling = place.value(_own_value(words, values, ("k",), "coupling"))
    first, second = (place.name(word) for word in words[:2])
    if first == second:
        raise NetlistError(f"the inductor {first!r} is coupled to itself; name two")
    return Mutual(card.line, place.name(card.name), first, second, coupling)


def _transconductor(card: Card, found: Sequence[str], place: Place) -> Element:
    if len(found) == 5 and found[2] not in _ELSEWHERE and OTHER_THAN_WORDS.isdisjoint(found):
        words, siemens = found, place.value(found[4])
    else:
        refuse("g", [token for token in found[2:4] if token in _ELSEWHERE])
        words, values = fields("g", found, "node node control control [siemens]")
        if "gain" in values and "m" in values:
            raise NetlistError("ngspice ignores m= behind gain=; write the product as gain=")
        value = place.value(_own_value(words, values, ("gain",), "siemens"))
        siemens = value * _copies(values, place)
    plus, minus, control, reference = map(place.node, words[:4])
    name = place.name(card.name)
    return Transconductor(card.line, name, plus, minus, control, reference, siemens)


def _current(card: Card, found: Sequence[str], place: Place) -> Element:
    ends = _ends(found, place)
    name = place.name(card.name)
    given = supply("i", name, found[2:], place.value)
    return CurrentSource(card.line, name, *ends, given.dc, given.wave, given.noise)


def _voltage(card: Card, found: Sequence[str], place: Place) -> Element:
    ends = _ends(found, place)
    name = place.name(card.name)
    given = supply("v", name, found[2:], place.value)
    return VoltageSource(card.line, name, *ends, given.dc, given.wave)


def _behavioural(card: Card, found: Sequence[str], place: Place) -> Element:
    plus, minus, source = [*card.rest.split(maxsplit=2), "", "", ""][:3]
    match = _SOURCE.fullmatch(source)
    if match is None:
        raise NetlistError("the line is too short; expected node node i=expression (or v=...)")
    kind, text = match[1], match[2]
    behind = list(assignments(text))
    if behind:
        text = text[: behind[0][2]]
    refuse("b", [name for name, _, _ in behind])
    copies = _copies({name: value for name, value, _ in behind}, place)
    tree: Tree = place.scope.behavioural(text, place.node)
    if copies != 1.0:
        tree = ("*", ("number", copies), tree)
    ends = place.node(plus), place.node(minus)
    return Behavioural(card.line, place.name(card.name), *ends, kind, tree)


def _diode(card: Card, found: Sequence[str], place: Place) -> Element:
    words, values = named(found)
    refuse("d", values)
    if words[3:] and words[-1] == "off":
        refuse("d", ["off"])
    if len(words) not in (3, 4) or (len(words) == 4 and "area" in values):
        raise NetlistError("expected anode cathode model [area=...], and the model in this netlist")
    area = place.value(values.get("area", words[3] if len(words) == 4 else "1"))
    ends = place.node(words[0]), place.node(words[1])
    celsius, own = _celsius(values, place)
    return diode(
        card.line,
        place.name(card.name),
        ends,
        place.model(words[2]),
        area * _copies(values, place),
        celsius,
        place.temperatures.nominal,
        celsius if own else None,
    )


def _device(card: Card, found: Sequence[str], place: Place) -> Element:
    letter = card.name[0]
    least, most = _DEVICE_NODES[letter]
    words, given = named(found)
    values = {name: place.value(value) for name, value in given.items()}
    name = place.name(card.name)
    if letter == "e":
        if len(words) != 5 or values:
            raise NetlistError(
                "only a constant gain is understood: node node control control gain; write "
                "anything else as a B source: B... plus minus v=expression"
            )
        nodes = tuple(map(place.node, words[:4]))
        return Device(card.line, name, nodes, None, (place.value(words[4]),))
    at = next((k for k in range(least, most + 1) if k < len(words) and words[k] in place.models), 0)
    if not at:
        raise NetlistError(
            f"expected {least} to {most} nodes and a model that this netlist defines as .model"
        )
    behind = tuple(word if word in ("on", "off") else place.value(word) for word in words[at + 1 :])
    nodes = tuple(map(place.node, words[:at]))
    return Device(card.line, name, nodes, place.model(words[at]), behind, values)


_BUILDERS: Mapping[str, Callable[[Card, Sequence[str], Place], Element]] = {
    "b": _behavioural,
    "c": _capacitor,
    "d": _diode,
    "g": _transconductor,
    "i": _current,
    "k": _mutual,
    "l": _inductor,
    "r": _resistor,
    "v": _voltage,
    **dict.fromkeys(_DEVICE_NODES, _device),
}


def _ends(found: Sequence[str], place: Place) -> tuple[str, str]:
    if len(found) < 3:
        raise NetlistError("the line is too short; expected node node [dc] value")
    return place.node(found[0]), place.node(found[1])


def _own_value(
    words: Sequence[str], values: Mapping[str, str], names: Sequence[str], unit: str
) -> str:
    """Return the word of an element's own value: the last plain one, or a named one."""
    plain = 4 if unit == "siemens" else 2
    given = [*words[plain:], *(values[name] for name in names if name in values)]
    if not given:
        nodes = {"siemens": "node node control control", "coupling": "inductor inductor"}
        raise NetlistError(f"the line is too short; expected {nodes.get(unit, 'node node')} {unit}")
    if len(given) > 1:
        raise NetlistError(f"the value is given twice, {given[0]} and {given[1]}; keep one")
    return given[0]


def _copies(values: Mapping[str, str], place: Place) -> float:
    copies = place.value(values["m"]) if "m" in values else 1.0
    if not (math.isfinite(copies) and copies > 0):
        raise NetlistError(f"m={copies:g} is not a number of copies; write 1 or more")
    return copies


def _celsius(values: Mapping[str, str], place: Place) -> tuple[float, bool]:
    """Return an element's temperature, and whether its own line says so."""
    own = "temp" in values or "dtemp" in values
    if "temp" in values:
        celsius = place.value(values["temp"])
    else:
        shift = place.value(values["dtemp"]) if "dtemp" in values else 0.0
        celsius = place.temperatures.celsius + shift
    kelvin(celsius)  # refuses what no part has
    return celsius, own


def _factor(values: Mapping[str, str], place: Place) -> float:
    """Return what copies, scale and temperature make of a value: m scale (1 + tc1 dT + tc2 dT^2).

    dT counts from the temperature at which the netlist's parameters hold.
    """
    factor = _copies(values, place) * (place.value(values["scale"]) if "scale" in values else 1.0)
    if "tc1" in values or "tc2" in values:
        first, second = (
            place.value(values[name]) if name in values else 0.0 for name in ("tc1", "tc2")
        )
        hotter = _celsius(values, place)[0] - place.temperatures.nominal
        factor *= 1 + first * hotter + second * hotter**2
    if factor == 0 or not math.isfinite(factor):
        raise NetlistError(f"scale and temperature multiply the value by {factor:g}; correct them")
    return factor
