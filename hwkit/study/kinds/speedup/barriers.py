"""What does not get faster: the bandwidth of followers and of noise sources, and what they cost.

Every barrier is laid on the circuit at every factor; runs with and without it share starts and
noise. Reported are the paired change of the mean square and the verdict of the distribution level;
the factor at which the change passes the margin is where the barrier ends the speed-up.
"""

import math

import numpy as np

from hwkit.circuit import Design, compile_model, family_options
from hwkit.fidelity import Metric
from hwkit.fidelity.budget import Cause, error_budget, machine_statistics
from hwkit.fidelity.power import ALPHA
from hwkit.fidelity.speed import crossing
from hwkit.model import EnergyModel
from hwkit.study.kinds.speedup.distribution import INCREMENTS, ideal_runs, judged, scheme_runs
from hwkit.study.kinds.speedup.plan import BarrierPlan, BarriersPlan
from hwkit.study.kinds.speedup.results import Barrier, BarrierPoint
from hwkit.study.kinds.speedup.runs import Drive, Subject, held_noise
from hwkit.trajectories import FloatArray, Trajectories
from hwkit.wiener import increments

_STATISTIC = "mean square"


def measure_barriers(subject: Subject) -> list[Barrier]:
    """Measure every barrier of the plan."""
    plan = subject.plan.barriers
    if not plan.causes:
        return []
    plain = {factor: _runs(subject, None, factor) for factor in plan.factors}
    measured = []
    for barrier in plan.causes:
        points = [_point(subject, barrier, factor, plain[factor]) for factor in plan.factors]
        limit = crossing(plan.factors, [point.change for point in points], plan.margin)
        measured.append(Barrier(barrier.name, points, limit if np.isfinite(limit) else None))
    return measured


def barrier_metrics(plan: BarriersPlan, barriers: list[Barrier]) -> list[Metric]:
    """Return what every barrier changes, and where it ends the speed-up."""
    rows = []
    for barrier in barriers:
        rows += [_metric(barrier.name, point, plan.runs) for point in barrier.points]
        note = f"factor at which the mean square changes by {plan.margin:.0%}, between logs"
        if barrier.limit is None:
            note = f"a change of the mean square by {plan.margin:.0%} is not reached in the "
            note += "tested range"
        end = math.nan if barrier.limit is None else barrier.limit
        rows.append(Metric(f"limit: {barrier.name}", "distribution", end, n=plan.runs, note=note))
    return rows


def _metric(name: str, point: BarrierPoint, n: int) -> Metric:
    verdict = "rejected" if point.p < ALPHA else "not rejected"
    note = f"relative change of the mean square, paired; distribution {verdict} (p = {point.p:.2g})"
    title = f"{name} at {point.factor:g}x"
    return Metric(title, "distribution", point.change, stderr=point.error, n=n, note=note)


def _point(
    subject: Subject, barrier: BarrierPlan, factor: float, plain: Trajectories
) -> BarrierPoint:
    real = _runs(subject, barrier, factor)
    statistics = {_STATISTIC: machine_statistics(subject.model)[_STATISTIC]}
    # One Wiener path on both sides; a source that holds its values makes other increments of it.
    causes = [Cause(barrier.name, plain, real)]
    budget = error_budget(causes, plain, real, statistics, same_noise=True)
    change, base = budget.of(_STATISTIC, barrier.name), float(np.mean(plain.final**2))
    p = _smallest_p(subject, barrier, factor, real)
    return BarrierPoint(factor, change.difference / base, change.stderr / base, p)


def _smallest_p(subject: Subject, barrier: BarrierPlan, factor: float, real: Trajectories) -> float:
    """Return the smallest adjusted p of the distribution of states, against ideal runs.

    Increments are left out: a noise source of finite bandwidth has others by construction.
    """
    plan = subject.plan.barriers
    ideal = subject.run.folder.trajectories(
        "ideal-barriers.nc",
        lambda: ideal_runs(subject, subject.plan.speed.ideal_runs, plan.dt, "barriers"),
    )
    schemes = scheme_runs(subject, subject.plan.speed.scheme_runs, plan.dt)
    name = f"{barrier.name} {factor:g}"
    row, _ = judged(subject, name, ideal, real, schemes, (INCREMENTS,))
    return float(row.value)


def _runs(subject: Subject, barrier: BarrierPlan | None, factor: float) -> Trajectories:
    plan, seed = subject.plan.barriers, subject.seed("generation", "barrier runs")
    model = subject.machine(factor)
    steps = round(subject.plan.protocol.t_final / plan.dt)
    path = increments(seed, range(plan.runs), steps, model.n_units, plan.dt / factor)
    x0 = subject.starts(
        subject.model, 1.0, plan.dt, plan.runs, subject.seed("preparation", "barrier runs")
    )
    if barrier is None:
        name, design = "without", subject.design(model)
    else:
        number = subject.plan.barriers.causes.index(barrier)
        name, design = f"barrier-{number}", _with(subject, barrier, model)
        path = _slow(subject, barrier, factor, path)
    drive = Drive(plan.runs, plan.dt, seed, path, x0)
    return subject.spice(f"{name}-{factor:g}.nc", design, factor, drive)


def _with(subject: Subject, barrier: BarrierPlan, model: EnergyModel) -> Design:
    circuit = subject.plan.circuit
    options = family_options(circuit.cell, {**circuit.options, **barrier.options})
    return compile_model(model, circuit.cell, subject.scale, options)


def _slow(subject: Subject, barrier: BarrierPlan, factor: float, path: FloatArray) -> FloatArray:
    if not barrier.noise_second:
        return path
    step = subject.plan.barriers.dt / factor * subject.model.mobility * subject.plan.circuit.second
    return held_noise(path, max(1, round(barrier.noise_second / step)))
