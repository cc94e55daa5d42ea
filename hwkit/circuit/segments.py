"""Segments that take turns in one netlist: switches at their ends.

The currents of a segment's couplings and biases into a unit meet in a node of their own,
`<unit>__sum<k>`. While the segment lasts, switches tie it to the unit; before and after, to ground:

    sum --[closes at its start]-- pass --[opens at its end]-- unit
    sum --[opens at its start]-- ground          sum --[closes at its end]-- ground

The first segment has no start, the last no end. As in start-up (`startup`), nothing reads the
voltage of these nodes.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from hwkit.circuit.design import Design
from hwkit.circuit.gated import (
    bare_cells,
    check_size,
    gate_names,
    laid_over,
    segment_ends,
    stages,
)
from hwkit.circuit.parts import GROUND, IndexArray, Parts
from hwkit.circuit.scale import Scale
from hwkit.circuit.startup import redirected, switch
from hwkit.errors import DesignError
from hwkit.model import SegmentedMachine

_AFTER = 1e-9  # of a time: switches turn behind the time point of their moment, whatever rounding


def compile_segments(
    machine: SegmentedMachine,
    t_final: float,
    cell: str = "rc",
    scale: Scale | None = None,
    options: Any = None,
    hold: float = 0.0,
) -> Design:
    """Return the full circuit of a segmented machine, segments switched at their ends.

    Args:
        machine: small enough for a netlist.
        t_final: duration that the segments share, in model time.
        cell, scale, options: as for `compile_model`.
        hold: how long the units run uncoupled before, in model time; runs take hold + t_final.

    Raises:
        DesignError: if the family has no gates, a time is out of range, or the machine is too
            large for a netlist.
    """
    check_size(machine.segments)
    machine = machine.expanded()
    if not 0 <= hold < np.inf:
        raise DesignError(f"the hold is {hold!r}; give a time from 0, in model time")
    ends = segment_ends(len(machine.segments), t_final, hold)
    cells = bare_cells(machine.segments[0], cell, scale, options)
    made = stages(machine.segments, cells)
    names, parts = gate_names(made), [part for stage in made for part in stage.gates]
    starts = (hold or None, *ends[:-1])
    for k, stage in enumerate(made):
        edges = (starts[k], ends[k] if k + 1 < len(made) else None)
        first = len(cells.nodes) + len(names)
        more, wires = _switched(cells, k, edges, first)
        names += more
        moved = first if more else 0
        parts += [redirected(p, machine.n_units, moved) for p in stage.drives] + wires
    return replace(laid_over(cells, names, parts, machine), ends=ends)


def _switched(
    cells: Design, k: int, edges: tuple[float | None, float | None], first: int
) -> tuple[tuple[str, ...], list[Parts]]:
    """Return names of the nodes that a segment needs, from number `first` on, and its switches."""
    start, end = edges
    n = cells.model.n_units
    units, sums = np.arange(n), first + np.arange(n)
    ground = np.full(n, GROUND)
    names = tuple(f"{node}__sum{k}" for node in cells.nodes[:n])
    wires = []

    def add(role: str, a: IndexArray, b: IndexArray, time: float, closes: bool) -> None:
        ends = np.stack([a, b], axis=1)
        wires.append(switch(f"segment{k}-{role}", ends, cells, time * (1 + _AFTER), closes))

    if start is None and end is None:
        return (), []
    into = units
    if start is not None and end is not None:
        names += tuple(f"{node}__pass{k}" for node in cells.nodes[:n])
        into = sums + n
        add("off", into, units, end, closes=False)
    if start is not None:
        add("on", sums, into, start, closes=True)
        add("before", sums, ground, start, closes=False)
    if end is not None:
        if start is None:
            add("off", sums, units, end, closes=False)
        add("after", sums, ground, end, closes=True)
    return names, wires
