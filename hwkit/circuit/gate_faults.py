"""Faults of gates: outputs of two experts exchanged, a gate stuck at one expert."""

from dataclasses import replace

import numpy as np

from hwkit.circuit.design import Design
from hwkit.circuit.parts import Parts
from hwkit.errors import DesignError
from hwkit.model import ExpertGroup, GatedMachine, SegmentedMachine
from hwkit.ordering import largest

_STUCK = 40.0  # field that no other overcomes, its own being dead: weights of e^-40


def exchange_experts(design: Design) -> Design:
    """Exchange the outputs of two branches of the first gate: those of the most different experts.

    Raises:
        DesignError: if the netlist holds no gate with two experts.
    """
    branch, group = _first_gate(design)
    rows = np.hstack([group.b, np.zeros((group.n_experts, 0)) if group.J is None
                      else group.J.reshape(group.n_experts, -1)])  # fmt: skip
    squares = np.sum(rows**2, axis=1)
    distance = squares[:, None] + squares[None, :] - 2 * rows @ rows.T
    pair = list(np.unravel_index(largest(distance), distance.shape))
    if pair[0] == pair[1]:
        raise DesignError("the experts of the first gate are all alike; none can be exchanged")
    nodes = branch.nodes.copy()
    nodes[pair, 1] = nodes[pair[::-1], 1]
    return _with(design, replace(branch, nodes=nodes))


def stick_gate(design: Design) -> Design:
    """Let the first gate choose its first expert whatever the state.

    Raises:
        DesignError: if the netlist holds no gate with two experts.
    """
    branch, group = _first_gate(design)
    if branch.gates is None or group.n_experts < 2:
        raise DesignError("the first gate has one expert; it can't be stuck at another")
    fields = branch.gates[: group.n_experts]
    reading, constant = design.group("gate-field"), design.group("gate-constant")
    dead = np.isin(reading.nodes[:, 0], fields)
    values = np.where(np.isin(constant.nodes[:, 0], fields), 0.0, constant.values)
    unit = float(branch.parameter("volt")[0]) * design.scale.siemens
    values[constant.nodes[:, 0] == fields[0]] = _STUCK * unit
    design = _with(design, replace(reading, values=np.where(dead, 0.0, reading.values)))
    return _with(design, replace(constant, values=values))


def _first_gate(design: Design) -> tuple[Parts, ExpertGroup]:
    """Return the branches of a design, those of its first gate first, and that gate's experts."""
    machine, groups = design.machine, []
    if isinstance(machine, GatedMachine | SegmentedMachine):
        groups = [group for segment in machine.segments for group in segment.groups]
    if not groups or not design.has("gate-branch"):
        raise DesignError("the netlist holds no gates; faults of gates need a gated design's own")
    return design.group("gate-branch"), groups[0]


def _with(design: Design, changed: Parts) -> Design:
    parts = tuple(changed if group.role == changed.role else group for group in design.parts)
    return replace(design, parts=parts)
