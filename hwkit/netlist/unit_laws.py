"""The laws of units: single nodes, or pairs of rails whose difference a unit is.

C dv/dt = -(i_p - i_n)   at   v_p = v/2, v_n = -v/2
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from hwkit.errors import NetlistError
from hwkit.netlist.laws import GROUND, Laws
from hwkit.units import THERMAL_VOLT

FloatArray = NDArray[np.float64]

ROUNDING = 1e-9  # relative differences that are still rounding


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
    """

    nodes: list[str]
    farad: FloatArray
    siemens: sp.csr_array
    ampere: FloatArray
    cubic: FloatArray
    diodes: tuple[FloatArray, FloatArray]


def unit_laws(laws: Laws) -> UnitLaws:
    """Return the laws of a netlist's units.

    Raises:
        NetlistError: if a node is no unit, or the rails of one differ.
    """
    nodes = list(laws.capacitance)
    index = {node: i for i, node in enumerate(nodes)}
    farad = np.fromiter(laws.capacitance.values(), float)
    if not np.all(farad > 0):
        raise NetlistError(
            f"node {nodes[int(np.argmin(farad))]!r} has a capacitance that is not above 0"
        )
    ends = [end for diode in laws.diodes for end in (diode.anode, diode.cathode)]
    for node in [*laws.out, *laws.control, *laws.cubic, *laws.constant, *ends]:
        if node not in index and node not in laws.fixed and node not in GROUND:
            raise NetlistError(f"node {node!r} has no capacitor to ground, so it is not a unit")
    siemens, ampere = _linear(laws, index)
    cubic = np.array([laws.cubic.get(node, 0.0) for node in nodes])
    if not any(node.endswith("__p") for node in nodes):
        grounded = {(node, "0"): i for i, node in enumerate(nodes)}
        return UnitLaws(nodes, farad, siemens, ampere, cubic, _diode_pairs(laws, grounded))
    if np.any(cubic):
        raise NetlistError("a cubic current from one rail is not understood; use diodes")
    plus, minus = _rails(nodes, index)
    pairs = {(nodes[p], nodes[n]): i for i, (p, n) in enumerate(zip(plus, minus, strict=True))}
    slope_volt, current = _diode_pairs(laws, pairs)
    return UnitLaws(
        [nodes[p] for p in plus],
        _same(farad[plus], farad[minus], "capacitances", nodes, plus),
        _differential(siemens, plus, minus, nodes),
        np.asarray(ampere[plus] - ampere[minus]),
        np.zeros(len(plus)),
        (slope_volt, 2 * current),  # drawn from one rail and fed to the other
    )


def _linear(laws: Laws, index: dict[str, int]) -> tuple[sp.csr_array, FloatArray]:
    """Return conductances between nodes and constant currents; voltage sources are constants."""
    rows: list[int] = []
    columns: list[int] = []
    values: list[float] = []
    ampere = np.array([laws.constant.get(node, 0.0) for node in index])
    for out, control, value in zip(laws.out, laws.control, laws.conductance, strict=True):
        if out in laws.fixed:
            continue  # what a voltage source delivers
        if control in laws.fixed:
            ampere[index[out]] += value * laws.fixed[control]
            continue
        rows.append(index[out])
        columns.append(index[control])
        values.append(value)
    n = len(index)
    return sp.csr_array((np.array(values), (rows, columns)), shape=(n, n)), ampere


def _rails(nodes: list[str], index: dict[str, int]) -> tuple[list[int], list[int]]:
    """Return the positions of the + and of the - rails, unit by unit."""
    plus = [node for node in nodes if node.endswith("__p")]
    partners = [node.removesuffix("p") + "n" for node in plus]
    for node in nodes:
        if node not in plus and node not in partners:
            raise NetlistError(f"node {node!r} is no rail of a unit (<unit>__p, <unit>__n)")
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
            "common modes drive their difference: no machine of differences"
        )
    return sp.csr_array((pp - pn - np_ + nn) / 2)


def _diode_pairs(laws: Laws, units: dict[tuple[str, str], int]) -> tuple[FloatArray, FloatArray]:
    """Return n V_T and 2 I_s of the antiparallel diodes of each unit.

    Raises:
        NetlistError: if a diode stands elsewhere, or one direction of a pair differs.
    """
    volt, forward, back = (np.zeros(len(units)) for _ in range(3))
    for diode in laws.diodes:
        anode, cathode = ("0" if end in GROUND else end for end in (diode.anode, diode.cathode))
        ends = (anode, cathode)
        back_to_front = ends not in units
        where = units.get(ends[::-1] if back_to_front else ends)
        if where is None:
            raise NetlistError(f"the diode from {ends[0]!r} to {ends[1]!r} is not one of a unit")
        (back if back_to_front else forward)[where] += diode.ampere
        slope = diode.emission * THERMAL_VOLT
        if volt[where] and abs(volt[where] - slope) > ROUNDING * slope:
            raise NetlistError(f"the diodes at {ends[0]!r} have different emission coefficients")
        volt[where] = slope
    uneven = np.abs(forward - back) > ROUNDING * np.maximum(forward, back)
    if np.any(uneven):
        names = list(units)[int(np.argmax(uneven))]
        raise NetlistError(f"the diodes at {names[0]!r} are not antiparallel and alike")
    return volt, 2 * forward


def _same(a: FloatArray, b: FloatArray, what: str, nodes: list[str], plus: list[int]) -> FloatArray:
    apart = np.abs(a - b) > ROUNDING * np.abs(a)
    if np.any(apart):
        unit = nodes[plus[int(np.argmax(apart))]].removesuffix("__p")
        raise NetlistError(f"the rails of {unit!r} have different {what}")
    return a
