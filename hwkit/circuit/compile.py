"""Compile a machine into a circuit of a chosen family."""

from typing import Any

import numpy as np

from hwkit.circuit.design import Design
from hwkit.circuit.gated import compile_gated
from hwkit.circuit.options import checked_options
from hwkit.circuit.scale import Scale
from hwkit.errors import DesignError
from hwkit.model import EnergyModel, GatedMachine, SegmentedMachine


def compile_model(
    model: EnergyModel | GatedMachine,
    cell: str = "rc",
    scale: Scale | None = None,
    options: Any = None,
) -> Design:
    """Return the design of a machine.

    Args:
        model: the machine; a gated one gets gates (`hwkit.circuit.gates`).
        cell: circuit family.
        scale: volts, seconds and farads; Scale() if None.
        options: of that family, such as RcOptions; None for its ideal parts.

    Raises:
        DesignError: if the family is unknown or can't realise the model.
    """
    if isinstance(model, SegmentedMachine):
        raise DesignError(
            "a segmented machine is switched at times that its circuit holds; use "
            "hwkit.circuit.compile_segments(machine, t_final)"
        )
    if isinstance(model, GatedMachine):
        return compile_gated(model, cell, scale, options)
    family, options = checked_options(cell, options)
    with np.errstate(over="ignore"):  # values that overflow are refused by Parts
        design: Design = family.compile(model, scale or Scale(), options)
    return design
