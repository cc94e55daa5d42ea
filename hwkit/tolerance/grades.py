"""The loosest grade of each group of parts with which enough boards pass, at the least cost.

First each group alone, the others at their tightest grade: what fails there fails in any choice.
Then choices of the grades that are left, by rising cost. A choice reaches the target if the lower
end of its yield's interval does. The boards that choose say nothing of the choice's own yield: who
looks at many grades and takes one that passed has looked for luck too. Judge it on other boards.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from hwkit.circuit.variation.grades import Grade
from hwkit.ordering import rising
from hwkit.tolerance.yields import Yield

Choice = Mapping[str, Grade]


@dataclass(frozen=True)
class Tried:
    """A grade for each group, what the parts of a board cost, and the yield."""

    grades: Choice
    cost: float
    found: Yield


@dataclass(frozen=True)
class GradeSearch:
    """What a search found.

    Attributes:
        alone: group -> its grades, tightest first, with all others at their tightest.
        tried: choices of grades that were not tried alone, in their order.
        chosen: the cheapest choice that reaches the target; None if none does.
    """

    alone: Mapping[str, tuple[Tried, ...]]
    tried: tuple[Tried, ...]
    chosen: Tried | None


def search_grades(
    yields_of: Callable[[Sequence[Choice]], Sequence[Yield]],
    grades: Mapping[str, Sequence[Grade]],
    counts: Mapping[str, float],
    target: float,
) -> GradeSearch:
    """Search the cheapest choice of grades that reaches a yield.

    Args:
        yields_of: of several choices at once.
        grades: group -> what can be bought, tightest first; looser ones cost no more.
        counts: group -> parts on a board.
        target: for the lower end of the yield's interval.
    """
    tightest = {group: each[0] for group, each in grades.items()}

    def cost(choice: Choice) -> float:
        return sum(counts[group] * grade.price for group, grade in choice.items())

    def tried(choices: Sequence[Choice]) -> list[Tried]:
        found = yields_of(choices)
        return [Tried(c, cost(c), y) for c, y in zip(choices, found, strict=True)]

    places = [(group, grade) for group, each in grades.items() for grade in each]
    rows = tried([tightest | {group: grade} for group, grade in places])
    alone = {
        group: tuple(row for row, (name, _) in zip(rows, places, strict=True) if name == group)
        for group in grades
    }
    left = {
        group: [row.grades[group] for row in alone[group] if row.found.low >= target]
        for group in grades
    }
    if len(grades) == 1:
        [each] = alone.values()
        reached = [row for row in each if row.found.low >= target]
        return GradeSearch(alone, (), reached[-1] if reached else None)
    more, chosen = _by_cost(lambda choice: tried([choice])[0], left, cost, target)
    return GradeSearch(alone, more, chosen)


def _by_cost(
    tried: Callable[[Choice], Tried],
    left: Mapping[str, Sequence[Grade]],
    cost: Callable[[Choice], float],
    target: float,
) -> tuple[tuple[Tried, ...], Tried | None]:
    """Try choices by rising cost; of equal cost looser ones first."""
    choices = [dict(zip(left, each, strict=True)) for each in product(*left.values())]
    choices.reverse()
    done: list[Tried] = []
    for k in rising([cost(choice) for choice in choices]).tolist():
        choice = choices[k]
        if any(_looser(choice, row.grades) for row in done):
            continue
        done.append(tried(choice))
        if done[-1].found.low >= target:
            return tuple(done), done[-1]
    return tuple(done), None


def _looser(choice: Choice, failed: Choice) -> bool:
    return all(choice[group].at_least_as_loose(grade) for group, grade in failed.items())
