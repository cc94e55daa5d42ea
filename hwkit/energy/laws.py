"""Power that elements take up, from node voltages alone.

Every element has a port (a, b) between which its current flows, and takes up p = v_ab i_ab. A
transconductor's port is its output against ground; its control takes no current. Signs follow
`hwkit.circuit.parts`: a resistor takes power up (p > 0), a source that drives the circuit has
p < 0, a noise current enters a, so it flows from b to a inside the element. By Tellegen's theorem

    sum over all elements of v_ab i_ab = 0

for any node voltages v and any currents i that obey Kirchhoff's law at every node, be they of the
same instant or not.
"""

import numpy as np
from numpy.typing import NDArray

from hwkit.circuit import GROUND, Design, Parts
from hwkit.errors import DesignError
from hwkit.units import THERMAL_VOLT

FloatArray = NDArray[np.float64]

CONTROLLED = ("transconductor", "transcubic", "saturating")
CONDUCTING = ("resistor", "cubic", "diode", "limiter", *CONTROLLED)
KNOWN = (*CONDUCTING, "capacitor", "current", "noise", "voltage")


def check_kinds(design: Design) -> None:
    """Refuse a design with elements whose power is not known from node voltages.

    Raises:
        DesignError: for inductors, their couplings, switches, and what gates feed.
    """
    design.without_transistors("an account of energy")
    if design.gated:
        raise DesignError(
            "the energy of gates and what they feed is not accounted for yet; "
            "design.realisability estimates their static power"
        )
    for parts in design.parts:
        if parts.kind not in KNOWN and len(parts):
            raise DesignError(
                f"{parts.role}: the power of a {parts.kind} does not follow from node voltages; "
                "energy is known for the families rc and resistive"
            )


def across(parts: Parts, volts: FloatArray) -> FloatArray:
    """Return the voltage at the port of each element, (..., n), from node voltages (..., M)."""
    plus, minus = parts.nodes.T
    if parts.kind in CONTROLLED:
        return _at(volts, plus)
    return np.asarray(_at(volts, plus) - _at(volts, minus))


def conducted(parts: Parts, volts: FloatArray) -> FloatArray:
    """Return the current through each element that node voltages alone fix, (..., n), A.

    Raises:
        DesignError: if the element is none of those.
    """
    value, seen = parts.values, _seen(parts, volts)
    if parts.kind == "resistor":
        return np.asarray(seen / value)
    if parts.kind == "transconductor":
        return np.asarray(seen * value)
    if parts.kind in ("cubic", "transcubic"):
        return np.asarray(value * seen * seen * seen)
    if parts.kind == "saturating":
        limit = parts.parameter("volt")
        return np.asarray(value * limit * np.tanh((seen - parts.parameter("offset")) / limit))
    if parts.kind == "diode":
        slope = parts.parameter("emission") * THERMAL_VOLT
        return np.asarray(value * np.expm1(seen / slope))
    if parts.kind == "limiter":
        limit = parts.parameter("volt")
        return np.asarray(value * (seen - np.clip(seen, -limit, limit)))
    if parts.kind == "current":
        return np.broadcast_to(value, seen.shape)
    raise DesignError(f"{parts.role}: node voltages do not fix the current of a {parts.kind}")


def _seen(parts: Parts, volts: FloatArray) -> FloatArray:
    """Return the voltage that an element's law is a function of."""
    return _at(volts, parts.nodes[:, 1]) if parts.kind in CONTROLLED else across(parts, volts)


def _at(volts: FloatArray, nodes: NDArray[np.intp]) -> FloatArray:
    found = volts[..., np.maximum(nodes, 0)]
    grounded = nodes == GROUND
    if grounded.any():
        found[..., grounded] = 0.0
    return np.asarray(found)


def drawn_at_nodes(parts: Parts, current: FloatArray, n_nodes: int) -> FloatArray:
    """Return what a group draws from each node, (..., M), A.

    Args:
        parts: the group.
        current: of each element, (..., elements), A.
        n_nodes: M, ground not counted.
    """
    drawn = np.zeros((*current.shape[:-1], n_nodes))
    plus, minus = parts.nodes.T
    flat = drawn.reshape(-1, n_nodes)
    rows = current.reshape(-1, current.shape[-1])
    ends = [(plus, 1.0)] if parts.kind in CONTROLLED else [(plus, 1.0), (minus, -1.0)]
    for nodes, sign in ends:
        inner = nodes != GROUND
        np.add.at(flat.T, nodes[inner], sign * rows.T[inner])
    return drawn
