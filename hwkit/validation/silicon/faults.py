"""Negative controls at transistor level: each is to be seen at its named level."""

from dataclasses import replace

import numpy as np

from hwkit.circuit import Design, Transistors
from hwkit.circuit.cells.silicon.mirrors import Line, leg_role
from hwkit.errors import DesignError
from hwkit.ordering import rising


def exchange_inputs(design: Design, coupling: int | None = None) -> Design:
    """Exchange the inputs of one coupling's amplifier: its sign turns. Level: drift.

    Args:
        design: the right circuit.
        coupling: its number; None for the one of the median tail current.

    Raises:
        DesignError: if there is no such coupling.
    """
    near, far = (_group(design, f"coupling-{side}") for side in ("near", "far"))
    if coupling is None:
        tails = design.currents("tail-bias")
        coupling = int(rising(tails)[len(tails) // 2])
    if not 0 <= coupling < len(near):
        raise DesignError(f"coupling is {coupling}; the design has {len(near)}, from 0")
    swapped = {}
    for group, other in ((near, far), (far, near)):
        nodes = group.nodes.copy()
        nodes[coupling, 1] = other.nodes[coupling, 1]
        swapped[group.role] = replace(group, nodes=nodes)
    return _with(design, swapped)


def without_p(design: Design, unit: int = 0) -> Design:
    """Take the p transistor out of one unit's pair: nothing pulls it down. Level: drift.

    Raises:
        DesignError: if there is no such unit.
    """
    pair = _group(design, "onsite-p")
    if not 0 <= unit < len(pair):
        raise DesignError(f"unit is {unit}; the design has {len(pair)}, from 0")
    kept = np.arange(len(pair)) != unit
    smaller = replace(
        pair,
        nodes=pair.nodes[kept],
        threshold=pair.threshold[kept],
        mobility=pair.mobility[kept],
    )
    return _with(design, {pair.role: smaller})


def undecoupled(design: Design) -> Design:
    """Take the capacitors off the bias lines, through which units then couple. Level: path."""
    return replace(design, parts=tuple(p for p in design.parts if p.role != "decoupling"))


def stuck_leg(design: Design, line: Line, converter: int, bit: int) -> Design:
    """Turn one leg of a converter over: off where its bit is set, else on. Level: drift.

    Args:
        design: the right circuit, with mirrors.
        line: "tails", "raise" or "lower".
        converter: number of the coupling, or of the unit.
        bit: its weight is 2^bit steps.

    Raises:
        DesignError: if there is no such leg.
    """
    legs, diode = _group(design, leg_role(line, bit)), _group(design, f"{line}-line")
    if not 0 <= converter < len(legs):
        raise DesignError(f"converter is {converter}; line {line!r} has {len(legs)}, from 0")
    nodes = legs.nodes.copy()
    bulk, gate = nodes[converter, 3], diode.nodes[0, 1]
    nodes[converter, 1] = gate if nodes[converter, 1] == bulk else bulk
    return _with(design, {legs.role: replace(legs, nodes=nodes)})


def _group(design: Design, role: str) -> Transistors:
    for group in design.transistors:
        if group.role == role:
            return group
    raise DesignError(f"the design has no transistors with the role {role!r}")


def _with(design: Design, changed: dict[str, Transistors]) -> Design:
    groups = tuple(changed.get(group.role, group) for group in design.transistors)
    return replace(design, transistors=groups)
