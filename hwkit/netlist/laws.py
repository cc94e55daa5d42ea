"""The laws of a netlist's nodes: which current each element draws from the nodes it touches.

    C_i dv_i/dt = -( sum_j g_ij v_j + c_i v_i^3 + k_i + currents of diodes )

Collected element by element, without knowing what the netlist is meant to compute.
"""

import re
from collections import defaultdict
from dataclasses import dataclass, field

from hwkit.errors import NetlistError
from hwkit.netlist.flatten import flatten
from hwkit.netlist.parse import Card, Polynomial, number, polynomial

GROUND = {"0", "gnd"}
_IGNORED = {".options", ".option", ".tran", ".ic", ".save", ".print", ".end", ".temp", ".op"}
_ASSIGNMENT = re.compile(r"(?<!\w)(\w++)\s*+=\s*([^\s()]+)")
_NOISE = re.compile(r"external|trnoise|pwl")


@dataclass(frozen=True)
class Diode:
    """A diode from anode to cathode: saturation current, A, and emission coefficient."""

    anode: str
    cathode: str
    ampere: float
    emission: float


@dataclass
class Laws:
    """Currents that leave each node.

    Attributes:
        capacitance: of each node to ground, in the order of the elements, F.
        out, control, conductance: current conductance * v(control) leaves `out`, S.
        cubic: current cubic * v^3 leaves the node, A/V^3.
        constant: current that leaves the node, A.
        fixed: nodes that voltage sources hold, V.
        diodes: the diodes.
        parameters: values of `.param hwkit_*`, without that prefix.
    """

    capacitance: dict[str, float] = field(default_factory=dict)
    out: list[str] = field(default_factory=list)
    control: list[str] = field(default_factory=list)
    conductance: list[float] = field(default_factory=list)
    cubic: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    constant: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    fixed: dict[str, float] = field(default_factory=dict)
    diodes: list[Diode] = field(default_factory=list)
    parameters: dict[str, float] = field(default_factory=dict)

    def linear(self, plus: str, minus: str, control: str, reference: str, value: float) -> None:
        """Current value * (v_control - v_reference) flows from plus to minus."""
        for node, sign in ((plus, value), (minus, -value)):
            if node in GROUND:
                continue
            for source, weight in ((control, sign), (reference, -sign)):
                if source not in GROUND:
                    self.out.append(node)
                    self.control.append(source)
                    self.conductance.append(weight)


def read_parameters(text: str) -> dict[str, float]:
    """Return the values of a netlist's `.param hwkit_*`, without that prefix."""
    laws = Laws()
    for card in flatten(text):
        if card.name == ".param":
            _read(card, laws)
    return laws.parameters


def read_laws(text: str) -> Laws:
    """Return the laws of a netlist.

    Raises:
        NetlistError: naming the line, if an element has no place in a machine.
    """
    laws, models = Laws(), {}
    elements = list(flatten(text))
    for card in elements:
        if card.name == ".model":
            name, values = _diode_model(card)
            models[name] = values
    for card in elements:
        if card.name[0] == "d":
            laws.diodes.append(_diode(card, models))
        elif card.name != ".model":
            _read(card, laws)
    return laws


def _read(card: Card, laws: Laws) -> None:
    readers = {
        "c": _capacitor,
        "g": _transconductor,
        "r": _resistor,
        "i": _current,
        "b": _behavioural,
        "v": _voltage,
    }
    if card.name in _IGNORED:
        return
    reader = _parameter if card.name == ".param" else readers.get(card.name[0])
    if reader is None:
        raise card.error("this kind of line can't be part of a machine")
    try:
        reader(card, laws)
    except NetlistError as error:
        raise card.error(str(error)) from None


def _parameter(card: Card, laws: Laws) -> None:
    for name, value in _ASSIGNMENT.findall(card.rest):
        if name.startswith("hwkit_"):
            laws.parameters[name.removeprefix("hwkit_")] = number(value)


def _words(card: Card, names: str) -> list[str]:
    """Return the words of an element with exactly these fields; a start value may follow."""
    wanted = names.split()
    words, rest = card.words[: len(wanted)], card.words[len(wanted) :]
    if len(words) < len(wanted):
        raise NetlistError(f"the line is too short; expected {names}")
    if rest and not rest[0].startswith("ic="):
        raise NetlistError(f"{rest[0]!r} is not understood; expected {names} and no more")
    return words


def _capacitor(card: Card, laws: Laws) -> None:
    a, b, value = _words(card, "node node farad")
    if (a in GROUND) == (b in GROUND):
        raise NetlistError("only capacitors from a node to ground can be part of a machine")
    node = b if a in GROUND else a
    laws.capacitance[node] = laws.capacitance.get(node, 0.0) + number(value)


def _transconductor(card: Card, laws: Laws) -> None:
    names = "node node control control siemens"
    plus, minus, control, reference, value = _words(card, names)
    laws.linear(plus, minus, control, reference, number(value))


def _resistor(card: Card, laws: Laws) -> None:
    a, b, value = _words(card, "node node ohm")
    resistance = number(value)
    if resistance == 0:
        raise NetlistError("the resistance is 0; it must not be")
    laws.linear(a, b, a, b, 1 / resistance)


def _current(card: Card, laws: Laws) -> None:
    words = card.rest.replace("=", " ").split()
    if words[2:3] == ["dc"]:
        del words[2]
    if len(words) < 3:
        raise NetlistError("the line is too short; expected node node [dc] ampere")
    plus, minus, first, *rest = words
    if first.startswith("pwl") and not card.name.startswith("in"):
        raise NetlistError("a waveform drives this node; only noise, named in..., may have one")
    if _NOISE.match(first):
        return
    if rest and not (rest[0] == "external" or rest[0].startswith("trnoise")):
        raise NetlistError(f"{rest[0]!r} is not understood; only dc, trnoise and external are")
    value = number(first)
    for node, sign in ((plus, 1.0), (minus, -1.0)):
        if node not in GROUND:
            laws.constant[node] += sign * value


def _behavioural(card: Card, laws: Laws) -> None:
    words = card.rest.split(maxsplit=2)
    if len(words) < 3:
        raise NetlistError("the line is too short; expected node node i=expression")
    plus, minus, source = words
    kind, _, expression = source.partition("=")
    if kind.strip() != "i":
        raise NetlistError("only current sources (i=...) can be part of a machine")
    terms: Polynomial = polynomial(_without_braces(expression))
    for node, sign in ((plus, 1.0), (minus, -1.0)):
        if node in GROUND:
            continue
        for names, coefficient in terms.items():
            if not names:
                laws.constant[node] += sign * coefficient
            elif len(names) == 1:
                laws.linear(node, "0", names[0], "0", sign * coefficient)
            elif names == (node,) * 3:
                laws.cubic[node] += sign * coefficient
            elif coefficient:
                raise NetlistError(f"the term {'*'.join(names)} is not in a quartic unit's force")


def _without_braces(expression: str) -> str:
    """Return what braces around a whole expression hold, as Xyce writes it."""
    text = expression.strip()
    return text[1:-1] if text[:1] == "{" and text[-1:] == "}" else text


def _voltage(card: Card, laws: Laws) -> None:
    words = card.rest.replace("=", " ").split()
    if words[2:3] == ["dc"]:
        del words[2]
    if len(words) != 3 or words[1] not in GROUND:
        raise NetlistError("only constant voltages against ground are understood: node 0 dc volt")
    laws.fixed[words[0]] = number(words[2])


def _diode_model(card: Card) -> tuple[str, tuple[float, float]]:
    """Return a model's name, saturation current and emission coefficient."""
    name, _, rest = card.rest.partition(" ")
    kind, values = rest.strip().partition("(")[0].strip(), dict(_ASSIGNMENT.findall(rest))
    unknown = set(values) - {"is", "n"}
    if kind != "d" or unknown:
        what = f"parameter {min(unknown)!r}" if unknown else f"kind {kind!r}"
        raise card.error(f"{what} of a model is not understood; only D(IS=... N=...) is")
    return name, (number(values.get("is", "1e-14")), number(values.get("n", "1")))


def _diode(card: Card, models: dict[str, tuple[float, float]]) -> Diode:
    words = card.words
    if len(words) not in (3, 4) or words[2] not in models:
        raise card.error("expected anode cathode model [area=...], and the model in this netlist")
    area = number(words[3].removeprefix("area=")) if len(words) == 4 else 1.0
    ampere, emission = models[words[2]]
    return Diode(words[0], words[1], area * ampere, emission)
