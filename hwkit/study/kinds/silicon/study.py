"""Run a silicon study: train for transistors, build the circuit, compare, fault, vary.

A kind of its own: an equivalence study compares with a machine that has an energy (heat, exact
backward Euler, extraction from the netlist's text), which saturating couplings have not. Here the
reference is the machine of the curves that were extracted from the same transistors.
"""

from functools import cached_property, partial

import numpy as np

from hwkit.circuit import Design, compile_model
from hwkit.circuit.cells.silicon.separate import N_FUNCTIONS
from hwkit.fidelity import Metric, Verdict
from hwkit.model import CurveMachine, EnergyModel
from hwkit.netlist import render
from hwkit.spice.power import measure_power
from hwkit.study.kinds.silicon import verdict
from hwkit.study.kinds.silicon.chips import Variant, chip_boards, judged, variants, varied
from hwkit.study.kinds.silicon.plan import SiliconPlan
from hwkit.study.kinds.silicon.results import (
    MACHINE_ENDS,
    SAMPLES,
    Boards,
    Chip,
    Drifts,
    Facts,
    Fault,
    Floor,
    Place,
    Shares,
)
from hwkit.study.run import Run
from hwkit.trajectories import FloatArray, Trajectories
from hwkit.validation.silicon import (
    BoardShares,
    Generation,
    SiliconTraining,
    at_corner,
    board_shares,
    cell_drift,
    compare_samples,
    exchange_inputs,
    ideal_paths,
    machine_drift,
    mismatch_board,
    path_error,
    path_floor,
    start_states,
    train_for_transistors,
    transistor_paths,
    undecoupled,
    without_p,
)

CIRCUIT = "circuit.cir"
_WRITTEN = 50_000  # transistors of a netlist that is kept
_CONTROL_STATES, CONTROL_PATHS = 10, 4
_POWER_STATES = 10


def train_machine(plan: SiliconPlan) -> SiliconTraining:
    """Train the machine of a study for transistors, and compile it."""
    return train_for_transistors(
        plan.pictures.patterns(),
        plan.circuit.scale,
        plan.circuit.options(),
        protocol=plan.noising.protocol(),
        n_hidden=plan.machine.n_hidden,
        n_pairs=plan.machine.n_pairs,
        kT=plan.machine.kT,
        directed=plan.machine.directed,
    )


class Work:
    """A study on its way; the machine is trained when it is first needed."""

    def __init__(self, plan: SiliconPlan, run: Run[SiliconPlan]) -> None:
        self.plan, self.run, self.level = plan, run, plan.comparison.level

    @cached_property
    def trained(self) -> SiliconTraining:
        """The machine trained for transistors, and its circuit."""
        with self.run.stage("extraction and training"):
            return train_machine(self.plan)

    @cached_property
    def reference(self) -> CurveMachine:
        """The machine of the extracted curves."""
        return self.trained.reference

    def generation(self, samples: int) -> Generation:
        """Return how a number of samples is generated."""
        return self.plan.generation(samples, self.run.seed("generation"))

    def starts(self, samples: int) -> FloatArray:
        """Return start states (samples, N)."""
        return start_states(self.reference, self.generation(samples))

    def states(self, count: int) -> FloatArray:
        """Return states of generated paths, (count, N)."""
        few = self.generation(min(20, count))
        flat = ideal_paths(self.reference, few, start_states(self.reference, few))
        flat = flat.reshape(-1, self.reference.n_units)
        return np.asarray(flat[np.linspace(0, len(flat) - 1, count).astype(int)])

    def facts(self) -> Facts:
        """Return what the circuit is."""
        trained, design = self.trained, self.trained.design
        fit, needs = trained.curves.fit(), design.realisability
        seconds = design.scale.second * (self.plan.noising.t_final + self.plan.comparison.t_final)
        watt = self.watt()
        return Facts(
            design.machine.n_units,
            int(np.count_nonzero(trained.machine.J)),
            design.n_transistors,
            fit.volt,
            fit.ampere,
            fit.odd,
            fit.even,
            trained.curves.residual(N_FUNCTIONS),
            watt,
            needs.gate_area,
            design.capacitor_farad,
            watt * seconds,
            needs.capacitor_area,
        )

    def watt(self) -> float:
        """Return the static power, W; estimated where couplings are not in ngspice."""
        design = self.trained.design
        if self.level == "mixed":
            return design.realisability.power
        return measure_power(design, self.states(_POWER_STATES))

    def drifts(self) -> Drifts:
        """Return drift errors of cells and machine."""
        design, states = self.trained.design, self.states(self.plan.comparison.states)
        n = design.machine.n_units
        with self.run.stage("drift"):
            silent = EnergyModel(np.zeros((n, n)), np.zeros(n))
            options = self.plan.circuit.options()
            alone = compile_model(silent, "silicon", design.scale, options)
            cell = cell_drift(alone, self.trained.curves.machine(alone), states)
            return Drifts(cell, machine_drift(design, self.reference, states, self.level))

    def floor(self) -> Floor:
        """Return the path error over steps."""
        own = self.plan.comparison
        seed = self.run.seed("paths")
        generation = Generation(own.path_t_final, own.steps[0], own.path_samples, seed)
        with self.run.stage("paths"):
            found = path_floor(
                self.trained.design, self.reference, generation, tuple(own.steps), self.level,
                self.run.pool, own.explain,
            )  # fmt: skip
        return Floor(
            list(found.steps), list(found.errors), found.floor, found.slope, found.unexplained
        )

    def shares(self) -> Shares:
        """Return the quality of samples of circuit and machine on the same noise."""
        n = self.plan.comparison.samples
        generation, starts = self.generation(n), self.starts(n)
        ideal = ideal_paths(self.reference, generation, starts)
        self.run.folder.array(MACHINE_ENDS, lambda: ideal[:, -1])

        def simulate() -> Trajectories:
            with self.run.stage("samples"):
                return transistor_paths(
                    self.trained.design, generation, starts, self.run.pool, level=self.level
                )

        real = self.run.folder.trajectories(SAMPLES, simulate)
        found = compare_samples(ideal, real, self.trained.patterns)
        pairs = 1.0 * found.real.recognisable - 1.0 * found.ideal.recognisable
        return Shares(
            found.real.share,
            found.ideal.share,
            found.real.class_shares.tolist(),
            found.ideal.class_shares.tolist(),
            found.paired_difference,
            float(pairs.std(ddof=1) / np.sqrt(n)),
        )

    def fault(self, name: str) -> Fault:
        """Return the error of a faulty circuit at its named level."""
        design, limits = self.trained.design, self.plan.limits
        with self.run.stage(f"control: {name}"):
            if name == "undecoupled":
                return Fault(name, "path", self._path_error(undecoupled(design)), limits.path)
            faulty = (exchange_inputs if name == "exchanged inputs" else without_p)(design)
            states = self.states(_CONTROL_STATES)
            error = machine_drift(faulty, self.reference, states, self.level)
            return Fault(name, "drift", error, limits.drift)

    def _path_error(self, design: Design) -> float:
        own = self.plan.comparison
        seed = self.run.seed("control")
        generation = Generation(own.t_final, own.steps[-1], CONTROL_PATHS, seed)
        starts = start_states(self.reference, generation)
        ideal = ideal_paths(self.reference, generation, starts)
        runs = transistor_paths(design, generation, starts, self.run.pool, level=self.level)
        return path_error(ideal, runs.x)

    def boards(self, factor: float) -> Boards:
        """Return boards of the foundry's mismatch times a factor."""
        spec, design = self.plan.boards, self.trained.design
        assert spec is not None
        made = [
            mismatch_board(design, self.run.seed("fabrication"), board, factor)
            for board in range(spec.count)
        ]
        found = self._shares_of(made, spec.samples, f"boards, {factor:g} times the mismatch")
        good = found.meets(spec.share, spec.class_share)
        return Boards(
            factor,
            design.realisability.gate_area / factor**2,
            found.share.tolist(),
            found.class_shares.min(axis=1).tolist(),
            float(np.mean(good)),
        )

    def places(self) -> list[Place]:
        """Return the quality at all corners and temperatures."""
        spec = self.plan.corners
        if spec is None:
            return []
        made = [at_corner(self.trained.design, *place) for place in spec.places]
        found = self._shares_of(made, spec.samples, "corners and temperatures")
        rows = zip(spec.places, found.share, found.class_shares.min(axis=1), strict=True)
        return [Place(*place, float(share), float(least)) for place, share, least in rows]

    def chips(self, variant: Variant) -> list[Chip]:
        """Return the yield of a design at each area of its gates."""
        spec = self.plan.chips
        assert spec is not None
        own = varied(self.plan, variant)
        work = self if own == self.plan else Work(own, self.run)
        design, seed = work.trained.design, self.run.seed("fabrication")
        chips, watt = [], work.watt()
        for area in spec.area:
            made = list(chip_boards(spec, design, seed, area))
            stage = f"chips of {variant.name}, {area:g} times the area"
            found = work._shares_of(made, spec.samples, stage)
            chips.append(judged(spec, variant, area, design, watt, found))
        return chips

    def _shares_of(self, made: list[Design], samples: int, stage: str) -> BoardShares:
        starts = self.starts(samples)
        with self.run.stage(stage) as progress:
            return board_shares(
                made, self.trained.patterns, self.generation(samples), starts, self.run.pool,
                self.level, progress,
            )  # fmt: skip


def compute(plan: SiliconPlan, run: Run[SiliconPlan]) -> Verdict:
    """Train, compare, fault and vary; what is in the folder is not computed again."""
    work, folder = Work(plan, run), run.folder
    facts = folder.value("facts.json", Facts, work.facts)
    drifts = folder.value("drift.json", Drifts, work.drifts)
    floor = folder.value("floor.json", Floor, work.floor)
    shares = folder.value("shares.json", Shares, work.shares, MACHINE_ENDS)
    faults = [
        folder.value(f"control-{k}.json", Fault, partial(work.fault, name))
        for k, name in enumerate(plan.comparison.controls)
    ]
    factors = [] if plan.boards is None else plan.boards.factors
    boards = [
        folder.value(f"boards-{k}.json", Boards, partial(work.boards, factor))
        for k, factor in enumerate(factors)
    ]
    places = folder.value("corners.json", list[Place], work.places)
    chips = [
        folder.value(f"chips-{k}.json", list[Chip], partial(work.chips, variant))
        for k, variant in enumerate(variants(plan))
    ]
    _keep_netlist(work)
    metrics: list[Metric] = [
        *verdict.judge_drift(plan, drifts),
        *verdict.judge_floor(plan, floor),
        *verdict.judge_shares(plan, shares),
        *(verdict.judge_fault(fault) for fault in faults),
        *verdict.judge_boards(plan, boards),
        *verdict.judge_places(plan, places),
        *(verdict.judge_chip(plan, chip) for each in chips for chip in each),
        *verdict.judge_facts(plan, facts),
    ]
    return Verdict(tuple(metrics))


def _keep_netlist(work: Work) -> None:
    if work.run.folder.has(CIRCUIT):
        return
    design = work.trained.design
    if design.n_transistors <= _WRITTEN:
        work.run.folder.write_text(CIRCUIT, render(design, noise="none").text)
