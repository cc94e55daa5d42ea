"""Family silicon taken apart for the mixed level: pairs in ngspice, couplings beside it.

The couplings' currents are those of their measured curves, each at its own tail current. What they
load their cells with stays there, as linear parts: the capacitance of their transistors at both
units and their output conductance at the unit they drive. Their delay is left out.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from hwkit.circuit.cells.silicon.curves import coupling_loads, coupling_matrices, directions
from hwkit.circuit.cells.silicon.kits import GF180MCU, kit_of
from hwkit.circuit.cells.silicon.mirrors import leg_role
from hwkit.circuit.cells.silicon.sizes import coupling_table
from hwkit.circuit.cells.silicon.topology import INNER
from hwkit.circuit.coupling_curves import CouplingCurves
from hwkit.circuit.design import Design
from hwkit.circuit.parts import GROUND, FloatArray, Parts
from hwkit.circuit.separation import Curve, CurvedTerm, Separation
from hwkit.deferred import deferred
from hwkit.errors import DesignError

if TYPE_CHECKING:
    from scipy import interpolate
else:
    interpolate = deferred("scipy.interpolate")


N_FUNCTIONS = 4  # for each sign: within 3e-4 of the tail current, 13 MB each at 784 + 512 units
_AMPLIFIER = ("coupling-far", "coupling-near", "mirror-in", "mirror-out", "tail", "tail-reference")


def separate_silicon(design: Design) -> Separation:
    """Take out the couplings' transistors; their curves are those that the design carries.

    Raises:
        DesignError: if it carries none, or a tail current lies outside them.
    """
    n = design.machine.n_units
    straight = np.zeros((n, n))
    if not design.carries("tail-bias"):
        return Separation(design, straight)
    if design.bit_hold is not None:
        raise DesignError(
            "one-bit noise sources take the place of the currents that the mixed level adds; run "
            "it at level 'full', or compile with noise = 'external'"
        )
    if design.curves is None:
        raise DesignError(
            "the curves of this design's couplings are not measured; take the design that "
            "hwkit.spice.silicon.with_curves returns, or run it at level 'full'"
        )
    terms = [term for positive in (True, False) for term in _terms(design, design.curves, positive)]
    return Separation(_cells(design, design.curves), straight, curved=tuple(terms))


def coupling_farads(design: Design) -> FloatArray:
    """Return what the transistors of all couplings add at each unit's node, (N,), F."""
    kit = kit_of(design.process.name) if design.process else GF180MCU
    table, total = coupling_table(kit), np.zeros(design.machine.n_units)
    for positive, gate in ((True, table.near_farad), (False, table.far_farad)):
        driven, driving, tails = directions(design, positive)
        np.add.at(total, driven, table.at("output_farad", tails))
        np.add.at(total, driving, gate)
    return total


def _terms(design: Design, curves: CouplingCurves, positive: bool) -> list[CurvedTerm]:
    functions = curves.functions(positive, N_FUNCTIONS)
    matrices = coupling_matrices(design, curves, positive, N_FUNCTIONS)
    step = float(curves.volts[1] - curves.volts[0])
    slopes = interpolate.CubicSpline(curves.volts, functions)(curves.volts, 1)
    return [
        CurvedTerm(matrix, Curve(float(curves.volts[0]), step, values, slope))
        for matrix, values, slope in zip(matrices, functions.T, slopes.T, strict=True)
    ]


def _cells(design: Design, curves: CouplingCurves) -> Design:
    loads = coupling_loads(design, curves)
    nodes = tuple(name for name in design.nodes if not name.startswith(INNER))  # those are last
    loaded = np.flatnonzero(loads > 0)
    grounded = np.stack([loaded, np.full_like(loaded, GROUND)], axis=1)
    parts = [
        replace(each, values=each.values + coupling_farads(design))
        if each.role == "capacitor"
        else each
        for each in design.parts
        if each.role != "tail-bias"
    ]
    return replace(
        design,
        nodes=nodes,
        parts=(*parts, Parts("coupling-load", "resistor", grounded, 1 / loads[loaded])),
        transistors=tuple(group for group in design.transistors if not _is_taken(group.role)),
        coded=tuple(each for each in design.coded if each.role != "tail-bias"),
        guesses=tuple(each for each in design.guesses if each[0] < len(nodes)),
    )


def _is_taken(role: str) -> bool:
    """Say whether transistors are a coupling's, its converter included."""
    return role in _AMPLIFIER or role.startswith(leg_role("tails", None))
