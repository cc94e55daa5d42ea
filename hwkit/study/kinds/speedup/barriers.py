"""What does not get faster: the bandwidth of followers and of noise sources, and what they cost.

Every barrier is laid on the circuit at every factor; runs with and without it share starts and
noise. Reported are the paired change of the mean square and the verdict of the law level; the
factor at which the change passes the margin is where the barrier ends the speed-up.
"""

from typing import Any

import numpy as np

from hwkit.circuit import Design, compile_model, family_options
from hwkit.fidelity import Metric
from hwkit.fidelity.budget import Cause, error_budget, machine_statistics
from hwkit.fidelity.power import ALPHA
from hwkit.fidelity.speed import crossing
from hwkit.study.kinds.speedup.distribution import INCREMENTS, ideal_runs, judged, scheme_runs
from hwkit.study.kinds.speedup.plan import BarrierPlan
from hwkit.study.kinds.speedup.runs import SpeedRun, held
from hwkit.trajectories import FloatArray, Trajectories
from hwkit.wiener import increments

_STATISTIC = "mean square"


def barrier_metrics(run: SpeedRun, answers: dict[str, Any]) -> list[Metric]:
    """Measure every barrier of the plan; what was found also goes into `answers`."""
    plan = run.plan.barriers
    rows: list[Metric] = []
    answers["barriers"] = []
    if not plan.causes:
        return rows
    plain = {factor: _runs(run, None, factor) for factor in plan.factors}
    for barrier in plan.causes:
        points = [_point(run, barrier, factor, plain[factor]) for factor in plan.factors]
        limit = crossing(plan.factors, [point["change"] for point in points], plan.margin)
        answers["barriers"].append({"name": barrier.name, "points": points, "limit": limit})
        rows += [_metric(barrier, point, plan.runs) for point in points]
        note = f"factor at which the mean square changes by {plan.margin:.0%}, between logs"
        if not np.isfinite(limit):
            note = f"no factor measured changes the mean square by {plan.margin:.0%}; -1 says so"
        end = limit if np.isfinite(limit) else -1.0
        rows.append(Metric(f"limit: {barrier.name}", "law", end, n=plan.runs, note=note))
    for entry in answers["barriers"]:
        entry["limit"] = entry["limit"] if np.isfinite(entry["limit"]) else None
    return rows


def _metric(barrier: BarrierPlan, point: dict[str, Any], n: int) -> Metric:
    verdict = "rejected" if point["p"] < ALPHA else "not rejected"
    note = f"relative change of the mean square, paired; law {verdict} (p = {point['p']:.2g})"
    name = f"{barrier.name} at {point['factor']:g}x"
    return Metric(name, "law", point["change"], stderr=point["error"], n=n, note=note)


def _point(
    run: SpeedRun, barrier: BarrierPlan, factor: float, plain: Trajectories
) -> dict[str, Any]:
    real = _runs(run, barrier, factor)
    statistics = {_STATISTIC: machine_statistics(run.model)[_STATISTIC]}
    budget = error_budget([Cause(barrier.name, plain, real)], plain, real, statistics)
    found, base = budget.of(_STATISTIC, barrier.name), float(np.mean(plain.final**2))
    return {
        "factor": factor,
        "change": found.difference / base,
        "error": found.stderr / base,
        "p": _law(run, barrier, factor, real),
    }


def _law(run: SpeedRun, barrier: BarrierPlan, factor: float, real: Trajectories) -> float:
    """Return the smallest adjusted p of the law of states, against ideal runs.

    Increments are left out: a noise source of finite bandwidth has others by construction.
    """
    plan = run.plan.barriers
    ideal = run.folder.trajectories(
        "ideal-barriers.nc",
        lambda: ideal_runs(run, run.plan.speed.ideal_runs, plan.dt, "barriers"),
    )
    schemes = scheme_runs(run, run.plan.speed.scheme_runs, plan.dt)
    name = f"{barrier.name} {factor:g}"
    row, _ = judged(run, name, ideal, real, schemes, (INCREMENTS,))
    return float(row.value)


def _runs(run: SpeedRun, barrier: BarrierPlan | None, factor: float) -> Trajectories:
    plan, seed = run.plan.barriers, run.seed("generation", "barrier runs")
    model = run.machine(factor)
    steps = round(run.plan.protocol.t_final / plan.dt)
    path = increments(seed, range(plan.runs), steps, model.n_units, plan.dt / factor)
    x0 = run.starts(run.model, 1.0, plan.dt, plan.runs, run.seed("preparation", "barrier runs"))
    if barrier is None:
        name, design = "without", run.design(model)
    else:
        number = run.plan.barriers.causes.index(barrier)
        name, design = f"barrier-{number}", _with(run, barrier, model)
        path = _slow(run, barrier, factor, path)
    return run.spice(f"{name}-{factor:g}.nc", design, factor, plan.runs, plan.dt, seed, path, x0)


def _with(run: SpeedRun, barrier: BarrierPlan, model: Any) -> Design:
    circuit = run.plan.circuit
    options = family_options(circuit.cell, {**circuit.options, **barrier.options})
    return compile_model(model, circuit.cell, run.scale, options)


def _slow(run: SpeedRun, barrier: BarrierPlan, factor: float, path: FloatArray) -> FloatArray:
    if not barrier.noise_second:
        return path
    step = run.plan.barriers.dt / factor * run.model.mobility * run.plan.circuit.second
    return held(path, max(1, round(barrier.noise_second / step)))
