"""What the page of a measured board says first: inside its limits or not, different or not, why."""

from hwkit.ordering import falling, largest
from hwkit.report.answers import MOST_NUMBERS, Answer, Number
from hwkit.study.finished import FinishedRun
from hwkit.study.kinds.measured.page import intervals
from hwkit.study.kinds.measured.plan import MeasuredPlan
from hwkit.study.kinds.measured.results import BOARD, BoardResult, Parameter

_FAULTS = 4  # in the sentence


def answer(plan: MeasuredPlan, run: FinishedRun) -> Answer:
    """Return the first screen."""
    result = run.value(BOARD, BoardResult)
    sentence = f"{_inside(result)}, and {_different(result)}."
    if result.planted:
        inside = _inside(result)
        sentence = f"{_named(result)}; {inside[0].lower()}{inside[1:]}."
    return Answer(sentence, tuple(_numbers(plan, result)), intervals(plan, result))


def _inside(result: BoardResult) -> str:
    judged = [row for row in result.parameters if row.finding]
    if not judged:
        return "Nothing is specified of this board"
    outside = sum(row.finding == "outside" for row in judged)
    undecided = [row for row in judged if row.finding == "can't tell"]
    if outside:
        return f"The board is outside its specification in {outside} of {len(judged)} parameters"
    if undecided:
        weakest = undecided[largest([row.longer for row in undecided])]
        return (
            f"The record is too short to judge {len(undecided)} of {len(judged)} parameters "
            f"({weakest.name} needs the most, {weakest.longer:.2g} times as long)"
        )
    return f"The board is inside its specification in all {len(judged)} parameters"


def _different(result: BoardResult) -> str:
    if not result.faults:
        return "nothing differs from the intended machine beyond chance"
    return f"it differs from the intended machine: {_faults(result)}"


def _named(result: BoardResult) -> str:
    """Return how many planted faults of an emulated board were named, and which were."""
    planted = len(result.planted)
    named, invented = planted - len(result.missed), len(result.invented)
    first = f"{named} of {planted} planted faults of the emulated board are named"
    if named == planted:
        first = f"All {planted} planted faults of the emulated board are named"
        if planted == 1:
            first = "The planted fault of the emulated board is named"
    others = f"{invented} that {'was' if invented == 1 else 'were'} not planted"
    listed = f": {_faults(result)}" if result.faults else ""
    return f"{first}, and {others if invented else 'no others'}{listed}"


def _faults(result: BoardResult) -> str:
    more = len(result.faults) - _FAULTS
    rest = f" and {more} more" if more > 0 else ""
    return f"{'; '.join(result.faults[:_FAULTS])}{rest}"


def _numbers(plan: MeasuredPlan, result: BoardResult) -> list[Number]:
    """Return the parameters that lie farthest from what is intended, in standard errors."""
    away = [abs(row.value - row.intended) / max(row.stderr, 1e-300) for row in result.parameters]
    rows = [result.parameters[k] for k in falling(away)[:MOST_NUMBERS]]
    return [_number(row, f"{100 * plan.question.level:g} % together") for row in rows]


def _number(row: Parameter, level: str) -> Number:
    basis = f"intended {row.intended:.3g}; {row.anchor}"
    return Number(row.name, row.value, row.low, row.high, "", basis, level)
