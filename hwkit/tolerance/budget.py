"""Inverse questions: how loose may parts be, what is the cheapest set, what does trimming buy?

All take the yield as a function of a variation and compare boards of one seed: the same normal
scores at every sigma, so that curves are smooth and a comparison sees the change alone.
"""

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hwkit.circuit.variation import Quantised, Variation
from hwkit.errors import ConfigError
from hwkit.ordering import rising
from hwkit.tolerance.yields import Yield
from hwkit.twin import Boards

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FloatArray = NDArray[np.float64]
YieldOf = Callable[[Variation], Yield]


@dataclass(frozen=True)
class Point:
    """One point of a yield curve."""

    at: float
    found: Yield


class Curve(list[Point]):
    """The points of a yield curve, in their order."""

    def plot(self) -> "Figure":
        """Return a figure of the yield with its interval over the factor or the bits."""
        from hwkit.plotting.values import draw_curve

        found = [point.found for point in self]
        low, high = [each.low for each in found], [each.high for each in found]
        return draw_curve([p.at for p in self], [each.value for each in found], low, high)


@dataclass(frozen=True)
class Largest:
    """The largest factor on a group's deviations that keeps the yield.

    Attributes:
        group: name of the entry.
        factor: largest factor that was seen to keep it; 0 if even none of it does.
        fails_at: smallest factor that was seen not to; infinite if the largest tried keeps it.
        at_factor: the yield at `factor`.
    """

    group: str
    factor: float
    fails_at: float
    at_factor: Yield


def tolerance_curve(
    yield_of: YieldOf, variation: Variation, factors: Sequence[float], group: str | None = None
) -> Curve:
    """Return the yield with the deviations of one entry (or all) multiplied by each factor.

    Args:
        yield_of: estimates the yield of a variation.
        variation: the spreads as they are.
        factors: by which deviations are multiplied.
        group: name of one entry; None for all.
    """
    names = None if group is None else (_known(variation, group),)
    return Curve(Point(f, yield_of(variation.scaled(f, names))) for f in factors)


def bits_curve(yield_of: YieldOf, variation: Variation, parts: str, bits: Sequence[int]) -> Curve:
    """Return the yield with some parts' values programmed with each number of bits.

    Args:
        yield_of: estimates the yield of a variation.
        variation: the spreads; other levels of these parts are left out.
        parts: role of the parts, or a pattern of roles.
        bits: numbers of bits.
    """
    others = tuple(q for q in variation.quantised if q.parts != parts)
    points = Curve()
    for b in bits:
        quantised = (*others, Quantised(parts, b))
        points.append(Point(b, yield_of(_with(variation, quantised))))
    return points


def _with(variation: Variation, quantised: tuple[Quantised, ...]) -> Variation:
    return replace(variation, quantised=quantised)


def largest_sigma(
    yield_of: YieldOf,
    variation: Variation,
    group: str,
    target: float,
    largest: float = 16.0,
    precision: float = 0.1,
) -> Largest:
    """Bisect for the largest factor on an entry's deviations at which the yield reaches `target`.

    Args:
        yield_of: of a variation.
        variation: the other entries stay as they are.
        group: name of the entry.
        target: of the yield's estimate.
        largest: factor tried first.
        precision: relative distance of the two factors at which the search ends.
    """
    names = (_known(variation, group),)

    def at(factor: float) -> Yield:
        return yield_of(variation.scaled(factor, names))

    top = at(largest)
    if top.value >= target:
        return Largest(group, largest, float("inf"), top)
    best = at(0.0)
    if best.value < target:
        return Largest(group, 0.0, 0.0, best)
    low, high = 0.0, largest
    while high - low > precision * high and high > 1e-3:
        middle = high / 4 if low == 0 else float(np.sqrt(low * high))
        found = at(middle)
        if found.value >= target:
            low, best = middle, found
        else:
            high = middle
    return Largest(group, low, high, best)


@dataclass(frozen=True)
class Allocation:
    """A choice of one class for each group.

    Attributes:
        factors: group -> factor on its deviations.
        cost: sum over groups.
        found: its yield; None if no choice reaches the target.
        tried: how many choices were evaluated.
    """

    factors: dict[str, float]
    cost: float
    found: Yield | None
    tried: int


def cheapest(
    yield_of: YieldOf,
    variation: Variation,
    costs: Mapping[str, Mapping[float, float]],
    target: float,
) -> Allocation:
    """Return the cheapest choice of tolerance classes whose yield reaches the target.

    Choices are tried by rising cost, so the first that holds is the cheapest. One whose groups are
    all at least as loose as those of a choice that failed is not tried: on common draws the yield
    falls as deviations grow.

    Args:
        yield_of: of a variation.
        variation: entries without a cost stay as they are.
        costs: group -> factor on its deviations -> cost of that class.
        target: of the yield's estimate.
    """
    groups = [_known(variation, group) for group in costs]
    choices = sorted(product(*(costs[group] for group in groups)))
    order = rising([_cost(costs, groups, chosen) for chosen in choices])
    failed: list[tuple[float, ...]] = []
    tried = 0
    for chosen in (choices[k] for k in order):
        if any(all(c >= f for c, f in zip(chosen, worse, strict=True)) for worse in failed):
            continue
        changed = variation
        for group, factor in zip(groups, chosen, strict=True):
            changed = changed.scaled(factor, (group,))
        found, tried = yield_of(changed), tried + 1
        if found.value >= target:
            factors = dict(zip(groups, chosen, strict=True))
            return Allocation(factors, _cost(costs, groups, chosen), found, tried)
        failed.append(chosen)
    return Allocation({}, float("inf"), None, tried)


def _cost(
    costs: Mapping[str, Mapping[float, float]], groups: list[str], chosen: Sequence[float]
) -> float:
    return sum(costs[group][factor] for group, factor in zip(groups, chosen, strict=True))


def trimmed(
    boards: Boards, nominal: Mapping[str, FloatArray], ranked: Sequence[tuple[str, int]], k: int
) -> Boards:
    """Return boards whose k first-ranked parts have been trimmed to their nominal values.

    Args:
        boards: as made.
        nominal: name -> designed values, (parts,).
        ranked: (name, number of the part), most important first.
        k: how many are trimmed.
    """
    values = {name: own.copy() for name, own in boards.values.items()}
    for name, part in ranked[:k]:
        if name in values:
            values[name][:, part] = nominal[name][part]
    return Boards(values, boards.count)


def _known(variation: Variation, group: str) -> str:
    if group not in variation.names:
        near = difflib.get_close_matches(group, variation.names, 2, 0.4)
        hint = " or ".join(repr(name) for name in near) or ", ".join(variation.names)
        raise ConfigError(f"no entry of the variation is called {group!r}; did you mean {hint}?")
    return group
