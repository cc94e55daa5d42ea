"""What a generative study takes: every way to train does a cycle, every machine a few steps."""

from functools import partial

from hwkit.forecast import step_count
from hwkit.langevin import simulate_langevin
from hwkit.model import EnergyModel
from hwkit.spice.simulate import LAG_RUNS, lag_left_out
from hwkit.study.kind import Estimate
from hwkit.study.kinds.generative import heat
from hwkit.study.kinds.generative.plan import DURATION, GenerativePlan, Settings
from hwkit.study.kinds.generative.results import Task
from hwkit.study.kinds.generative.search import candidates, tried
from hwkit.study.kinds.generative.selected import SelectedMachine
from hwkit.study.kinds.generative.training import learn, ways
from hwkit.study.meter import Meter, in_spice
from hwkit.study.pieces import Piece
from hwkit.training import normalized_patterns, recognise
from hwkit.workers import Pool

Runs = list[tuple[int, int]]
"""Numbers of runs and of their steps."""

_FEWEST = 32  # samples that a candidate is tried with in a measurement


def estimate(plan: GenerativePlan) -> Estimate:
    """Return runs, minutes and bytes of a study."""
    meter = Meter()
    model = meter.timed("once", lambda: plan.trained(Settings())).model
    training = meter.stages.pop("once")
    _ways(plan, meter)
    _heat(plan, meter, model)
    _sweep(plan, meter, model, training)
    _search(plan, meter)
    if plan.found is not None:
        _selected(plan, meter, model)
    runs = [*_samples(plan), *_searched(plan)]
    in_circuit = plan.found.spice_samples if plan.found is not None else 0
    stored = 0 if plan.found is None else plan.found.samples + 2 * in_circuit
    units = model.n_units
    size = 8 * units * (len(ways(plan)) * units + 2 * stored) + 1_000_000
    return meter.estimate(sum(n for n, _ in runs) + in_circuit, size)


def _ways(plan: GenerativePlan, meter: Meter) -> None:
    """Count each way to train, with each field on the hidden units."""
    tasks = ways(plan)
    if not tasks:
        return
    measured = list({task.way: task for task in tasks}.values())
    pieces = [Piece(partial(_cycles, plan, task), _n_cycles(plan, task)) for task in measured]
    rates = dict(zip((t.way for t in measured), meter.rates(*pieces), strict=True))
    seconds = [rates[t.way].task + rates[t.way].unit * _n_cycles(plan, t) for t in tasks]
    meter.tasks("training", rates[tasks[0].way], seconds)


def _n_cycles(plan: GenerativePlan, task: Task) -> int:
    how = plan.training
    assert how is not None
    return {"batch": how.batch_cycles, "online": how.online_cycles, "exact": 1}[task.way]


def _cycles(plan: GenerativePlan, task: Task, cycles: int, _: Pool) -> None:
    """Train one machine for so many cycles."""
    assert plan.training is not None
    fewer = plan.training.model_copy(update={"batch_cycles": cycles, "online_cycles": cycles})
    learn(plan.model_copy(update={"training": fewer}), task)


def _generated(
    meter: Meter, model: EnergyModel, dt: float, n: int, times: tuple[float, float]
) -> float:
    """Return the seconds of n samples: times of preparation and of generation."""
    preparation, observation = (step_count(t, dt) for t in times)
    seconds = meter.prepared(model, preparation, dt, n)
    return seconds + meter.ideal(model, observation, dt, n, precision="single")


def _heat(plan: GenerativePlan, meter: Meter, model: EnergyModel) -> None:
    """Count the samples of every trained machine, their accounts, and the spread of starts."""
    how, stage = plan.heat, "samples and heat"
    if how is None:
        return
    machines = len(ways(plan))
    once = _generated(meter, model, how.dt, how.samples, (DURATION, DURATION))
    meter.add(stage, machines * (once + _accounts(plan, meter, model, how.dt, how.samples)))
    meter.add(stage, meter.prepared(model, step_count(DURATION, plan.dt), plan.dt, how.samples))


def _accounts(plan: GenerativePlan, meter: Meter, model: EnergyModel, dt: float, n: int) -> float:
    """Return the seconds in which the heat of n runs is accounted for, and its course."""
    patterns, few, saved = normalized_patterns(plan.data.patterns()), min(n, 64), 25
    runs = simulate_langevin(model, saved * dt, dt, few, save_every=1, precision="single")

    def account(_: int) -> None:
        heat.heat_accounts(model, runs)
        heat.course(model, runs, patterns)
        recognise(runs.final, patterns)

    return meter.line(account, 1) * n / few


def _sweep(plan: GenerativePlan, meter: Meter, model: EnergyModel, training: float) -> None:
    """Count the machines of other durations: trained, prepared and run for as long."""
    how = plan.sweep
    if how is None:
        return
    for t in how.times:
        once = _generated(meter, model, how.dt, how.samples, (t, t))
        once += _accounts(plan, meter, model, how.dt, how.samples)
        share = t / DURATION  # a noising twice as long has twice the steps
        meter.add("sweep of durations", 2 * (training * max(share, 0.2) + once))


def _search(plan: GenerativePlan, meter: Meter) -> None:
    """Count both rounds of the search: each candidate is trained and tried."""
    how = plan.search
    if how is None:
        return
    every = candidates(plan)
    most, fewest = max(how.first, how.second), min(how.first, how.second, _FEWEST)
    trial = Piece(partial(_tried, plan, every[0]), most, fewest)
    [rate] = meter.rates(trial)
    again = min(how.keep, len(every))
    rounds = (("all candidates", len(every), how.first), ("the best again", again, how.second))
    for name, tasks, n in rounds:
        meter.add(f"search: {name}", rate.seconds(tasks, n, meter.jobs))


def _tried(plan: GenerativePlan, settings: Settings, samples: int, _: Pool) -> None:
    """Try a candidate with so many samples."""
    assert plan.search is not None
    fewer = plan.search.model_copy(update={"first": samples})
    tried(plan.model_copy(update={"search": fewer}), 0, settings)


def _selected(plan: GenerativePlan, meter: Meter, model: EnergyModel) -> None:
    """Count the samples of the selected machine, in SPICE too, and of its control."""
    how = plan.found
    assert how is not None
    machine = meter.timed("training of the selected machine", lambda: SelectedMachine.of(plan))
    times = (DURATION, how.settings.observation)
    for n in (how.samples, how.control_samples, how.spice_samples):
        seconds = _generated(meter, machine.trained.model, how.dt, n, times) if n else 0.0
        meter.add("samples of the selected settings", seconds)
    if not how.spice_samples:
        return
    stage, steps, n = "SPICE runs (mixed)", step_count(times[1], how.dt), how.spice_samples
    mixed = in_spice(machine.design, how.dt, steps, "mixed")
    full = in_spice(machine.design, how.dt, steps)
    checked = not lag_left_out(machine.design, steps, n, "auto")
    rates = meter.rates(mixed, *([full] if checked else []))
    for rate, runs in zip(rates, (n, min(n, LAG_RUNS)), strict=False):
        meter.add(stage, rate.seconds(runs, steps, meter.jobs))


def _samples(plan: GenerativePlan) -> Runs:
    """Return the runs that this process makes, preparation aside."""
    runs: Runs = []
    if plan.heat is not None:
        runs += [(plan.heat.samples, step_count(DURATION, plan.heat.dt))] * len(ways(plan))
    if plan.sweep is not None:
        how = plan.sweep
        runs += [(how.samples, step_count(t, how.dt)) for t in how.times for _ in range(2)]
    if plan.found is not None:
        steps = step_count(plan.found.settings.observation, plan.found.dt)
        counts = (plan.found.samples, plan.found.control_samples, plan.found.spice_samples)
        runs += [(n, steps) for n in counts if n]
    return runs


def _searched(plan: GenerativePlan) -> Runs:
    """Return the runs of a search."""
    if plan.search is None:
        return []
    how, tried_first = plan.search, len(candidates(plan))
    steps, again = step_count(max(how.observations), how.dt), min(how.keep, tried_first)
    return [(how.first, steps)] * tried_first + [(how.second, steps)] * again
