"""What a tolerance study answers on grades: the content of `grades.json`, and of its verdict."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from hwkit.study.kinds.tolerance.facts import YieldFacts

GRADES = "grades.json"


@dataclass(frozen=True)
class TriedGrades(YieldFacts):
    """A grade in percent for each group, what they cost, and the yield at all temperatures."""

    grades: dict[str, float]
    cost: float


@dataclass(frozen=True)
class GradeChoice:
    """The search, on boards of its own.

    Attributes:
        target: the yield that was asked for.
        chosen: group -> percent, where the interval's lower end reaches the target; None if none
            does.
        alone: group -> its grades, tightest first, with all others at their tightest.
        tried: other choices, in their order.
    """

    target: float
    chosen: dict[str, float] | None
    alone: dict[str, tuple[TriedGrades, ...]]
    tried: tuple[TriedGrades, ...]


@dataclass(frozen=True)
class TemperatureYield(YieldFacts):
    """The yield at one temperature, alone."""

    celsius: float


@dataclass(frozen=True)
class LooserGrade:
    """The same boards with one group a grade looser: the negative control of a choice.

    Attributes:
        percent, kind: the grade and its temperature class.
        cost: of the group's parts on a board.
        yields: at all temperatures.
        at: at each.
        lost, gained: boards that pass in the chosen grade alone, and in the looser one alone.
        low, high: interval of the difference of the yields, chosen less looser.
    """

    percent: float
    kind: str
    cost: float
    yields: Annotated[YieldFacts, Field(alias="yield")]
    at: tuple[TemperatureYield, ...]
    lost: int
    gained: int
    low: float
    high: float


@dataclass(frozen=True)
class GroupAnswer:
    """The grade of one group.

    Attributes:
        group: its name.
        pieces: how many a board takes.
        percent, kind: the grade and its temperature class.
        price: of one.
        cost: of all on a board.
        looser: one grade looser; None if there is none in the list.
    """

    group: str
    pieces: float
    percent: float
    kind: str
    price: float
    cost: float
    looser: LooserGrade | None


@dataclass(frozen=True)
class GradesAnswer:
    """Which grades are loose enough, at which cost, judged on boards that chose nothing.

    Attributes:
        reached: whether the search found a choice; if not, the tightest grades are judged.
        currency: unit of all costs.
        cost: of all groups on a board.
        together: probability with which all intervals below hold together.
        yields: at all temperatures.
        at: at each.
        exact_fails: temperatures, in °C, at which even a board of exact parts fails.
        groups: one row each.
        search: on other boards.
    """

    reached: bool
    currency: str
    cost: float
    together: float
    yields: Annotated[YieldFacts, Field(alias="yield")]
    at: tuple[TemperatureYield, ...]
    exact_fails: tuple[float, ...]
    groups: tuple[GroupAnswer, ...]
    search: GradeChoice
