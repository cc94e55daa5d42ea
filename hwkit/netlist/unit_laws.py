"""The laws of units: single nodes, or pairs of rails whose difference a unit is.

C dv/dt = -(i_p - i_n)   at   v_p = v/2, v_n = -v/2

A unit that a voltage source holds is not a unit of the machine: what it couples to gets a constant
current, as `clamp_units` has it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from hwkit.errors import NetlistError
from hwkit.netlist.laws import Laws
from hwkit.netlist.reader import GROUND
from hwkit.units import THERMAL_KELVIN, THERMAL_VOLT

FloatArray = NDArray[np.float64]

ROUNDING = 1e-9  # relative differences that are still rounding
_SHUNT = 5e-7  # of the diodes' own conductance at 0: more of it shows in forces (1e-6)


@dataclass(frozen=True, eq=False)
class UnitLaws:
    """The laws of the units: single nodes, or differences of two rails.

    Attributes:
        nodes: node of each unit, of its + rail where it has two, (N,).
        farad: capacitance, (N,).
        siemens: conductances, (N, N).
        ampere: constant currents, (N,).
        cubic: cubic coefficients, (N,).
        diodes: n V_T of a unit's pair of diodes, V, and its current 2 I_s, A: (N,) each; 0 if none.
        places: place of each unit among all, held ones included, (N,).
        held: node -> voltage, of the units that sources hold.
    """

    nodes: list[str]
    farad: FloatArray
    siemens: sp.csr_array
    ampere: FloatArray
    cubic: FloatArray
    diodes: tuple[FloatArray, FloatArray]
    places: NDArray[np.intp]
    held: Mapping[str, float] = field(default_factory=dict)


def unit_laws(laws: Laws) -> UnitLaws:
    """Return the laws of a netlist's units.

    Raises:
        NetlistError: if a node is not a unit, or the rails of one differ.
    """
    nodes = list(laws.capacitance)
    index = {node: i for i, node in enumerate(nodes)}
    farad = np.fromiter(laws.capacitance.values(), float)
    if not np.all(farad > 0):
        raise NetlistError(
            f"node {nodes[int(np.argmin(farad))]!r} has a capacitance that is not above 0"
        )
    fixed = {plus: volt for (plus, minus), volt in laws.held.items() if minus == GROUND}
    ends = [end for diode in laws.diodes for end in (diode.anode, diode.cathode)]
    for node in [*laws.out, *laws.control, *laws.cubic, *laws.constant, *ends]:
        if node not in index and node not in fixed and node != GROUND:
            raise NetlistError(f"node {node!r} has no capacitor to ground, so it is not a unit")
    siemens, ampere = _linear(laws, index, fixed)
    cubic = np.array([laws.cubic.get(node, 0.0) for node in nodes])
    if not any(node.endswith("__p") for node in nodes):
        grounded = {(node, GROUND): i for i, node in enumerate(nodes)}
        every = np.arange(len(nodes))
        diodes = _diode_pairs(laws, grounded)
        units = UnitLaws(nodes, farad, siemens, ampere, cubic, diodes, every)
        return _free(units, _held(laws, fixed, grounded))
    if np.any(cubic):
        raise NetlistError("a cubic current from one rail is not understood; use diodes")
    plus, minus = _rails(nodes, index)
    pairs = {(nodes[p], nodes[n]): i for i, (p, n) in enumerate(zip(plus, minus, strict=True))}
    slope_volt, current = _diode_pairs(laws, pairs)
    units = UnitLaws(
        [nodes[p] for p in plus],
        _same(farad[plus], farad[minus], "capacitances", nodes, plus),
        _differential(siemens, plus, minus, nodes),
        np.asarray(ampere[plus] - ampere[minus]),
        np.zeros(len(plus)),
        (slope_volt, 2 * current),  # drawn from one rail and fed to the other
        np.arange(len(plus)),
    )
    return _free(units, _held(laws, fixed, pairs))


def _linear(
    laws: Laws, index: Mapping[str, int], fixed: Mapping[str, float]
) -> tuple[sp.csr_array, FloatArray]:
    """Return conductances between nodes, and constant currents.

    A node that a source holds and that has no capacitor is a constant.
    """
    rows: list[int] = []
    columns: list[int] = []
    values: list[float] = []
    ampere = np.array([laws.constant.get(node, 0.0) for node in index])
    for out, control, value in zip(laws.out, laws.control, laws.conductance, strict=True):
        if out not in index:
            continue  # what a voltage source delivers
        if control not in index:
            ampere[index[out]] += value * fixed[control]
            continue
        rows.append(index[out])
        columns.append(index[control])
        values.append(value)
    n = len(index)
    return sp.csr_array((np.array(values), (rows, columns)), shape=(n, n)), ampere


def _held(
    laws: Laws, fixed: Mapping[str, float], units: Mapping[tuple[str, str], int]
) -> dict[int, float]:
    """Return unit -> voltage, of the units that sources hold: across their ends, or end by end."""
    held: dict[int, float] = {}
    for ends, volt in laws.held.items():
        if ends in units or ends[::-1] in units:
            held[units.get(ends, units.get(ends[::-1], 0))] = volt if ends in units else -volt
        elif ends[1] != GROUND:
            raise NetlistError(
                f"a source holds {ends[0]!r} above {ends[1]!r}; only constant voltages against "
                "ground, or between the rails of a unit, are understood"
            )
    for (plus, minus), unit in units.items():
        if minus == GROUND or not {plus, minus} & fixed.keys():
            continue
        if not {plus, minus} <= fixed.keys() or unit in held:
            raise NetlistError(f"a source holds one rail of {plus!r} alone; hold both, or neither")
        held[unit] = fixed[plus] - fixed[minus]
    return held


def _free(units: UnitLaws, held: Mapping[int, float]) -> UnitLaws:
    """Return the laws of the units that no source holds."""
    if not held:
        return units
    n = len(units.nodes)
    free = np.setdiff1d(np.arange(n), list(held))
    if not free.size:
        raise NetlistError("voltage sources hold all units; leave one of them free")
    volts = np.zeros(n)
    volts[list(held)] = list(held.values())
    ampere = units.ampere + units.siemens @ volts
    return UnitLaws(
        [units.nodes[i] for i in free],
        units.farad[free],
        sp.csr_array(units.siemens[free][:, free]),
        np.asarray(ampere[free]),
        units.cubic[free],
        (units.diodes[0][free], units.diodes[1][free]),
        free,
        {units.nodes[i]: volt for i, volt in held.items()},
    )


def _rails(nodes: list[str], index: dict[str, int]) -> tuple[list[int], list[int]]:
    """Return the positions of the + and of the - rails, unit by unit."""
    plus = [node for node in nodes if node.endswith("__p")]
    partners = [node.removesuffix("p") + "n" for node in plus]
    known = {*plus, *partners}
    for node in nodes:
        if node not in known:
            raise NetlistError(f"node {node!r} is not a rail of a unit (<unit>__p, <unit>__n)")
    for node in partners:
        if node not in index:
            raise NetlistError(f"the rail {node!r} has no capacitor to ground")
    return [index[node] for node in plus], [index[node] for node in partners]


def _differential(
    siemens: sp.csr_array, plus: Sequence[int], minus: Sequence[int], nodes: list[str]
) -> sp.csr_array:
    """Return the conductances between differences of rails.

    Raises:
        NetlistError: if the common mode of a unit drives the difference of another's rails.
    """
    pp, pn, np_, nn = (
        sp.csr_array(siemens[np.array(a)][:, np.array(b)])
        for a in (plus, minus)
        for b in (plus, minus)
    )
    leak = sp.csr_array(abs(pp + pn - np_ - nn))
    if leak.nnz and leak.max() > ROUNDING * abs(siemens).max():
        unit = int(np.argmax(np.asarray(leak.sum(axis=1)).ravel()))
        raise NetlistError(
            f"the rails of {nodes[plus[unit]].removesuffix('__p')!r} are not loaded alike, so "
            "their common mode drives their difference; load both with the same conductances"
        )
    return sp.csr_array((pp - pn - np_ + nn) / 2)


def _diode_pairs(laws: Laws, units: dict[tuple[str, str], int]) -> tuple[FloatArray, FloatArray]:
    """Return n V_T and 2 I_s of the antiparallel diodes of each unit.

    Raises:
        NetlistError: if a diode is elsewhere, or one direction of a pair differs.
    """
    volt, forward, back, shunt = (np.zeros(len(units)) for _ in range(4))
    for diode in laws.diodes:
        ends = (diode.anode, diode.cathode)
        back_to_front = ends not in units
        where = units.get(ends[::-1] if back_to_front else ends)
        if where is None:
            raise NetlistError(f"the diode from {ends[0]!r} to {ends[1]!r} is not one of a unit")
        (back if back_to_front else forward)[where] += diode.ampere
        shunt[where] += laws.gmin
        slope = diode.emission * THERMAL_VOLT * (diode.kelvin / THERMAL_KELVIN)
        if volt[where] and abs(volt[where] - slope) > ROUNDING * slope:
            raise NetlistError(
                f"the diodes at {ends[0]!r} have different emission coefficients or temperatures"
            )
        volt[where] = slope
    uneven = np.abs(forward - back) > ROUNDING * np.maximum(forward, back)
    if np.any(uneven):
        names = list(units)[int(np.argmax(uneven))]
        raise NetlistError(f"the diodes at {names[0]!r} are not antiparallel and alike")
    loud = shunt * volt > _SHUNT * 2 * forward
    if np.any(loud & (shunt > 0)):
        names = list(units)[int(np.argmax(loud))]
        raise NetlistError(
            f"ngspice's own conductance gmin = {laws.gmin:g} S shows beside the diodes at "
            f"{names[0]!r}; write .options gmin=1e-18"
        )
    return volt, 2 * forward


def _same(a: FloatArray, b: FloatArray, what: str, nodes: list[str], plus: list[int]) -> FloatArray:
    apart = np.abs(a - b) > ROUNDING * np.abs(a)
    if np.any(apart):
        unit = nodes[plus[int(np.argmax(apart))]].removesuffix("__p")
        raise NetlistError(f"the rails of {unit!r} have different {what}")
    return a
