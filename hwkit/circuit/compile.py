"""Compile a machine into a circuit of a chosen family."""

import numpy as np

from hwkit.circuit.cells import CELLS
from hwkit.circuit.design import Design
from hwkit.circuit.scale import Scale
from hwkit.errors import DesignError
from hwkit.model import EnergyModel


def compile_model(model: EnergyModel, cell: str = "rc", scale: Scale | None = None) -> Design:
    """Return the design of a machine.

    Args:
        model: the machine.
        cell: circuit family.
        scale: volts, seconds and farads; Scale() if None.

    Raises:
        DesignError: if the family is unknown or can't realise the model.
    """
    if cell not in CELLS:
        raise DesignError(f"circuit family {cell!r} is unknown; choose one of {', '.join(CELLS)}")
    with np.errstate(over="ignore"):  # values that overflow are refused by Parts
        return CELLS[cell](model, scale if scale is not None else Scale())
