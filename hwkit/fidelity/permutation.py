"""Permutation p-values of many statistics at once, and Holm's adjustment for their number."""

import numpy as np
from numpy.typing import NDArray

from hwkit.compiling import kept, numba
from hwkit.fidelity.statistics import Sample

FloatArray = NDArray[np.float64]


def holm(p: FloatArray) -> FloatArray:
    """Return Holm-adjusted p-values: rejecting those below alpha errs with probability <= alpha."""
    order = np.argsort(p)
    steps = np.maximum.accumulate(p[order] * (p.size - np.arange(p.size)))
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(steps, 1.0)
    return adjusted


def permutation_p(
    a: Sample,
    b: Sample,
    groups: list[list[int]],
    seed: int,
    permutations: int,
    shift_error: FloatArray | float = 0.0,
) -> FloatArray:
    """Return the p-value of each group's largest |standardised difference|, exchanging runs.

    `shift_error`: standard error of what was subtracted from `b`; exchanging runs doesn't show it.
    """
    values, weights = np.vstack([a.values, b.values]), np.vstack([a.weights, b.weights])
    columns, n_statistics = np.hstack([values * weights, weights]), values.shape[1]
    total, real = columns.sum(axis=0), columns[len(a.values) :].sum(axis=0)
    sums, totals, counts = total[:n_statistics], total[n_statistics:], real[n_statistics:]
    with np.errstate(divide="ignore", invalid="ignore"):
        # About the common mean: the same for every relabelling, and 0 only if all are equal.
        spread = np.sqrt(np.sum(weights * (values - sums / totals) ** 2, axis=0) / totals)
        apart = spread * np.sqrt(1 / counts + 1 / (totals - counts))
        widening = np.hypot(apart, shift_error) / apart

    def scores(inside: FloatArray) -> FloatArray:
        """Standardised differences of means, from the sums over the runs labelled b."""
        inner, count = inside[..., :n_statistics], inside[..., n_statistics:]
        with np.errstate(divide="ignore", invalid="ignore"):
            size = np.abs(inner / count - (sums - inner) / (totals - count)) / spread
        # A relabelling that leaves one side without a run that counts says nothing: no difference.
        return np.where((spread > 0) & (count > 0) & (count < totals), size, 0.0)

    def largest(size: FloatArray) -> FloatArray:
        return np.stack([np.max(size[..., group], axis=-1) for group in groups], axis=-1)

    observed = largest(scores(real) / np.nan_to_num(widening, nan=1.0))
    drawn = _relabelled_sums(columns, len(b.values), permutations, np.uint64(seed))
    exceeded = np.sum(largest(scores(drawn)) >= observed - 1e-12, axis=0)
    return np.asarray((1 + exceeded) / (permutations + 1))


@kept(numba.njit, nogil=True)
def _relabelled_sums(columns, n_inside, permutations, state):  # type: ignore[no-untyped-def]
    """Sum the columns over `n_inside` rows drawn without replacement, many times.

    Partial Fisher-Yates shuffles; random numbers by SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
    """
    n = columns.shape[0]
    order = np.arange(n)
    sums = np.zeros((permutations, columns.shape[1]))
    for p in range(permutations):
        for k in range(n_inside):
            state += np.uint64(0x9E3779B97F4A7C15)
            z = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            z ^= z >> np.uint64(31)
            j = k + np.int64(z % np.uint64(n - k))
            order[k], order[j] = order[j], order[k]
            for c in range(columns.shape[1]):
                sums[p, c] += columns[order[k], c]
    return sums
