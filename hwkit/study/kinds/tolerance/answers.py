"""What the boards of a tolerance study say: yield, spread of each metric, rare failures."""

import math

import numpy as np

from hwkit.fidelity import Metric
from hwkit.study.kinds.tolerance.nominal import BoardMetrics, Nominal
from hwkit.study.kinds.tolerance.plan import TolerancePlan
from hwkit.study.kinds.tolerance.results import BoardYield, Distribution, Rare
from hwkit.tolerance import BoardTable, RareFailure
from hwkit.twin import Boards

_QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)


def board_yield(table: BoardTable) -> BoardYield:
    """Return the yield, its interval and what it was judged by."""
    limits = tuple(limit.describe() for limit in table.specification)
    return BoardYield.of(table.estimate, specification=limits)


def nominal_metrics(nominal: Nominal) -> dict[str, float]:
    """Return every metric of the nominal board."""
    values = BoardMetrics(nominal)(Boards({}, 1))
    return {name: float(column[0]) for name, column in values.items()}


def distributions(table: BoardTable) -> dict[str, Distribution]:
    """Return quantiles of every metric over the boards that could be simulated."""
    described = {}
    for name, column in table.metrics.items():
        values, quantiles = column[~table.failed], {}
        if values.size:
            levels = np.quantile(values, _QUANTILES).tolist()
            quantiles = dict(zip(map(str, _QUANTILES), levels, strict=True))
        described[name] = Distribution(
            mean=float(np.mean(values)) if values.size else math.nan,
            std=float(np.std(values, ddof=1)) if values.size > 1 else math.nan,
            quantiles=quantiles,
        )
    return described


def yield_metrics(plan: TolerancePlan, table: BoardTable) -> list[Metric]:
    """Return the yield as a metric of the verdict."""
    estimate = table.estimate
    half = (estimate.high - estimate.low) / 2
    return [
        Metric(
            "yield",
            "quality",
            estimate.value,
            plan.boards.required,
            ">=",
            stderr=half / 1.96,
            n=estimate.boards,
            seeds=(plan.seed,),
            note=f"{estimate.level:.0%} interval {estimate.low:.1%} to {estimate.high:.1%}",
        )
    ]


def rare_facts(failure: RareFailure | None) -> Rare | None:
    """Return rare failures as plain values, with the sentence that the page shows."""
    if failure is None:
        return None
    return Rare(
        outcome=failure.outcome,
        probability=failure.probability,
        low=failure.low,
        high=failure.high,
        at_most=failure.at_most,
        level=failure.level,
        why=failure.why,
        scales=tuple(failure.scales.tolist()),
        failures=tuple(failure.failures.tolist()),
        boards=tuple(failure.boards.tolist()),
        residuals=tuple(failure.residuals.tolist()),
        text=failure.describe(),
    )


def rare_metrics(plan: TolerancePlan, failure: RareFailure | None) -> list[Metric]:
    """Return the failure probability as a metric of the verdict, without a limit."""
    if failure is None:
        return []
    boards, seeds, note = int(failure.boards.sum()), (plan.seed,), failure.describe()
    return [
        Metric(
            "failure probability", "quality", failure.probability, n=boards, seeds=seeds, note=note
        )
    ]
