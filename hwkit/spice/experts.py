"""Couplings of gated machines beside ngspice: each expert's, with the weight of its gate.

    current that leaves node i
        = I0 ( b_i + sum_j J_ij x_j + sum_g sum_r p_gr (b^gr_i + sum_j J^gr_ij x_j) )

with x = v / V0 at the last accepted time point, and the couplings of the segment that the next step
belongs to. Where the netlist holds the gates, the weights p are read from it, v_m / V0; the first
step takes those of the equation, since no state of the gates is there yet. Experts of a weight
below 1e-6 are left out, as in the reference.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hwkit.circuit import Design, Parts
from hwkit.errors import ConfigError, DesignError
from hwkit.langevin import TimeGrid
from hwkit.model import ExpertGroup, GatedMachine, SegmentedMachine

FloatArray = NDArray[np.float64]

_ON_GRID = 1e-6  # of a step


@dataclass(frozen=True, eq=False)
class ExpertCrossbar:
    """Couplings and biases beside ngspice.

    Attributes:
        segments: the machines that take turns.
        volt, ampere: of a unit of x and of force.
        ends: when each segment ends, in model time; empty for one machine.
        weights: node of each expert's weight, segment by segment and gate by gate; empty if the
            gates are beside ngspice too.
    """

    segments: tuple[GatedMachine, ...]
    volt: float
    ampere: float
    ends: tuple[float, ...] = ()
    weights: tuple[str, ...] = ()

    @property
    def n_units(self) -> int:
        """Number of units."""
        return self.segments[0].n_units

    def current(self, volts: FloatArray, weights: FloatArray | None = None) -> FloatArray:
        """Return the current that leaves each node in the first segment, (..., N), A.

        Args:
            volts: of the units, (..., N).
            weights: of the experts of the first segment's gates in turn, (..., R), as measured;
                those of the equation if None.
        """
        machine, x = self.segments[0], volts / self.volt
        if weights is None:
            return np.asarray(self.ampere * machine.coupling_field(x))
        field, first = x @ machine.J.T + machine.b, 0
        for group in machine.groups:
            p = weights[..., first : first + group.n_experts]
            first += group.n_experts
            drive = p @ group.b
            if group.J is not None:
                signal = x if group.reads is None else x[..., group.reads]
                drive += np.einsum("...r,rdn,...n->...d", p, group.J, signal)
            field[..., slice(None) if group.drives is None else group.drives] += drive
        return np.asarray(self.ampere * field)

    def watched(self) -> list[tuple[str, str]]:
        """Return both ends of each voltage that is read beside those of the units."""
        return [(node, "0") for node in self.weights]


def expert_crossbar(design: Design) -> ExpertCrossbar:
    """Return the couplings that a gated design's circuit leaves to what is beside ngspice.

    Raises:
        DesignError: if its couplings are switched inside the netlist.
    """
    machine = design.machine
    if not isinstance(machine, GatedMachine | SegmentedMachine):
        raise DesignError("the design has no gates; its crossbar is hwkit.spice.ideal_crossbar's")
    segments, scale = machine.segments, design.scale
    holds = design.has("coupling")
    if holds and design.ends:
        raise DesignError(
            "the segments of this design are switched inside its netlist; run it at level 'full', "
            "or compile it by hwkit.circuit.compile_cells"
        )
    if holds:
        segments = (_machine_of(design, segments[0]),)
    weights = ()
    if design.has("gate-output"):
        nodes = design.group("gate-output").nodes[:, 0]
        weights = tuple(design.nodes[node].lower() for node in nodes.tolist())
    return ExpertCrossbar(segments, scale.volt, scale.ampere, design.ends, weights)


def check_segments(design: Design, grid: TimeGrid) -> None:
    """Refuse a run whose steps or duration don't fit the segments of a design."""
    if not design.ends:
        return
    if abs(design.ends[-1] - grid.t_final) > _ON_GRID * grid.dt:
        raise ConfigError(
            f"the design's segments end at {design.ends[-1]:g}, but the run at {grid.t_final:g}; "
            "compile them for that duration"
        )
    for end in design.ends:
        if abs(end / grid.dt - round(end / grid.dt)) > _ON_GRID:
            raise ConfigError(
                f"a segment ends at {end:g}, which is no multiple of the step {grid.dt:g}; choose "
                "a step that divides the segments"
            )


def _machine_of(design: Design, machine: GatedMachine) -> GatedMachine:
    """Return the machine that a design's coupling parts make; its biases are in the netlist."""
    siemens, n = design.scale.siemens, machine.n_units
    J = np.zeros((n, n))
    for role in ("coupling", "self-coupling"):
        if design.has(role):
            parts = design.group(role)
            np.add.at(J, tuple(parts.nodes.T), parts.values / siemens)
    weights = design.group("gate-output").nodes[:, 0] if machine.groups else np.zeros(0, int)
    first, groups = 0, []
    for group in machine.groups:
        own = weights[first : first + group.n_experts]
        first += group.n_experts
        groups.append(_group_of(design, group, own))
    return replace(machine, J=J, b=np.zeros(n), groups=tuple(groups))


def _group_of(design: Design, group: ExpertGroup, weights: NDArray[np.intp]) -> ExpertGroup:
    scale = design.scale
    expert = _places(weights, len(design.nodes))
    drive = _places(group.drives, len(design.nodes), group.n_drives)
    read = _places(group.reads, len(design.nodes), group.n_reads)
    b = np.zeros_like(group.b)
    biases = design.group("expert-bias")
    kept = np.flatnonzero(expert[biases.nodes[:, 1]] >= 0)
    out, control = biases.nodes[kept].T
    np.add.at(b, (expert[control], drive[out]), biases.values[kept] / scale.siemens)
    if group.J is None:
        return replace(group, b=b)
    J, couplings = np.zeros_like(group.J), design.group("expert-coupling")
    gates = _gates(couplings)
    kept = np.flatnonzero(expert[gates] >= 0)
    out, control = couplings.nodes[kept].T
    values = couplings.values[kept] * scale.volt / scale.siemens
    np.add.at(J, (expert[gates[kept]], drive[out], read[control]), values)
    return replace(group, b=b, J=J)


def _gates(parts: Parts) -> NDArray[np.intp]:
    if parts.gates is None:
        raise DesignError(f"{parts.role}: its elements have no gates")
    return parts.gates


def _places(nodes: NDArray[np.intp] | None, n_nodes: int, count: int = 0) -> NDArray[np.intp]:
    """Return the place of each node among some, -1 for none; None: the first `count`."""
    nodes = np.arange(count) if nodes is None else nodes
    places = np.full(n_nodes, -1)
    places[nodes] = np.arange(nodes.size)
    return places
