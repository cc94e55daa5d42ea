"""Compile a machine into a circuit of a chosen family."""

from typing import Any

import numpy as np

from hwkit.circuit.cells import CELLS
from hwkit.circuit.design import Design
from hwkit.circuit.gated import compile_gated
from hwkit.circuit.options import checked_options
from hwkit.circuit.scale import Scale
from hwkit.errors import DesignError
from hwkit.model import DriftMachine, EnergyModel, GatedMachine, SegmentedMachine, refuse_holder


def compile_model(
    model: EnergyModel | DriftMachine | GatedMachine,
    cell: str = "rc",
    scale: Scale | None = None,
    options: Any = None,
) -> Design:
    """Return the design of a machine.

    Args:
        model: the machine; one with directed couplings for families that can have them, a gated one
            for those that have gates (`hwkit.circuit.gates`).
        cell: circuit family.
        scale: volts, seconds and farads; Scale() if None.
        options: of that family, such as RcOptions; None for its ideal parts.

    Raises:
        DesignError: if the family is unknown or can't realise the model.
    """
    refuse_holder(model, "compile_model")
    if not isinstance(scale, Scale | None):
        raise DesignError(f"scale is {scale!r}; give a hwkit.Scale, such as Scale(volt=0.1)")
    if isinstance(model, SegmentedMachine):
        raise DesignError(
            "a segmented machine is switched at times that its circuit holds; use "
            "hwkit.circuit.compile_segments(machine, t_final)"
        )
    if isinstance(model, GatedMachine):
        return compile_gated(model, cell, scale, options)
    family, options = checked_options(cell, options)
    if isinstance(model, DriftMachine) and not family.directed:
        able = ", ".join(name for name in CELLS if CELLS[name].directed)
        raise DesignError(
            f"family {cell} makes machines with an energy; one with directed couplings or a "
            f"transfer curve takes family {able}"
        )
    with np.errstate(over="ignore"):  # values that overflow are refused by Parts
        design: Design = family.compile(model, scale or Scale(), options)
    return design
