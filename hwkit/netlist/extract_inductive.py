"""Extract the machine from a netlist with inductors: fluxes (family rlc) or LC cells (family spu).

Independent of the compiler, from the elements alone. With meters, nodes f of capacitance C_f that a
transconductor g charges with the voltage of an inductor's node, the unit is the flux:

    Phi0 = -volt C_f / g,   I0 = Phi0 / (R second),   (2 J2 + J) / (R second) = L^-1

plus what transconductors and cubic sources of the meters add. Without meters the unit is the node's
voltage, and 2 J2 + J is the Maxwell capacitance matrix in units of second / R.
"""

import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import NetlistError
from hwkit.netlist.flatten import flatten
from hwkit.netlist.parse import Card, number, polynomial

FloatArray = NDArray[np.float64]

_GROUND = {"0", "gnd"}
_ROUNDING = 1e-9
_MOST_COILS = 4096  # their matrix is inverted
_INDUCTOR = re.compile(r"^[ \t]*l\w+[ \t]", re.IGNORECASE | re.MULTILINE)


def has_inductors(text: str) -> bool:
    """Say whether a netlist has inductors."""
    return _INDUCTOR.search(text) is not None


@dataclass
class _Elements:
    farad: list[tuple[str, str, float]] = field(default_factory=list)
    ohm: dict[str, float] = field(default_factory=dict)
    henry: dict[str, tuple[str, float]] = field(default_factory=dict)  # inductor -> node, L
    mutual: list[tuple[str, str, float]] = field(default_factory=list)
    linear: list[tuple[str, str, float]] = field(default_factory=list)  # out, control, S
    cubic: list[tuple[str, str, float]] = field(default_factory=list)  # out, control, A/V^3
    ampere: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Inductive:
    """What a netlist with inductors computes, in model units.

    Attributes:
        nodes: node that shows each unit, (N,).
        matrix: 2 J2 + J, (N, N).
        J4: (N,).
        b: (N,).
    """

    nodes: list[str]
    matrix: FloatArray
    J4: FloatArray
    b: FloatArray


def read_inductive(text: str, volt: float, second: float) -> Inductive:
    """Read the machine of a netlist with inductors.

    Raises:
        NetlistError: naming the line or node, if an element has no place in such a machine.
    """
    elements = _Elements()
    for card in flatten(text):
        try:
            _read(card, elements)
        except NetlistError as error:
            raise card.error(str(error)) from None
    coils = {node: name for name, (node, _) in elements.henry.items()}
    for node, name in coils.items():
        if not (elements.henry[name][1] > 0 and elements.ohm.get(node, 0.0) > 0):
            raise NetlistError(f"node {node!r} needs an inductance and a resistance above 0")
    if not coils:
        raise NetlistError("the netlist has no inductor to ground, so it has no units")
    if len(coils) > _MOST_COILS:
        raise NetlistError(
            f"the netlist has {len(coils)} inductors; machines of up to {_MOST_COILS} are extracted"
        )
    meters = {
        out: (control, siemens)
        for out, control, siemens in elements.linear
        if out not in coils and control in coils
    }
    ohm = _common("resistance", [elements.ohm.get(node, np.nan) for node in coils])
    if meters:
        return _fluxes(elements, meters, coils, volt, ohm * second)
    return _cells(elements, list(coils), second / ohm)


def _read(card: Card, elements: _Elements) -> None:
    kind, words = card.name[0], card.words
    if kind == ".":
        return
    if kind in "crlki" and len(words) < 3:
        raise NetlistError("the line is too short; expected two names and a value")
    if kind == "c":
        elements.farad.append((words[0], words[1], number(words[2])))
    elif kind == "k":
        elements.mutual.append((words[0], words[1], number(words[2])))
    elif kind == "r":
        elements.ohm[_to_ground(words)] = number(words[2])
    elif kind == "l":
        elements.henry[card.name] = (_to_ground(words), number(words[2]))
    elif kind == "g" and len(words) == 5 and words[1] in _GROUND and words[3] in _GROUND:
        elements.linear.append((words[0], words[2], number(words[4])))
    elif kind == "b":
        _cubic(card, elements)
    elif kind == "i":
        start = card.name.startswith("istart")  # what an inductor carries at first, no bias
        if not start and not re.search(r"external|trnoise|pwl", card.rest):
            value = words[3] if words[2] == "dc" and len(words) > 3 else words[2]
            node = _to_ground(words)
            elements.ampere[node] = elements.ampere.get(node, 0.0) + number(value)
    else:
        raise NetlistError("this element can't be part of a machine of inductors")


def _to_ground(words: list[str]) -> str:
    if words[1] not in _GROUND or words[0] in _GROUND:
        raise NetlistError("only elements from a node to ground can be part of such a machine")
    return words[0]


def _cubic(card: Card, elements: _Elements) -> None:
    if len(card.words) < 3:
        raise NetlistError("the line is too short; expected node 0 i=expression")
    node, ground, source = card.rest.split(maxsplit=2)
    kind, _, expression = source.partition("=")
    if kind.strip() != "i" or ground not in _GROUND:
        raise NetlistError("only current sources (i=...) to ground can be part of a machine")
    for names, value in polynomial(expression.strip().strip("{}")).items():
        if len(names) != 3 or len(set(names)) != 1:
            raise NetlistError(f"the term {'*'.join(names)} is not in a quartic unit's force")
        elements.cubic.append((node, names[0], value))


def _common(what: str, values: list[float]) -> float:
    if not np.all(np.isfinite(values)) or np.ptp(values) > _ROUNDING * max(values):
        raise NetlistError(f"the {what} is not the same at every inductor; it sets the unit of J")
    return float(values[0])


class _Places(dict[str, Any]):
    """Numbers by name; a name that is none is an error of the netlist."""

    def __missing__(self, name: str) -> Any:
        raise NetlistError(f"{name!r} is no unit's inductor, meter or node")


def _inverse(henry: FloatArray) -> FloatArray:
    try:
        return np.asarray(np.linalg.inv(henry), dtype=np.float64)
    except np.linalg.LinAlgError:
        raise NetlistError("the inductance matrix is singular") from None


def _fluxes(
    elements: _Elements,
    meters: dict[str, tuple[str, float]],
    coils: dict[str, str],
    volt: float,
    unit: float,
) -> Inductive:
    """Read units that are fluxes; `unit` is R tau, the unit of inductance."""
    nodes = list(meters)
    node_of = _Places({control: i for i, (control, _) in enumerate(meters.values())})
    meter_of = _Places({meter: i for i, meter in enumerate(nodes)})
    if set(node_of) != set(coils):
        raise NetlistError("not every inductor has a meter, a node that integrates its voltage")
    farad = _Places({a: value for a, _, value in elements.farad})
    if not all(meters[meter][1] < 0 and farad[meter] > 0 for meter in nodes):
        raise NetlistError("a meter needs a capacitance above 0 and a drive below 0")
    weber = _common("meter", [-volt * farad[meter] / meters[meter][1] for meter in nodes])
    ampere = weber / unit
    henry = np.zeros((len(nodes), len(nodes)))
    place = _Places({name: node_of[node] for node, name in coils.items()})
    for name, (_, value) in elements.henry.items():  # a second one at a node has no place
        henry[place[name], place[name]] = value
    for first, second, coupling in elements.mutual:
        i, j = place[first], place[second]
        henry[[i, j], [j, i]] += coupling * np.sqrt(henry[i, i] * henry[j, j])
    matrix = unit * _inverse(henry)
    J4, b = np.zeros(len(nodes)), np.zeros(len(nodes))
    for out, control, siemens in elements.linear:
        if out in node_of:
            matrix[node_of[out], meter_of[control]] += siemens * volt / ampere
    for out, control, value in elements.cubic:
        if node_of[out] != meter_of[control]:
            raise NetlistError(f"the cubic source at {out!r} takes another unit's flux")
        J4[node_of[out]] += value * volt**3 / (4 * ampere)
    for node, value in elements.ampere.items():
        b[node_of[node]] += value / ampere
    return Inductive(nodes, matrix, J4, b)


def _cells(elements: _Elements, nodes: list[str], farad: float) -> Inductive:
    """Read units that are voltages of LC cells; `farad` is the unit of capacitance."""
    place = _Places({node: i for i, node in enumerate(nodes)})
    matrix = np.zeros((len(nodes), len(nodes)))
    for a, b, value in elements.farad:
        for one, other in ((a, b), (b, a)):
            if one not in _GROUND:
                matrix[place[one], place[one]] += value / farad
                if other not in _GROUND:
                    matrix[place[one], place[other]] -= value / farad
    if elements.mutual or elements.linear or elements.cubic or any(elements.ampere.values()):
        raise NetlistError("LC cells are coupled by capacitors only, and have no bias")
    return Inductive(nodes, matrix, np.zeros(len(nodes)), np.zeros(len(nodes)))
