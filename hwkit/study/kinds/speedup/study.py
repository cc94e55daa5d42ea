"""Speed-up studies: times in 1/lambda by energy and noise (arXiv 2410.12211), in SPICE.

Energy and temperature of a trained machine are scaled together, at the same capacitance, volts and
seconds of the circuit: transconductors and bias currents lambda times as strong, noise currents
sqrt(lambda) times as dense in A/sqrt(Hz). Compared with the ideal machine at lambda = 1: paths on
the same noise, the distribution with its power, the memory of a ring at rest, the time to a
recognisable sample.
Machines of which only one side was scaled must be rejected; what does not get faster in hardware
sets the limit (`barriers`).
"""

from functools import partial

import numpy as np

from hwkit import fidelity
from hwkit.fidelity import Metric, Verdict
from hwkit.fidelity.power import ALPHA
from hwkit.fidelity.speed import memory_time, power_law, recognition_time
from hwkit.langevin import prepare_states
from hwkit.model import EnergyModel, load_model, save_model
from hwkit.model.speed import faster
from hwkit.netlist import render
from hwkit.study.kinds.speedup.barriers import barrier_metrics, measure_barriers
from hwkit.study.kinds.speedup.distribution import ideal_runs, judged, scheme_runs
from hwkit.study.kinds.speedup.plan import SpeedupPlan
from hwkit.study.kinds.speedup.results import ANSWERS, Answers, Costs, Memory
from hwkit.study.kinds.speedup.runs import Drive, Subject, in_original_time
from hwkit.study.run import Run
from hwkit.training import normalized_patterns
from hwkit.trajectories import FloatArray, Trajectories
from hwkit.wiener import child_seed, increments


def compute(plan: SpeedupPlan, run: Run[SpeedupPlan]) -> Verdict:
    """Run every factor and control, time a ring, measure what does not get faster."""
    model = run.folder.result("model.npz", lambda: _trained(run), save_model, load_model)
    subject = Subject(run, model, normalized_patterns(plan.glyphs.patterns()))
    fastest = subject.design(subject.machine(max(plan.speed.factors)))
    run.folder.write_text("fastest.cir", render(fastest, "ngspice", "trnoise").text)
    paths = _path_metrics(subject)
    distributions, costs = _distribution_metrics(subject)
    memory = _measure_memory(subject)
    barriers = measure_barriers(subject)
    run.folder.write_value(ANSWERS, Answers(plan.speed.factors, costs, memory, barriers))
    return fidelity.merge(
        paths,
        distributions,
        _memory_metrics(plan, memory),
        barrier_metrics(plan.barriers, barriers),
    )


def _trained(run: Run[SpeedupPlan]) -> EnergyModel:
    plan = run.plan
    with run.stage("training") as progress:
        patterns = plan.glyphs.patterns()
        return plan.machine.train(patterns, plan.protocol.protocol(), progress).model


def _path_metrics(subject: Subject) -> list[Metric]:
    """Drive every factor with the same Wiener path, in its own time: the end states must agree."""
    plan, seed = subject.plan.speed, subject.seed("generation", "paths")
    n, steps = plan.path_runs, round(subject.plan.protocol.t_final / plan.dt)
    path = increments(seed, range(n), steps, subject.model.n_units, plan.dt)
    x0 = subject.starts(subject.model, 1.0, plan.dt, n, subject.seed("preparation", "paths"))
    ends, limit = [], subject.plan.limits.path
    for factor in plan.factors:
        design, slower = subject.design(subject.machine(factor)), path / np.sqrt(factor)
        name = f"paths-{factor:g}.nc"
        drive = Drive(n, plan.dt, seed, slower, x0)
        ends.append(subject.spice(name, design, factor, drive).final)
    rows = []
    for factor, end in zip(plan.factors[1:], ends[1:], strict=True):
        worst = float(np.max(np.abs(end - ends[0])))
        note = f"largest over units and runs, against factor {plan.factors[0]:g}; same Wiener path"
        rows.append(Metric(f"path at {factor:g}x", "path", worst, limit, n=n, note=note))
    return rows


def _distribution_metrics(subject: Subject) -> tuple[list[Metric], list[Costs]]:
    plan, limits, folder = subject.plan.speed, subject.plan.limits, subject.run.folder
    ideal = folder.trajectories(
        "ideal.nc", lambda: ideal_runs(subject, plan.ideal_runs, plan.dt, "ideal")
    )
    rows = fidelity.quality_metrics(
        ideal, subject.patterns, limits.recognisable, limits.class_share
    )
    schemes, costs = scheme_runs(subject, plan.scheme_runs, plan.dt), []
    for factor in plan.factors:
        design = subject.design(subject.machine(factor))
        drive = Drive(plan.runs, plan.dt, subject.seed("generation", f"law-{factor:g}.nc"))
        real = subject.spice(f"distribution-{factor:g}.nc", design, factor, drive)
        name, purpose = f"distribution at {factor:g}x", f"law at {factor:g}x"  # seeds keep theirs
        rows += judged(subject, name, ideal, real, schemes, purpose=purpose)
        costs.append(_costs(subject, design.realisability.power, factor, real))
    times = [cost.recognised for cost in costs]
    errors = [cost.recognised_error for cost in costs]
    rows.append(_exponent(subject.plan, "time to a recognisable sample", times, errors))
    for what, kept in (("energy", {"noise": False}), ("noise", {"energy": False})):
        factor, name = plan.control_factor, f"control-{what}.nc"
        wrong = subject.design(subject.machine(factor, **kept))
        drive = Drive(plan.runs, plan.dt, subject.seed("generation", name))
        real = subject.spice(name, wrong, factor, drive)
        rows.append(_control(subject, what, ideal, real, schemes))
    return rows, costs


def _control(
    subject: Subject,
    what: str,
    ideal: Trajectories,
    real: Trajectories,
    schemes: tuple[Trajectories, Trajectories],
) -> Metric:
    judgement, _ = judged(subject, what, ideal, real, schemes)
    name = f"control: only the {what} at {subject.plan.speed.control_factor:g}x"
    note = f"must be rejected; {judgement.note}"
    return Metric(name, "distribution", judgement.value, ALPHA, "<=", n=judgement.n, note=note)


def _costs(subject: Subject, power: float, factor: float, real: Trajectories) -> Costs:
    """Return what one sample takes at a factor."""
    scale, model = subject.scale, subject.machine(factor)
    seconds = subject.plan.protocol.t_final / factor * model.mobility * scale.second
    heat = model.heat(real.x[:, 0], real.final)[real.completed] * scale.joule
    mean, error, n = recognition_time(real, subject.patterns)
    return Costs(
        factor=factor,
        seconds=seconds,
        watt=power,
        joule=power * seconds,
        heat=float(heat.mean()),
        heat_error=float(heat.std(ddof=1) / np.sqrt(heat.size)),
        noise_density=float(np.sqrt(scale.noise_psd(model.kT))),
        noise_kelvin=scale.noise_temperature(model.kT),
        recognised=mean / factor,
        recognised_error=error / factor,
        n=n,
    )


def _measure_memory(subject: Subject) -> list[Memory]:
    """Time how long a ring at rest remembers, in seconds of the circuit, at each factor."""
    second, settle = subject.plan.circuit.second, subject.plan.relaxation.settle
    memory = []
    for factor in subject.plan.speed.factors:
        runs = subject.run.folder.trajectories(
            f"memory-{factor:g}.nc", partial(_ring_runs, subject, factor)
        )
        mean, error = memory_time(runs, settle)
        memory.append(Memory(factor, mean / factor * second, error / factor * second))
    return memory


def _memory_metrics(plan: SpeedupPlan, memory: list[Memory]) -> list[Metric]:
    times = [row.seconds for row in memory]
    rows = [_exponent(plan, "memory of a ring", times, [row.error for row in memory])]
    first = memory[0]
    for row in memory:
        ratio = first.seconds / row.seconds * first.factor
        spread = ratio * np.hypot(row.error / row.seconds, first.error / first.seconds)
        rows.append(
            Metric(
                f"speed of the ring at {row.factor:g}x",
                "distribution",
                ratio,
                None,
                stderr=float(spread),
                n=plan.relaxation.runs,
                note=f"1/e time {row.seconds:.4g} ± {row.error:.2g} s; first factor over this one",
            )
        )
    return rows


def ring_of(plan: SpeedupPlan) -> EnergyModel:
    """Return the ring of coupled units whose memory is timed."""
    n, machine = plan.relaxation.units, plan.machine
    J = np.zeros((n, n))
    for i in range(n):
        J[i, (i + 1) % n] = J[(i + 1) % n, i] = plan.relaxation.coupling
    return EnergyModel(J, np.zeros(n), machine.energy(), machine.kT, machine.mobility)


def _ring_runs(subject: Subject, factor: float) -> Trajectories:
    plan = subject.plan.relaxation
    fast, dt = faster(ring_of(subject.plan), factor), plan.dt / factor
    seed = subject.seed("generation", "memory", f"{factor:g}")
    x0: FloatArray = prepare_states(
        fast, plan.settle / factor, dt, plan.runs, child_seed(seed, "x0")
    )
    runs = subject.run.spice(
        f"SPICE runs: memory at {factor:g}x",
        subject.design(fast),
        (plan.settle + plan.length) / factor,
        dt,
        plan.runs,
        seed=seed,
        x0=x0,
        save_every=1,
        tight=True,
    )
    return in_original_time(runs, factor)


def _exponent(plan: SpeedupPlan, what: str, times: list[float], errors: list[float]) -> Metric:
    factors, allowed = plan.speed.factors, plan.limits.exponent
    exponent, error = power_law(factors, times, errors)
    note = f"time goes as factor to the power {exponent:.4f} ± {error:.2g}; limit: {allowed:g} ±"
    return Metric(
        f"{what}: exponent + 1",
        "distribution",
        abs(exponent + 1),
        allowed * error,
        stderr=error,
        n=len(factors),
        note=f"{note} off",
    )
