"""Backward Euler with Newton's method, in double precision, for many boards and paths at once.

    C (v' - v) / h + G v' + k + s(v') = i      i: mean source currents over the step

This is what ngspice solves with `maxord=1` on the same grid. Newton's method is simplified: the
matrix is factored once per board, with the slopes at one state, and every iteration is a product
with its inverse; it converges linearly, by a factor of about h times the change of slope. Paths on
which it does not are solved by Newton's method proper.

Cost per path and step: about eight (M x M) products; M^3 for paths that need Newton proper.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import SimulationError
from hwkit.twin.system import System

FloatArray = NDArray[np.float64]

_TOLERANCE = 1e-12  # of a Newton change, relative to the largest voltage or the unit of voltage
_SIMPLIFIED = 25
_PROPER = 50


def march_implicit(
    equations: System, start: FloatArray, kicks: Iterator[FloatArray], step: float, volt: float
) -> Iterator[FloatArray]:
    """Yield the node voltages after each step, (boards, paths, M).

    Args:
        equations: of the boards.
        start: (boards, paths, M), V.
        kicks: mean current into each node over each step, (boards, paths, M), A.
        step: s.
        volt: unit of voltage, for the tolerance.

    Raises:
        SimulationError: if Newton's method does not converge.
    """
    matrix = equations.capacitance / step + equations.conductance
    slopes = equations.slopes(np.zeros_like(start[:, :1]))[:, 0]
    inverse = np.asarray(np.linalg.inv(matrix + slopes), dtype=np.float64)
    charge = equations.capacitance / step
    v = start
    for kick in kicks:
        target = _times(charge, v) + kick - equations.constant[:, None]
        v = _solved(equations, matrix, inverse, target, v, volt)
        yield v


def _times(matrices: FloatArray, v: FloatArray) -> FloatArray:
    return np.asarray(v @ matrices.transpose(0, 2, 1))


def _solved(
    equations: System,
    matrix: FloatArray,
    inverse: FloatArray,
    target: FloatArray,
    v: FloatArray,
    volt: float,
) -> FloatArray:
    start, v, last = v, v.copy(), np.inf
    with np.errstate(over="ignore", invalid="ignore"):  # divergence is what Newton proper is for
        for _ in range(_SIMPLIFIED):
            residual = _times(matrix, v) + equations.currents(v) - target
            change = _times(inverse, residual)
            v -= change
            moved = float(np.max(np.abs(change)) / max(volt, float(np.max(np.abs(v)))))
            if moved < _TOLERANCE:
                return v
            if not moved < 2 * last:
                break
            last = moved
    return _newton(equations, matrix, target, start, volt)


def _newton(
    equations: System, matrix: FloatArray, target: FloatArray, v: FloatArray, volt: float
) -> FloatArray:
    for _ in range(_PROPER):
        residual = _times(matrix, v) + equations.currents(v) - target
        jacobian = matrix[:, None] + equations.slopes(v)
        change = np.linalg.solve(jacobian, residual[..., None])[..., 0]
        v = v - change
        if np.max(np.abs(change)) < _TOLERANCE * max(volt, float(np.max(np.abs(v)))):
            return v
    raise SimulationError(
        f"the twin's Newton iteration did not converge in {_PROPER} steps; try a shorter dt"
    )
