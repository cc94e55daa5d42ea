"""Faults laid on a design: what a test of fidelity must be able to see.

Each returns a design whose parts are wrong while its model still says what was meant.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from hwkit.circuit.design import Design
from hwkit.circuit.gate_faults import exchange_experts, stick_gate
from hwkit.circuit.parts import GROUND, Parts
from hwkit.errors import DesignError
from hwkit.ordering import largest, rising

_SHORT = 1e4  # times the restoring conductance: the node hardly moves
_BIAS_SHIFT = 0.1  # in model units


def flip_median_coupling(design: Design) -> Design:
    """Give the coupling of median magnitude the wrong sign, in both directions.

    A resistor has no sign: its far end goes to the other rail.
    """
    coupling = design.group("coupling")
    if not len(coupling):
        raise DesignError("the design has no couplings to flip")
    order = rising(np.abs(coupling.values))
    owners = _owners(design)[coupling.nodes]
    ends = np.sort(owners, axis=1)
    hit = np.all(ends == ends[order[len(order) // 2]], axis=1)
    if coupling.kind != "resistor":
        return _with(design, replace(coupling, values=np.where(hit, -1, 1) * coupling.values))
    nodes, n = coupling.nodes.copy(), len(design.nodes)
    other = np.append(np.arange(n), GROUND)
    plus, minus = design.terminals.T
    other[plus], other[minus] = minus, plus
    nodes[hit, 1] = other[nodes[hit, 1]]
    return _with(design, replace(coupling, nodes=nodes))


def kill_node(design: Design) -> Design:
    """Short the most strongly coupled visible unit."""
    unit = design.inputs[[_strongest(design)]]
    ohm = np.array([1 / (_SHORT * design.scale.siemens)])
    return replace(design, parts=(*design.parts, Parts("short", "resistor", unit, ohm)))


def swap_units(design: Design) -> Design:
    """Exchange the wiring of the two visible units that differ most."""
    n = design.model.n_visible
    if n < 2:
        raise DesignError(f"swapping takes two visible units, but the design has {n}")
    rows = np.asarray(design.model.coupling_field(np.eye(design.model.n_units)))[:n]
    rows = np.hstack([rows, design.model.b[:n, None]])
    squares = np.sum(rows**2, axis=1)
    distance = squares[:, None] + squares[None, :] - 2 * rows @ rows.T
    i, j = np.unravel_index(largest(distance), distance.shape)
    wiring = np.append(np.arange(len(design.nodes)), GROUND)  # GROUND is -1, the last
    for ends in (design.terminals, design.inputs):
        wiring[ends[[i, j]]] = ends[[j, i]]
    wiring[-1] = GROUND
    for role in ("bias", "coupling", "converter"):
        if design.has(role):
            parts = design.group(role)
            design = _with(design, replace(parts, nodes=wiring[parts.nodes]))
    return design


def scale_role(role: str, factor: float) -> Callable[[Design], Design]:
    """Return the fault that multiplies the values of all parts of a role."""

    def fault(design: Design) -> Design:
        parts = design.group(role)
        return _with(design, replace(parts, values=factor * parts.values))

    return fault


def weaken_nonlinearity(design: Design) -> Design:
    """Weaken the nonlinear current of every unit by 20 %."""
    role = "onsite-diode" if design.has("onsite-diode") else "onsite-cubic"
    return scale_role(role, 0.8)(design)


def shift_bias(design: Design) -> Design:
    """Put the bias of the most strongly coupled visible unit off by 0.1."""
    unit = _strongest(design)
    ampere = _BIAS_SHIFT * design.force_amperes[[unit]]
    extra = Parts("bias-error", "current", design.inputs[[unit]], ampere)
    return replace(design, parts=(*design.parts, extra))


def weaken_row(design: Design) -> Design:
    """Weaken by 10 % the couplings that drive the most strongly coupled visible unit.

    Resistors carry both directions, so there its couplings are weak in both.
    """
    coupling, unit = design.group("coupling"), _strongest(design)
    owners = _owners(design)[coupling.nodes]
    if coupling.kind == "resistor":
        factor = np.where(np.any(owners == unit, axis=1), 1 / 0.9, 1.0)
    else:
        factor = np.where(owners[:, 0] == unit, 0.9, 1.0)
    return _with(design, replace(coupling, values=factor * coupling.values))


@dataclass(frozen=True)
class Fault:
    """A fault that can be laid on a design.

    Attributes:
        apply: returns the design with the fault.
        meaning: what is wrong, in words.
        rejected_at: levels of a verdict that must reject it; none for one that is only reported.
            A temperature shows in no force, a single weak coupling in no distribution.
    """

    apply: Callable[[Design], Design]
    meaning: str
    rejected_at: tuple[str, ...] = ()


FAULTS: dict[str, Fault] = {
    "sign-flip": Fault(
        flip_median_coupling,
        "the coupling of median magnitude has the wrong sign",
        ("drift", "path"),
    ),
    "dead-node": Fault(
        kill_node,
        "the most strongly coupled visible unit is shorted",
        ("drift", "path", "distribution"),
    ),
    "swap": Fault(
        swap_units,
        "the wiring of the two most different visible units is exchanged",
        ("drift", "path", "distribution"),
    ),
    "temperature": Fault(
        scale_role("noise", 1.1), "the noise power is 10 % too high", ("path", "distribution")
    ),
    "hot": Fault(scale_role("noise", 1.05), "the noise power is 5 % too high"),
    "cold": Fault(scale_role("noise", 0.95), "the noise power is 5 % too low"),
    "bias": Fault(shift_bias, "the bias of the most strongly coupled visible unit is off by 0.1"),
    "onsite": Fault(weaken_nonlinearity, "the onsite nonlinearity is 20 % too weak"),
    "row": Fault(
        weaken_row,
        "the couplings that drive the most strongly coupled visible unit are 10 % too weak",
    ),
}


# Of designs whose netlist holds gates.
GATE_FAULTS: dict[str, Fault] = {
    "experts-exchanged": Fault(
        exchange_experts,
        "the gate's outputs for its two most different experts are exchanged",
        ("drift", "path"),
    ),
    "gate-stuck": Fault(
        stick_gate, "the first gate always chooses its first expert", ("drift", "path")
    ),
}


def with_fault(design: Design, name: str) -> Design:
    """Return the design with a fault, by its name.

    Raises:
        DesignError: if there is no such fault, or the design has no place for it.
    """
    known = FAULTS | GATE_FAULTS
    if name not in known:
        raise DesignError(f"fault {name!r} is unknown; choose one of {', '.join(known)}")
    design.without_transistors(f"fault {name!r}")
    return known[name].apply(design)


def _strongest(design: Design) -> int:
    """Return the visible unit with the largest sum of |couplings|."""
    return largest(_influence(design)[: max(design.model.n_visible, 1)])


def _influence(design: Design) -> np.ndarray:
    strengths = np.zeros(design.model.n_units)
    rows, columns, values = design.model.pairs()
    np.add.at(strengths, np.concatenate([rows, columns]), np.abs(np.tile(values, 2)))
    return strengths


def _owners(design: Design) -> np.ndarray:
    """Return the unit of each node, its followers included, (M + 1,); GROUND where there is none.

    The last is ground's own, so that GROUND may be looked up.
    """
    owners = np.full(len(design.nodes) + 1, GROUND)
    for end in (*design.terminals.T, *design.inputs.T):
        owners[end] = np.arange(design.model.n_units)
    node, unit = design.followers.T
    owners[node] = unit
    owners[-1] = GROUND
    return owners


def _with(design: Design, changed: Parts) -> Design:
    parts = tuple(changed if group.role == changed.role else group for group in design.parts)
    return replace(design, parts=parts)
