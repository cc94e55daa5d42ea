"""What a storage study says: where quality and heat saturate, and what a control loses.

A number of bits is enough if for it and for all more, the paired difference from full precision and
twice its standard error together stay within a margin; a share may be larger.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from hwkit.fidelity import Metric
from hwkit.study.storage_plan import StoragePlan


def paired(found: Sequence[float], reference: Sequence[float]) -> tuple[float, float]:
    """Return the mean difference of two sets of repeats and its standard error."""
    difference = np.asarray(found) - np.asarray(reference)
    return float(difference.mean()), float(difference.std(ddof=1) / np.sqrt(difference.size))


def enough_bits(
    curve: dict[str, Any], reference: Sequence[float], what: str, margin: float
) -> float:
    """Return the fewest bits that are enough; infinity if none are.

    Args:
        curve: results by number of bits, rising.
        reference: the same of full precision, one for each repeat.
        what: which of the results.
        margin: largest difference that does not count.
    """
    least = float("inf")
    for bits in sorted(map(int, curve), reverse=True):
        mean, error = paired(curve[str(bits)][what], reference)
        loss = -mean if what == "share" else abs(mean)
        if loss + 2 * error > margin:
            break
        least = float(bits)
    return least


def judge(plan: StoragePlan, results: dict[str, Any]) -> Iterator[Metric]:
    """Yield the verdict's metrics."""
    reference, control = results["full precision"], results["wrong addresses"]
    n = plan.repeats.count * plan.repeats.samples
    yield _mean("full precision: recognisable share", "quality", reference["share"], n)
    yield _mean("full precision: heat, kT", "energy", reference["heat"], n)
    for name, curve in results["curves"].items():
        yield from _curve(plan, name, curve, reference)
    lost, error = paired(control["share"], reference["share"])
    yield Metric(
        "control, couplings at wrong addresses: share lost",
        "quality",
        -lost,
        plan.limits.control,
        ">=",
        error,
        n,
        note="the values are precise, but not where they belong",
    )


def _curve(
    plan: StoragePlan, name: str, curve: dict[str, Any], reference: dict[str, Any]
) -> Iterator[Metric]:
    limits, most, fewest = plan.limits, plan.bits[-1], plan.bits[0]
    n, heat = plan.repeats.count * plan.repeats.samples, float(np.mean(reference["heat"]))
    share = enough_bits(curve, reference["share"], "share", limits.share_margin)
    warm = enough_bits(curve, reference["heat"], "heat", limits.heat_margin * heat)
    note = "from there on, two standard errors included, "
    yield Metric(
        f"{name}: bits that are enough for recognisable share",
        "quality",
        share,
        n=n,
        note=f"{note}at most {limits.share_margin:g} below full precision",
    )
    yield Metric(
        f"{name}: bits that are enough for heat",
        "energy",
        warm,
        n=n,
        note=f"{note}within {limits.heat_margin:.0%} of full precision",
    )
    mean, error = paired(curve[str(most)]["share"], reference["share"])
    yield Metric(
        f"{name}: share at {most} bits, difference",
        "quality",
        abs(mean),
        limits.share,
        stderr=error,
        n=n,
    )
    mean, error = paired(curve[str(most)]["heat"], reference["heat"])
    yield Metric(
        f"{name}: heat at {most} bits, relative difference",
        "energy",
        abs(mean) / heat,
        limits.heat,
        stderr=error / heat,
        n=n,
    )
    mean, error = paired(curve[str(fewest)]["share"], reference["share"])
    yield Metric(f"{name}: share at {fewest} bits, difference", "quality", mean, stderr=error, n=n)
    mean, error = paired(curve[str(fewest)]["heat"], reference["heat"])
    yield Metric(
        f"{name}: heat at {fewest} bits, relative difference",
        "energy",
        mean / heat,
        stderr=error / heat,
        n=n,
    )
    expected = [found["expected"] for found in curve.values()]
    if all(value is not None for value in expected):
        yield _loss(name, expected, plan)


def _loss(name: str, expected: list[dict[str, Any]], plan: StoragePlan) -> Metric:
    """Hold the mean loss over rounding seeds against its exact expectation, at every bit."""
    away = []
    for entry in expected:
        losses = np.asarray(entry["found"])
        error = losses.std(ddof=1) / np.sqrt(losses.size)
        away.append(abs(losses.mean() - entry["exact"]) / error)
    return Metric(
        f"{name}: loss against its exact mean",
        "quality",
        float(max(away)),
        plan.limits.expected_loss,
        n=len(expected[0]["found"]),
        note=f"in standard errors over rounding seeds, the worst of {len(away)} numbers of bits",
    )


def _mean(name: str, level: Any, values: Sequence[float], n: int) -> Metric:
    error = float(np.std(values, ddof=1) / np.sqrt(len(values)))
    return Metric(name, level, float(np.mean(values)), stderr=error, n=n)
