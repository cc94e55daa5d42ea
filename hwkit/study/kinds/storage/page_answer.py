"""What a storage study's page says first: how many bits a coupling needs."""

import math

import numpy as np

from hwkit.report.answers import Answer, Number
from hwkit.study.finished import FinishedRun
from hwkit.study.kinds.storage.page import shares
from hwkit.study.kinds.storage.plan import StoragePlan
from hwkit.study.kinds.storage.results import CURVES, Curves, Repeats
from hwkit.study.kinds.storage.verdict import enough_bits


def answer(plan: StoragePlan, run: FinishedRun) -> Answer:
    """Return the first screen: the fewest bits that are enough, and what is generated with them."""
    results = run.value(CURVES, Curves)
    enough = {
        name: enough_bits(
            curve, results.full_precision.share, lambda r: r.share, plan.limits.share_margin, True
        )
        for name, curve in results.curves.items()
    }
    basis = f"{plan.repeats.count} repeats of {plan.repeats.samples} samples"

    def number(name: str, repeats: Repeats) -> Number:
        return Number.shares(name, repeats.share, plan.repeats.samples, basis)

    numbers = [
        number(f"{name}, {bits} bits: recognisable", results.curves[name][bits].repeats)
        for name, bits in _ends(enough)
    ]
    if len(numbers) < 2:
        numbers.insert(0, number("full precision: recognisable", results.full_precision))
    numbers.append(number("shuffled couplings (control): recognisable", results.shuffled))
    return Answer(_sentence(plan, enough, results), tuple(numbers), shares(plan, results))


def _ends(enough: dict[str, float]) -> list[tuple[str, int]]:
    """Return the curves that need the most and the fewest bits, of those that reach the margin."""
    reached = {name: int(bits) for name, bits in enough.items() if math.isfinite(bits)}
    if not reached:
        return []
    most, least = max(reached, key=lambda n: reached[n]), min(reached, key=lambda n: reached[n])
    if most == least and len(reached) > 1:  # all need as many
        most, least = list(reached)[:2]
    return [(name, reached[name]) for name in dict.fromkeys((most, least))]


def _sentence(plan: StoragePlan, enough: dict[str, float], results: Curves) -> str:
    margin = f"within {100 * plan.limits.share_margin:g} points of full precision"
    full = f"({100 * float(np.mean(results.full_precision.share)):.1f} %)"
    reached = {name: int(bits) for name, bits in enough.items() if math.isfinite(bits)}
    if not reached:
        return (
            f"No number of bits tested, up to {max(plan.bits)}, keeps the recognisable share "
            f"{margin} {full}, two standard errors included."
        )
    listed = ", ".join(f"{bits} bits ({name})" for name, bits in reached.items())
    missing = [name for name in enough if name not in reached]
    rest = f"; {', '.join(missing)} never" if missing else ""
    return (
        f"The fewest bits tested that are enough for a coupling are {listed}: with them the "
        f"recognisable share stays {margin} {full}, two standard errors included{rest}."
    )
