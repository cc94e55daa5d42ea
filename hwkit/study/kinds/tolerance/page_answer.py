"""What a tolerance study's page says first: the yield, and what a board that passes looks like."""

import math

from hwkit.report.answers import SHARE, Answer, Gallery, Number, Strip
from hwkit.report.formats import number
from hwkit.study.finished import FinishedRun
from hwkit.study.kinds.tolerance.plan import TolerancePlan
from hwkit.study.kinds.tolerance.results import ANSWERS, WORST, Answers
from hwkit.study.kinds.tolerance.worst import ShownBoard, worst_boards

_SHOWN = 8


def answer(plan: TolerancePlan, run: FinishedRun) -> Answer:
    """Return the first screen: the yield with its interval, and the metrics that decide it."""
    answers = run.value(ANSWERS, Answers)
    facts = answers.yields
    sentence = (
        f"{100 * facts.value:.1f} % of {facts.boards} boards pass ({100 * facts.low:.1f} to "
        f"{100 * facts.high:.1f} %), where a board passes if {' and '.join(facts.specification)}."
    )
    basis = f"{facts.boards} boards"
    numbers = [Number("yield", facts.value, facts.low, facts.high, SHARE, basis)]
    numbers += _metrics(plan, answers)
    return Answer(sentence, tuple(numbers[:3]), _gallery(worst_boards(plan, run, answers)))


def _metrics(plan: TolerancePlan, answers: Answers) -> list[Number]:
    """Return medians over boards, those of the specification first, with nine tenths of boards."""
    limited = [limit.metric for limit in plan.specification]
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
        "most; ✗ marks what is not recognisable."
    )
    return Gallery(strips, caption, (WORST,))
