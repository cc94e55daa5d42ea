"""Distributions and negative controls: the right circuit must pass, each faulty one must not."""

from collections.abc import Callable

import numpy as np

from hwkit import fidelity
from hwkit.circuit import FAULTS, Design, with_fault
from hwkit.fidelity import Metric, Verdict
from hwkit.langevin import prepare_states, simulate_langevin, simulate_semi_implicit
from hwkit.ordering import smallest
from hwkit.spice import measure_gradient
from hwkit.study.kinds.equivalence.plan import EquivalencePlan
from hwkit.study.kinds.equivalence.subject import Subject
from hwkit.study.run import Run
from hwkit.trajectories import FloatArray, Trajectories
from hwkit.validation.schemes import scheme_differences, scheme_metric

CONTROL_STATES = 20
CONTROL_PATHS = 2


def saved_steps(run: Run[EquivalencePlan]) -> tuple[int, ...]:
    """Return the steps that the distribution level needs saved."""
    return fidelity.neighbouring_steps(round(run.plan.protocol.t_final / run.plan.generation.dt))


def distribution(run: Run[EquivalencePlan], subject: Subject, many: Trajectories) -> list[Metric]:
    """Generate in SPICE on noise of its own and test whether the distribution is the ideal one."""
    if not run.plan.distribution.spice_runs:
        return []
    real = run.folder.trajectories(
        "distribution.nc",
        lambda: _spice_runs(run, subject.design, "SPICE runs (mixed) for the distribution"),
    )
    return _metrics(run, subject, many, real)


def controls(
    run: Run[EquivalencePlan], subject: Subject, ideal: Trajectories, many: Trajectories
) -> list[Metric]:
    """Lay each fault on the circuit and count the levels, of those that should, that reject it.

    What every level says of every faulty circuit is kept in `control-<fault>.json`.
    """
    if not run.plan.distribution.spice_runs:
        return []
    rows = []
    for fault in run.plan.distribution.controls:

        def judge(fault: str = fault) -> Verdict:
            return _judge(run, subject, with_fault(subject.design, fault), fault, ideal, many)

        verdict = run.folder.result(f"control-{fault}.json", judge, Verdict.save, Verdict.load)
        rows.append(_summary(fault, verdict, run.plan.distribution.spice_runs))
    return rows


def _summary(fault: str, verdict: Verdict, n: int) -> Metric:
    """Count the levels that reject a fault; a limit only where levels are named for it."""
    failed = {metric.level for metric in verdict.metrics if not metric.passed}
    named = FAULTS[fault].rejected_at
    rejecting = [level for level in named or ("drift", "path", "distribution") if level in failed]
    missing = ", ".join(level for level in named if level not in failed)
    note = f"rejected at {', '.join(rejecting) or 'no level'}"
    note += f"; must be at {missing} too" if missing else ""
    limit = float(len(named)) if named else None
    return Metric(
        f"control: {fault}", "distribution", float(len(rejecting)), limit, ">=", n=n, note=note
    )


def _judge(
    run: Run[EquivalencePlan],
    subject: Subject,
    faulty: Design,
    fault: str,
    ideal: Trajectories,
    many: Trajectories,
) -> Verdict:
    model, plan = subject.model, run.plan
    flat = ideal.x.reshape(-1, model.n_units)
    states = flat[np.linspace(0, len(flat) - 1, CONTROL_STATES).astype(int)]
    with run.stage(f"control: {fault}, drift") as progress:
        gradient = measure_gradient(faulty, states, run.pool, progress, run.timeout)
    residual = fidelity.drift_residual(model, states, gradient)
    stage, n = f"control: {fault}, paths", min(CONTROL_PATHS, ideal.n_trajectories)
    seed = run.seed("generation", "control")
    paths = run.spice(
        stage,
        faulty,
        plan.protocol.t_final,
        plan.generation.dt,
        n,
        seed=seed,
        x0=ideal.x[:n, 0],
        level="mixed",
        tight=True,
    )
    return fidelity.merge(
        [fidelity.drift_metric(residual, plan.limits.drift)],
        [scheme_metric(scheme_differences(model, "mixed", paths), "mixed", plan.limits.implicit)],
        _at_sizes(run, subject, many, _spice_runs(run, faulty, f"control: {fault}, distribution")),
    )


def _at_sizes(
    run: Run[EquivalencePlan], subject: Subject, many: Trajectories, real: Trajectories
) -> list[Metric]:
    """Judge the distribution with all runs, and report what fewer of them would have said."""
    rows = []
    for n in run.plan.distribution.fewer_runs:
        metrics = _metrics(run, subject, many, real.first(n))[:-1]  # the last: resolution
        worst = metrics[smallest([metric.value for metric in metrics])]
        note = f"smallest adjusted p: {worst.quantity}"
        rows.append(
            Metric(
                f"distribution with {n} runs",
                "distribution",
                worst.value,
                n=n,
                note=note,
                quantity=fidelity.FEWER_RUNS,
            )
        )
    return [*_metrics(run, subject, many, real), *rows]


def _metrics(
    run: Run[EquivalencePlan], subject: Subject, many: Trajectories, real: Trajectories
) -> list[Metric]:
    def scheme(simulate: Callable[..., Trajectories]) -> Callable[[], Trajectories]:
        def compute() -> Trajectories:
            with run.stage("integration schemes"):
                n, seed = run.plan.distribution.scheme_runs, run.seed("generation", "schemes")
                x0 = _starts(run, subject.design, "schemes", n)
                times = (run.plan.protocol.t_final, run.plan.generation.dt)
                return simulate(subject.model, *times, n, seed, x0, save_every=saved_steps(run))

        return compute

    schemes = (
        run.folder.trajectories("semi-implicit.nc", scheme(simulate_semi_implicit)),
        run.folder.trajectories("explicit.nc", scheme(simulate_langevin)),
    )
    resolution, seed = run.plan.limits.distribution_resolution, run.seed("law")
    return fidelity.distribution_metrics(
        many, real, subject.model, subject.patterns, schemes, resolution, seed
    )


def _spice_runs(run: Run[EquivalencePlan], design: Design, stage: str) -> Trajectories:
    """Mixed level, since runs are many; tight, so that the scheme above is what ngspice does."""
    count = run.plan.distribution.spice_runs
    return run.spice(
        stage,
        design,
        run.plan.protocol.t_final,
        run.plan.generation.dt,
        count,
        seed=run.seed("generation", "law"),
        x0=_starts(run, design, "law", count),
        save_every=saved_steps(run),
        level="mixed",
        tight=True,
    )


def _starts(run: Run[EquivalencePlan], design: Design, purpose: str, n: int) -> FloatArray:
    times = (run.plan.protocol.t_final, run.plan.generation.dt)
    return prepare_states(design.model, *times, n, run.seed("preparation", purpose))
