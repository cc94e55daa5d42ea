"""The inductors of a netlist as coils of its units, and the meters that show their fluxes.

A coil lies between a node and ground. A meter is a node that integrates the voltage v of a coil's
node: its capacitance C_f is charged by a transconductor g, so that it shows -g phi / C_f.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import NetlistError
from hwkit.netlist.reader import (
    GROUND,
    CurrentSource,
    Element,
    Elements,
    Inductor,
    Mutual,
    Transconductor,
)

FloatArray = NDArray[np.float64]

_START = "istart"


@dataclass(frozen=True)
class Coil:
    """An inductor to ground.

    Attributes:
        name: of the inductor.
        node: where it is.
        henry: its inductance, H.
        sign: -1 if it is written from ground to the node, else 1.
    """

    name: str
    node: str
    henry: float
    sign: float


@dataclass(frozen=True)
class FluxUnit:
    """A unit that is the flux of a coil."""

    coil: Coil
    meter: str


def has_inductors(elements: Iterable[Element]) -> bool:
    """Say whether a netlist has inductors."""
    return any(type(element) is Inductor for element in elements)


def coil_of(inductor: Inductor) -> Coil:
    """Return an inductor as a coil.

    Raises:
        NetlistError: if it is not between a node and ground.
    """
    node, sign = to_ground(inductor.a, inductor.b)
    return Coil(inductor.name, node, inductor.henry, sign)


def to_ground(a: str, b: str) -> tuple[str, float]:
    """Return the node of an element to ground, and -1 if ground comes first.

    Raises:
        NetlistError: if it is between two nodes.
    """
    if (a == GROUND) == (b == GROUND):
        raise NetlistError("only elements from a node to ground can be part of such a machine")
    return (b, -1.0) if a == GROUND else (a, 1.0)


def inductances(
    coils: Iterable[Coil], mutuals: Iterable[Mutual], unit_of: Mapping[str, int]
) -> FloatArray:
    """Return the inductance matrix (N, N), H; `unit_of` is the unit of each inductor, by name.

    Currents count from the coils' nodes to ground, whichever way an inductor is written.
    """
    henry, sign = np.zeros((len(unit_of), len(unit_of))), {}
    for coil in coils:  # a second one at a node has no place
        henry[unit_of[coil.name], unit_of[coil.name]] = coil.henry
        sign[coil.name] = coil.sign
    for each in mutuals:
        i, j = unit_of[each.first], unit_of[each.second]
        both = sign[each.first] * sign[each.second]
        henry[[i, j], [j, i]] += both * each.coupling * np.sqrt(henry[i, i] * henry[j, j])
    return henry


def inverted(henry: FloatArray) -> FloatArray:
    """Return the inverse of an inductance matrix (N, N), 1/H.

    Raises:
        NetlistError: if it has none.
    """
    try:
        return np.asarray(np.linalg.inv(henry), dtype=np.float64)
    except np.linalg.LinAlgError:
        raise NetlistError("the inductance matrix is singular") from None


def inverse_inductances(elements: Elements, units: Sequence[FluxUnit]) -> FloatArray:
    """Return the inverse inductance matrix of some units, (N, N), 1/H.

    Raises:
        NetlistError: if it has none.
    """
    unit_of = {unit.coil.name: i for i, unit in enumerate(units)}
    mutuals = [each for each in elements if isinstance(each, Mutual)]
    return inverted(inductances((unit.coil for unit in units), mutuals, unit_of))


def flux_units(elements: Elements) -> dict[str, FluxUnit]:
    """Return the unit of each coil's node, in the order of the meters' drives.

    Raises:
        NetlistError: naming line or node, if an inductor is no coil, or has no meter.
    """
    coils: dict[str, Coil] = {}
    for element in elements:
        if isinstance(element, Inductor):
            try:
                coil = coil_of(element)
            except NetlistError as error:
                raise element.error(str(error)) from None
            if coil.node in coils:
                raise element.error(f"node {coil.node!r} has a second inductor; write one")
            coils[coil.node] = coil
    units: dict[str, FluxUnit] = {}
    for element in elements:
        if not isinstance(element, Transconductor) or element.plus in coils:
            continue
        ends = (element.plus == GROUND, element.minus == GROUND, element.reference == GROUND)
        if element.control not in coils or ends != (False, True, True):
            continue
        if element.control in units:
            raise element.error(f"node {element.control!r} has a second meter; remove one")
        units[element.control] = FluxUnit(coils[element.control], element.plus)
    without = [node for node in coils if node not in units]
    if without:
        raise NetlistError(
            f"node {without[0]!r} has an inductor, and no meter shows its flux, without which "
            "neither its force nor its path can be measured; add a node that integrates its "
            "voltage, or validate the machine of LC cells by its samples (`hwkit extract`, then "
            "`hwkit validate MODEL --cell spu`)"
        )
    return units


def is_start(element: Element) -> bool:
    """Say whether a current source stands for what an inductor carries at the start: no bias."""
    digits = element.name.removeprefix(_START)
    named = digits != element.name and digits.isascii() and digits.isdigit()
    return isinstance(element, CurrentSource) and named


def without_starts(elements: Elements) -> Elements:
    """Return the elements without the sources of inductors' start currents."""
    return replace(elements, elements=tuple(e for e in elements if not is_start(e)))
