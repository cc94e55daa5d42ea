"""The tables of a tolerance study on grades and temperature: what can be bought, at which price.

[grades]           target, boards, currency
[[grades.group]]   name, kind, parts, percent, price, pieces, temperature, distribution
[[temperature]]    parts, kind, or slope_ppm and bound_ppm
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import NormalDist
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from hwkit.circuit import Design
from hwkit.circuit.variation import CLASSES, Grade, TemperatureClass, Thermal, Variation
from hwkit.circuit.variation.entries import matching
from hwkit.circuit.variation.grades import CURRENCY, GRADES, grade_of, graded, roles_of
from hwkit.errors import ConfigError
from hwkit.study.kinds.tolerance.tables_plan import check_different
from hwkit.study.sections import Count, NotNegative, Positive, Section
from hwkit.terminal import one_line
from hwkit.tolerance import estimate_yield

Fraction = Annotated[float, Field(gt=0, lt=1)]
Percent = Annotated[float, Field(gt=0, lt=100)]


def temperature_class(name: str) -> TemperatureClass:
    """Return a temperature class by its name.

    Raises:
        ConfigError: if there is none of that name.
    """
    if name not in CLASSES:
        raise ConfigError(
            f"temperature class {name!r} is unknown; choose one of {', '.join(CLASSES)}, or give "
            "bound_ppm"
        )
    return CLASSES[name]


class TemperaturePlan(Section):
    """What some parts do with temperature, in place of what is usual for them."""

    parts: str
    kind: str | None = None
    slope_ppm: float = 0.0
    bound_ppm: NotNegative | None = None

    @model_validator(mode="after")
    def _check_class(self) -> Self:
        given = self.bound_ppm is not None or self.slope_ppm
        if (self.kind is None) != bool(given):
            raise ConfigError(
                f"temperature of {self.parts!r}: give either its kind, or slope_ppm and bound_ppm"
            )
        self.thermal()
        return self

    def thermal(self) -> Thermal:
        """Return the entry of the variation."""
        if self.kind is not None:
            return Thermal(self.parts, temperature_class(self.kind))
        bound = (self.bound_ppm or 0.0) * 1e-6
        name = f"{self.slope_ppm:g} ± {self.bound_ppm or 0.0:g} ppm/K"
        return Thermal(self.parts, TemperatureClass(name, self.slope_ppm * 1e-6, bound))


class GroupPlan(Section):
    """Parts that are all bought in one grade.

    Without `parts` these are all of their kind; without `percent` the grades are those of the kind.
    `price` maps a grade to the price of one part, and `pieces` says how many are bought for one
    part of the design.
    """

    name: Annotated[str, Field(min_length=1)]
    kind: Literal["resistor", "capacitor"] = "resistor"
    parts: list[str] = []
    percent: Annotated[list[Percent], Field(max_length=20)] = []
    price: dict[str, NotNegative] = {}
    pieces: Positive = 1.0
    temperature: str | None = None
    distribution: Literal["uniform", "normal"] = "uniform"

    @model_validator(mode="after")
    def _check_grades(self) -> Self:
        check_different(f"grades of {one_line(self.name)!r}: percent", self.percent)
        grades = self.grades()
        for tight, loose in pairwise(grades):
            if loose.price > tight.price:
                raise ConfigError(
                    f"grades of {self.name!r}: {loose.percent:g} % costs {loose.price:g}, more "
                    f"than {tight.percent:g} %; leave out looser grades that cost more"
                )
        return self

    def grades(self) -> tuple[Grade, ...]:
        """Return what can be bought, tightest first."""
        prices = {self._percent(text): price for text, price in self.price.items()}
        wanted = self.percent or [grade.percent for grade in GRADES[self.kind]]
        for percent in prices:
            if percent not in wanted:
                raise ConfigError(
                    f"grades of {self.name!r}: there is a price for {percent:g} %, which is not "
                    f"among {', '.join(f'{each:g}' for each in wanted)} %"
                )
        if self.temperature is not None:
            temperature_class(self.temperature)
        return tuple(
            grade_of(self.kind, percent, prices.get(percent), self.temperature)
            for percent in sorted(set(wanted))
        )

    def _percent(self, text: str) -> float:
        try:
            return float(text)
        except ValueError:
            raise ConfigError(
                f"grades of {self.name!r}: price has the key {one_line(text)!r}; give a number of "
                "percent"
            ) from None

    def roles(self, design: Design, taken: Sequence[str] = ()) -> tuple[str, ...]:
        """Return the roles of a design that this group means.

        Args:
            design: the circuit.
            taken: roles that vary otherwise, left out where the group names no parts.
        """
        if not self.parts:
            return tuple(r for r in roles_of(design, self.kind) if r not in taken)
        return tuple(dict.fromkeys(role for p in self.parts for role in matching(design, p)))


class GradesPlan(Section):
    """Which grade of each group of parts is loose enough: `target` is the yield that it must reach.

    Without groups these are the resistors (or what one resistor sets) and the capacitors. `boards`
    choose; those of the study's own `boards` then judge the choice.
    """

    target: Fraction = 0.95
    boards: Count = 200
    currency: str = CURRENCY
    group: Annotated[list[GroupPlan], Field(max_length=6)] = []

    @model_validator(mode="after")
    def _check_names(self) -> Self:
        names = [group.name for group in self.group]
        for name in names:
            if names.count(name) > 1:
                raise ConfigError(f"two groups of grades are called {name!r}; names must be unique")
        if estimate_yield(self.boards, self.boards).low < self.target:
            z2 = NormalDist().inv_cdf(0.975) ** 2
            least = math.ceil(z2 * self.target / (1 - self.target))
            raise ConfigError(
                f"grades.boards is {self.boards}: even if all of them pass, the interval does not "
                f"reach grades.target = {self.target:g}; give at least {least}"
            )
        return self

    def chosen_groups(self, design: Design, taken: Sequence[str]) -> "tuple[Group, ...]":
        """Return the groups with the parts of a design that they mean.

        Args:
            design: the circuit.
            taken: roles that vary otherwise, left out of groups that name no parts.

        Raises:
            ConfigError: if a group is empty, or two have parts in common.
        """
        groups: list[Group] = []
        for plan in self.group or _USUAL:
            roles = plan.roles(design, taken)
            twice = [role for group in groups for role in group.roles if role in roles]
            if twice:
                raise ConfigError(f"grades: {twice[0]!r} is in two groups; keep it in one")
            if not roles and self.group:
                raise ConfigError(
                    f"grades: there are no {plan.kind}s left for {plan.name!r} in family "
                    f"{design.cell}; name its parts, or leave the group out"
                )
            if roles:
                groups.append(Group(plan.name, roles, plan.grades(), plan.pieces,
                                    plan.distribution))  # fmt: skip
        if not groups:
            raise ConfigError("grades: no parts are left to choose a grade for; leave [grades] out")
        return tuple(groups)


_USUAL = (GroupPlan(name="resistors"), GroupPlan(name="capacitors", kind="capacitor"))


@dataclass(frozen=True)
class Group:
    """Parts of a design that are bought in one grade.

    Attributes:
        name: of the group.
        roles: of its parts.
        grades: what can be bought, tightest first.
        pieces: how many are bought for one part.
        shape: of the deviations within a grade.
    """

    name: str
    roles: tuple[str, ...]
    grades: tuple[Grade, ...]
    pieces: float
    shape: str

    def count(self, design: Design) -> float:
        """Return how many pieces a board of a design takes."""
        return self.pieces * sum(len(design.group(role)) for role in self.roles)

    def of_grade(self, variation: Variation, grade: Grade) -> Variation:
        """Return a variation with the parts of a grade."""
        return graded(variation, self.name, self.roles, grade, self.shape)

    def looser(self, grade: Grade) -> Grade | None:
        """Return the next looser grade; None if there is none."""
        return next((each for each in self.grades if each.percent > grade.percent), None)
