"""What a study of a measured board says: its two answers, or of an emulated one, what was named."""

from collections.abc import Iterator

from hwkit.fidelity import Metric
from hwkit.measured.specification import too_short
from hwkit.study.kinds.measured.plan import MeasuredPlan
from hwkit.study.kinds.measured.results import BoardResult


def judge(plan: MeasuredPlan, result: BoardResult) -> Iterator[Metric]:
    """Yield the verdict's metrics.

    A board that was measured must show no fault and be outside no limit. Of an emulated board,
    every planted fault must be named, and no other.
    """
    emulated = plan.emulated is not None
    if emulated:
        yield _count("planted faults that were not named", result.missed, 0.0)
        yield _count("named faults that were not planted", result.invented, 0.0)
    limit = None if emulated else 0.0
    yield _count("findings in the records", result.findings, limit)
    yield _count("faults: differences from the intended machine", result.faults, limit)
    yield Metric(
        "largest difference of any kind, in standard errors",
        "drift",
        result.largest,
        note=f"{result.critical:.3g} is exceeded by chance with probability {result.alpha:g}",
    )
    if any(row.finding for row in result.parameters):
        outside, undecided = (
            [row.name for row in result.parameters if row.finding == finding]
            for finding in ("outside", "can't tell")
        )
        yield _count("parameters outside the specification", outside, limit)
        yield _count("parameters of which the record can't tell", undecided, None)
    yield Metric(
        "change of kT that the record resolves, relative",
        "drift",
        result.resolved,
        note=too_short(result.resolved, plan.question.wanted, result.longer),
    )
    if result.statistics:
        yield _least_p(result, None if emulated else plan.question.alpha)


def _least_p(result: BoardResult, limit: float | None) -> Metric:
    first = result.statistics[0]
    return Metric(
        "distribution: least p of any statistic, adjusted for all",
        "distribution",
        first.p,
        limit,
        ">=",
        n=len(result.statistics),
        note=first.name,
    )


def _count(name: str, words: list[str], limit: float | None) -> Metric:
    return Metric(name, "drift", float(len(words)), limit, note="; ".join(words))
