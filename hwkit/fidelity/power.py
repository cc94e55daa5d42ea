"""The change of a statistic that the permutation test finds with a probability of 95 %.

A test of a change D between sides of n_a and n_b runs, n in all, rejects if

    |D| > z sqrt(S^2 + e^2),    S^2 = S_0^2 + D^2 / n

S_0 the standard error from the runs' spread about their own side's mean, D^2 / n what the change
itself adds to the spread about the common mean, which permutations see, and e the standard error of
the known difference of two schemes. z is the quantile that so many permutations of runs so far
apart need for the first step of Holm's method. The sides differ by chance as well: with probability
95 % by no more against D than the quantile q of the permutations. So the test finds the D at which

    D = d + q sqrt(S_0^2 + e^2) sqrt(1 + (z^2 + (z + q)^2) / (2 n)),    d = z sqrt(S^2 + e^2)

with that probability, S at d; the last factor is how well n runs know the spread, in the runs that
the change is stated from and in those that are tested.

What changes, by statistic: means, variances, moments and heat of one side shift on every run; a
temperature multiplies the increments, and so their spread; a share turns runs over one by one, and
its spread follows from the share.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from hwkit.deferred import deferred
from hwkit.fidelity.permutation import ROUNDING, Relabelling
from hwkit.fidelity.statistics import Sample

if TYPE_CHECKING:
    from scipy import stats
else:
    stats = deferred("scipy.stats")

FloatArray = NDArray[np.float64]

ALPHA = 0.01  # family-wise error of the tests of the distribution
POWER = 0.95
_LUCK = float(ndtri(POWER))
_HIGHEST = 1e4  # change that is tried, in standard errors
_PRECISION = 1e-3  # of the change, relative
_MEDIAN = 0.7  # half of the time the largest of n has a rank above 0.7 / n


def detectable_changes(
    a: Sample, b: Sample, names: list[str], groups: list[list[int]], relabelled: Relabelling
) -> FloatArray:
    """Return the change of each statistic that is found with probability POWER, (S,).

    Infinite if no change is; NaN where a side has no run that counts.

    Args:
        a, b: the ideal side and the other one.
        names: of the statistics.
        groups: columns that are tested together.
        relabelled: what exchanging their runs gave.
    """
    found = np.full(len(names), np.nan)
    most = _most(len(relabelled.differences), len(groups))
    for group in groups:
        tests = {k: _Shift.of(a, b, k, relabelled, most) for k in group}
        for k, test in tests.items():
            if test is None:
                continue
            if "share" in names[k]:
                others = [other for other in tests.values() if other is not None]
                found[k] = _of_share(test, others)
            else:
                found[k] = test.detectable(scale=names[k] == "increment variance")
    return found


def many_runs_change(stderr: float, n_statistics: int) -> float:
    """Return the change that many runs find: normal quantiles times the standard error."""
    return float(stats.norm.isf(ALPHA / (2 * n_statistics)) + _LUCK) * stderr


def _most(n: int, n_statistics: int) -> int:
    """Return how many of n relabellings may be as far apart where Holm's first step rejects."""
    return int(np.ceil(ALPHA * (n + 1) / n_statistics - 1)) - 1


@dataclass(frozen=True, eq=False)
class _Shift:
    """The test of one statistic, and what it says of changes.

    Attributes:
        a, b: values of the runs that count.
        differences, mixing: of the relabellings, (permutations,), the sides' means made equal.
        most: how many of them may be as far apart.
        error: standard error of the known difference of schemes.
    """

    a: FloatArray
    b: FloatArray
    differences: FloatArray
    mixing: FloatArray
    most: int
    error: float

    @classmethod
    def of(cls, a: Sample, b: Sample, k: int, found: Relabelling, most: int) -> "_Shift | None":
        sides = [side.values[side.weights[:, k] > 0, k] for side in (a, b)]
        if min(side.size for side in sides) == 0:
            return None
        mixing = found.mixing[:, k]
        apart = float(sides[1].mean() - sides[0].mean())
        centred = found.differences[:, k] - apart * mixing
        a_values, b_values = sides
        return cls(a_values, b_values, centred, mixing, most, float(found.shift_error[k]))

    @property
    def n(self) -> int:
        return self.a.size + self.b.size

    def variances(self, factor: float = 1.0) -> tuple[float, float]:
        """Return the variance of the difference of means, pooled and by the sides' own spreads.

        `factor` multiplies the values of b.
        """
        of_a = float(np.sum((self.a - self.a.mean()) ** 2))
        of_b = float(np.sum((self.b - self.b.mean()) ** 2)) * factor**2
        pooled = (of_a + of_b) / (self.a.size * self.b.size)
        return pooled, of_a / self.a.size**2 + of_b / self.b.size**2

    def quantile(self, change: float) -> float:
        """Return z: the relabellings' critical difference in standard errors, after a change."""
        error = np.sqrt(self.variances()[0] + change**2 / self.n)
        sizes = np.abs(self.differences + change * self.mixing)
        with np.errstate(over="ignore"):  # a spread of rounding: every change is found
            return float(_largest(sizes, self.most) / error) if error > 0 else 0.0

    def finds(self, change: float, z: float, q: float, pooled: float, own: float) -> bool:
        """Return whether a change is found in spite of bad luck.

        `pooled`, `own`: variances of the difference of means, as of `variances`.
        """
        unsure = 1 + (z**2 + (z + q) ** 2) / (2 * self.n)
        left = change - q * np.sqrt((own + self.error**2) * unsure)
        return bool(left > z * np.sqrt(pooled + left**2 / self.n + self.error**2))

    def detectable(self, scale: bool) -> float:
        """Return the change that shifts every run of b, or multiplies it."""
        mean, (pooled, own) = float(self.b.mean()), self.variances()
        error = float(np.sqrt(pooled + self.error**2))
        size = max(np.abs(self.a).max(), np.abs(self.b).max(), np.finfo(float).tiny)
        if np.sqrt(pooled) <= ROUNDING * size:  # runs of each side are alike: any change shows,
            apart = _largest(np.abs(self.mixing), self.most) < 1  # if there are enough runs
            return float(_LUCK * self.error) if apart else np.inf
        typical = float(np.quantile(np.abs(self.differences), 2 * POWER - 1))
        q = typical / np.sqrt(pooled)

        def found(change: float) -> bool:
            within, spread = self.variances(1 + change / mean) if scale else (pooled, own)
            return self.finds(change, self.quantile(change), q, within, pooled * spread / own)

        return _least(found, error, _HIGHEST * error)


def _of_share(test: _Shift, tested: list[_Shift]) -> float:
    """Return the change of a share, the larger of up and down where both can be.

    Relabelling a share near 0 or 1 shows less than a changed one would: z and q are at least the
    normal distribution's.
    """
    spreads = [max(np.sqrt(t.variances()[0]), 1e-300) for t in tested]
    sizes = [np.abs(t.differences) / spread for t, spread in zip(tested, spreads, strict=True)]
    z = _largest(np.max(sizes, axis=0), test.most)
    place = (test.most + _MEDIAN) / test.differences.size  # of so many relabellings
    z = max(z, float(stats.norm.isf(place / 2)))
    n_a, n_b = test.a.size, test.b.size
    half = (1 / n_a + 1 / n_b) / 2  # shares move by whole runs
    mean = float(np.clip((test.a.sum() + test.b.sum()) / test.n, 0, 1))

    def raised(share: float) -> float:
        def found(change: float) -> bool:
            changed = share + change
            pooled, apart = share + change * n_b / test.n, change**2 / test.n
            within = max(pooled * (1 - pooled) * (1 / n_a + 1 / n_b) - apart, 0.0)
            own = share * (1 - share) / n_a + changed * (1 - changed) / n_b
            return test.finds(change - half, z, _LUCK, within, own)

        return _least(found, (1 - share) / 16, 1 - share) if share < 1 else np.inf

    ways = [change for change in (raised(mean), raised(1 - mean)) if np.isfinite(change)]
    return max(ways, default=np.inf)


def _largest(sizes: FloatArray, place: int) -> float:
    """Return the largest but `place` of sizes."""
    return float(np.partition(sizes, sizes.size - 1 - place)[sizes.size - 1 - place])


def _least(found: Callable[[float], bool], first: float, highest: float) -> float:
    """Return the smallest change that is found, by doubling and bisection; infinite if none is."""
    low, high = 0.0, min(first, highest)
    while not found(high):
        if high >= highest:
            return np.inf
        low, high = high, min(2 * high, highest)
    while high - low > _PRECISION * high:
        middle = (low + high) / 2
        low, high = (low, middle) if found(middle) else (middle, high)
    return high
