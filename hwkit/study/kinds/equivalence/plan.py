"""Equivalence studies: TOML, validated into a frozen plan."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from hwkit.circuit import CELLS, FAULTS, family_options
from hwkit.errors import ConfigError
from hwkit.langevin import TimeGrid
from hwkit.model import EnergyModel
from hwkit.settings.needs import AtMost, Needs
from hwkit.spice import LagCheck
from hwkit.study.sections import (
    CircuitPlan,
    Count,
    DataPlan,
    MachinePlan,
    Positive,
    ProtocolPlan,
    Section,
    StudyFile,
    Whole,
)


class GenerationPlan(Section):
    """How many samples are generated, at which step, at which level of SPICE.

    `lag_check`: whether level "mixed" is compared with the full netlist; "auto": where it is cheap.
    """

    dt: Positive = 2.5e-3
    samples: Count = 100
    ideal_samples: Count = 2000
    level: Literal["full", "mixed"] = "full"
    lag_check: LagCheck = "auto"
    save_every: Count = 20


class ChecksPlan(Section):
    """How much is spent on each check; 0 leaves a check out."""

    drift_states: Whole = 50
    order_paths: Whole = 20
    implicit_paths: Whole = 4
    known_answers: bool = True


class DistributionPlan(Section):
    """The distribution level: mixed-level SPICE runs on noise of their own, beside ideal samples.

    `controls` names faults to be judged like the circuit itself, `fewer_runs` the numbers of runs
    with which the distribution level judges them again, to see how few suffice.
    """

    rules = (
        Needs("scheme_runs controls fewer_runs", "spice_runs"),
        Needs("fewer_runs", "controls"),
        AtMost("fewer_runs", "spice_runs"),
    )

    spice_runs: Whole = 400
    scheme_runs: Count = 200
    controls: list[str] = []
    fewer_runs: list[Count] = []


class CausePlan(Section):
    """One imperfection of the error budget: options of the family, relative errors of parts."""

    rules = (Needs("name", "options tolerance"),)

    name: Annotated[str, Field(min_length=1)]
    options: dict[str, float | str] = {}
    tolerance: dict[str, Positive] = {}


class BudgetPlan(Section):
    """Which imperfections the error budget tells apart, and on how many runs; 0 for no budget."""

    rules = (Needs("level causes", "runs"),)

    runs: Whole = 0
    level: Literal["full", "mixed", "twin"] = "mixed"
    causes: list[CausePlan] = []


class LimitsPlan(Section):
    """Limits of the verdict; `path = "step"` is 2 h. Without a limit a number is only reported."""

    drift: Positive | None = 1e-6
    extraction: Positive | None = 1e-9
    path: Positive | Literal["step"] | None = "step"
    correlation: Positive | None = None
    implicit: Positive | None = 1e-6
    recognisable: Positive | None = None
    class_share: Positive | None = None
    share_difference: Positive | None = 0.03
    distribution_resolution: Positive | None = 0.03


class EquivalencePlan(StudyFile):
    """A whole equivalence study."""

    rules = (
        Needs("generation.lag_check", "generation.level", ("mixed",)),
        AtMost("checks.order_paths", "generation.samples"),
        Needs("limits.distribution_resolution", "distribution.spice_runs"),
        Needs("limits.drift", "checks.drift_states distribution.controls"),
        Needs("limits.implicit", "checks.implicit_paths distribution.controls"),
    )

    kind: Literal["equivalence"] = "equivalence"
    data: DataPlan = DataPlan()
    machine: MachinePlan = MachinePlan()
    protocol: ProtocolPlan = ProtocolPlan()
    circuit: CircuitPlan = CircuitPlan()
    generation: GenerationPlan = GenerationPlan()
    checks: ChecksPlan = ChecksPlan()
    distribution: DistributionPlan = DistributionPlan()
    budget: BudgetPlan = BudgetPlan()
    limits: LimitsPlan = LimitsPlan()

    def check_here(self) -> None:
        """See `StudyFile.check_here`."""
        self.data.patterns()

    @model_validator(mode="after")
    def _check_parts(self) -> Self:
        _check_circuit(self)
        _check_tolerances(self)
        return self


def _check_circuit(plan: EquivalencePlan) -> None:
    plan.machine.energy()
    plan.protocol.protocol()
    TimeGrid(plan.protocol.t_final, plan.generation.dt, plan.generation.save_every)
    for fault in plan.distribution.controls:
        if fault not in FAULTS:
            raise ConfigError(
                f"distribution.controls names {fault!r}, which is not a fault; choose from "
                f"{', '.join(FAULTS)}"
            )
    for options in ({}, *(cause.options for cause in plan.budget.causes)):
        family_options(plan.circuit.cell, plan.circuit.options | options)
    if not CELLS[plan.circuit.cell].overdamped:
        raise ConfigError(
            f"a study compares with overdamped runs, but family {plan.circuit.cell!r} has inertia; "
            "use hwkit validate for rlc, kind = 'sampler' for spu"
        )


def _check_tolerances(plan: EquivalencePlan) -> None:
    """Refuse tolerances of parts that the family does not have, on a machine with all of its kinds.

    Raises:
        DesignError: naming the role.
    """
    roles = [role for cause in plan.budget.causes for role in cause.tolerance]
    if roles:
        coupled = [[0.0, 0.1, -0.1], [0.1, 0.0, 0.1], [-0.1, 0.1, 0.0]]
        machine = plan.machine
        design = plan.circuit.design(
            EnergyModel(coupled, [0.1, -0.1, 0.1], machine.energy(), machine.kT, machine.mobility)
        )
        for role in roles:
            design.group(role)
