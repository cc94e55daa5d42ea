"""Permutation p-values of many statistics at once, and Holm's adjustment for their number."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwkit.compiling import kept, numba
from hwkit.fidelity.statistics import Sample
from hwkit.ordering import TIE

FloatArray = NDArray[np.float64]

ROUNDING = 1e-12  # a spread of this share of the values is none: all are equal


def holm(p: FloatArray) -> FloatArray:
    """Return Holm-adjusted p-values of p-values (G,).

    Rejecting those below alpha errs with probability <= alpha.
    """
    order = np.argsort(p)
    steps = np.maximum.accumulate(p[order] * (p.size - np.arange(p.size)))
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(steps, 1.0)
    return adjusted


@dataclass(frozen=True, eq=False)
class Relabelling:
    """What exchanging runs at random says.

    Attributes:
        p: p-value of each group of statistics, (G,).
        differences: mean of the runs labelled b minus that of those labelled a, (permutations, S).
        mixing: the same of being b's own: what a shift of b adds to a difference, per unit.
        shift_error: standard error of what was subtracted from b, (S,).
    """

    p: FloatArray
    differences: FloatArray
    mixing: FloatArray
    shift_error: FloatArray


def permutation_p(
    a: Sample,
    b: Sample,
    groups: list[list[int]],
    seed: int,
    permutations: int,
    shift_error: FloatArray | float = 0.0,
) -> FloatArray:
    """Return the p-value of each group's largest |standardised difference|, (G,).

    Args:
        a, b, groups, seed, permutations, shift_error: as for `relabel`.
    """
    return relabel(a, b, groups, seed, permutations, shift_error).p


def relabel(
    a: Sample,
    b: Sample,
    groups: list[list[int]],
    seed: int,
    permutations: int,
    shift_error: FloatArray | float = 0.0,
) -> Relabelling:
    """Exchange runs of the two sides at random, many times.

    Args:
        a, b: S statistics of the runs of both sides.
        groups: statistics that are tested together, by their columns; G groups.
        seed: root of the relabellings.
        permutations: how many relabellings.
        shift_error: standard error of what was subtracted from `b`, (S,) or one for all, which
            exchanging runs doesn't show.
    """
    values, weights = np.vstack([a.values, b.values]), np.vstack([a.weights, b.weights])
    own = weights * (np.arange(len(values)) >= len(a.values))[:, None]
    columns = np.hstack([values * weights, own, weights])
    total, real = columns.sum(axis=0), columns[len(a.values) :].sum(axis=0)
    sums, owned, totals = np.split(total, 3)
    counts = np.split(real, 3)[2]
    with np.errstate(divide="ignore", invalid="ignore"):
        # About the common mean: the same for every relabelling, and 0 if all are equal.
        spread = np.sqrt(np.sum(weights * (values - sums / totals) ** 2, axis=0) / totals)
        spread[spread <= ROUNDING * np.max(np.abs(values * weights), axis=0)] = 0.0
        apart = spread * np.sqrt(1 / counts + 1 / (totals - counts))
        widening = np.hypot(apart, shift_error) / apart

    def differences(inside: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Differences of means, and of shares of b's own, from the sums over runs labelled b."""
        inner, mine, count = np.split(inside, 3, axis=-1)
        outside = totals - count
        with np.errstate(divide="ignore", invalid="ignore"):
            found = inner / count - (sums - inner) / outside
            mixing = mine / count - (owned - mine) / outside
        # A relabelling that leaves one side without a run that counts says nothing: no difference.
        whole = (count > 0) & (outside > 0)
        return np.where(whole, found, 0.0), np.where(whole, mixing, 0.0)

    def largest(difference: FloatArray) -> FloatArray:
        with np.errstate(divide="ignore", invalid="ignore"):
            size = np.where(spread > 0, np.abs(difference) / spread, 0.0)
        return np.stack([np.max(size[..., group], axis=-1) for group in groups], axis=-1)

    observed = largest(differences(real)[0] / np.nan_to_num(widening, nan=1.0))
    drawn = _relabelled_sums(columns, len(b.values), permutations, np.uint64(seed))
    found, mixing = differences(drawn)
    exceeded = np.sum(largest(found) >= observed * (1 - TIE), axis=0)
    p = np.asarray((1 + exceeded) / (permutations + 1))
    return Relabelling(p, found, mixing, np.broadcast_to(shift_error, totals.shape))


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
