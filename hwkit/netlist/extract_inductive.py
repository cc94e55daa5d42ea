"""Extract the machine from a netlist with inductors: fluxes (family rlc) or LC cells (family spu).

Independent of the compiler, from the elements alone. With meters, nodes f of capacitance C_f that a
transconductor g charges with the voltage of an inductor's node, the unit is the flux:

    Phi0 = -volt C_f / g,   I0 = Phi0 / (R second),   (2 J2 + J) / (R second) = L^-1

plus what transconductors and cubic sources of the meters add. Without meters the unit is the node's
voltage, and 2 J2 + J is the Maxwell capacitance matrix in units of second / R.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import NetlistError
from hwkit.netlist.coils import Coil, coil_of, inductances, inverted, is_start, to_ground
from hwkit.netlist.polynomials import polynomial
from hwkit.netlist.reader import (
    GROUND,
    Behavioural,
    Capacitor,
    CurrentSource,
    Element,
    Elements,
    Inductor,
    Mutual,
    Resistor,
    Transconductor,
)

FloatArray = NDArray[np.float64]

_ROUNDING = 1e-9
_STARTED = 1e-6
_MOST_COILS = 4096  # their matrix is inverted


@dataclass
class _Collected:
    farad: list[tuple[str, str, float]] = field(default_factory=list)
    siemens: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    coils: dict[str, Coil] = field(default_factory=dict)  # by the inductor's name
    mutual: list[Mutual] = field(default_factory=list)
    linear: list[tuple[str, str, float]] = field(default_factory=list)  # out, control, S
    cubic: list[tuple[str, str, float]] = field(default_factory=list)  # out, control, A/V^3
    ampere: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    started: dict[str, float] = field(default_factory=lambda: defaultdict(float))  # A out of a node


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


def read_inductive(netlist: Elements, volt: float, second: float) -> Inductive:
    """Read the machine of a netlist with inductors.

    Args:
        netlist: its elements.
        volt: of a unit, or of the meter of its flux, at x = 1, V.
        second: unit of time, s.

    Raises:
        NetlistError: naming the line or node, if an element has no place in such a machine.
    """
    elements = _Collected()
    for element in netlist:
        try:
            _collect(element, elements)
        except NetlistError as error:
            raise element.error(str(error)) from None
    coils = {coil.node: coil for coil in elements.coils.values()}
    for node, coil in coils.items():
        if not (coil.henry > 0 and elements.siemens.get(node, 0.0) > 0):
            raise NetlistError(f"node {node!r} needs an inductance and a resistance above 0")
    for node in elements.siemens:
        if node not in coils:
            raise NetlistError(f"node {node!r} has a resistor but no inductor; remove one of them")
    if len(coils) > _MOST_COILS:
        raise NetlistError(
            f"the netlist has {len(coils)} inductors; machines of up to {_MOST_COILS} are extracted"
        )
    ohm = _common("resistance", [1 / elements.siemens[node] for node in coils])
    meters: dict[str, tuple[str, float]] = {}
    for out, control, siemens in elements.linear:
        if out in coils:
            continue
        if control not in coils or out in meters:
            raise NetlistError(
                f"node {out!r} is not a meter: a node that one inductor's node drives"
            )
        meters[out] = (control, siemens)
    if meters:
        return _fluxes(elements, meters, coils, volt, ohm * second, netlist.starts)
    return _cells(elements, list(coils), second / ohm)


def _collect(element: Element, found: _Collected) -> None:
    match element:
        case Capacitor(a=a, b=b, farad=farad):
            found.farad.append((a, b, farad))
        case Mutual():
            found.mutual.append(element)
        case Resistor(a=a, b=b, ohm=ohm):
            found.siemens[to_ground(a, b)[0]] += 1 / ohm
        case Inductor():
            found.coils[element.name] = coil = coil_of(element)
            if element.start:
                found.started[coil.node] += coil.sign * element.start
        case Transconductor(plus=plus, minus=minus, control=control, reference=reference):
            if minus != GROUND or reference != GROUND:
                raise NetlistError("only transconductors against ground are understood here")
            found.linear.append((plus, control, element.siemens))
        case Behavioural():
            _cubic(element, found)
        case CurrentSource(plus=plus, minus=minus):
            if element.wave is not None and element.noise is None:
                raise NetlistError(
                    f"a waveform ({element.wave.kind}) drives this node; currents are constant or "
                    "noise (trnoise, external)"
                )
            if element.dc:
                node, sign = to_ground(plus, minus)
                kind = found.started if is_start(element) else found.ampere
                kind[node] += sign * element.dc
        case _:
            raise NetlistError("this element can't be part of a machine of inductors")


def _cubic(element: Behavioural, found: _Collected) -> None:
    if element.kind != "i" or element.minus != GROUND:
        raise NetlistError("only current sources (i=...) to ground can be part of a machine")
    for names, value in polynomial(element.tree).items():
        if len(names) != 3 or len(set(names)) != 1:
            raise NetlistError(f"the term {'*'.join(names)} is not in a quartic unit's force")
        found.cubic.append((element.plus, names[0], value))


def _common(what: str, values: list[float]) -> float:
    if not np.all(np.isfinite(values)) or np.ptp(values) > _ROUNDING * max(values):
        raise NetlistError(f"the {what} is not the same at every inductor; it sets the unit of J")
    return float(values[0])


class _Places(dict[str, Any]):
    """Numbers by name; a name that is none is an error of the netlist."""

    def __missing__(self, name: str) -> Any:
        raise NetlistError(f"{name!r} is not a unit's inductor, meter or node")


def _fluxes(
    elements: _Collected,
    meters: dict[str, tuple[str, float]],
    coils: Mapping[str, Coil],
    volt: float,
    unit: float,
    starts: Mapping[str, float],
) -> Inductive:
    """Read units that are fluxes; `unit` is R tau, the unit of inductance.

    `starts` are start voltages of nodes: those of meters are fluxes.
    """
    nodes = list(meters)
    node_of = _Places({control: i for i, (control, _) in enumerate(meters.values())})
    meter_of = _Places({meter: i for i, meter in enumerate(nodes)})
    if set(node_of) != set(coils):
        raise NetlistError("not every inductor has a meter, a node that integrates its voltage")
    farad = _Places(_grounded(elements.farad, {*coils, *meters}))
    if not all(meters[meter][1] < 0 and farad[meter] > 0 for meter in nodes):
        raise NetlistError("a meter needs a capacitance above 0 and a drive below 0")
    weber = _common("meter", [-volt * farad[meter] / meters[meter][1] for meter in nodes])
    ampere = weber / unit
    place = _Places({coil.name: node_of[node] for node, coil in coils.items()})
    inverse = inverted(inductances(elements.coils.values(), elements.mutual, place))
    start = np.array([starts.get(meter, 0.0) for meter in nodes]) / volt
    _check_started(elements.started, node_of, inverse @ (weber * start))
    matrix = unit * inverse
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


def _check_started(started: Mapping[str, float], place: _Places, right: FloatArray) -> None:
    """Refuse start currents that are not those of the meters' start voltages.

    What an inductor's current and its meter's voltage differ by at the start stays: a bias.
    """
    given = np.zeros(len(right))
    for node, value in started.items():
        given[place[node]] = value
    if np.any(np.abs(given - right) > _STARTED * np.max(np.abs(right))):
        raise NetlistError(
            "what the inductors carry at the start (ic=, and sources called istart...) must be the "
            "currents of the fluxes that .ic gives the meters; write those currents, or remove "
            "both, and give other sources other names"
        )


def _grounded(farads: list[tuple[str, str, float]], known: set[str]) -> dict[str, float]:
    """Return the capacitance of each node to ground."""
    found: dict[str, float] = defaultdict(float)
    for a, b, value in farads:
        node, _ = to_ground(a, b)
        if node not in known:
            raise NetlistError(f"node {node!r} has a capacitor, but is no inductor's node or meter")
        found[node] += value
    return found


def _cells(elements: _Collected, nodes: list[str], farad: float) -> Inductive:
    """Read units that are voltages of LC cells; `farad` is the unit of capacitance."""
    place = _Places({node: i for i, node in enumerate(nodes)})
    matrix = np.zeros((len(nodes), len(nodes)))
    for a, b, value in elements.farad:
        for one, other in ((a, b), (b, a)):
            if one != GROUND and a != b:
                matrix[place[one], place[one]] += value / farad
                if other != GROUND:
                    matrix[place[one], place[other]] -= value / farad
    constant = {**elements.ampere, **elements.started}
    if elements.mutual or elements.linear or elements.cubic or any(constant.values()):
        raise NetlistError(
            "LC cells are coupled by capacitors only, and have neither a bias nor currents at the "
            "start"
        )
    return Inductive(nodes, matrix, np.zeros(len(nodes)), np.zeros(len(nodes)))
