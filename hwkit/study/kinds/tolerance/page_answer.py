"""What a tolerance study's page says first: the yield, and what a board that passes looks like."""

import math

from hwkit.ordering import falling
from hwkit.report.answers import SHARE, Answer, Gallery, Number, Strip
from hwkit.report.formats import number
from hwkit.study.finished import FinishedRun
from hwkit.study.kinds.tolerance import telling
from hwkit.study.kinds.tolerance.corners import at_all
from hwkit.study.kinds.tolerance.facts import YieldFacts
from hwkit.study.kinds.tolerance.plan import TolerancePlan
from hwkit.study.kinds.tolerance.results import ANSWERS, WORST, Answers
from hwkit.study.kinds.tolerance.results_grades import GradesAnswer
from hwkit.study.kinds.tolerance.worst import ShownBoard, worst_boards
from hwkit.study.sample_pictures import CROSSED

_SHOWN = 8
_ROOM = 25.0  # °C


def answer(plan: TolerancePlan, run: FinishedRun) -> Answer:
    """Return the first screen: the grades or the yield, with intervals and a control."""
    answers = run.value(ANSWERS, Answers)
    picture = _gallery(worst_boards(plan, run, answers))
    sentence = answers.sentence or telling.sentence(plan, answers)
    if answers.grades is None:
        facts = answers.yields
        numbers = [_yield("yield", facts, f"{facts.boards} boards"), *_metrics(plan, answers)]
        return Answer(sentence, tuple(numbers[:3]), picture)
    below = telling.as_text(telling.table(answers.grades))
    return Answer(sentence, _graded(answers.grades), picture, below)


def _graded(grades: GradesAnswer) -> tuple[Number, ...]:
    """Return yield and cost of the chosen grades, and the yield a grade looser."""
    boards = f"{grades.yields.boards} boards that took no part in the choice"
    level = f"{100 * grades.together:g} % together"
    groups = f"{', '.join(row.group for row in grades.groups)} alone"
    cost = Number.mean("cost of these parts", grades.cost, None, grades.currency, groups)
    numbers = [_yield("yield with these grades", grades.yields, boards, level), cost]
    for row in grades.groups:
        if row.looser is not None:
            name = f"yield with {row.group} of {row.looser.percent:g} % (control)"
            numbers.append(_yield(name, row.looser.yields, "the same boards", level))
    far = falling([abs(row.celsius - _ROOM) for row in grades.at])
    for row in (grades.at[k] for k in far):  # the first has room, at most
        name = f"yield at {row.celsius:g} °C alone"
        numbers.append(_yield(name, row, "the same boards", level))
    return tuple(numbers[:3])


def _yield(name: str, facts: YieldFacts, basis: str, together: str = "") -> Number:
    level = together or f"{100 * facts.level:.3g} %"
    return Number(name, facts.value, facts.low, facts.high, SHARE, basis, level)


def _metrics(plan: TolerancePlan, answers: Answers) -> list[Number]:
    """Return medians over boards, those of the specification first, with nine tenths of boards."""
    limited = [limit.metric for limit in at_all(plan.corners(), plan.limits())]
    rows = []
    for name in dict.fromkeys([*limited, "recognisable share", "path rms", "heat"]):
        found = answers.metrics.get(name)
        if found is None or not found.quantiles or not math.isfinite(answers.nominal[name]):
            continue
        low, middle, high = (found.quantiles[level] for level in ("0.05", "0.5", "0.95"))
        nominal = f"nominal board {number(answers.nominal[name])}"
        spread = "9 of 10 boards"
        rows.append(Number(f"{name}, median board", middle, low, high, "", nominal, spread))
    return rows


def _gallery(boards: list[ShownBoard]) -> Gallery:
    strips = tuple(
        Strip(
            board.name if k == 0 else f"{board.name}, one of the worst",
            tuple(board.pictures[:_SHOWN]),
        )
        for k, board in enumerate(boards[:3])
    )
    caption = (
        "Columns: the same start and the same noise. Below each is the digit that it resembles "
        f"most. {CROSSED}"
    )
    return Gallery(strips, caption, (WORST,))
