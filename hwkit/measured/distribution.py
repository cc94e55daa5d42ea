"""Distribution of a record against that of reference runs, neither sharing noise with the other.

Samples of a record are correlated: n of them count as n / (2 tau) independent ones. The means of
<x_i>, <x_i x_j>, <x_i^4> and of lagged products are therefore taken in groups of consecutive
windows, far longer than the correlation time that the record itself shows, and compared with the
reference's by Welch's test; Holm's correction over all of them. A record whose groups are shorter
than 10 correlation times is refused: it can't tell its own error.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hwkit.deferred import deferred
from hwkit.errors import DataError
from hwkit.fidelity.permutation import holm
from hwkit.measured.moments import Moments
from hwkit.ordering import rising

if TYPE_CHECKING:
    from scipy import stats
else:
    stats = deferred("scipy.stats")

FloatArray = NDArray[np.float64]

_GROUPS = 32
_FEWEST_TIMES = 10.0  # correlation times in a group


@dataclass(frozen=True)
class Difference:
    """One statistic of a record and of the reference.

    Attributes:
        name: of the statistic.
        value, reference: the two means.
        stderr: of their difference.
        p: adjusted for all statistics.
    """

    name: str
    value: float
    reference: float
    stderr: float
    p: float


def compare_distributions(record: Moments, reference: Moments) -> tuple[Difference, ...]:
    """Compare two sets of moments of the same units, the least likely statistic first.

    Raises:
        DataError: if they are of other machines, or too short.
    """
    if (record.n_units, record.powers) != (reference.n_units, reference.powers):
        raise DataError("record and reference are of different machines; compare like with like")
    names, ours = _grouped(record)
    _, theirs = _grouped(reference)
    alone = np.asarray(stats.ttest_ind(ours, theirs, equal_var=False, axis=0).pvalue)
    p = holm(alone)
    means, others = ours.mean(axis=0), theirs.mean(axis=0)
    errors = np.sqrt((ours.var(axis=0, ddof=1) + theirs.var(axis=0, ddof=1)) / _GROUPS)
    return tuple(
        Difference(names[k], float(means[k]), float(others[k]), float(errors[k]), float(p[k]))
        for k in rising(alone).tolist()
    )


def correlation_time(moments: Moments) -> float:
    """Return the longest correlation time of a unit's state, in model time, from batch means.

    The variance of a mean over a time T is 2 tau / T times that of the state.
    """
    n, counts = moments.n_units, moments.counts
    means = moments.past[:, 0, 0, 1 : 1 + n] / counts[:, None]
    average = moments.average
    variance = np.diagonal(average)[1 : 1 + n] - average[0, 1 : 1 + n] ** 2
    length = float(counts.mean()) * moments.step
    return float(np.max(length * means.var(axis=0, ddof=1) / (2 * variance)))


def _grouped(moments: Moments) -> tuple[list[str], FloatArray]:
    """Return names of the statistics and their means over each group, (groups, statistics)."""
    groups = np.array_split(np.arange(len(moments.counts)), _GROUPS)
    shortest = min(float(moments.counts[group].sum()) for group in groups) * moments.step
    tau = correlation_time(moments)
    if shortest < _FEWEST_TIMES * tau:
        raise DataError(
            f"a record of {moments.duration:.3g} has a correlation time of {tau:.3g} in model "
            f"time; comparing distributions takes at least {_GROUPS * _FEWEST_TIMES * tau:.3g}"
        )
    n, rows = moments.n_units, []
    first, second = np.triu_indices(n)
    for group in groups:
        count = moments.counts[group].sum()
        now = moments.past[group, 0].sum(axis=0) / count
        later = moments.past[group, -1].sum(axis=0) / count
        parts = [now[0, 1 : 1 + n], now[1 + first, 1 + second], np.diagonal(later)[1 : 1 + n]]
        if len(moments.powers) > 1:
            cubes = [moments.column(unit, 3) for unit in range(n)]
            parts.append(now[np.arange(1, 1 + n), cubes])
        rows.append(np.concatenate(parts))
    names = [f"mean of unit {i}" for i in range(n)]
    pairs = zip(first.tolist(), second.tolist(), strict=True)
    names += [f"product of units {i} and {j}" for i, j in pairs]
    names += [f"product of unit {i} with itself {moments.lags} samples later" for i in range(n)]
    if len(moments.powers) > 1:
        names += [f"fourth moment of unit {i}" for i in range(n)]
    return names, np.array(rows)
