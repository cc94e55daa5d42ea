"""What an equivalence study takes: its circuit and its machine are run for a moment.

Circuits of the error budget and of the controls have the elements of the study's own; they are
counted at its speed.
"""

from dataclasses import dataclass, field
from functools import cached_property, partial

from hwkit import fidelity
from hwkit.circuit import Design
from hwkit.forecast import step_count
from hwkit.langevin import simulate_langevin, simulate_semi_implicit
from hwkit.model import EnergyModel
from hwkit.netlist import render
from hwkit.spice import Level
from hwkit.spice.simulate import LAG_RUNS, lag_left_out
from hwkit.study.kind import Estimate
from hwkit.study.kinds.equivalence.distribution import CONTROL_PATHS, CONTROL_STATES
from hwkit.study.kinds.equivalence.plan import EquivalencePlan
from hwkit.study.meter import Meter, force_field, in_spice
from hwkit.study.pieces import Piece, Rate
from hwkit.training import normalized_patterns
from hwkit.trajectories import FloatArray, Trajectories
from hwkit.twin import bind, simulate_boards
from hwkit.validation.drift import extraction
from hwkit.validation.imperfections import HALVINGS


def estimate(plan: EquivalencePlan) -> Estimate:
    """Return runs, minutes and bytes of a study."""
    meter, patterns = Meter(), plan.data.patterns()
    machine, protocol = plan.machine, plan.protocol.protocol()
    model = meter.timed("training", lambda: machine.train(patterns, protocol).model)
    counted = _Counted(plan, meter, model, normalized_patterns(patterns))
    counted.generation()
    counted.checks()
    counted.distribution()
    counted.budget()
    _known_answers(plan, meter)
    full, mixed, twin = _circuit_runs(plan)
    ideal, save = plan.generation.ideal_samples, plan.generation.save_every
    states = plan.generation.samples * 2 * (counted.steps // save + 1) + 3 * ideal
    size = 8 * model.n_units * states + 60 * counted.design.n_elements
    return meter.estimate(full + mixed + twin + ideal, size)


@dataclass
class _Counted:
    """The stages of a study on their way into its meter."""

    plan: EquivalencePlan
    meter: Meter
    model: EnergyModel
    patterns: FloatArray
    rates: dict[str, Rate] = field(default_factory=dict)

    def __post_init__(self) -> None:
        pieces = self._pieces()
        self.rates = dict(zip(pieces, self.meter.rates(*pieces.values()), strict=True))

    @cached_property
    def design(self) -> Design:
        """The circuit."""
        return self.plan.circuit.design(self.model)

    @property
    def dt(self) -> float:
        """Time step of the runs."""
        return self.plan.generation.dt

    @property
    def steps(self) -> int:
        """Steps of a run."""
        return step_count(self.plan.protocol.t_final, self.dt)

    @cached_property
    def checks_lag(self) -> bool:
        """Whether runs at level "mixed" are repeated with the full netlist."""
        how = self.plan.generation
        mixed = how.level == "mixed"
        return mixed and not lag_left_out(self.design, self.steps, how.samples, how.lag_check)

    def _pieces(self) -> dict[str, Piece]:
        """Return what is measured in ngspice, by name: no more than the study does."""
        plan, full = self.plan, set[bool]()
        mixed = {True} if plan.distribution.spice_runs else set[bool]()
        main = full if plan.generation.level == "full" else mixed
        main.add(False)
        if plan.checks.implicit_paths:
            main.add(True)
        if plan.budget.runs and plan.budget.level != "twin":
            full.add(False)
            mixed |= {False} if plan.budget.level == "mixed" else set()
        if self.checks_lag:
            full.add(False)
        asked: dict[Level, set[bool]] = {"full": full, "mixed": mixed}
        pieces = {
            _name(level, tight): in_spice(self.design, self.dt, self.steps, level, tight)
            for level, kinds in asked.items()
            for tight in sorted(kinds)
        }
        states = max(plan.checks.drift_states, CONTROL_STATES)
        return pieces | {"drift": force_field(self.design, states)}

    def _spice(
        self, stage: str, runs: int, level: str, tight: bool = False, halved: int = 1
    ) -> None:
        rate = self.rates[_name(level, tight)]
        self.meter.add(stage, rate.seconds(runs, self.steps * halved, self.meter.jobs))

    def _drift(self, stage: str, states: int) -> None:
        rate = self.rates["drift"]
        rounds = -(-states // self.meter.jobs)
        self.meter.add(stage, rate.start + rate.load + rate.task + rounds * rate.unit)

    def generation(self) -> None:
        """Count netlist, starts and samples of both sides."""
        plan, meter = self.plan.generation, self.meter
        trnoise = partial(render, self.design, "ngspice", "trnoise", self.plan.protocol.t_final)
        meter.timed("netlist", lambda: trnoise(self.dt).text)
        times = (self.steps, self.dt)
        for stage, n in (("ideal runs", plan.samples), ("more ideal runs", plan.ideal_samples)):
            meter.add(stage, meter.ideal(self.model, *times, n))
            meter.add(stage, meter.prepared(self.model, *times, n))
        self._spice(f"SPICE runs ({plan.level})", plan.samples, plan.level)
        if self.checks_lag:
            self._spice(f"SPICE runs ({plan.level})", min(LAG_RUNS, plan.samples), "full")

    def checks(self) -> None:
        """Count drift, extraction, the halved step and the tight solution."""
        plan, level, meter = self.plan.checks, self.plan.generation.level, self.meter
        meter.timed("extraction", lambda: extraction(self.design))
        if plan.drift_states:
            self._drift("drift", plan.drift_states)
            if self.design.has("onsite-diode"):
                self._drift("onsite", plan.drift_states)
        halves = min(plan.order_paths, self.plan.generation.samples)
        if halves:
            self._spice("SPICE runs at half the step", halves, level, halved=2)
        if plan.implicit_paths:
            name = "SPICE runs with tight tolerances"
            self._spice(name, plan.implicit_paths, level, tight=True)

    def distribution(self) -> None:
        """Count both schemes, the circuit's runs, the faulty ones, and all tests."""
        plan, meter = self.plan.distribution, self.meter
        if not plan.spice_runs:
            return
        for simulate in (simulate_semi_implicit, simulate_langevin):
            seconds = meter.ideal(self.model, self.steps, self.dt, plan.scheme_runs, simulate)
            meter.add("integration schemes", seconds)
        stages = ["SPICE runs (mixed) for the distribution"]
        stages += [f"control: {fault}, distribution" for fault in plan.controls]
        for stage in stages:
            self._spice(stage, plan.spice_runs, "mixed", tight=True)
        for fault in plan.controls:
            self._drift(f"control: {fault}, drift", CONTROL_STATES)
            self._spice(f"control: {fault}, paths", CONTROL_PATHS, "mixed", tight=True)
        meter.timed("tests of the distribution", self._tests)
        meter.stages["tests of the distribution"] *= 1 + len(plan.controls) * (
            1 + len(plan.fewer_runs)
        )

    def _tests(self) -> None:
        """Test runs of a few steps, as many as those of the study."""
        steps, plan = 4, self.plan.distribution

        def runs(n: int, seed: int) -> Trajectories:
            saved = fidelity.neighbouring_steps(steps)
            return simulate_langevin(
                self.model, steps * self.dt, self.dt, n, seed, save_every=saved
            )

        sides = (runs(self.plan.generation.ideal_samples, 0), runs(plan.spice_runs, 1))
        schemes = (runs(plan.scheme_runs, 2), runs(plan.scheme_runs, 2))
        fidelity.distribution_metrics(*sides, self.model, self.patterns, schemes)

    def budget(self) -> None:
        """Count the runs of the error budget: its stages are one."""
        plan, stage, meter = self.plan.budget, "error budget", self.meter
        if not plan.runs:
            return
        fine, n = 2**HALVINGS, plan.runs
        meter.add(stage, meter.prepared(self.model, self.steps, self.dt, n))
        meter.add(stage, meter.ideal(self.model, self.steps * fine, self.dt / fine, n))
        for _ in range(3 + len(plan.causes)):  # ideal parts, slow sources, all together
            if plan.level == "twin":
                meter.add(stage, self._twin(n))
            else:
                self._spice(stage, n, plan.level)
        if plan.level == "mixed":
            self._spice(stage, n, "full")

    def _twin(self, runs: int) -> float:
        few, bound = min(runs, 128 * self.meter.jobs), bind(self.design)

        def march(steps: int) -> None:
            times = (steps * self.dt, self.dt, few)
            simulate_boards(self.design, *times, mode="implicit", bound=bound)

        return self.meter.line(march, self.steps) * runs / few


def _name(level: str, tight: bool) -> str:
    return f"{level}, tight" if tight else level


def _known_answers(plan: EquivalencePlan, meter: Meter) -> None:
    """Count the machines whose distribution is known: all are run at the speed of the first."""
    if not plan.checks.known_answers:
        return
    answers = fidelity.known_answers()
    first = answers[0]
    steps = [step_count(answer.t_final, answer.step) for answer in answers]
    machine = first.machine()
    [rate] = meter.rates(in_spice(plan.circuit.design(machine), first.step, steps[0]))
    for answer, n in zip(answers, steps, strict=True):
        seconds = rate.seconds(1, n, meter.jobs) + meter.ideal(machine, n, first.step, 1)
        meter.add(f"known answer: {answer.name}", seconds)


def _circuit_runs(plan: EquivalencePlan) -> tuple[int, int, int]:
    """Return how many runs there are of the full netlist, at mixed level, and of the twin."""
    checks, budget = plan.checks, plan.budget
    faults = len(plan.distribution.controls)
    main = plan.generation.samples + checks.implicit_paths + 2 * checks.order_paths
    runs = {"full": 0, "mixed": 0, "twin": 0}
    runs[plan.generation.level] += main
    runs["mixed"] += (1 + faults) * plan.distribution.spice_runs + 2 * faults
    runs[budget.level] += budget.runs * (3 + len(budget.causes))  # with ideal parts, slow sources,
    if budget.level == "mixed":  # and all together; the full netlist beside the mixed level
        runs["full"] += budget.runs
    return runs["full"], runs["mixed"], runs["twin"]
