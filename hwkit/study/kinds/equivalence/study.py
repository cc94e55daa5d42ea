"""Equivalence studies: train, compile, extract, simulate on both sides, compare."""

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
    """Count runs and scale the cost of a step by the size of the circuit; training is not timed."""
    model = plan.machine.train(plan.data.patterns(), plan.protocol.protocol()).model
    seconds, runs = _spice_cost(plan, model)
    ideal, steps = (
        plan.generation.ideal_samples,
        step_count(plan.protocol.t_final, plan.generation.dt),
    )
    cost = ideal_runs(len(model.pairs()[0]) * 2, model.n_units, steps, ideal)
    kept = plan.generation.samples * 2 * (steps // plan.generation.save_every + 1)
    size = 8 * model.n_units * (kept + 3 * ideal) + 60 * plan.circuit.design(model).n_elements
    return Estimate(runs + ideal, (seconds + cost.seconds) / 60, size)


def _spice_cost(plan: EquivalencePlan, model: EnergyModel) -> tuple[float, int]:
    """Return seconds and number of all runs in ngspice."""
    design, jobs = plan.circuit.design(model), available_cores()
    steps = step_count(plan.protocol.t_final, plan.generation.dt)
    faults, checks = len(plan.distribution.controls), plan.checks
    main = plan.generation.samples + checks.implicit_paths + 2 * checks.order_paths
    full = main if plan.generation.level == "full" else 0
    mixed = (1 + faults) * plan.distribution.spice_runs + (main - full) + 2 * faults
    mixed += plan.budget.runs * (2 + len(plan.budget.causes))
    units = design.model.n_units
    seconds = (
        spice_runs(design.n_elements, units, steps, full, jobs).seconds
        + spice_runs(design.n_cell_elements, units, steps, mixed, jobs).seconds
    )
    return seconds, full + mixed
