"""Which parts matter: derivatives of a metric, ranked by what each part's own tolerance does.

To first order, independent deviations of standard deviation s_p change a metric by
sqrt(sum_p (dF/dp s_p)^2); the share of each part, and of each group, follows.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwkit.circuit import Design
from hwkit.circuit.variation import Variation, matching
from hwkit.ordering import falling

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Ranked:
    """One part: what one standard deviation of it does to the metric."""

    name: str
    part: int
    derivative: float
    effect: float
    share: float


@dataclass(frozen=True)
class GroupShare:
    """One entry of the variation: its first-order share of the metric's variance."""

    group: str
    effect: float
    share: float


def sigmas(design: Design, variation: Variation) -> dict[str, FloatArray]:
    """Return each part's standard deviation in its own unit, name -> (parts,), spreads added up."""
    found: dict[str, FloatArray] = {}
    for spread in variation.spreads:
        for name, squares in _squares(design, variation.only(spread.name)).items():
            found[name] = found.get(name, 0.0) + squares
    return {name: np.sqrt(squares) for name, squares in found.items()}


def _squares(design: Design, variation: Variation) -> dict[str, FloatArray]:
    [spread] = variation.spreads
    found = {}
    for name in matching(design, spread.parts):
        role, _, parameter = name.partition(".")
        parts = design.group(role)
        if parameter and parameter not in parts.parameters:
            found[name] = np.full(len(parts), spread.distribution.sigma**2)
            continue
        values = parts.parameter(parameter) if parameter else parts.values
        size = np.abs(values) if spread.relative else np.ones(len(parts))
        found[name] = (spread.distribution.sigma * size) ** 2
    return found


def rank(
    design: Design, variation: Variation, derivatives: Mapping[str, FloatArray], most: int = 50
) -> list[Ranked]:
    """Return the parts whose tolerance changes the metric most, largest first.

    `derivatives`: name -> (parts,), per SI unit, as `differentiate` returns them.
    """
    rows = []
    for name, sigma in sigmas(design, variation).items():
        if name in derivatives:
            effects = derivatives[name] * sigma
            rows += [
                (name, p, float(derivatives[name][p]), float(e)) for p, e in enumerate(effects)
            ]
    total = sum(effect**2 for *_, effect in rows) or 1.0
    first = [rows[k] for k in falling([abs(effect) for *_, effect in rows])[:most]]
    return [Ranked(n, p, d, abs(e), e**2 / total) for n, p, d, e in first]


def group_shares(
    design: Design, variation: Variation, derivatives: Mapping[str, FloatArray]
) -> list[GroupShare]:
    """Return each spread's first-order effect on the metric, largest first.

    `derivatives`: name -> (parts,), per SI unit. Parts of a lot deviate together, so their
    derivatives add before they are squared.
    """
    effects = {}
    for spread in variation.spreads:
        own = _squares(design, variation.only(spread.name))
        terms = [derivatives[n] * np.sqrt(own[n]) * _sign(design, n, spread.relative)
                 for n in own if n in derivatives]  # fmt: skip
        joined = np.concatenate(terms) if terms else np.zeros(0)
        whole = abs(joined.sum()) if spread.share == "lot" else np.sqrt(np.sum(joined**2))
        effects[spread.name] = float(whole)
    total = sum(e**2 for e in effects.values()) or 1.0
    found = [GroupShare(name, e, e**2 / total) for name, e in effects.items()]
    return [found[k] for k in falling([share.effect for share in found])]


def _sign(design: Design, name: str, relative: bool) -> FloatArray | float:
    role, _, parameter = name.partition(".")
    if not relative or parameter:
        return 1.0
    return np.asarray(np.sign(design.group(role).values))
