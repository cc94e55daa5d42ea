"""Tolerance studies: a TOML file of what varies, what a board must do, and which questions to ask.

[[spread]]         name, parts, law and its numbers, relative, share, group, correlation
[[gradient]]       name, parts, sigma          [[drift]]      parts, per_kelvin, per_decade
[[fault]]          name, parts, kind, probability, level
[[quantised]]      parts, bits, per            [environment]  kelvin, hours
[[specification]]  metric, min, max
"""

from dataclasses import dataclass
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import BaseModel, Field, model_validator

from hwkit.circuit.variation import (
    ROOM_KELVIN,
    Drift,
    Environment,
    Fault,
    Gradient,
    Quantised,
    Variation,
)
from hwkit.circuit.variation_drawing import Drawing
from hwkit.errors import ConfigError
from hwkit.model import EnergyModel
from hwkit.study.kinds.tolerance.smooth import SMOOTH
from hwkit.study.needs import AtMost, Needs
from hwkit.study.sections import (
    CircuitPlan,
    Count,
    DataPlan,
    MachinePlan,
    NotNegative,
    Positive,
    ProtocolPlan,
    Section,
    Share,
    StudyFile,
    Whole,
)
from hwkit.study.spread import SpreadPlan
from hwkit.tolerance import (
    METRICS,
    Limit,
    StopRule,
    check_names,
    check_scales,
    load_metric,
    metric_names,
)

Fraction = Annotated[float, Field(gt=0, lt=1)]
Widening = Annotated[float, Field(gt=1)]


_OF_ENTRIES = "budget rare sensitivity.sobol_boards curves.factors curves.each"


class GradientPlan(Section):
    """See `Gradient`."""

    name: str
    parts: str
    sigma: NotNegative


class DriftPlan(Section):
    """See `Drift`."""

    rules = (Needs("parts", "per_kelvin per_decade"),)

    parts: str
    per_kelvin: float = 0.0
    per_decade: float = 0.0


class FaultPlan(Section):
    """See `Fault`."""

    rules = (Needs("level", "kind", ("stuck",)),)

    name: str
    parts: str
    kind: Literal["open", "short", "stuck"]
    probability: Share
    level: float = 1.0


class QuantisedPlan(Section):
    """See `Quantised`."""

    parts: str
    bits: Annotated[int, Field(ge=2, le=32)]
    per: Literal["matrix", "row"] = "matrix"


class EnvironmentPlan(Section):
    """See `Environment`."""

    kelvin: Positive = ROOM_KELVIN
    hours: NotNegative = 0.0


class LimitPlan(Section):
    """One line of the specification."""

    metric: str
    min: float | None = None
    max: float | None = None

    def limit(self) -> Limit:
        """Return the limit."""
        return Limit(self.metric, self.min, self.max)


class BoardsPlan(Section):
    """How many boards, how many thermal paths on each, and how they are simulated.

    `mode` "auto" takes the twin's fast mode where the design allows it; `required` is a yield that
    the study's verdict asks for.
    """

    count: Count = 1000
    paths: Count = 100
    dt: Positive = 2.5e-3
    batch: Count = 50
    mode: Literal["auto", "fast", "implicit"] = "auto"
    sampling: Literal["plain", "lhs", "sobol"] = "plain"
    required: Fraction | None = None
    level: Fraction = 0.95
    interval: Literal["wilson", "clopper-pearson"] = "wilson"


class StopPlan(Section):
    """See `StopRule`; the rule is asked after every `wave` batches."""

    rules = (Needs("least wave", "half_width target"),)

    half_width: Fraction | None = None
    target: Fraction | None = None
    least: Count = 50
    wave: Count = 4

    def rule(self) -> StopRule | None:
        """Return the rule, None if none is set."""
        if self.half_width is None and self.target is None:
            return None
        return StopRule(self.half_width, self.target, self.least)


class CheckPlan(Section):
    """Boards that are simulated again in ngspice, path by path; 0 leaves the check out."""

    rules = (Needs("paths implicit fast", "boards"),)

    boards: Whole = 3
    paths: Count = 2
    implicit: Positive | None = 1e-6
    fast: Positive | None = 1e-2


class SensitivityPlan(Section):
    """Derivatives to every part, and Sobol indices of the groups; 0 boards leave those out.

    `metric` is smooth: one of "energy", "heat", "mean correlation", "soft share". `top` lists so
    many parts; 0 leaves the derivatives out of the study, but for a budget that trims.
    """

    rules = (Needs("sobol_metric", "sobol_boards"),)

    metric: str = "soft share"
    paths: Count = 8
    top: Whole = 30
    sobol_boards: Whole = 0
    sobol_metric: str = "path rms"


class CurvesPlan(Section):
    """Yield against the deviations' factor, of all entries and of each, and against bits."""

    rules = (Needs("factors each bits bits_parts", "boards"), Needs("bits_parts", "bits"))

    boards: Whole = 0
    factors: Annotated[list[Positive], Field(min_length=1)] = [0.5, 1.0, 2.0, 4.0]
    each: bool = True
    bits: list[int] = []
    bits_parts: str = "coupling"


class BudgetPlan(Section):
    """The loosest deviations of each group that keep the yield, and the cheapest classes.

    `cost` maps an entry to {factor on its deviations: cost of that class}. 0 boards leave all of
    it out.
    """

    rules = (Needs("target largest precision groups cost trim", "boards"),)

    boards: Whole = 0
    target: Fraction = 0.9
    largest: Positive = 16.0
    precision: Fraction = 0.15
    groups: list[str] | None = None
    cost: dict[str, dict[str, float]] = {}
    trim: list[int] = []


class RarePlan(Section):
    """Scaled-sigma sampling; 0 boards leave it out."""

    rules = (Needs("scales", "boards"),)

    boards: Whole = 0
    scales: Annotated[list[Widening], Field(min_length=4)] = [1.6, 1.9, 2.3, 2.8, 3.4]


@dataclass(frozen=True)
class GroupsOfSeveral:
    """A correlation needs two deviations: another spread in the group, or parts with their own."""

    def broken(self, section: BaseModel) -> str | None:
        """See `hwkit.study.needs.Rule`."""
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
        """See `hwkit.study.needs.Rule`."""
        assert isinstance(section, TolerancePlan)
        here, nominal = (getattr(e, self.corner) for e in (section.environment, EnvironmentPlan()))
        for place, drift in enumerate(section.drift):
            if here == nominal and getattr(drift, self.drift):
                return (
                    f"{{p}}drift.{place}.{self.drift} changes nothing while "
                    f"{{p}}environment.{self.corner} is {here:g}; set another one, or leave it out"
                )
        return None


class TolerancePlan(StudyFile):
    """A whole tolerance study."""

    rules = (
        Needs("check.fast", "boards.mode", ("auto", "fast")),
        AtMost("check.boards", "boards.count"),
        AtMost("check.paths", "boards.paths"),
        AtMost("sensitivity.paths", "boards.paths"),
        AtMost("stop.least", "boards.count"),
        Needs("sensitivity.metric sensitivity.paths", "sensitivity.top budget.trim"),
        Needs("environment.kelvin", "drift.per_kelvin"),
        Needs("environment.hours", "drift.per_decade"),
        DriftNeeds("per_kelvin", "kelvin"),
        DriftNeeds("per_decade", "hours"),
        GroupsOfSeveral(),
        Needs(_OF_ENTRIES, "spread gradient fault"),
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
    environment: EnvironmentPlan = EnvironmentPlan()
    specification: list[LimitPlan] = []
    check: CheckPlan = CheckPlan()
    sensitivity: SensitivityPlan = SensitivityPlan()
    curves: CurvesPlan = CurvesPlan()
    budget: BudgetPlan = BudgetPlan()
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
                f"sensitivity.sobol_metric {sensitivity.sobol_metric!r} is no metric; choose one "
                f"of {', '.join(known)}"
            )
        return self

    @model_validator(mode="after")
    def _check_entries(self) -> Self:
        names = self.variation().names
        for group in [*(self.budget.groups or []), *self.budget.cost]:
            if group not in names:
                raise ConfigError(
                    f"budget names {group!r}, which does not vary; entries: {', '.join(names)}"
                )
        if self.stop.rule() is not None and self.boards.sampling != "plain":
            raise ConfigError("a stop rule needs boards.sampling = 'plain'")
        if self.rare.boards:
            check_scales(self.rare.scales)
        return self

    @model_validator(mode="after")
    def _check_parts(self) -> Self:
        """Draw a board of a small machine, whose circuit has all kinds of parts."""
        coupled = np.array([[0.0, 0.1, -0.1], [0.1, 0.0, 0.1], [-0.1, 0.1, 0.0]])
        machine = self.machine
        design = self.circuit.design(
            EnergyModel(coupled, [0.1, -0.1, 0.1], machine.energy(), machine.kT, machine.mobility)
        )
        Drawing(design, self.variation(), 0)
        if self.curves.bits:
            Drawing(design, Variation(quantised=(Quantised(self.curves.bits_parts, 8),)), 0)
        return self

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
        return TolerancePlan(
            **(settings | {"sensitivity": SensitivityPlan(**(section | changes))})
        )

    def metrics(self) -> tuple[str, ...]:
        """Return what is measured on every board: hwkit's metrics, and added ones if named here."""
        named = [*(plan.metric for plan in self.specification), self.sensitivity.sobol_metric]
        return tuple(dict.fromkeys([*METRICS, *named]))

    def variation(self) -> Variation:
        """Return what varies."""
        return Variation(
            tuple(plan.spread() for plan in self.spread),
            tuple(Gradient(**plan.model_dump()) for plan in self.gradient),
            tuple(Drift(**plan.model_dump()) for plan in self.drift),
            tuple(Fault(**plan.model_dump()) for plan in self.fault),
            tuple(Quantised(**plan.model_dump()) for plan in self.quantised),
            Environment(**self.environment.model_dump()),
        )

    def limits(self) -> tuple[Limit, ...]:
        """Return the specification."""
        return tuple(plan.limit() for plan in self.specification)
