"""Equivalence studies: train, compile, extract, simulate on both sides, compare."""

import time

from hwkit import fidelity
from hwkit.forecast import ideal_runs, spice_runs, step_count
from hwkit.model import EnergyModel
from hwkit.study.kind import Estimate
from hwkit.study.kinds.equivalence import stages
from hwkit.study.kinds.equivalence.distribution import controls, distribution
from hwkit.study.kinds.equivalence.plan import EquivalencePlan
from hwkit.study.run import Run
from hwkit.validation.schemes import with_lag
from hwkit.workers import available_cores


def compute(plan: EquivalencePlan, run: Run[EquivalencePlan]) -> fidelity.Verdict:
    """Do the whole chain and return the verdict."""
    subject = stages.build(run)
    ideal, real = stages.generate(run, subject)
    many = stages.generate_many(run, subject)
    limits = plan.limits
    compared = fidelity.compare(
        ideal, real, subject.patterns, limits.path, limits.correlation, limits.share_difference
    )
    verdict = fidelity.merge(
        stages.drift(run, subject, ideal),
        with_lag(compared.metrics, real),
        stages.order(run, subject, ideal, real),
        stages.implicit(run, subject),
        stages.quality(run, subject, many, real),
        distribution(run, subject, many),
        controls(run, subject, ideal, many),
        stages.answers(run),
    )
    stages.budget(run, subject)
    return verdict


def estimate(plan: EquivalencePlan) -> Estimate:
    """Time the training; count runs and scale the cost of a step by the size of the circuit."""
    started = time.perf_counter()
    model = plan.machine.train(plan.data.patterns(), plan.protocol.protocol()).model
    seconds, ideal = time.perf_counter() - started, plan.generation.ideal_samples
    steps = step_count(plan.protocol.t_final, plan.generation.dt)
    seconds += ideal_runs(len(model.pairs()[0]) * 2, model.n_units, steps, ideal).seconds
    full, mixed, twin = _circuit_runs(plan)
    seconds += _spice_seconds(plan, model, full, mixed)
    kept = plan.generation.samples * 2 * (steps // plan.generation.save_every + 1)
    size = 8 * model.n_units * (kept + 3 * ideal) + 60 * plan.circuit.design(model).n_elements
    note = "measurements of the drift and known answers are not counted"
    if twin:
        note = f"the error budget's runs of the twin, {note}"
    return Estimate(full + mixed + twin + ideal, seconds / 60, size, note)


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


def _spice_seconds(plan: EquivalencePlan, model: EnergyModel, full: int, mixed: int) -> float:
    """Return seconds of runs of the full netlist and of runs at mixed level."""
    design, jobs = plan.circuit.design(model), available_cores()
    steps = step_count(plan.protocol.t_final, plan.generation.dt)
    return sum(
        spice_runs(elements, model.n_units, steps, runs, jobs).seconds
        for elements, runs in ((design.n_elements, full), (design.n_cell_elements, mixed))
    )
