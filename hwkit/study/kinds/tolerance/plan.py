"""Tolerance studies: a TOML file of what varies, what a board must do, and which questions to ask.

[[spread]]         name, parts, distribution and its numbers, relative, share, group, correlation
[[gradient]]       name, parts, sigma          [[drift]]      parts, per_kelvin, per_decade
[[fault]]          name, parts, kind, probability, level
[[quantised]]      parts, bits, per            [environment]  kelvin, hours
[[specification]]  metric, min, max
"""

from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
from pydantic import BaseModel, model_validator

from hwkit.circuit.variation import (
    Drift,
    Environment,
    Fault,
    Gradient,
    Quantised,
    Variation,
)
from hwkit.circuit.variation.drawing import Drawing
from hwkit.errors import ConfigError
from hwkit.model import Cosh, EnergyModel
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
from hwkit.study.needs import AtMost, Needs
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

_OF_ENTRIES = "budget rare sensitivity.sobol_boards curves.factors curves.each"


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


@dataclass(frozen=True)
class KelvinNeeds:
    """A temperature changes diodes by itself, and other parts as their drifts say."""

    def broken(self, section: BaseModel) -> str | None:
        """See `hwkit.study.needs.Rule`."""
        assert isinstance(section, TolerancePlan)
        if section.has_diodes:
            return None
        return Needs("environment.kelvin", "drift.per_kelvin").broken(section)


class TolerancePlan(StudyFile):
    """A whole tolerance study."""

    rules = (
        Needs("check.fast", "boards.mode", ("auto", "fast")),
        AtMost("check.boards", "boards.count"),
        AtMost("check.paths", "boards.paths"),
        AtMost("sensitivity.paths", "boards.paths"),
        AtMost("stop.least", "boards.count"),
        Needs("sensitivity.metric sensitivity.paths", "sensitivity.top budget.trim"),
        KelvinNeeds(),
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
                f"sensitivity.sobol_metric {sensitivity.sobol_metric!r} is not a metric; choose "
                f"one of {', '.join(known)}"
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
        Drawing(design, self.variation(), 0).board(0)
        if self.curves.bits:
            Drawing(design, Variation(quantised=(Quantised(self.curves.bits_parts, 8),)), 0)
        return self

    @property
    def has_diodes(self) -> bool:
        """Whether diodes make the onsite energy, which follow the temperature by themselves."""
        return self.circuit.cell == "resistive" and isinstance(self.machine.energy(), Cosh)

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
