"""What a speed-up study takes: its circuits run for a moment, those with barriers too.

Energy and noise change no element, so every factor is counted at the speed of the first.
"""

from dataclasses import dataclass, field
from functools import partial

from hwkit import fidelity
from hwkit.circuit import Design, compile_model, family_options
from hwkit.forecast import step_count
from hwkit.langevin import simulate_backward_euler, simulate_langevin
from hwkit.model import EnergyModel
from hwkit.study.kind import Estimate
from hwkit.study.kinds.speedup.plan import SpeedupPlan
from hwkit.study.kinds.speedup.study import ring_of
from hwkit.study.meter import Meter, in_spice
from hwkit.study.pieces import Rate
from hwkit.training import normalized_patterns
from hwkit.trajectories import Trajectories


def estimate(plan: SpeedupPlan) -> Estimate:
    """Return runs, minutes and bytes of a study."""
    meter, patterns = Meter(), plan.glyphs.patterns()
    protocol = plan.protocol.protocol()
    model = meter.timed("training", lambda: plan.machine.train(patterns, protocol).model)
    counted = _Counted(plan, meter, model)
    counted.factors()
    counted.barriers()
    speed = plan.speed
    runs = len(speed.factors) * (speed.path_runs + speed.runs + plan.relaxation.runs)
    runs += 2 * speed.runs + counted.barrier_runs
    sets = 2 if plan.barriers.causes else 1  # of ideal runs and both schemes: a step of their own
    runs += sets * (speed.ideal_runs + 2 * speed.scheme_runs)
    return meter.estimate(runs, 8 * model.n_units * runs * 60)


@dataclass
class _Counted:
    """The stages of a study on their way into its meter."""

    plan: SpeedupPlan
    meter: Meter
    model: EnergyModel
    rates: list[Rate] = field(default_factory=list)

    def __post_init__(self) -> None:
        plan, design = self.plan, self.plan.circuit.design(self.model)
        ring, t_final = plan.relaxation, plan.protocol.t_final
        self.steps = step_count(t_final, plan.speed.dt)
        self.barrier_steps = step_count(t_final, plan.barriers.dt)
        self.ring_steps = step_count(ring.settle + ring.length, ring.dt)
        ringed = plan.circuit.design(ring_of(plan))
        pieces = [
            in_spice(design, plan.speed.dt, self.steps, tight=True),
            in_spice(ringed, ring.dt, self.ring_steps, tight=True),
            *(
                in_spice(slow, plan.barriers.dt, self.barrier_steps, tight=True)
                for slow in self._with_barriers(design)
            ),
        ]
        self.rates = self.meter.rates(*pieces)

    def _with_barriers(self, design: Design) -> list[Design]:
        circuit, designs = self.plan.circuit, []
        for barrier in self.plan.barriers.causes:
            options = family_options(circuit.cell, {**circuit.options, **barrier.options})
            designs.append(compile_model(self.model, circuit.cell, design.scale, options))
        return designs

    @property
    def barrier_runs(self) -> int:
        """Runs that measure barriers."""
        plan = self.plan.barriers
        return (1 + len(plan.causes)) * len(plan.factors) * plan.runs if plan.causes else 0

    def factors(self) -> None:
        """Count what is done at every factor, and both controls."""
        plan, meter = self.plan.speed, self.meter
        usual, ringed = self.rates[:2]
        for factor in plan.factors:
            for name, runs in (("paths", plan.path_runs), ("distribution", plan.runs)):
                seconds = usual.seconds(runs, self.steps, meter.jobs)
                meter.add(f"SPICE runs: {name}-{factor:g}", seconds)
            runs = self.plan.relaxation.runs
            seconds = ringed.seconds(runs, self.ring_steps, meter.jobs)
            meter.add(f"SPICE runs: memory at {factor:g}x", seconds)
        for what in ("energy", "noise"):
            seconds = usual.seconds(plan.runs, self.steps, meter.jobs)
            meter.add(f"SPICE runs: control-{what}", seconds)
        self._reference("ideal", plan.dt, self.steps)
        seconds = self._tests(plan.runs) * (2 + len(plan.factors))
        meter.add("tests of the distribution", seconds)

    def barriers(self) -> None:
        """Count the runs with and without each barrier at every factor."""
        plan, meter = self.plan.barriers, self.meter
        if not plan.causes:
            return
        for number, rate in enumerate([self.rates[0], *self.rates[2:]]):
            name = f"barrier-{number - 1}" if number else "without"
            for factor in plan.factors:
                seconds = rate.seconds(plan.runs, self.barrier_steps, meter.jobs)
                meter.add(f"SPICE runs: {name}-{factor:g}", seconds)
        self._reference("barriers", plan.dt, self.barrier_steps)
        seconds = self._tests(plan.runs) * len(plan.causes) * len(plan.factors)
        meter.add("tests of the distribution", seconds)

    def _reference(self, purpose: str, dt: float, steps: int) -> None:
        """Count ideal runs, and both integration schemes."""
        plan, meter = self.plan.speed, self.meter
        seconds = meter.prepared(self.model, steps, dt, plan.ideal_runs)
        seconds += meter.ideal(self.model, steps, dt, plan.ideal_runs)
        meter.add(f"ideal runs: {purpose}", seconds)
        for simulate in (simulate_backward_euler, simulate_langevin):
            seconds = meter.ideal(self.model, steps, dt, plan.scheme_runs, simulate)
            meter.add("integration schemes", seconds)

    def _tests(self, n: int) -> float:
        """Return the seconds in which n runs are compared with the ideal ones."""
        steps, plan, dt = 4, self.plan.speed, self.plan.speed.dt
        saved = fidelity.neighbouring_steps(steps)
        patterns = normalized_patterns(self.plan.glyphs.patterns())

        def runs(count: int, seed: int) -> Trajectories:
            times = (steps * dt, dt, count, seed)
            return simulate_langevin(self.model, *times, save_every=saved)

        sides = runs(plan.ideal_runs, 0), runs(n, 1)
        schemes = runs(plan.scheme_runs, 2), runs(plan.scheme_runs, 2)
        test = partial(fidelity.distribution_metrics, *sides, self.model, patterns, schemes)
        return self.meter.line(lambda _: test(), 1)
