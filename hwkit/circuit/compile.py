"""Compile a machine into a circuit of a chosen family."""

from typing import Any

import numpy as np

from hwkit.circuit.cells import CELLS
from hwkit.circuit.design import Design
from hwkit.circuit.scale import Scale
from hwkit.errors import DesignError
from hwkit.model import EnergyModel, refuse_holder


def compile_model(
    model: EnergyModel, cell: str = "rc", scale: Scale | None = None, options: Any = None
) -> Design:
    """Return the design of a machine.

    Args:
        model: the machine.
        cell: circuit family.
        scale: volts, seconds and farads; Scale() if None.
        options: of that family, such as RcOptions; None for its ideal parts.

    Raises:
        DesignError: if the family is unknown or can't realise the model.
    """
    refuse_holder(model, "compile_model")
    if cell not in CELLS:
        raise DesignError(f"circuit family {cell!r} is unknown; choose one of {', '.join(CELLS)}")
    family = CELLS[cell]
    options = family.options() if options is None else options
    if not isinstance(options, family.options):
        raise DesignError(
            f"family {cell} takes {family.options.__name__}, not {type(options).__name__}"
        )
    with np.errstate(over="ignore"):  # values that overflow are refused by Parts
        return family.compile(model, scale if scale is not None else Scale(), options)
