"""Study files: TOML, validated into a frozen plan."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from hwkit.circuit import CELLS, FAULTS, Design, Scale, compile_model, family_options
from hwkit.errors import ConfigError
from hwkit.langevin import TimeGrid
from hwkit.model import Cosh, EnergyModel, Onsite, Quartic
from hwkit.spice import LagCheck
from hwkit.study.data import FloatArray, load_patterns
from hwkit.study.needs import AtMost, Needs
from hwkit.study.reading import read_plan
from hwkit.study.section import Count, Positive, Section, StudyFile, Whole
from hwkit.training import HiddenField, Protocol, TrainingResult, train
from hwkit.workers import Progress


class DataPlan(Section):
    """Which patterns to train on."""

    rules = (Needs("folder", "source", ("mnist",)),)

    source: Literal["digits", "mnist"] = "digits"
    classes: list[int] = [0, 1, 2]
    folder: str | None = None

    def patterns(self) -> FloatArray:
        """Load the patterns, (P, pixels), in grey values."""
        return load_patterns(self.source, self.classes, self.folder)


class MachinePlan(Section):
    """The machine to train."""

    rules = (
        Needs("hidden projection_seed", "n_hidden"),
        Needs("projection_seed", "hidden", ("projection",)),
    )

    n_hidden: Whole = 64
    hidden: HiddenField = "repeat"
    projection_seed: Whole = 0
    onsite: Literal["quartic", "cosh"] = "quartic"
    J2: float = 1.0
    J4: float = 1.0
    kT: Positive = 0.1
    mobility: Positive = 1.0
    biases: Literal["all", "hidden", "none"] = "all"

    def energy(self) -> Onsite:
        """Return the onsite energy; a cosh has the linear and cubic force of that quartic."""
        return (Quartic if self.onsite == "quartic" else Cosh.from_quartic)(self.J2, self.J4)

    def train(
        self, patterns: FloatArray, protocol: Protocol, progress: Progress | None = None
    ) -> TrainingResult:
        """Train the machine exactly, on patterns (P, pixels)."""
        return train(
            patterns,
            self.n_hidden,
            hidden=self.hidden,
            projection_seed=self.projection_seed,
            onsite=self.energy(),
            kT=self.kT,
            mobility=self.mobility,
            protocol=protocol,
            biases=self.biases,
            progress=progress,
        )


class ProtocolPlan(Section):
    """The noising protocol; generation takes as long."""

    t_final: Positive = 2.5
    dt: Positive = 1e-3

    def protocol(self) -> Protocol:
        """Return the training protocol."""
        return Protocol(self.t_final, self.dt)


class CircuitPlan(Section):
    """The circuit family and its scale."""

    cell: str = "rc"
    volt: Positive = 0.1
    second: Positive = 1e-6
    farad: Positive = 1e-12
    options: dict[str, float | str] = {}

    def design(self, model: EnergyModel) -> Design:
        """Compile a machine."""
        scale = Scale(self.volt, self.second, self.farad)
        return compile_model(model, self.cell, scale, family_options(self.cell, self.options))


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


class LawPlan(Section):
    """The law level: mixed-level SPICE runs on noise of their own, against the ideal samples.

    `controls` names faults to be judged like the circuit itself, `fewer_runs` the numbers of runs
    with which the law level judges them again, to see how few suffice.
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
    law_resolution: Positive | None = 0.03


class StudyPlan(StudyFile):
    """A whole study."""

    rules = (
        Needs("generation.lag_check", "generation.level", ("mixed",)),
        AtMost("checks.order_paths", "generation.samples"),
        Needs("limits.law_resolution", "law.spice_runs"),
        Needs("limits.drift", "checks.drift_states law.controls"),
        Needs("limits.implicit", "checks.implicit_paths law.controls"),
    )

    data: DataPlan = DataPlan()
    machine: MachinePlan = MachinePlan()
    protocol: ProtocolPlan = ProtocolPlan()
    circuit: CircuitPlan = CircuitPlan()
    generation: GenerationPlan = GenerationPlan()
    checks: ChecksPlan = ChecksPlan()
    law: LawPlan = LawPlan()
    budget: BudgetPlan = BudgetPlan()
    limits: LimitsPlan = LimitsPlan()


def load_plan(
    path: Path | str,
    classes: list[int] | None = None,
    seed: int | None = None,
    folder: Path | str | None = None,
) -> StudyPlan:
    """Read a study file.

    Args:
        path: the TOML file.
        classes: classes of the data set in place of the file's.
        seed: root seed in place of the file's.
        folder: folder of the data set in place of the file's.

    Raises:
        ConfigError: if the file is missing, not TOML, or asks for what does not exist.
    """
    folder = None if folder is None else str(folder)
    return read_plan(StudyPlan, path, seed, classes=classes, folder=folder)


def check_plan(plan: StudyPlan) -> None:
    """Refuse what can be seen to fail later, before anything is computed or written.

    Raises:
        HwkitError: naming the value that can't be.
    """
    plan.data.patterns()
    plan.machine.energy()
    plan.protocol.protocol()
    TimeGrid(plan.protocol.t_final, plan.generation.dt, plan.generation.save_every)
    for fault in plan.law.controls:
        if fault not in FAULTS:
            raise ConfigError(
                f"law.controls names {fault!r}, which is no fault; choose from {', '.join(FAULTS)}"
            )
    for options in ({}, *(cause.options for cause in plan.budget.causes)):
        family_options(plan.circuit.cell, plan.circuit.options | options)
    _check_tolerances(plan)
    if not CELLS[plan.circuit.cell].overdamped:
        raise ConfigError(
            f"a study compares with overdamped runs, but family {plan.circuit.cell!r} has inertia; "
            "use hwkit validate for rlc, hwkit sampler for spu"
        )


def _check_tolerances(plan: StudyPlan) -> None:
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
