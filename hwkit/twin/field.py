"""Currents and power of boards at given states, without any simulation."""

import numpy as np
from numpy.typing import NDArray

from hwkit.langevin import TimeGrid
from hwkit.twin.boards import Boards, Bound
from hwkit.twin.marcher import Marcher

FloatArray = NDArray[np.float64]


def field_of(bound: Bound, boards: Boards, states: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return what all elements but capacitors and noise do at some states (S, N).

    Returns:
        The current that leaves each node, (boards, S, M), in A; the power they take up, (boards,
        S), in W. Nodes that no unit sets are at 0 V.
    """
    marcher = Marcher(bound, boards, TimeGrid(1.0, 1.0), states, 0, None)
    v = np.tile(marcher.volts(states), (boards.count, 1, 1))
    equations = marcher.build(bound.numbers(boards))
    currents = v @ equations.conductance.transpose(0, 2, 1)
    currents += equations.constant[:, None] + equations.currents(v)
    return currents, np.sum(v * currents, axis=2)
