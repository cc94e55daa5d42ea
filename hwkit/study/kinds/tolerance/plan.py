"""Tolerance studies: a TOML file of what varies, what a board must do, and which questions to ask.

[[spread]]         name, parts, distribution and its numbers, relative, share, group, correlation
[[gradient]]       name, parts, sigma          [[drift]]      parts, per_kelvin, per_decade
[[temperature]]    parts, kind, slope_ppm, bound_ppm
[[fault]]          name, parts, kind, probability, level
[[quantised]]      parts, bits, per            [environment]  celsius, hours
[[specification]]  metric, min, max            [grades]       target, boards, group
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, Self

import numpy as np
from pydantic import BaseModel, model_validator

from hwkit.circuit import Design
from hwkit.circuit.variation import (
    ROOM_KELVIN,
    Drift,
    Fault,
    Grade,
    Gradient,
    Quantised,
    Thermal,
    Variation,
    matching,
)
from hwkit.circuit.variation.drawing import Drawing
from hwkit.circuit.variation.grades import usual_thermals
from hwkit.errors import ConfigError
from hwkit.model import EnergyModel
from hwkit.settings.needs import AtMost, Needs
from hwkit.study.kinds.tolerance.corners import Corner, corners_of
from hwkit.study.kinds.tolerance.grades_plan import GradesPlan, Group, TemperaturePlan
from hwkit.study.kinds.tolerance.smooth import SMOOTH
from hwkit.study.kinds.tolerance.tables_plan import (
    BoardsPlan,
    BudgetPlan,
    CheckPlan,
    CurvesPlan,
    DriftPlan,
    EnvironmentPlan,
    FaultPlan,
    GradientPlan,
    LimitPlan,
    QuantisedPlan,
    RarePlan,
    SensitivityPlan,
    StopPlan,
)
from hwkit.study.sections import (
    CircuitPlan,
    DataPlan,
    MachinePlan,
    ProtocolPlan,
    StudyFile,
)
from hwkit.study.spread import SpreadPlan
from hwkit.tolerance import (
    METRICS,
    Limit,
    check_names,
    check_scales,
    load_metric,
    metric_names,
)
from hwkit.units import ROOM_CELSIUS

_OF_ENTRIES = "budget rare sensitivity.sobol_boards curves.factors curves.each"


@dataclass(frozen=True)
class GroupsOfSeveral:
    """A correlation needs two deviations: another spread in the group, or parts with their own."""

    def broken(self, section: BaseModel) -> str | None:
        """See `hwkit.settings.needs.Rule`."""
        assert isinstance(section, TolerancePlan)
        groups = [spread.group for spread in section.spread]
        for place, spread in enumerate(section.spread):
            if spread.correlation and spread.share == "lot" and groups.count(spread.group) == 1:
                return (
                    f"{{p}}spread.{place}.correlation changes nothing: its group {spread.group!r} "
                    "has this one deviation alone; name another spread of the group, or leave it "
                    "out"
                )
        return None


@dataclass(frozen=True)
class DriftNeeds:
    """A drift changes nothing in an environment that is the nominal one."""

    drift: str
    corner: str

    def broken(self, section: BaseModel) -> str | None:
        """See `hwkit.settings.needs.Rule`."""
        assert isinstance(section, TolerancePlan)
        here, nominal = (getattr(e, self.corner) for e in (section.environment, EnvironmentPlan()))
        if self.corner == "kelvin" and section.environment.celsius:
            return None
        for place, drift in enumerate(section.drift):
            if here == nominal and getattr(drift, self.drift):
                return (
                    f"{{p}}drift.{place}.{self.drift} changes nothing while "
                    f"{{p}}environment.{self.corner} is {here:g}; set another one, or leave it out"
                )
        return None


@dataclass(frozen=True)
class TemperatureNeeds:
    """What parts do with temperature changes nothing where they are designed for."""

    def broken(self, section: BaseModel) -> str | None:
        """See `hwkit.settings.needs.Rule`."""
        assert isinstance(section, TolerancePlan)
        kelvins = [corner.environment.kelvin for corner in section.corners()]
        if not section.temperature or any(kelvin != ROOM_KELVIN for kelvin in kelvins):
            return None
        return (
            f"{{p}}temperature changes nothing at {ROOM_CELSIUS:g} °C; set "
            "{p}environment.celsius, or leave it out"
        )


class TolerancePlan(StudyFile):
    """A whole tolerance study."""

    rules = (
        Needs("check.fast", "boards.mode", ("auto", "fast")),
        AtMost("check.boards", "boards.count"),
        AtMost("check.paths", "boards.paths"),
        AtMost("sensitivity.paths", "boards.paths"),
        AtMost("stop.least", "boards.count"),
        Needs("sensitivity.metric sensitivity.paths", "sensitivity.top budget.trim"),
        TemperatureNeeds(),
        Needs("environment.hours", "drift.per_decade"),
        DriftNeeds("per_kelvin", "kelvin"),
        DriftNeeds("per_decade", "hours"),
        GroupsOfSeveral(),
        Needs(_OF_ENTRIES, "spread gradient fault grades"),
    )

    kind: Literal["tolerance"] = "tolerance"
    data: DataPlan = DataPlan()
    machine: MachinePlan = MachinePlan()
    protocol: ProtocolPlan = ProtocolPlan()
    circuit: CircuitPlan = CircuitPlan()
    boards: BoardsPlan = BoardsPlan()
    stop: StopPlan = StopPlan()
    spread: list[SpreadPlan] = []
    gradient: list[GradientPlan] = []
    drift: list[DriftPlan] = []
    fault: list[FaultPlan] = []
    quantised: list[QuantisedPlan] = []
    temperature: list[TemperaturePlan] = []
    environment: EnvironmentPlan = EnvironmentPlan()
    specification: list[LimitPlan] = []
    check: CheckPlan = CheckPlan()
    sensitivity: SensitivityPlan = SensitivityPlan()
    curves: CurvesPlan = CurvesPlan()
    grades: GradesPlan | None = None
    budget: BudgetPlan | None = None
    rare: RarePlan = RarePlan()

    @model_validator(mode="after")
    def _check_metrics(self) -> Self:
        known, sensitivity = metric_names(), self.sensitivity
        check_names(self.limits(), known)
        if sensitivity.metric not in SMOOTH:
            raise ConfigError(
                f"sensitivity.metric {sensitivity.metric!r} has no derivative; choose one of "
                f"{', '.join(SMOOTH)}"
            )
        if sensitivity.sobol_metric not in known:
            raise ConfigError(
                f"sensitivity.sobol_metric {sensitivity.sobol_metric!r} is not a metric; choose "
                f"one of {', '.join(known)}"
            )
        return self

    @model_validator(mode="after")
    def _check_entries(self) -> Self:
        names, budget = self.variation().names, self.budget
        for group in [*(budget.groups or []), *budget.cost] if budget is not None else []:
            if group not in names:
                raise ConfigError(
                    f"budget names {group!r}, which does not vary; entries: {', '.join(names)}"
                )
        if self.stop.rule() is not None and self.boards.sampling != "plain":
            raise ConfigError("a stop rule needs boards.sampling = 'plain'")
        if self.rare.boards:
            check_scales(self.rare.scales)
        if self.grades is not None and self.boards.required is not None:
            raise ConfigError(
                "boards.required is the yield of a study without [grades]; leave it out, "
                "grades.target says it"
            )
        return self

    @model_validator(mode="after")
    def _check_parts(self) -> Self:
        """Draw boards of a small machine, whose circuit has all kinds of parts."""
        design, variations = self.small_design, [self.variation()]
        variations += [
            self.variation({group.name: grade})
            for group in self.grade_groups()
            for grade in group.grades
        ]
        for corner in self.corners():
            for variation in variations:
                Drawing(design, corner.of(variation), 0).board(0)
        if self.curves.bits:
            Drawing(design, Variation(quantised=(Quantised(self.curves.bits_parts, 8),)), 0)
        return self

    @cached_property
    def small_design(self) -> Design:
        """The circuit of three units, with all kinds of parts."""
        coupled = np.array([[0.0, 0.1, -0.1], [0.1, 0.0, 0.1], [-0.1, 0.1, 0.0]])
        machine = self.machine
        return self.circuit.design(
            EnergyModel(coupled, [0.1, -0.1, 0.1], machine.energy(), machine.kT, machine.mobility)
        )

    def corners(self) -> tuple[Corner, ...]:
        """Return the temperatures at which every board must pass."""
        environment = self.environment
        return corners_of(environment.celsius, environment.kelvin, environment.hours)

    def grade_groups(self) -> tuple[Group, ...]:
        """Return the groups of parts whose grade is asked for; none without [grades].

        Raises:
            ConfigError: if a group is empty, or two have parts in common.
        """
        if self.grades is None:
            return ()
        taken = [role for spread in self.spread for role in self._roles(spread.parts)]
        return self.grades.chosen_groups(self.small_design, taken)

    def _roles(self, parts: str) -> list[str]:
        return matching(self.small_design, parts)

    def _usual(self) -> tuple[Thermal, ...]:
        """Return what parts usually do with temperature; a drift takes the place of that."""
        own = [role for d in self.drift if d.per_kelvin for role in self._roles(d.parts)]
        return tuple(each for each in usual_thermals(self.small_design) if each.parts not in own)

    def check_here(self) -> None:
        """See `StudyFile.check_here`."""
        self.data.patterns()
        for name in self.metrics():
            load_metric(name)

    def with_sensitivity(self, changes: dict[str, str | int]) -> "TolerancePlan":
        """Return the study with other settings of its sensitivity.

        Raises:
            ConfigError: if they are refused.
        """
        section = {name: getattr(self.sensitivity, name) for name in SensitivityPlan.model_fields}
        settings = {name: getattr(self, name) for name in type(self).model_fields}
        return TolerancePlan(**(settings | {"sensitivity": SensitivityPlan(**(section | changes))}))

    def metrics(self) -> tuple[str, ...]:
        """Return what is measured on every board: hwkit's metrics, and added ones if named here."""
        named = [*(plan.metric for plan in self.specification), self.sensitivity.sobol_metric]
        return tuple(dict.fromkeys([*METRICS, *named]))

    def variation(self, grades: Mapping[str, Grade] | None = None) -> Variation:
        """Return what varies, at the last temperature.

        `grades`: name of a group -> the grade of its parts; those of others are exact.
        """
        found = Variation(
            tuple(plan.spread() for plan in self.spread),
            tuple(Gradient(**plan.model_dump()) for plan in self.gradient),
            tuple(Drift(**plan.model_dump()) for plan in self.drift),
            tuple(Fault(**plan.model_dump()) for plan in self.fault),
            tuple(Quantised(**plan.model_dump()) for plan in self.quantised),
            self.corners()[-1].environment,
            self._usual(),
        )
        for group in self.grade_groups() if grades else ():
            if group.name in (grades or {}):
                found = group.of_grade(found, (grades or {})[group.name])
        own = tuple(plan.thermal() for plan in self.temperature)  # whatever a grade says
        return replace(found, thermals=(*found.thermals, *own))

    def exact(self) -> Variation:
        """Return what makes a board of exact parts, which only follow the temperature."""
        found = self.variation()
        thermals = tuple(replace(each, of=each.of.exact) for each in found.thermals)
        return Variation(drifts=found.drifts, environment=found.environment, thermals=thermals)

    def limits(self) -> tuple[Limit, ...]:
        """Return the specification: what a board must do at every temperature."""
        return tuple(plan.limit() for plan in self.specification)

    @property
    def target(self) -> float | None:
        """The yield that is asked for; None if none is."""
        return self.boards.required if self.grades is None else self.grades.target
