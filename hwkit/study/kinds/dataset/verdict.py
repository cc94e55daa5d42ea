"""What a data set study says: means over seeds against limits, beside baseline and controls."""

from collections.abc import Iterator, Sequence

import numpy as np

from hwkit.fidelity import GeneratorQuality, Metric, Verdict, share_error
from hwkit.fidelity.verdict import Direction
from hwkit.study.kinds.dataset.plan import DatasetPlan
from hwkit.study.kinds.dataset.results import (
    COPIES,
    FLOOR,
    PERMUTED,
    Conditions,
    Dataset,
    Machine,
    Point,
)

MEASURES = {  # as results name them -> as pages do
    "fd": "FD",
    "confident": "confident",
    "smallest_class": "smallest class",
    "precision": "precision",
    "recall": "recall",
    "novelty": "novelty",
}


def judge(plan: DatasetPlan, results: Dataset) -> Verdict:
    """Return the verdict."""
    rows = [*_machines(plan, results), *_controls(plan, results)]
    if results.conditions is not None:
        rows += _conditions(plan, results.conditions, results.machines[0])
    return Verdict((*rows, *_frontier(plan, results)))


def over_seeds(machines: Sequence[Machine], name: str) -> list[float]:
    """Return a measure of each machine."""
    return [machine.quality.measures[name].value for machine in machines]


def _machines(plan: DatasetPlan, results: Dataset) -> Iterator[Metric]:
    n = plan.samples.seeds
    for name, shown in MEASURES.items():
        values = over_seeds(results.machines, name)
        floor = results.controls[FLOOR].measures[name].value
        pairwise = np.mean(over_seeds(results.pairwise, name))
        yield Metric(
            shown,
            "quality",
            float(np.mean(values)),
            None if name == "fd" else float(getattr(plan.limits, name)),
            ">=" if name != "fd" else "<=",
            _error(values),
            n * plan.samples.generated,
            note=f"mean of {n} seeds, {min(values):.3g} to {max(values):.3g}; pairwise "
            f"{pairwise:.3g}, floor {floor:.3g}",
        )
    ratios = [
        a / b
        for a, b in zip(
            over_seeds(results.machines, "fd"), over_seeds(results.pairwise, "fd"), strict=True
        )
    ]
    yield Metric(
        "FD over that of the pairwise machine",
        "quality",
        float(np.mean(ratios)),
        plan.limits.fd_of_pairwise,
        stderr=_error(ratios),
        n=n,
        note="of equal strength, segments and seed",
    )
    yield Metric(
        "training: largest gradient, relative",
        "answer",
        max(machine.gradient for machine in results.machines),
        1e-8,
        n=n,
        note="of the penalised loss, over all segments and seeds",
    )


def _controls(plan: DatasetPlan, results: Dataset) -> Iterator[Metric]:
    permuted, copies = results.controls[PERMUTED], results.controls[COPIES]
    n = plan.samples.generated
    yield _control("control, pixels permuted: precision", permuted.precision.value,
                   plan.limits.permuted, n, "the same grey values, no digits")  # fmt: skip
    yield _control("control, a machine that copies: novelty", copies.novelty.value,
                   plan.limits.novelty, n, "below the limit that machines must reach")  # fmt: skip


def _control(name: str, value: float, limit: float, n: int, note: str) -> Metric:
    return Metric(name, "quality", value, limit, "<=", n=n, note=note)


def _conditions(plan: DatasetPlan, found: Conditions, machine: Machine) -> Iterator[Metric]:
    total = found.of_each_class * len(found.class_right)
    right = float(np.mean(found.class_right))
    worst = int(np.argmin(found.class_right))
    yield _share("a class asked for: right", right, plan.limits.class_right, ">=", total,
                 f"worst class {worst}: {found.class_right[worst]:.3g}")  # fmt: skip
    prior = 1 / len(found.class_right)
    yield Metric(
        "control, no class asked for: largest share of a class over a fair one",
        "quality",
        max(machine.class_shares) - prior,
        plan.limits.prior_margin,
        n=total,
        note=f"a fair share is {prior:.3g}",
    )
    yield _share("half a picture completed to its class", found.completed, None, ">=", found.masked,
                 f"pairwise machine {found.pairwise_completed:.3g}, judge with grey for the "
                 f"missing half {found.judge_alone:.3g}")  # fmt: skip
    yield _share("control, completions against other pictures' classes", found.shuffled,
                 prior + plan.limits.prior_margin, "<=", found.masked, "chance")  # fmt: skip


def _share(
    name: str, value: float, limit: float | None, direction: Direction, n: int, note: str
) -> Metric:
    error = share_error(value, n)
    return Metric(name, "quality", value, limit, direction, error, n, note=note)


def _frontier(plan: DatasetPlan, results: Dataset) -> Iterator[Metric]:
    own, n = results.machines[0].quality, plan.samples.generated
    for point in results.frontier:
        if point.kind in ("bits", "gate bits"):
            judged = point.kind == "bits" and point.setting >= plan.limits.bits
            yield _loss(plan, point, own, judged, n)


def _loss(plan: DatasetPlan, point: Point, own: GeneratorQuality, judged: bool, n: int) -> Metric:
    what = "coupling" if point.kind == "bits" else "gate"
    return Metric(
        f"precision lost at {point.setting:g} bits per {what}: {point.name}",
        "quality",
        own.precision.value - point.quality.precision.value,
        plan.limits.bits_loss if judged else None,
        n=n,
        note=f"on the same noise; FD {point.quality.fd.value:.3g} against {own.fd.value:.3g}",
    )


def _error(values: Sequence[float]) -> float:
    return float(np.std(values, ddof=1) / np.sqrt(len(values)))
