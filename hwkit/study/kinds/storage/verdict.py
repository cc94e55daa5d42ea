"""What a storage study says: where quality and heat saturate, and what a control loses.

A number of bits is enough if for it and for all more, the paired difference from full precision and
twice its standard error together stay within a margin; a share may be larger.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from hwkit.fidelity import Metric
from hwkit.fidelity.verdict import Level
from hwkit.study.kinds.storage.plan import StoragePlan
from hwkit.study.kinds.storage.results import Curves, Losses, Point, Repeats


def paired(found: Sequence[float], reference: Sequence[float]) -> tuple[float, float]:
    """Return the mean difference of two sets of repeats and its standard error."""
    difference = np.asarray(found) - np.asarray(reference)
    return float(difference.mean()), float(difference.std(ddof=1) / np.sqrt(difference.size))


def enough_bits(
    curve: dict[int, Point],
    reference: Sequence[float],
    quantity: Callable[[Repeats], Sequence[float]],
    margin: float,
    larger_is_better: bool = False,
) -> float:
    """Return the fewest bits that are enough; infinity if none are.

    Args:
        curve: number of bits -> results.
        reference: the quantity at full precision, one value for each repeat.
        quantity: takes the same of other results.
        margin: largest difference that does not count.
        larger_is_better: whether only a smaller value counts as a difference.
    """
    least = float("inf")
    for bits in sorted(curve, reverse=True):
        mean, error = paired(quantity(curve[bits].repeats), reference)
        loss = -mean if larger_is_better else abs(mean)
        if loss + 2 * error > margin:
            break
        least = float(bits)
    return least


def judge(plan: StoragePlan, results: Curves) -> Iterator[Metric]:
    """Yield the verdict's metrics."""
    reference, control = results.full_precision, results.shuffled
    n = plan.repeats.count * plan.repeats.samples
    yield _mean("full precision: recognisable share", "quality", reference.share, n)
    yield _mean("full precision: heat, kT", "energy", reference.heat, n)
    for name, curve in results.curves.items():
        yield from _enough(plan, name, curve, reference)
        yield from _differences(plan, name, curve, reference)
        losses = [point.losses for point in curve.values() if point.losses is not None]
        if len(losses) == len(curve):
            yield _loss(name, losses, plan)
    lost, error = paired(control.share, reference.share)
    yield Metric(
        "control, shuffled couplings: share lost",
        "quality",
        -lost,
        plan.limits.control,
        ">=",
        error,
        n,
        note="the values are precise, but not where they belong",
    )


def _enough(
    plan: StoragePlan, name: str, curve: dict[int, Point], reference: Repeats
) -> Iterator[Metric]:
    limits, n = plan.limits, plan.repeats.count * plan.repeats.samples
    margin = limits.heat_margin * float(np.mean(reference.heat))
    share = enough_bits(curve, reference.share, lambda r: r.share, limits.share_margin, True)
    heat = enough_bits(curve, reference.heat, lambda r: r.heat, margin)
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
        heat,
        n=n,
        note=f"{note}within {limits.heat_margin:.0%} of full precision",
    )


def _differences(
    plan: StoragePlan, name: str, curve: dict[int, Point], reference: Repeats
) -> Iterator[Metric]:
    """Yield the differences from full precision at the most bits, judged, and at the fewest."""
    n, heat = plan.repeats.count * plan.repeats.samples, float(np.mean(reference.heat))
    for bits, limits in ((plan.bits[-1], plan.limits), (plan.bits[0], None)):
        share, share_error = paired(curve[bits].repeats.share, reference.share)
        warmth, heat_error = paired(curve[bits].repeats.heat, reference.heat)
        yield Metric(
            f"{name}: share at {bits} bits, difference",
            "quality",
            share if limits is None else abs(share),
            None if limits is None else limits.share,
            stderr=share_error,
            n=n,
        )
        yield Metric(
            f"{name}: heat at {bits} bits, relative difference",
            "energy",
            (warmth if limits is None else abs(warmth)) / heat,
            None if limits is None else limits.heat,
            stderr=heat_error / heat,
            n=n,
        )


def _loss(name: str, losses: list[Losses], plan: StoragePlan) -> Metric:
    """Compare the mean loss over rounding seeds with its exact expectation, at every bit."""
    away = []
    for entry in losses:
        drawn = np.asarray(entry.drawn)
        error = drawn.std(ddof=1) / np.sqrt(drawn.size)
        away.append(abs(drawn.mean() - entry.exact) / error)
    return Metric(
        f"{name}: loss against its exact mean",
        "quality",
        float(max(away)),
        plan.limits.expected_loss,
        n=len(losses[0].drawn),
        note=f"in standard errors over rounding seeds, the worst of {len(away)} numbers of bits",
    )


def _mean(name: str, level: Level, values: Sequence[float], n: int) -> Metric:
    error = float(np.std(values, ddof=1) / np.sqrt(len(values)))
    return Metric(name, level, float(np.mean(values)), stderr=error, n=n)
