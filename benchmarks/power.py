"""Whether what is stated as found with 95 % power is found in 95 % of repeats.

    python -m benchmarks.power [--repeats 2000] [--runs 60 120 200] [--ideal-runs N]

Each repeat draws both sides, states the change of each statistic as `distribution_metrics` does for
a family of 28, injects exactly that change into one side and tests: in the same runs, and in fresh
ones. A share changes by runs that turn over one by one, towards a half, where it is harder to see.
`old` is the change without the corrections: normal quantiles times the standard error.
"""

import argparse

import numpy as np
from scipy import stats

from hwkit.fidelity.permutation import relabel
from hwkit.fidelity.power import ALPHA, POWER, detectable_changes
from hwkit.fidelity.statistics import Sample

FAMILY = 28  # statistics of a study with three classes and two layers
NAMES = ["mean", "variance of 64 units", "increment variance", "recognisable share", "share of one"]
_QUANTILE = stats.norm.isf(ALPHA / (2 * FAMILY)) + stats.norm.ppf(POWER)


class Family(list):
    """Groups of one column each, tested as a family of FAMILY."""

    def __len__(self):
        return FAMILY


GROUPS = Family([k] for k in range(len(NAMES)))


def draw(n, rng):
    """One number per run and statistic; chi-square for variances, 0 or 1 for shares."""
    columns = [
        rng.standard_normal(n),
        rng.chisquare(64, n) / 64,
        rng.chisquare(640, n) / 640,
        rng.random(n) < 0.9,
        rng.random(n) < 1 / 3,
    ]
    return np.stack(columns, axis=1).astype(float)


def sample(values):
    return Sample(values, np.ones_like(values))


def injected(values, changes, shares, rng):
    """Return one side with every statistic changed."""
    changed = values + changes
    increments = NAMES.index("increment variance")
    changed[:, increments] = values[:, increments] * (
        1 + changes[increments] / values[:, increments].mean()
    )
    for k, name in enumerate(NAMES):
        if "share" in name:
            up = shares[k] < 0.5  # towards a half: the way that is harder to see
            source = values[:, k] == (0 if up else 1)
            chance = changes[k] / (1 - shares[k] if up else shares[k])
            turned = source & (rng.random(len(values)) < chance)
            changed[:, k] = np.where(turned, 1 - values[:, k], values[:, k])
    return changed


def found(a, b, seed, permutations):
    """Return which statistics Holm's first step rejects."""
    p = relabel(sample(a), sample(b), list(GROUPS), seed, permutations).p
    return p * FAMILY < ALPHA


def power(n, n_ideal, repeats, permutations=20_000, seed=0):
    """Return the shares found in the same runs, in fresh runs, and of the old change, (3, S)."""
    rng, hits = np.random.default_rng(seed), np.zeros((3, len(NAMES)))
    for repeat in range(repeats):
        a, b, fresh_a, fresh_b = (draw(m, rng) for m in (n_ideal, n, n_ideal, n))
        names, one = NAMES, (sample(a), sample(b))
        relabelled = relabel(*one, list(GROUPS), repeat, permutations)
        changes = detectable_changes(*one, names, GROUPS, relabelled)
        shares = np.concatenate([a, b]).mean(axis=0)
        hits[0] += found(a, injected(b, changes, shares, rng), repeat, permutations)
        fresh = injected(fresh_b, changes, shares, rng)
        hits[1] += found(fresh_a, fresh, repeats + repeat, permutations)
        pooled = np.sqrt((n_ideal * a.var(axis=0) + n * b.var(axis=0)) / (n + n_ideal))
        old = _QUANTILE * pooled * np.sqrt(1 / n + 1 / n_ideal)
        hits[2] += found(a, injected(b, old, shares, rng), repeat, permutations)
    return hits / repeats


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=2000)
    parser.add_argument("--runs", type=int, nargs="+", default=[60, 120, 200])
    parser.add_argument("--ideal-runs", type=int, help="as many as --runs if left out")
    parser.add_argument("--permutations", type=int, default=20_000)
    arguments = parser.parse_args()
    print("| runs | statistic | same runs | fresh runs | old |\n| --- | --- | --- | --- | --- |")
    for n in arguments.runs:
        n_ideal = arguments.ideal_runs or n
        shares = power(n, n_ideal, arguments.repeats, arguments.permutations)
        for name, (same, fresh, old) in zip(NAMES, shares.T, strict=True):
            print(
                f"| {n} + {n_ideal} | {name} | {same:.1%} | {fresh:.1%} | {old:.1%} |", flush=True
            )


if __name__ == "__main__":
    main()
