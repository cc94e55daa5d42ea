"""Values rounded to the levels that they are programmed with."""

import numpy as np
from numpy.typing import NDArray

from hwkit.circuit.parts import Parts
from hwkit.circuit.variation.entries import Quantised
from hwkit.ordering import whole

FloatArray = NDArray[np.float64]

OPEN_OHMS = 1e6  # of a resistor that is left out, relative to its value


def quantise(values: FloatArray, parts: Parts, quantised: Quantised) -> FloatArray:
    """Return values (parts,) rounded to levels of their matrix or row; of resistors, conductances.

    A resistor whose conductance rounds to 0 is left out: 1e6 times the largest one stands for that.
    """
    if parts.kind == "resistor":
        siemens = _rounded(1 / values, parts, quantised)
        left_out = OPEN_OHMS * np.abs(values).max(initial=0.0)
        with np.errstate(divide="ignore"):
            return np.asarray(np.where(siemens == 0, left_out, 1 / siemens))
    return _rounded(values, parts, quantised)


def _rounded(values: FloatArray, parts: Parts, quantised: Quantised) -> FloatArray:
    top = np.abs(values)
    if quantised.per == "row":
        largest = np.zeros(int(parts.nodes[:, 0].max(initial=0)) + 1)
        np.maximum.at(largest, parts.nodes[:, 0], top)
        full = largest[parts.nodes[:, 0]]
    else:
        full = np.full(len(values), top.max(initial=0.0))
    step = full / (2 ** (quantised.bits - 1) - 1)
    return np.asarray(
        np.where(step > 0, whole(values / np.where(step > 0, step, 1.0)) * step, values)
    )
