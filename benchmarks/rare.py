"""How often scaled-sigma sampling covers failure probabilities that are known.

    python -m benchmarks.rare [--repeats 200] [--boards 5000]

Failures are drawn with each region's exact probability P(s), so no board is made. `form error` is
the error of the form fitted to P itself, in decades per decade between the smallest usable scale
and 1. `plain` is the fit without any allowance, log P = alpha + beta log s + gamma / s^2 with a
bootstrap interval.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import stats
from scipy.optimize import brentq

from hwkit.tolerance import scaled_sigma
from hwkit.tolerance.scaled_sigma import SCALES
from hwkit.tolerance.tail_form import fit_tail

PROBABILITIES = (1e-5, 1e-7, 1e-9)
_CERTAIN = 10**9  # boards a scale whose counts are P itself
_QUANTILES = (np.arange(4000) + 0.5) / 4000


def half_space(b, s):
    return stats.norm.sf(b / s)


def two_sided(b, s):
    return 2 * stats.norm.sf(b / s)


def ball(dimensions):
    return lambda r, s: stats.chi2.sf((r / s) ** 2, dimensions)


def corner(limits):
    return lambda b, s: stats.norm.sf(b / s) ** limits


def union(distances):
    """Half spaces at right angles, their distances relative to the nearest."""
    return lambda b, s: 1 - np.prod([stats.norm.cdf(b * d / s) for d in distances])


def curved(curvature, dimensions):
    """x1 above b + curvature |x'|^2 / 2, x' in other dimensions; averaged over |x'|^2."""
    squares = stats.chi2.ppf(_QUANTILES, dimensions)
    return lambda b, s: np.mean(stats.norm.sf((b + curvature * s**2 * squares / 2) / s))


def hidden(dimensions):
    """A half space behind a ball that is common at large s, and a thousandth as likely at 1."""

    def probability(b, s):
        r = np.sqrt(stats.chi2.isf(1e-3 * stats.norm.sf(b), dimensions))
        return 1 - stats.norm.cdf(b / s) * stats.chi2.cdf((r / s) ** 2, dimensions)

    return probability


def hyperbola(c, s):
    """x1 x2 above c, by the trapezoid rule."""
    x = np.linspace(1e-3, 12, 4001)
    return 2 * np.trapezoid(stats.norm.pdf(x) * stats.norm.sf(c / s**2 / x), x)


REGIONS: dict[str, Callable[[float, float], float]] = {
    "half space": half_space,
    "two-sided": two_sided,
    "ball, 3 dimensions": ball(3),
    "ball, 10 dimensions": ball(10),
    "ball, 100 dimensions": ball(100),
    "corner of 2": corner(2),
    "corner of 3": corner(3),
    "union of 10 half spaces": union([1.0] * 10),
    "half space before 20 others": union([1.0] + [1.15] * 20),
    "curved away, 6 dimensions": curved(0.2, 5),
    "curved towards, 6 dimensions": curved(-0.1, 5),
    "hyperbola": hyperbola,
    "half space behind a ball": hidden(10),
}


@dataclass(frozen=True)
class Region:
    """A region whose probability at s = 1 is known."""

    of: Callable[[float, float], float]
    size: float

    @classmethod
    def with_probability(cls, name, p):
        of = REGIONS[name]
        size = brentq(lambda size: np.log(max(of(size, 1.0), 1e-300) / p), 0.5, 35, xtol=1e-10)
        return cls(of, size)

    def __call__(self, s):
        return float(self.of(self.size, s))


def counter(region, rng):
    known = {}

    def count(scale, n):
        if scale not in known:
            known[scale] = region(scale)
        return int(rng.binomial(n, known[scale]))

    return count


def plain_interval(count, boards, rng):
    """Return the interval of the plain fit; None without five failures at four scales."""
    s = np.array(SCALES)
    failures = np.array([count(scale, boards) for scale in SCALES])
    used = (failures >= 5) & (failures < boards)
    if used.sum() < 4:
        return None
    s, failures = s[used], failures[used]
    terms = np.stack([np.ones_like(s), np.log(s), 1 / s**2], axis=1)
    share = np.maximum(rng.binomial(boards, failures / boards, (500, len(s))), 1) / boards
    weight = np.sqrt(failures / np.maximum(1 - failures / boards, 1 / boards))
    fits = np.linalg.lstsq(terms * weight[:, None], (np.log(share) * weight).T, rcond=None)[0]
    return np.exp(np.quantile(fits[0] + fits[2], [0.025, 0.975]))


@dataclass(frozen=True)
class Coverage:
    """Shares of repeats: an estimate, one whose interval covers, the same of the plain fit."""

    told: float
    covers: float
    decades: float
    bounded: float
    plain_told: float
    plain_covers: float


def coverage(region, boards, repeats, seed=0, plain=True):
    """Repeat scaled-sigma sampling of one region."""
    rng = np.random.default_rng(seed)
    count, p = counter(region, rng), region(1.0)
    found = [scaled_sigma(count, boards) for _ in range(repeats)]
    told = [f for f in found if f.outcome == "estimate"]
    old = [plain_interval(count, boards, rng) for _ in range(repeats)] if plain else []
    old = [interval for interval in old if interval is not None]
    return Coverage(
        len(told) / repeats,
        float(np.mean([f.low <= p <= f.high for f in told])) if told else np.nan,
        float(np.median([np.log10(f.high / f.low) for f in told])) if told else np.nan,
        float(np.mean([p <= f.at_most for f in found])),
        len(old) / repeats,
        float(np.mean([low <= p <= high for low, high in old])) if old else np.nan,
    )


def form_error(region):
    """Return the relative error of the form fitted to P itself, NaN if too few scales are left."""
    found = scaled_sigma(lambda s, n: round(n * region(s)), _CERTAIN)
    used = found.failures <= 0.4 * _CERTAIN
    if used.sum() < 4:
        return np.nan
    fit = fit_tail(found.scales[used], found.failures[used], _CERTAIN, 0.95)
    bridged = np.log(region(found.scales[0]) / region(1.0))
    return (fit.log_probability - np.log(region(1.0))) / bridged


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=200)
    parser.add_argument("--boards", type=int, default=5000, help="at each scale")
    parser.add_argument("--region", choices=REGIONS, help="one of the regions alone")
    arguments = parser.parse_args()
    print("| region | P | estimate | covers | decades | form error | plain fit covers |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for name in [arguments.region] if arguments.region else REGIONS:
        for p in PROBABILITIES:
            region = Region.with_probability(name, p)
            c = coverage(region, arguments.boards, arguments.repeats)
            plain = "none" if np.isnan(c.plain_covers) else f"{c.plain_covers:.1%}"
            print(
                f"| {name} | {p:.0e} | {c.told:.1%} | {c.covers:.1%} | {c.decades:.1f} | "
                f"{form_error(region):+.1%} | {plain} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
