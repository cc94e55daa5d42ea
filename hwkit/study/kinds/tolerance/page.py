"""The page of a tolerance study: reads its run folder, computes no boards."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from hwkit.report.drawing import Drawing
from hwkit.report.formats import number
from hwkit.report.rendering import Section, metrics_section
from hwkit.study.finished import FinishedRun
from hwkit.study.kinds.tolerance import figures
from hwkit.study.kinds.tolerance.batches import read_table
from hwkit.study.kinds.tolerance.corners import at_all
from hwkit.study.kinds.tolerance.facts import YieldFacts
from hwkit.study.kinds.tolerance.page_grades import grades_section
from hwkit.study.kinds.tolerance.plan import TolerancePlan
from hwkit.study.kinds.tolerance.results import (
    ANSWERS,
    RESULTS,
    Answers,
    Apart,
    Budget,
    Cheapest,
    CheckedBoard,
    Sensitivity,
)
from hwkit.study.kinds.tolerance.telling import share
from hwkit.study.kinds.tolerance.worst import worst_boards

_SHOWN_PARTS = 20
_AXES = {"deviations": "deviations, times as drawn", "bits": "bits"}


def sections(plan: TolerancePlan, run: FinishedRun) -> Iterator[Section]:
    """Yield the sections of a tolerance study's page."""
    answers = run.value(ANSWERS, Answers)
    if answers.grades is not None:
        yield Section("tolerance-grades", "Grades", grades_section(answers.grades))
    yield Section("tolerance-yield", "Yield", _yield(answers))
    yield metrics_section(run.verdict())
    yield Section("tolerance-spread", "Spread over boards", _spread(plan, run, answers))
    if answers.sensitivity is not None or answers.sobol is not None:
        yield Section("tolerance-parts", "What matters", _parts(answers))
    if answers.budget is not None or answers.rare is not None:
        yield Section("tolerance-budget", "Budget", _budget(answers))
    yield Section("tolerance-worst", "Worst boards", worst_boards(plan, run, answers))
    if answers.check:
        rows = [_checked(row) for row in answers.check]
        yield Section("tolerance-check", "Check in SPICE", rows)


@dataclass(frozen=True)
class _Yield:
    value: str
    interval: str
    level: str
    method: str
    boards: int
    specification: tuple[str, ...]
    causes: list[tuple[str, int]]
    temperatures: list[str]
    curves: list[Drawing]


def _yield(answers: Answers) -> _Yield:
    facts = answers.yields
    return _Yield(
        value=f"{facts.value:.1%}",
        interval=f"{facts.low:.1%} to {facts.high:.1%}",
        level=f"{facts.level:.0%}",
        method=facts.method,
        boards=facts.boards,
        specification=facts.specification,
        causes=list(answers.causes.items()),
        temperatures=[f"{share(row)} at {row.celsius:g} °C" for row in answers.temperatures],
        curves=[
            figures.yield_curve(
                curve.group, [p.at for p in curve.points], curve.points, _AXES[curve.against]
            )
            for curve in answers.curves or ()
        ],
    )


@dataclass(frozen=True)
class _Spread:
    fans: list[Drawing]
    drawings: list[Drawing]


def _spread(plan: TolerancePlan, run: FinishedRun, answers: Answers) -> _Spread:
    rows, drawings = read_table(run / RESULTS), []
    for limit in at_all(plan.corners(), plan.limits()):
        values = np.array(rows[limit.metric], dtype=np.float64)
        values = values[np.isfinite(values)]
        if values.size:
            ends = [end for end in (limit.low, limit.high) if end is not None]
            nominal = answers.nominal[limit.metric]
            drawings.append(figures.distribution(limit.metric, values, nominal, ends))
    varied = {name: metric for name, metric in answers.metrics.items() if metric.std > 0}
    fans = [figures.fan(varied, answers.nominal)] if varied else []
    return _Spread(fans, drawings)


@dataclass(frozen=True)
class _Part:
    part: str
    between: str
    share: str
    effect: str
    derivative: str


@dataclass(frozen=True)
class _Parts:
    drawings: list[Drawing]
    rows: list[_Part]
    metric: str
    paths: int


def _parts(answers: Answers) -> _Parts:
    drawings, sensitivity, sobol = [], answers.sensitivity, answers.sobol
    if sobol is not None:
        drawings.append(
            figures.bars(
                "sobol",
                [g.group for g in sobol.groups],
                [g.total for g in sobol.groups],
                [(g.total_low, g.total_high) for g in sobol.groups],
                f"total Sobol index of {sobol.metric}",
            )
        )
    if sensitivity is None:
        return _Parts(drawings, [], "", 0)
    if sensitivity.groups:
        labels = [g.group for g in sensitivity.groups]
        shares = [g.share for g in sensitivity.groups]
        what = f"first-order share of {sensitivity.metric}"
        drawings.append(figures.bars("groups", labels, shares, None, what))
    return _Parts(drawings, _rows(sensitivity), sensitivity.metric, sensitivity.paths)


def _rows(sensitivity: Sensitivity) -> list[_Part]:
    return [
        _Part(
            part=f"{row.name} {row.part}",
            between=", ".join(row.between),
            share=f"{row.share:.2%}",
            effect=number(row.effect),
            derivative=number(row.derivative),
        )
        for row in sensitivity.parts[:_SHOWN_PARTS]
    ]


@dataclass(frozen=True)
class _Budget:
    """`target` is empty without a budget, `rare` without rare failures."""

    target: str
    boards: int
    loosest: list[tuple[str, str, str, str]]
    cheapest: str
    trimming: list[tuple[int, str]]
    rare: str


def _budget(answers: Answers) -> _Budget:
    rare = "" if answers.rare is None else answers.rare.text
    budget = answers.budget
    if budget is None:
        return _Budget("", 0, [], "", [], rare)
    return _Budget(
        target=_percent(budget.target),
        boards=budget.boards,
        loosest=_loosest(budget),
        cheapest="" if budget.cheapest is None else _cheapest(budget.cheapest),
        trimming=[(row.parts, _interval(row)) for row in budget.trimming],
        rare=rare,
    )


def _loosest(budget: Budget) -> list[tuple[str, str, str, str]]:
    """Return rows of entry, factor that passes, factor that fails, yield at the first."""
    return [
        (
            row.group,
            number(row.factor),
            number(row.fails_at) if math.isfinite(row.fails_at) else "not reached",
            _interval(row.yields),
        )
        for row in budget.loosest
    ]


def _cheapest(choice: Cheapest) -> str:
    if choice.yields is None:
        return "No choice of classes reaches the target."
    classes = ", ".join(f"{group} × {factor}" for group, factor in choice.factors.items())
    return (
        f"The cheapest classes that reach the target cost {number(choice.cost)}: {classes}; "
        f"yield {_interval(choice.yields)}."
    )


def _interval(facts: YieldFacts) -> str:
    return f"{_percent(facts.value)} ({_percent(facts.low)} to {_percent(facts.high)})"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


@dataclass(frozen=True)
class _Checked:
    board: int
    paths: int
    implicit: str
    fast: str
    failure: str


def _checked(row: CheckedBoard) -> _Checked:
    implicit, fast = _apart(row.implicit), _apart(row.fast)
    return _Checked(row.board, row.paths, implicit, fast, row.failure)


def _apart(apart: Apart | None) -> str:
    return "–" if apart is None else f"{number(apart.largest)} ({number(apart.rms)})"
