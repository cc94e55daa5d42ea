"""Speed-up by noise in SPICE (arXiv 2410.12211): the same law in 1/lambda of the time.

Energy and temperature of a trained machine are scaled together, at the same capacitance, volts and
seconds of the circuit: transconductors and bias currents lambda times as strong, noise currents
sqrt(lambda) times as dense in A/sqrt(Hz). Held against the ideal machine at lambda = 1: paths on
the same noise, the law with its power, the memory of a ring at rest, the time to a recognisable
sample.
Machines of which only one side was scaled must be rejected; what does not get faster in hardware
sets the limit (`speedup_barriers`).
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

from hwkit import fidelity
from hwkit.fidelity import Metric, Verdict
from hwkit.fidelity.power import ALPHA
from hwkit.fidelity.speed import memory_time, power_law, recognition_time
from hwkit.langevin import prepare_states
from hwkit.model import EnergyModel, load_model, save_model
from hwkit.model.speed import faster
from hwkit.netlist import render
from hwkit.spice import ngspice_version, simulate_spice
from hwkit.study.context import Announce, Stages, silent
from hwkit.study.folder import RunFolder
from hwkit.study.kinds.speedup.barriers import barrier_metrics
from hwkit.study.kinds.speedup.distribution import ideal_runs, judged, scheme_runs
from hwkit.study.kinds.speedup.plan import SpeedupPlan
from hwkit.study.kinds.speedup.runs import SpeedRun, slowed
from hwkit.study.provenance import save_provenance
from hwkit.training import normalized_patterns
from hwkit.trajectories import FloatArray, Trajectories
from hwkit.wiener import child_seed, increments
from hwkit.workers import available_cores

ANSWERS = "speedup.json"
_PATH_LIMIT = 1e-6
_ERRORS = 3.0  # standard errors


def run_speedup(
    plan: SpeedupPlan,
    out: Path | str,
    jobs: int | None = None,
    timeout: float | None = None,
    announce: Announce | None = None,
) -> Verdict:
    """Run a speed-up study into a folder and return its verdict, also in `verdict.json`.

    Args:
        plan: the validated study.
        out: run folder; resumed if it holds the same plan's results.
        jobs: worker processes; one per core if None. Results don't depend on it.
        timeout: seconds that one SPICE run may take.
        announce: called with the name of each stage, returns its progress callback.

    Raises:
        HwkitError: if the plan asks for what can't be, or ngspice is missing or fails.
    """
    ngspice, stages = ngspice_version(), Stages(announce or silent)
    with RunFolder.of(plan, out) as folder:
        model = folder.result("model.npz", lambda: _trained(plan), save_model, load_model)
        patterns = normalized_patterns(plan.glyphs.patterns())
        run = SpeedRun(
            plan, folder, model, patterns, jobs or available_cores(), timeout, stages.stage
        )
        fastest = run.machine(max(plan.speed.factors))
        folder.write_text("fastest.cir", render(run.design(fastest), "ngspice", "trnoise").text)
        answers: dict[str, Any] = {"factors": plan.speed.factors}
        verdict = fidelity.merge(
            _path_metrics(run),
            _law_metrics(run, answers),
            _memory_metrics(run, answers),
            barrier_metrics(run, answers),
        )
        folder.write_text(ANSWERS, json.dumps(answers, indent=1) + "\n")
        folder.write("verdict.json", verdict.save)
        save_provenance(folder / "provenance.json", run.jobs, stages.seconds, ngspice)
        return verdict


def _trained(plan: SpeedupPlan) -> EnergyModel:
    return plan.machine.train(plan.glyphs.patterns(), plan.protocol.protocol()).model


def _path_metrics(run: SpeedRun) -> list[Metric]:
    """Drive every factor with the same Wiener path, in its own time: the end states must agree."""
    plan, seed = run.plan.speed, run.seed("generation", "paths")
    n, steps = plan.path_runs, round(run.plan.protocol.t_final / plan.dt)
    path = increments(seed, range(n), steps, run.model.n_units, plan.dt)
    x0 = run.starts(run.model, 1.0, plan.dt, n, run.seed("preparation", "paths"))
    ends = []
    for factor in plan.factors:
        design, own = run.design(run.machine(factor)), path / np.sqrt(factor)
        name = f"paths-{factor:g}.nc"
        ends.append(run.spice(name, design, factor, n, plan.dt, seed, own, x0).final)
    rows = []
    for factor, end in zip(plan.factors[1:], ends[1:], strict=True):
        worst = float(np.max(np.abs(end - ends[0])))
        note = f"largest over units and runs, against factor {plan.factors[0]:g}; same Wiener path"
        rows.append(Metric(f"path at {factor:g}x", "path", worst, _PATH_LIMIT, n=n, note=note))
    return rows


def _law_metrics(run: SpeedRun, answers: dict[str, Any]) -> list[Metric]:
    plan, rows, table = run.plan.speed, [], []
    ideal = run.folder.trajectories(
        "ideal.nc", lambda: ideal_runs(run, plan.ideal_runs, plan.dt, "ideal")
    )
    rows += fidelity.quality_metrics(ideal, run.patterns, 0.8, 0.15)
    schemes = scheme_runs(run, plan.scheme_runs, plan.dt)
    times, errors = [], []
    for factor in plan.factors:
        design, name = run.design(run.machine(factor)), f"law-{factor:g}.nc"
        real = run.spice(name, design, factor, plan.runs, plan.dt, run.seed("generation", name))
        rows += judged(run, f"law at {factor:g}x", ideal, real, schemes)
        mean, error, n = recognition_time(real, run.patterns)
        times.append(mean / factor)
        errors.append(error / factor)
        table.append(_costs(run, design.realisability.power, factor, real))
        table[-1] |= {"recognised": mean / factor, "recognised_error": error / factor, "n": n}
    rows.append(_exponent("time to a recognisable sample", plan.factors, times, errors))
    answers["law"] = table
    for what, kept in (("energy", {"noise": False}), ("noise", {"energy": False})):
        factor, name = plan.control_factor, f"control-{what}.nc"
        wrong = run.design(run.machine(factor, **kept))
        real = run.spice(name, wrong, factor, plan.runs, plan.dt, run.seed("generation", name))
        rows.append(_control(run, what, ideal, real, schemes))
    return rows


def _control(
    run: SpeedRun,
    what: str,
    ideal: Trajectories,
    real: Trajectories,
    schemes: tuple[Trajectories, Trajectories],
) -> Metric:
    found, _ = judged(run, what, ideal, real, schemes)
    name = f"control: only the {what} at {run.plan.speed.control_factor:g}x"
    note = f"must be rejected; {found.note}"
    return Metric(name, "law", found.value, ALPHA, "<=", n=found.n, note=note)


def _costs(run: SpeedRun, power: float, factor: float, real: Trajectories) -> dict[str, float]:
    """Return what one sample takes at a factor: seconds, watts, joules, heat."""
    scale, model = run.scale, run.machine(factor)
    seconds = run.plan.protocol.t_final / factor * model.mobility * scale.second
    heat = model.heat(real.x[:, 0], real.final)[real.completed] * scale.joule
    return {
        "factor": factor,
        "seconds": seconds,
        "watt": power,
        "joule": power * seconds,
        "heat": float(heat.mean()),
        "heat_error": float(heat.std(ddof=1) / np.sqrt(heat.size)),
        "noise_density": float(np.sqrt(scale.noise_psd(model.kT))),
        "noise_kelvin": scale.noise_temperature(model.kT),
    }


def _memory_metrics(run: SpeedRun, answers: dict[str, Any]) -> list[Metric]:
    """Time how long a ring at rest remembers, in seconds of the circuit, at each factor."""
    plan, factors = run.plan.relaxation, run.plan.speed.factors
    second, found = run.plan.circuit.second, []
    for factor in factors:
        runs = run.folder.trajectories(f"memory-{factor:g}.nc", lambda f=factor: _ring_runs(run, f))  # type: ignore[misc]
        mean, error = memory_time(runs, plan.settle)
        found.append((mean / factor * second, error / factor * second))
    times, errors = (list(side) for side in zip(*found, strict=True))
    answers["memory"] = [
        {"factor": f, "seconds": t, "error": e}
        for f, t, e in zip(factors, times, errors, strict=True)
    ]
    rows = [_exponent("memory of a ring", factors, times, errors)]
    for factor, seconds, error in zip(factors, times, errors, strict=True):
        ratio = times[0] / seconds * factors[0]
        spread = ratio * np.hypot(error / seconds, errors[0] / times[0])
        note = f"1/e time {seconds:.4g} ± {error:.2g} s; first factor over this one"
        rows.append(
            Metric(f"speed of the ring at {factor:g}x", "law", ratio, None, stderr=float(spread),
                   n=plan.runs, note=note)
        )  # fmt: skip
    return rows


def _ring_runs(run: SpeedRun, factor: float) -> Trajectories:
    plan, n = run.plan.relaxation, run.plan.relaxation.units
    J = np.zeros((n, n))
    for i in range(n):
        J[i, (i + 1) % n] = J[(i + 1) % n, i] = plan.coupling
    machine = run.plan.machine
    ring = EnergyModel(J, np.zeros(n), machine.energy(), machine.kT, machine.mobility)
    own, dt = faster(ring, factor), plan.dt / factor
    seed = run.seed("generation", "memory", f"{factor:g}")
    x0: FloatArray = prepare_states(
        own, plan.settle / factor, dt, plan.runs, child_seed(seed, "x0")
    )
    with run.stage(f"SPICE runs: memory at {factor:g}x") as progress:
        runs = simulate_spice(
            run.design(own),
            (plan.settle + plan.length) / factor,
            dt,
            plan.runs,
            seed,
            x0,
            save_every=1,
            jobs=run.jobs,
            timeout=run.timeout,
            tight=True,
            progress=progress,
        )
    return slowed(runs, factor)


def _exponent(what: str, factors: list[float], times: list[float], errors: list[float]) -> Metric:
    exponent, error = power_law(factors, times, errors)
    note = (
        f"time goes as factor to the power {exponent:.4f} ± {error:.2g}; limit: {_ERRORS:g} ± off"
    )
    return Metric(
        f"{what}: exponent + 1", "law", abs(exponent + 1), _ERRORS * error, stderr=error,
        n=len(factors), note=note,
    )  # fmt: skip
