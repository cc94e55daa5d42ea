"""What a speed-up study's page says first: how much faster, at what cost, and where it ends."""

from hwkit.report.answers import Answer, Number
from hwkit.report.formats import number, quantity
from hwkit.study.finished import FinishedRun
from hwkit.study.kinds.speedup.page import earliest, quotient, speed_drawing
from hwkit.study.kinds.speedup.plan import SpeedupPlan
from hwkit.study.kinds.speedup.results import ANSWERS, Answers, Barrier, Memory


def answer(plan: SpeedupPlan, run: FinishedRun) -> Answer:
    """Return the first screen: the speed-up of a ring's memory at the largest factor."""
    answers = run.value(ANSWERS, Answers)
    first, last = answers.memory[0], answers.memory[-1]
    slow, fast = answers.costs[0], answers.costs[-1]
    gained = _gained(first, last, plan.relaxation.runs)
    sentence = (
        f"At factor {last.factor:g} the memory of a ring decays {number(gained.value, 2)} times as "
        f"fast as at factor {first.factor:g} (95 %: {number(gained.low, 2)} to "
        f"{number(gained.high, 2)}; ideal {last.factor / first.factor:g}), for "
        f"{number(fast.heat / slow.heat, 2)} times the heat; {_end(plan, answers.barriers)}."
    )
    heat = Number.mean(
        f"heat of a run at factor {fast.factor:g}", fast.heat, fast.heat_error, "J",
        f"{quantity(slow.heat, 'J')} at factor {slow.factor:g}; {plan.speed.runs} runs",
    )  # fmt: skip
    time = Number.mean(
        f"time to a recognisable sample at factor {fast.factor:g}",
        _seconds(plan, fast.recognised), _seconds(plan, fast.recognised_error), "s",
        f"{fast.n} runs that reach one",
    )  # fmt: skip
    return Answer(sentence, (gained, time, heat), speed_drawing(answers))


def _seconds(plan: SpeedupPlan, model_time: float) -> float:
    return model_time * plan.machine.mobility * plan.circuit.second


def _gained(first: Memory, last: Memory, runs: int) -> Number:
    """Return how many times shorter a ring remembers, with the errors of both times."""
    ratio, error = quotient((first.seconds, first.error), (last.seconds, last.error))
    name = f"speed at factor {last.factor:g} over factor {first.factor:g}"
    return Number.mean(name, ratio, error, "times", f"memory of a ring, {runs} runs each")


def _end(plan: SpeedupPlan, barriers: list[Barrier]) -> str:
    """Return what ends the speed-up first."""
    end, margin = earliest(barriers), f"{100 * plan.barriers.margin:g} %"
    if not barriers:
        return "what ends the speed-up was not studied"
    if end is None or end.limit is None:
        largest = max(point.factor for barrier in barriers for point in barrier.points)
        return f"nothing tried puts the mean square {margin} off up to factor {largest:g}"
    said = f"with {end.name} the mean square is {margin} off"
    if end.limit <= end.points[0].factor:
        return f"{said} at factor {end.limit:g} already"
    return f"{said} from factor {number(end.limit, 2)} on (interpolated)"
