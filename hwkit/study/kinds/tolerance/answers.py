"""What the boards of a tolerance study say: yield, spread of each metric, rare failures."""

import math
from statistics import NormalDist

import numpy as np

from hwkit.fidelity import Metric
from hwkit.study.kinds.tolerance.facts import YieldFacts
from hwkit.study.kinds.tolerance.grading import exact_metrics, yields_at
from hwkit.study.kinds.tolerance.nominal import BoardMetrics, Nominal
from hwkit.study.kinds.tolerance.plan import TolerancePlan
from hwkit.study.kinds.tolerance.results import Answers, BoardYield, Distribution, Rare
from hwkit.study.kinds.tolerance.results_grades import GroupAnswer, TemperatureYield
from hwkit.tolerance import BoardTable, RareFailure, Yield
from hwkit.twin import Boards

_QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)


def board_yield(table: BoardTable) -> BoardYield:
    """Return the yield, its interval and what it was judged by."""
    limits = tuple(limit.describe() for limit in table.specification)
    return BoardYield.of(table.estimate, specification=limits)


def by_temperature(plan: TolerancePlan, table: BoardTable) -> tuple[TemperatureYield, ...]:
    """Return the yield at each temperature; none if there is one temperature."""
    corners = plan.corners()
    return yields_at(plan, table, corners, plan.boards.level) if len(corners) > 1 else ()


def nominal_metrics(plan: TolerancePlan, nominal: Nominal) -> dict[str, float]:
    """Return every metric of the nominal board; at several temperatures that of exact parts."""
    if len(plan.corners()) > 1:
        return exact_metrics(plan, nominal)
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


def yield_metrics(plan: TolerancePlan, table: BoardTable, answers: Answers) -> list[Metric]:
    """Return the yield as a metric of the verdict, and those of a grade looser, which must fail."""
    found: Yield | YieldFacts = table.estimate
    rows = []
    if answers.grades is not None:
        found = answers.grades.yields
        rows = [_control(plan, row) for row in answers.grades.groups if row.looser is not None]
    half = (found.high - found.low) / 2 / NormalDist().inv_cdf((1 + found.level) / 2)
    judged = Metric(
        "yield",
        "quality",
        found.value,
        plan.target,
        ">=",
        stderr=half,
        n=found.boards,
        seeds=(plan.seed,),
        note=f"{found.level:.3g} interval {found.low:.1%} to {found.high:.1%}",
    )
    each = answers.temperatures if answers.grades is None else answers.grades.at
    return [judged, *(_at_temperature(row) for row in each if len(each) > 1), *rows]


def _at_temperature(row: TemperatureYield) -> Metric:
    note = f"interval {row.low:.1%} to {row.high:.1%}"
    return Metric(f"yield at {row.celsius:g} °C", "quality", row.value, n=row.boards, note=note)


def _control(plan: TolerancePlan, row: GroupAnswer) -> Metric:
    """Return the negative control of a group: one grade looser must not reach the target."""
    looser = row.looser
    assert looser is not None
    return Metric(
        f"control: {row.group} of {looser.percent:g} %, lower end of the yield",
        "quality",
        looser.yields.low,
        plan.target,
        "<=",
        n=looser.yields.boards,
        note=f"yield {looser.yields.value:.1%}; {looser.lost} boards pass in the chosen grade "
        f"alone, {looser.gained} in this one alone",
    )


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
