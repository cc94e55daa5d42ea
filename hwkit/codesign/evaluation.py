"""Quality of boards on common noise, and what a difference between two machines is worth.

Every board generates with the same starts and the same noise, whatever is programmed into it, so a
difference is a paired one: its standard error comes from the spread of the boards' own differences.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hwkit.deferred import deferred
from hwkit.errors import DataError
from hwkit.langevin import simulate_drift_machines
from hwkit.model import DriftMachine
from hwkit.training import recognise
from hwkit.wiener import child_seed

if TYPE_CHECKING:
    from scipy import stats
else:
    stats = deferred("scipy.stats")

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Generation:
    """How boards generate: duration and step of both halves, samples, root of the noise."""

    t_final: float = 2.5
    dt: float = 2.5e-3
    samples: int = 64
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Quality:
    """Recognisable share (boards,) and class shares (boards, P) of some boards."""

    share: FloatArray
    class_shares: FloatArray


def board_quality(
    boards: Sequence[DriftMachine], patterns: FloatArray, generation: Generation
) -> Quality:
    """Let boards generate and recognise what they made; failed runs count as not recognisable.

    Args:
        boards: machines of one size.
        patterns: normalised, (P, n_visible).
        generation: duration, step, samples, seed.
    """
    share, class_shares = [], []
    starts: dict[int, FloatArray] = {}
    for board in boards:
        key = id(board.onsite)
        if key not in starts:
            starts[key] = _prepared(board, generation)
        seed = child_seed(generation.seed, "generation")
        x = simulate_drift_machines(
            [board], generation.t_final, generation.dt, generation.samples, seed, starts[key]
        )
        samples = recognise(x[0, :, -1], patterns)
        share.append(samples.share)
        class_shares.append(samples.class_shares)
    return Quality(np.array(share), np.array(class_shares))


def _prepared(board: DriftMachine, generation: Generation) -> FloatArray:
    n = board.n_units
    alone = DriftMachine(
        np.zeros((n, n)), np.zeros(n), board.onsite, None, board.kT, board.mobility
    )
    seed = child_seed(generation.seed, "preparation")
    x = simulate_drift_machines(
        [alone], generation.t_final, generation.dt, generation.samples, seed
    )
    return np.nan_to_num(x[0, :, -1])


@dataclass(frozen=True)
class Difference:
    """A mean of paired differences, its standard error and its 95 % interval."""

    mean: float
    stderr: float
    low: float
    high: float
    n: int


def paired_difference(first: FloatArray, second: FloatArray) -> Difference:
    """Return second - first, each (boards,), over the same boards, with Student's interval.

    Raises:
        DataError: if there are fewer than two boards, or not the same number of each.
    """
    if first.shape != second.shape or first.ndim != 1 or first.size < 2:
        raise DataError(
            f"paired values have shapes {first.shape} and {second.shape}; give one value for each "
            "of the same two or more boards"
        )
    change = second - first
    mean, error = float(change.mean()), float(change.std(ddof=1) / np.sqrt(change.size))
    reach = float(stats.t.ppf(0.975, change.size - 1)) * error
    return Difference(mean, error, mean - reach, mean + reach, change.size)


def recovery(ideal: FloatArray, plain: FloatArray, better: FloatArray) -> FloatArray:
    """Return for each board which part of its loss is won back, all (boards,).

    1 is all of it; more than 1 means better than the ideal machine. NaN for a board that lost
    nothing.
    """
    lost = ideal - plain
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(lost > 0, (better - plain) / lost, np.nan)
