"""Machines of transistor boards, each measured in ngspice: no BSIM4 is needed to run them.

    i_i(v) = i_i(0) + sum_j [i_i(v_j e_j) - i_i(0)]

One unit's node is swept while all others are held at 0 V: the currents of all nodes are then those
of its own pair and of every coupling that it drives, with the mismatch of this board's transistors.
Currents add up at a node. What is left out is that a coupling's output conductance depends on its
input. All curves of all boards are expanded in the same few functions (singular vectors).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hwkit.circuit import Design
from hwkit.errors import DesignError
from hwkit.model import CurveMachine, Tabulated
from hwkit.spice.devices import sweep_currents
from hwkit.workers import Progress

FloatArray = NDArray[np.float64]

MOST_UNITS = 32  # sweeps grow with the square of the units, transistors of each as fast
_LARGEST_VOLT, _POINTS = 0.3, 61
_RESIDUAL = 1e-4  # largest error of a curve's expansion, over I0
_NOTHING = 1e-6  # largest current of a coupling that is not there, over I0


def measured_machines(
    boards: Sequence[Design], onsite: Tabulated, progress: Progress | None = None
) -> tuple[CurveMachine, ...]:
    """Return the machine of each board; all have the same functions and the same onsite energy.

    How a unit's own current differs from the onsite energy's is on the diagonal of the weights.

    Args:
        boards: transistor designs of one machine, such as those of `mismatch_board`.
        onsite: energy of a unit as designed, the extracted table.
        progress: told how many units are swept.

    Raises:
        DesignError: if the machine has too many units.
        SimulationError: if ngspice is missing or finds no solution.
    """
    first = boards[0]
    n, scale = first.machine.n_units, first.scale
    if n > MOST_UNITS:
        raise DesignError(
            f"the machine has {n} units; every coupling of a board is measured for at most "
            f"{MOST_UNITS}, so take a smaller one"
        )
    volts, swept = _swept(boards, progress)
    x, swept = volts / scale.volt, swept / scale.ampere
    still = swept[:, :, _POINTS // 2].mean(axis=1)
    change = swept - swept[:, :, _POINTS // 2, None]
    start = onsite.slope(np.zeros(1))
    own = np.arange(n)
    change[:, own, :, own] -= onsite.slope(x) - start
    functions, weights = _expanded(change)
    return tuple(
        CurveMachine(
            amounts,
            x,
            functions,
            bias - start,
            onsite,
            first.machine.kT,
            first.machine.mobility,
            first.machine.n_visible,
        )
        for amounts, bias in zip(weights, still, strict=True)
    )


def _swept(boards: Sequence[Design], progress: Progress | None) -> tuple[FloatArray, FloatArray]:
    """Return voltages (P,) and currents (boards, swept unit, P, N) that leave the nodes, A."""
    found, n = [], boards[0].machine.n_units
    volts = np.zeros(0)
    for unit in range(n):
        volts, currents = sweep_currents(boards, unit, _LARGEST_VOLT, _POINTS)
        found.append(np.stack(currents))
        if progress is not None:
            progress(unit + 1, n)
    return volts, np.stack(found, axis=1)


def _expanded(change: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return functions (P, K) and weights (boards, K, N, N) of curves (boards, swept, P, N)."""
    count, n, points, _ = change.shape
    curves = change.transpose(0, 3, 1, 2).reshape(-1, points)
    left, sizes, right = np.linalg.svd(curves, full_matrices=False)
    amounts = left * sizes
    amounts[np.max(np.abs(curves), axis=1) < _NOTHING] = 0.0
    error = [
        float(np.max(np.abs(amounts[:, k:] @ right[k:]), initial=0)) for k in range(1, points + 1)
    ]
    kept = 1 + int(np.argmax(np.array(error) <= _RESIDUAL))
    weights = amounts[:, :kept].reshape(count, n, n, kept).transpose(0, 3, 1, 2)
    return right[:kept].T, np.ascontiguousarray(weights)
