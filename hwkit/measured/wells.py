"""Does a record leave the well that it starts in?

A machine with several minima of its energy may stay near one of them for longer than any record
lasts. The drift is then known in that well alone, and its distribution not at all. Means of the
record's batches are followed downhill on the intended energy, and so are states drawn all over: if
those reach minima that no batch reaches, many short records are needed, each switched on anew.
"""

import numpy as np
from numpy.typing import NDArray

from hwkit.measured.moments import Moments
from hwkit.model import EnergyModel

FloatArray = NDArray[np.float64]

_STARTS = 64
_STEPS = 2000
_APART = 0.05  # distance of two minima over the largest state
_SEED = 11  # of the states drawn all over


def unvisited_wells(model: EnergyModel, moments: Moments) -> int:
    """Return how many minima of the intended energy a record does not visit, as far as found."""
    n = model.n_units
    means = moments.past[:, 0, 0, 1 : 1 + n] / moments.counts[:, None]
    size = 2 * float(np.sqrt(np.diagonal(moments.average)[1 : 1 + n].max()))
    drawn = np.random.default_rng(_SEED).uniform(-size, size, (_STARTS, n))
    places = np.linspace(0, len(means) - 1, min(_STARTS, len(means))).astype(int)
    visited, all_over = _minima(model, means[places]), _minima(model, drawn)
    known: list[FloatArray] = list(visited)
    for state in all_over:
        if all(np.abs(state - other).max() > _APART * size for other in known):
            known.append(state)
    return len(known) - len(visited)


def _minima(model: EnergyModel, x: FloatArray) -> FloatArray:
    """Return where states (k, N) end downhill."""
    rows = np.abs(model.coupling_field(np.eye(model.n_units))).sum(axis=1)
    for _ in range(_STEPS):
        x = x + model.force(x) / (np.abs(model.onsite.curvature(x)).max() + rows.max())
    return x


def advice(wells: int) -> str:
    """Say what a record of unvisited wells needs; "" if there are none."""
    if not wells:
        return ""
    return (
        f"the record never visits {wells} of the wells that the intended machine has; take a "
        "switched record with many restarts"
    )
