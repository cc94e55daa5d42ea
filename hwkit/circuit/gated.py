"""Compile gated machines: gates and experts laid over the cells of a family.

`compile_gated` makes the full circuit. Large machines have more couplings than a netlist holds:
`compile_cells` leaves them, and the gates if wanted, to what computes them beside ngspice (level
"mixed").
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from hwkit.circuit.design import Design
from hwkit.circuit.gates import (
    GateNodes,
    expert_parts,
    gate_nodes,
    gate_parts,
    joined,
    shared_parts,
)
from hwkit.circuit.options import checked_options
from hwkit.circuit.parts import Parts
from hwkit.circuit.scale import Scale
from hwkit.errors import DesignError
from hwkit.model import GatedMachine, SegmentedMachine
from hwkit.model.forces import uncoupled

MOST_COUPLINGS = 3_000_000  # of a netlist that memory holds
_IMPERFECT = ("output_ohm", "saturation_volt", "offset_volt", "driver_second", "series")


@dataclass(frozen=True, eq=False)
class Stage:
    """The circuit of one segment but for the cells.

    Attributes:
        gates: elements of the gates.
        drives: what drives the units: couplings and biases, shared and of experts.
        nodes: of the gates.
    """

    gates: list[Parts]
    drives: list[Parts]
    nodes: list[GateNodes]


def compile_gated(
    machine: GatedMachine, cell: str = "rc", scale: Scale | None = None, options: Any = None
) -> Design:
    """Return the full circuit of a gated machine; `compile_model` calls this.

    Raises:
        DesignError: if the family has no gates, or the machine is too large for a netlist.
    """
    check_size([machine])
    machine = machine.expanded()
    cells = bare_cells(machine, cell, scale, options)
    [stage] = stages((machine,), cells)
    return laid_over(cells, gate_names([stage]), [*stage.gates, *stage.drives], machine)


def compile_cells(
    machine: GatedMachine | SegmentedMachine,
    t_final: float | None = None,
    cell: str = "rc",
    scale: Scale | None = None,
    options: Any = None,
    gates: bool = True,
) -> Design:
    """Return the cells of a machine, whose couplings and biases are to be beside ngspice.

    Args:
        machine: of any size.
        t_final: duration of the run that its segments share, in model time; None if there are none.
        cell, scale, options: as for `compile_model`.
        gates: hold the gates of all segments in the netlist, so that the couplings beside it follow
            the circuit's own weights; otherwise the gates are outside too.

    Raises:
        DesignError: if the family has no gates, or there are segments and no duration.
    """
    machine = machine.expanded()
    segments = machine.segments
    cells = bare_cells(segments[0], cell, scale, options)
    made = stages(segments, cells, drives=False) if gates else []
    parts = [part for stage in made for part in stage.gates]
    design = laid_over(cells, gate_names(made), parts, machine)
    ends = segment_ends(len(segments), t_final) if isinstance(machine, SegmentedMachine) else ()
    return replace(design, ends=ends)


def segment_ends(n_segments: int, t_final: float | None, hold: float = 0.0) -> tuple[float, ...]:
    """Return when each segment ends, in model time, the run included.

    Raises:
        DesignError: if the duration is missing or not above 0.
    """
    if t_final is None or not 0 < t_final < np.inf:
        raise DesignError(
            f"t_final is {t_final!r}; segments are switched at times, so give the duration of "
            "the run, above 0"
        )
    return tuple(hold + t_final * (k + 1) / n_segments for k in range(n_segments))


def check_size(segments: Sequence[GatedMachine]) -> None:
    """Refuse machines that no netlist holds, which has all couplings of experts of low rank."""
    n_couplings = sum(
        segment.n_couplings
        + sum(
            group.n_experts * group.n_drives * group.n_reads - group.n_couplings
            for group in segment.groups
            if group.basis is not None
        )
        for segment in segments
    )
    if n_couplings > MOST_COUPLINGS:
        raise DesignError(
            f"the machine has {n_couplings} couplings, above the limit of {MOST_COUPLINGS} for a "
            "netlist; use hwkit.circuit.compile_cells and level 'mixed'"
        )


def bare_cells(machine: GatedMachine, cell: str, scale: Scale | None, options: Any) -> Design:
    """Return the units without couplings and biases.

    Raises:
        DesignError: if the family has no gates, or an option has no meaning for them.
    """
    family, options = checked_options(cell, options)
    if not family.gates:
        raise DesignError(f"family {cell} has no gates; compile gated machines with cell='rc'")
    for field in fields(options):
        if field.name in _IMPERFECT and getattr(options, field.name) != field.default:
            raise DesignError(
                f"{cell} option {field.name} is not modelled for gated machines; leave it out"
            )
    alone = uncoupled(machine)
    design: Design = family.compile(alone, scale if scale is not None else Scale(), options)
    return replace(
        design, parts=tuple(p for p in design.parts if p.role not in ("bias", "coupling"))
    )


def stages(segments: Sequence[GatedMachine], cells: Design, drives: bool = True) -> list[Stage]:
    """Return the circuits of segments; their gates are numbered through."""
    first, number, found = len(cells.nodes), 0, []
    for segment in segments:
        nodes, gates = [], []
        driving = shared_parts(segment, cells.scale) if drives else []
        for group in segment.groups:
            nodes.append(gate_nodes(number, group.n_experts, first))
            gates += gate_parts(group, nodes[-1], cells.scale)
            driving += expert_parts(group, nodes[-1], cells.scale) if drives else []
            first, number = first + len(nodes[-1].names), number + 1
        found.append(Stage(gates, driving, nodes))
    return found


def gate_names(made: Sequence[Stage]) -> tuple[str, ...]:
    """Return the names of all nodes of gates."""
    return tuple(name for stage in made for gate in stage.nodes for name in gate.names)


def laid_over(
    cells: Design,
    names: tuple[str, ...],
    parts: list[Parts],
    machine: GatedMachine | SegmentedMachine,
) -> Design:
    """Return cells with more nodes and parts; the noise comes last."""
    own = [p for p in cells.parts if p.kind != "noise"]
    noise = [p for p in cells.parts if p.kind == "noise"]
    return replace(
        cells,
        nodes=cells.nodes + names,
        parts=(*own, *joined(parts), *noise),
        machine=machine,
    )
