"""The stages of a study, one function each: simulate on both sides, or check one claim."""

from collections.abc import Callable

import numpy as np

from hwkit import fidelity, wiener
from hwkit.fidelity import ErrorBudget, Metric
from hwkit.langevin import prepare_states, simulate_langevin
from hwkit.model import load_model, save_model
from hwkit.netlist import render
from hwkit.study.kinds.equivalence.distribution import saved_steps
from hwkit.study.kinds.equivalence.plan import EquivalencePlan
from hwkit.study.kinds.equivalence.subject import Subject
from hwkit.study.run import Run
from hwkit.training import TrainingResult, normalized_patterns
from hwkit.trajectories import FloatArray, Trajectories
from hwkit.validation.drift import drift_metrics, extraction
from hwkit.validation.imperfections import Imperfection, design_budget
from hwkit.validation.schemes import scheme_differences, scheme_metric


def build(run: Run[EquivalencePlan]) -> Subject:
    """Train the machine and compile it; write the model and a standalone netlist."""
    plan, patterns = run.plan, run.plan.data.patterns()
    model = run.folder.result(
        "model.npz", lambda: _train(run, patterns).model, save_model, load_model
    )
    design = plan.circuit.design(model)
    netlist = render(design, "ngspice", "trnoise", plan.protocol.t_final, plan.generation.dt)
    run.folder.write_text("machine.cir", netlist.text)
    return Subject(model, design, normalized_patterns(patterns))


def _train(run: Run[EquivalencePlan], patterns: FloatArray) -> TrainingResult:
    machine = run.plan.machine
    with run.stage("training") as progress:
        return machine.train(patterns, run.plan.protocol.protocol(), progress)


def generate(run: Run[EquivalencePlan], subject: Subject) -> tuple[Trajectories, Trajectories]:
    """Generate samples in the ideal machine and in SPICE: same starts, same noise."""
    plan, t_final = run.plan.generation, run.plan.protocol.t_final
    n, dt, seed = plan.samples, plan.dt, run.seed("generation", "paired")
    starts = prepare_states(subject.model, t_final, dt, n, run.seed("preparation", "paired"))

    def ideal() -> Trajectories:
        with run.stage("ideal runs"):
            return simulate_langevin(
                subject.model, t_final, dt, n, seed, starts, save_every=plan.save_every
            )

    def real() -> Trajectories:
        arguments = {"seed": seed, "x0": starts, "save_every": plan.save_every}
        arguments["lag_check"] = plan.lag_check
        stage = f"SPICE runs ({plan.level})"
        return run.spice(stage, subject.design, t_final, dt, n, level=plan.level, **arguments)

    return run.folder.trajectories("ideal.nc", ideal), run.folder.trajectories("spice.nc", real)


def budget(run: Run[EquivalencePlan], subject: Subject) -> ErrorBudget | None:
    """Split the difference between real and ideal parts into its causes, if the plan asks."""
    plan, machine = run.plan.budget, subject.model
    if not plan.runs:
        return None

    def compute() -> ErrorBudget:
        causes = [Imperfection(c.name, c.options, c.tolerance) for c in plan.causes]
        with run.timed("error budget"):
            return design_budget(
                run.plan.circuit.design(machine),
                causes,
                fidelity.machine_statistics(machine, subject.patterns),
                run.plan.protocol.t_final,
                run.plan.generation.dt,
                plan.runs,
                run.seed("budget"),
                plan.level,
                run.pool,
                run.timeout,
                run.announce,
            )

    return run.folder.result("budget.json", compute, ErrorBudget.save, ErrorBudget.load)


def generate_many(run: Run[EquivalencePlan], subject: Subject) -> Trajectories:
    """Generate more samples in the ideal machine, for statistics."""
    plan, t_final = run.plan.generation, run.plan.protocol.t_final

    def many() -> Trajectories:
        with run.stage("more ideal runs"):
            n, dt, seed = plan.ideal_samples, plan.dt, run.seed("generation", "many")
            starts = prepare_states(subject.model, t_final, dt, n, run.seed("preparation", "many"))
            return simulate_langevin(
                subject.model, t_final, dt, n, seed, starts, save_every=saved_steps(run)
            )

    return run.folder.trajectories("many.nc", many)


def drift(run: Run[EquivalencePlan], subject: Subject, ideal: Trajectories) -> list[Metric]:
    """Measure the circuit's force field at states of the generated paths; extract the machine."""
    count, limits = run.plan.checks.drift_states, run.plan.limits
    extracted = extraction(subject.design, limits.extraction)
    if not count:
        return [extracted]
    flat = ideal.x.reshape(-1, subject.model.n_units)
    states = flat[np.linspace(0, len(flat) - 1, count).astype(int)]

    def keep(name: str, compute: Callable[[], FloatArray]) -> FloatArray:
        def announced() -> FloatArray:
            with run.stage(name):
                return compute()

        return run.folder.array(f"{name}.npz", announced)

    measuring = {"jobs": run.pool, "timeout": run.timeout}
    measured = drift_metrics(subject.design, states, limits.drift, keep, **measuring)
    return [*measured, extracted]


def order(
    run: Run[EquivalencePlan], subject: Subject, ideal: Trajectories, real: Trajectories
) -> list[Metric]:
    """Halve the step on the same noise paths and see the path error halve."""
    count = min(run.plan.checks.order_paths, run.plan.generation.samples)
    if not count:
        return []
    dt, t_final = run.plan.generation.dt, run.plan.protocol.t_final

    def halved() -> FloatArray:
        seed, n_steps = run.seed("generation", "paired"), round(t_final / dt)
        path = wiener.increments(seed, range(count), n_steps, subject.model.n_units, dt, 1)
        starts = ideal.x[:count, 0]
        stage, level = "SPICE runs at half the step", run.plan.generation.level
        fine = run.spice(
            stage, subject.design, t_final, dt / 2, count, x0=starts, increments=path, level=level
        )
        reference = simulate_langevin(
            subject.model, t_final, dt / 2, count, x0=starts, increments=path
        )
        return fidelity.final_differences(reference, fine)

    coarse = fidelity.final_differences(ideal, real)[:count]
    return fidelity.order_metrics(coarse, run.folder.array("half.npz", halved))


def implicit(run: Run[EquivalencePlan], subject: Subject) -> list[Metric]:
    """Compare tightly solved SPICE runs with their own scheme on ngspice's own time points."""
    count = run.plan.checks.implicit_paths
    if not count:
        return []
    dt, t_final = run.plan.generation.dt, run.plan.protocol.t_final
    seed = run.seed("generation", "implicit")

    def difference() -> FloatArray:
        model = subject.model
        x0 = prepare_states(model, t_final, dt, count, run.seed("preparation", "implicit"))
        stage, level = "SPICE runs with tight tolerances", run.plan.generation.level
        spice = run.spice(
            stage, subject.design, t_final, dt, count, seed=seed, x0=x0, level=level, tight=True
        )
        return scheme_differences(model, level, spice)

    differences = run.folder.array("implicit.npz", difference)
    return [scheme_metric(differences, run.plan.generation.level, run.plan.limits.implicit)]


def quality(
    run: Run[EquivalencePlan], subject: Subject, many: Trajectories, real: Trajectories
) -> list[Metric]:
    """Judge the ideal machine's samples, and report the circuit's."""
    limits = run.plan.limits
    return [
        *fidelity.quality_metrics(
            many, subject.patterns, limits.recognisable, limits.class_share, "ideal"
        ),
        *fidelity.quality_metrics(real, subject.patterns, prefix="SPICE"),
    ]


def answers(run: Run[EquivalencePlan]) -> list[Metric]:
    """Run the machines whose distribution is known, in the reference and in SPICE."""
    metrics: list[Metric] = []
    if not run.plan.checks.known_answers:
        return metrics
    for answer in fidelity.known_answers():
        metrics += _answer(run, answer)
    return metrics


def _answer(run: Run[EquivalencePlan], answer: fidelity.KnownAnswer) -> list[Metric]:
    machine, name = answer.machine(), answer.name.replace("/", "-").replace(" ", "-")

    def ideal() -> Trajectories:
        seed = run.seed("answer", "ideal", name)
        return simulate_langevin(
            machine, answer.t_final, answer.step, 1, seed, save_every=answer.save_every
        )

    def real() -> Trajectories:
        return run.spice(
            f"known answer: {answer.name}",
            run.plan.circuit.design(machine),
            answer.t_final,
            answer.step,
            1,
            seed=run.seed("answer", "spice", name),
            save_every=answer.save_every,
        )

    return [
        *answer.metrics(
            run.folder.trajectories(f"{name}-ideal.nc", ideal), "euler-maruyama", "ideal"
        ),
        *answer.metrics(
            run.folder.trajectories(f"{name}-spice.nc", real), "backward-euler", "SPICE"
        ),
    ]
