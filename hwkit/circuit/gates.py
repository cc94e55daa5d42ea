"""Gates and experts as circuits: a tail current that branches share, couplings that it feeds.

A gate with R experts has the nodes s (tail) and, for each expert, f_r (field) and m_r (weight):

    f_r:  G0 v_f = -sum_j w_rj (U/V0) G0 v_j - c_r U G0        so  v_f = -U (w_r . x + c_r)
    s:    sum_r I0 exp((v_s - v_fr) / U) = I0                  branches share the tail current I0
    m_r:  G0 v_m = I0 exp((v_s - v_fr) / U)                    so  v_m = V0 p_r(x)

The second line settles v_s, which makes the branch currents I0 p_r: what transistors with one
source node do in weak inversion, U their n k T / e. A coupling of expert r is a transconductor
whose transconductance J^r_ij G0 v_m / V0 follows the branch current (the tail current of an OTA);
a bias of the expert is a current proportional to it.

No maximum has to be found, and nothing overflows: v_s follows the largest field.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwkit.circuit.parts import GROUND, IndexArray, Parts
from hwkit.circuit.scale import Scale
from hwkit.model import ExpertGroup, GatedMachine
from hwkit.units import THERMAL_VOLT

GATE_VOLT = THERMAL_VOLT  # U of ideal exponentials

EXPERT_ROLES = ("expert-coupling", "expert-bias")
COUPLING_ROLES = (
    "coupling",
    "self-coupling",
    *EXPERT_ROLES,
)  # what the mixed level takes out of the netlist


@dataclass(frozen=True, eq=False)
class GateNodes:
    """Where a gate is.

    Attributes:
        tail: node s.
        fields, weights: nodes f and m of each expert, (R,).
        names: of tail, fields and weights, in the order of their numbers.
    """

    tail: int
    fields: IndexArray
    weights: IndexArray
    names: tuple[str, ...]


def gate_nodes(number: int, n_experts: int, first: int) -> GateNodes:
    """Return the nodes of a gate, numbered from `first` on."""
    name, expert = f"gate{number}", np.arange(n_experts)
    names = (f"{name}__tail", *(f"{name}__field{r}" for r in expert),
             *(f"{name}__weight{r}" for r in expert))  # fmt: skip
    return GateNodes(first, first + 1 + expert, first + 1 + n_experts + expert, names)


def gate_parts(group: ExpertGroup, nodes: GateNodes, scale: Scale) -> list[Parts]:
    """Return the elements of a gate."""
    n, siemens = group.n_experts, scale.siemens
    expert, read = np.nonzero(group.w)
    reads = _units(group.reads, group.n_reads)
    field = np.stack([nodes.fields[expert], reads[read]], axis=1)
    volts = np.array(GATE_VOLT)
    tails = np.full(n, nodes.tail)
    branches = np.stack([tails, nodes.weights], axis=1)
    ohm = np.full(n, 1 / siemens)
    return [
        Parts("gate-field", "transconductor", field,
              group.w[expert, read] * siemens * GATE_VOLT / scale.volt),
        Parts("gate-constant", "current", _grounded(nodes.fields), group.c * GATE_VOLT * siemens),
        Parts("gate-load", "resistor", _grounded(nodes.fields), ohm),
        Parts("gate-tail", "current", _grounded(np.array([nodes.tail])), np.array([-scale.ampere])),
        Parts("gate-branch", "exponential", branches, np.full(n, scale.ampere), {"volt": volts},
              nodes.fields),
        Parts("gate-output", "resistor", _grounded(nodes.weights), ohm),
    ]  # fmt: skip


def expert_parts(group: ExpertGroup, nodes: GateNodes, scale: Scale) -> list[Parts]:
    """Return the couplings and biases that a gate feeds."""
    drives = _units(group.drives, group.n_drives)
    reads = _units(group.reads, group.n_reads)
    expert, driven = np.nonzero(group.b)
    biases = np.stack([drives[driven], nodes.weights[expert]], axis=1)
    values = group.b[expert, driven] * scale.siemens
    parts = [Parts("expert-bias", "transconductor", biases, values)]
    if group.J is not None:
        expert, driven, read = np.nonzero(group.J)
        ends = np.stack([drives[driven], reads[read]], axis=1)
        values = group.J[expert, driven, read] * scale.siemens / scale.volt
        gates = nodes.weights[expert]
        parts.append(Parts("expert-coupling", "gated", ends, values, gates=gates))
    return parts


def shared_parts(machine: GatedMachine, scale: Scale) -> list[Parts]:
    """Return biases and couplings that are always on."""
    units = np.arange(machine.n_units)
    driven, read = np.nonzero(machine.J * (units[:, None] != units))
    ends, values = np.stack([driven, read], axis=1), machine.J[driven, read] * scale.siemens
    parts = [
        Parts("bias", "current", _grounded(units), machine.b * scale.ampere),
        Parts("coupling", "transconductor", ends, values),
    ]
    own = np.diagonal(machine.J) * scale.siemens
    if np.any(own):
        parts.append(Parts("self-coupling", "transconductor", np.stack([units, units], 1), own))
    return parts


def joined(parts: list[Parts]) -> list[Parts]:
    """Return parts with those of one role as one group, in the order of their first appearance."""
    found: dict[str, list[Parts]] = {}
    for group in parts:
        found.setdefault(group.role, []).append(group)
    return [_joined(groups) for groups in found.values()]


def _joined(groups: list[Parts]) -> Parts:
    first = groups[0]
    gates = None
    if first.gates is not None:
        gates = np.concatenate([g.gates for g in groups if g.gates is not None])
    nodes, values = (np.concatenate([getattr(g, name) for g in groups])
                     for name in ("nodes", "values"))  # fmt: skip
    return Parts(first.role, first.kind, nodes, values, first.parameters, gates)


def _units(units: NDArray[np.intp] | None, count: int) -> IndexArray:
    return np.arange(count) if units is None else units


def _grounded(nodes: IndexArray) -> IndexArray:
    return np.stack([nodes, np.full(nodes.size, GROUND)], axis=1)
