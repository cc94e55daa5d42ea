"""Measured machines as JSON: their curves as cubic pieces, and the weights of each board.

A piece between points x_k and x_k+1 is c_0 d^3 + c_1 d^2 + c_2 d + c_3 with d = x - x_k. Functions
of couplings are constant beyond their points; the onsite energy has its wall there.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from hwkit.deferred import deferred
from hwkit.errors import DesignError
from hwkit.explore.packing import Json, packed
from hwkit.model import CurveMachine, Tabulated

if TYPE_CHECKING:
    from scipy import interpolate
else:
    interpolate = deferred("scipy.interpolate")


def describe_curves(machines: Sequence[CurveMachine]) -> Json:
    """Return what a page knows of a design that was measured, the machine as designed first.

    Raises:
        DesignError: if the machines have other functions, loads or no table of a unit.
    """
    first = machines[0]
    onsite = first.onsite
    alike = all(
        np.array_equal(each.functions, first.functions) and each.onsite is onsite
        for each in machines
    )
    if not isinstance(onsite, Tabulated) or not alike or any(np.any(m.load) for m in machines):
        raise DesignError(
            "measured boards must have the functions and the onsite table of the first, and no "
            "load; take those of measured_machines"
        )
    ends = onsite.x[[0, -1]]
    return {
        "model": {"onsite": {"kind": "tabulated"}},
        "digest": "",
        "parts": [],
        "curves": {
            "functions": {
                "x": packed(first.x, "float64"),
                "pieces": packed(interpolate.CubicSpline(first.x, first.functions).c, "float64"),
                "count": first.functions.shape[1],
            },
            "onsite": {
                "x": packed(onsite.x, "float64"),
                "pieces": packed(
                    interpolate.PchipInterpolator(onsite.x, onsite.slopes).c, "float64"
                ),
                "ends": [onsite.slope(ends).tolist(), onsite.curvature(ends).tolist()],
                "wall": float(onsite.wall),
            },
            "weights": packed(np.stack([each.weights for each in machines]), "float64"),
            "biases": packed(np.stack([each.b for each in machines]), "float64"),
        },
    }
