"""What a speed-up study's page says first: how much faster, at what cost, and where it ends."""

from hwkit.report.answers import Answer, Number
from hwkit.report.formats import number, quantity
from hwkit.study.finished import FinishedRun
from hwkit.study.kinds.speedup.page import times_drawing
from hwkit.study.kinds.speedup.plan import SpeedupPlan
from hwkit.study.kinds.speedup.results import ANSWERS, Answers, Barrier, Memory


def answer(plan: SpeedupPlan, run: FinishedRun) -> Answer:
    """Return the first screen: the speed-up of a ring's memory at the largest factor."""
    answers = run.value(ANSWERS, Answers)
    first, last = answers.memory[0], answers.memory[-1]
    slow, fast = answers.costs[0], answers.costs[-1]
    gained = _gained(first, last, plan.relaxation.runs)
    sentence = (
        f"With energies and noise scaled {last.factor / first.factor:g} times the circuit is "
        f"{number(gained.value, 3)} times as fast (a run takes {quantity(fast.seconds, 's')} in "
        f"place of {quantity(slow.seconds, 's')}) for {number(fast.heat / slow.heat, 2)} times the "
        f"heat; {_end(answers.barriers)}."
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
    return Answer(sentence, (gained, time, heat), times_drawing(answers.costs, answers.memory))


def _seconds(plan: SpeedupPlan, model_time: float) -> float:
    return model_time * plan.machine.mobility * plan.circuit.second


def _gained(first: Memory, last: Memory, runs: int) -> Number:
    """Return how many times shorter a ring remembers, with the errors of both times."""
    ratio = first.seconds / last.seconds
    error = ratio * ((first.error / first.seconds) ** 2 + (last.error / last.seconds) ** 2) ** 0.5
    name = f"speed at factor {last.factor:g} over factor {first.factor:g}"
    return Number.mean(name, ratio, error, "times", f"memory of a ring, {runs} runs each")


def _end(barriers: list[Barrier]) -> str:
    """Return what ends the speed-up first."""
    limited = [barrier for barrier in barriers if barrier.limit is not None]
    if not barriers:
        return "what ends the speed-up was not studied"
    if not limited:
        return "nothing that was tried ends the speed-up at the factors measured"
    end = min(limited, key=lambda barrier: barrier.limit or 0.0)
    return f"the speed-up ends at factor {number(end.limit or 0.0, 2)}, by {end.name}"
