"""Start-up and conditional runs as circuits: switches that hold the couplings off, held nodes.

Generation starts from units that settled uncoupled. With `with_start_up` one netlist does both:
the currents of a unit's couplings and bias meet in a node of their own, `<unit>__sum`, which one
switch ties to ground during the hold and another to the unit from then on. `clamp_nodes` holds
units with voltage sources: the others run conditioned on them.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from hwkit.circuit.cells import CELLS
from hwkit.circuit.design import Design
from hwkit.circuit.gates import COUPLING_ROLES
from hwkit.circuit.parts import GROUND, IndexArray, Parts
from hwkit.errors import DesignError

_CLOSED, _OPEN = 1e-3, 1e9  # resistance of a switch in units of 1/G0
_STEERED = (*COUPLING_ROLES, "bias", "offset", "output-resistance")


def with_start_up(design: Design, hold: float) -> Design:
    """Return a design whose units run uncoupled and unbiased for a while before they are coupled.

    Args:
        design: of a family that starts up by switches, such as rc.
        hold: how long, in model time.

    Raises:
        DesignError: if the family is another, or the hold is not above 0.
    """
    family = CELLS.get(design.cell)
    if family is None or not family.starts_up:
        able = ", ".join(name for name in CELLS if CELLS[name].starts_up)
        raise DesignError(
            f"start-up switches steer currents of family {able}, not of {design.cell}; prepare the "
            "start states of other families with x0"
        )
    if design.ends:
        raise DesignError("segments have switches of their own; give compile_segments the hold")
    if not 0 < hold < np.inf:
        raise DesignError(f"the hold is {hold!r}; give a time above 0, in model time")
    n, first = design.model.n_units, len(design.nodes)
    sums = first + np.arange(n)
    steered = tuple(redirected(p, n, first) if p.role in _STEERED else p for p in design.parts)
    to_units = np.stack([sums, np.arange(n)], axis=1)
    to_ground = np.stack([sums, np.full(n, GROUND)], axis=1)
    switches = (
        switch("run-switch", to_units, design, hold, closes=True),
        switch("hold-switch", to_ground, design, hold, closes=False),
    )
    names = tuple(f"{node}__sum" for node in design.nodes[:n])
    return replace(design, nodes=design.nodes + names, parts=steered + switches)


def clamp_nodes(design: Design, values: Mapping[int | str, float]) -> Design:
    """Return a design with some units held by voltage sources.

    Start states must hold the clamped values; `clamp_units` makes the ideal machine of the others.

    Args:
        design: of any family whose units are voltages.
        values: unit, by index or name, -> state it is held at.

    Raises:
        DesignError: if there is no such unit, or its value is not finite.
    """
    if design.mass:
        raise DesignError(f"units of family {design.cell} are fluxes, which no source can hold")
    position = {name: i for i, name in enumerate(design.model.unit_names)}
    held = []
    for unit, value in values.items():
        index = position.get(unit, -1) if isinstance(unit, str) else int(unit)
        if not 0 <= index < design.model.n_units or index in held:
            raise DesignError(
                f"unit {unit!r} can't be clamped: there is none, or it is given twice"
            )
        if not np.isfinite(value):
            raise DesignError(f"unit {unit!r} is clamped at {value}; give a finite number")
        held.append(index)
    volts = np.array([float(value) for value in values.values()]) * design.scale.volt
    sources = Parts("clamp", "voltage", design.terminals[held], volts)
    return replace(design, parts=(*design.parts, sources))


def switch(role: str, ends: IndexArray, design: Design, time: float, closes: bool) -> Parts:
    """Return switches that close, or open, at a time, in model time.

    Args:
        role: of the group.
        ends: nodes of each switch, (n, 2).
        design: whose scale and units of time hold.
        time: when they switch, in model time.
        closes: whether they close at that time, or open.
    """
    unit = design.scale.siemens
    constants = {
        "open_ohm": np.array(_OPEN / unit),
        "second": np.array(time * design.model.mobility * design.scale.second),
        "closes": np.array(float(closes)),
    }
    return Parts(role, "switch", ends, np.full(len(ends), _CLOSED / unit), constants)


def redirected(parts: Parts, n: int, first: int) -> Parts:
    """Let what drives the first n nodes drive those from `first` on."""
    nodes = parts.nodes.copy()
    driven = (nodes[:, 0] >= 0) & (nodes[:, 0] < n)
    nodes[driven, 0] += first
    return replace(parts, nodes=nodes)
