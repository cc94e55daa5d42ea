"""Stages of a generative study: heat of machines, durations, selected settings, pictures."""

from dataclasses import replace
from functools import partial

import numpy as np

from hwkit import fidelity
from hwkit.errors import ConfigError
from hwkit.model.files import write_arrays
from hwkit.study.kinds.generative import heat
from hwkit.study.kinds.generative.plan import DURATION, GenerativePlan, Settings
from hwkit.study.kinds.generative.results import (
    ACCOUNTS,
    PICTURES,
    SELECTED_STATES,
    Account,
    Field,
    Heat,
    MachineHeat,
    Search,
    Selected,
    StartSpread,
    Sweep,
    SweepRow,
    Task,
)
from hwkit.study.kinds.generative.search import rank
from hwkit.study.kinds.generative.selected import SelectedMachine, joules
from hwkit.study.kinds.generative.training import Learnt
from hwkit.study.run import Run
from hwkit.training import normalized_patterns, recognise, unit_fields
from hwkit.trajectories import FloatArray, Trajectories
from hwkit.validation.schemes import with_lag

SHOWN = 16  # samples of each machine that are kept as pictures, the first ones
_FIELDS: tuple[Field, ...] = ("repeat", "projection")

GenerativeRun = Run[GenerativePlan]


def heat_of_machines(run: GenerativeRun, learnt: dict[Task, Learnt]) -> Heat:
    """Account for the heat of every trained machine's samples."""
    plan, how = run.plan, run.plan.heat
    assert how is not None
    n_visible, machines = plan.data.patterns().shape[1], {}
    with run.stage("samples and heat") as progress:
        for done, (task, trained) in enumerate(sorted(learnt.items()), start=1):
            compute = partial(_machine_heat, run, task, trained)
            machines[task.name] = run.folder.value(
                f"heat-{task.file}.json", MachineHeat, compute, task.samples
            )
            progress(done, len(learnt))
        model = trained.model(plan, n_visible)  # of any of them: starts don't depend on couplings
        seed = run.seed("start spread")
        start = run.folder.value(
            "start-spread.json",
            StartSpread,
            lambda: heat.start_spread(model, DURATION, plan.dt, how.samples, seed),
        )
    return Heat(machines, start)


def _machine_heat(run: GenerativeRun, task: Task, trained: Learnt) -> MachineHeat:
    """Generate samples of one machine, keep the first ones, and account for their heat."""
    plan, how = run.plan, run.plan.heat
    assert how is not None
    patterns = normalized_patterns(plan.data.patterns())
    model = trained.model(plan, patterns.shape[1])
    runs = heat.generate(model, DURATION, how.dt, how.samples, run.seed("heat"))
    accounts, samples = heat.heat_accounts(model, runs), recognise(runs.final, patterns)
    _write_arrays(run, task.samples, {"x": runs.final[:SHOWN]})
    return MachineHeat(
        task=task,
        accounts={name: heat.account(values) for name, values in accounts.items()},
        heat=accounts["fixed potential"].tolist(),
        course=heat.course(model, runs, patterns),
        share=samples.share,
        classes=samples.class_shares.tolist(),
    )


def sweep_of_durations(run: GenerativeRun) -> Sweep:
    """Train and generate over other durations."""
    how = run.plan.sweep
    assert how is not None
    cases = [(field, t) for field in _FIELDS for t in how.times]
    with run.stage("sweep of durations") as progress:

        def compute() -> Sweep:
            rows = []
            for done, case in enumerate(cases, start=1):
                rows.append(_sweep_row(run, *case))
                progress(done, len(cases))
            return Sweep(rows)

        return run.folder.value("sweep.json", Sweep, compute)


def _sweep_row(run: GenerativeRun, field: Field, t: float) -> SweepRow:
    how = run.plan.sweep
    assert how is not None
    trained = run.plan.trained(Settings(hidden=field, t_final=t))
    runs = heat.generate(trained.model, t, how.dt, how.samples, run.seed("sweep"), t)
    accounts = heat.heat_accounts(trained.model, runs)
    samples = recognise(runs.final, trained.patterns)
    return SweepRow(
        field=field,
        t=t,
        share=samples.share,
        classes=samples.class_shares.tolist(),
        heat=heat.account(accounts["fixed potential"]),
        cycle=heat.account(accounts["whole cycle"]),
        n=how.samples,
    )


def selected_settings(
    run: GenerativeRun, search: Search | None
) -> tuple[Selected, list[fidelity.Metric]]:
    """Judge the selected settings; also return the metrics that need the runs themselves."""
    plan, how = run.plan, run.plan.found
    assert how is not None
    many, control, ideal = _ideal_runs(run, machine := SelectedMachine.of(plan))
    model, patterns = machine.trained.model, normalized_patterns(plan.data.patterns())
    values, limits = heat.heat_accounts(model, many), plan.limits
    accounts = {name: heat.account(values[name]) for name in ACCOUNTS if name != "Ito sum"}
    metrics = fidelity.quality_metrics(many, patterns, limits.share, limits.class_share)
    shown, spice_heat = {"ideal": many.final[:SHOWN]}, None
    if ideal is not None:
        real = run.folder.trajectories("spice.nc", lambda: machine.in_spice(run))
        metrics += _circuit_metrics(plan, ideal, real, patterns)
        heats = heat.heat_accounts(model, real)["fixed potential"]
        spice_heat = heat.account(heats[np.isfinite(heats)])
        shown |= {"paired": ideal.final[:SHOWN], "SPICE": real.final[:SHOWN]}
    _write_arrays(run, SELECTED_STATES, shown)
    mean: Account = spice_heat or accounts["fixed potential"]
    selected = Selected(
        accounts=accounts,
        control=recognise(control.final, patterns).share,
        coupling_sum=float(np.abs(np.asarray(model.J)).sum(axis=1).max()),
        joules=joules(machine.design, mean.mean),
        spice_heat=spice_heat,
    )
    if search is not None:
        selected = replace(selected, rank=rank(search.trials, how.settings))
    return selected, metrics


def _ideal_runs(
    run: GenerativeRun, machine: SelectedMachine
) -> tuple[Trajectories, Trajectories, Trajectories | None]:
    """Return samples of the ideal machine, of the control, and those paired with the circuit's."""
    how, model = machine.plan.found, machine.trained.model
    assert how is not None
    cases = [
        ("many.nc", "many", model, how.samples),
        ("control.nc", "control", machine.shuffled(), how.control_samples),
        ("ideal.nc", "paired", model, how.spice_samples),
    ]
    runs: list[Trajectories | None] = []
    with run.stage("samples of the selected settings") as progress:
        for file, role, sampled, n in cases:
            compute = partial(machine.sample, sampled, role, n)
            runs.append(run.folder.trajectories(file, compute) if n else None)
            progress(len(runs), len(cases))
    many, control, paired = runs
    assert many is not None
    assert control is not None
    return many, control, paired


def _circuit_metrics(
    plan: GenerativePlan, ideal: Trajectories, real: Trajectories, patterns: FloatArray
) -> list[fidelity.Metric]:
    limits = plan.limits
    compared = fidelity.compare(ideal, real, patterns, limits.path, None, limits.share_difference)
    quality = fidelity.quality_metrics(real, patterns, limits.share, limits.class_share, "SPICE")
    return [*with_lag(compared.metrics, real), *quality]


def keep_pictures(run: GenerativeRun) -> None:
    """Keep patterns and hidden fields as pictures; codes where there are enough units."""
    machine, patterns = run.plan.machine, normalized_patterns(run.plan.data.patterns())
    arrays = {"patterns": patterns}
    for kind in ("repeat", "projection", "codes"):
        try:
            hidden = run.plan.hidden(Settings(hidden=kind))
        except ConfigError:  # too few units for codes, which this study then doesn't train
            continue
        fields = unit_fields(patterns, machine.n_hidden, hidden, machine.projection_seed)
        arrays[kind] = fields[:, patterns.shape[1] :]
    _write_arrays(run, PICTURES, arrays)


def _write_arrays(run: GenerativeRun, name: str, arrays: dict[str, FloatArray]) -> None:
    run.folder.write(name, lambda path: write_arrays(arrays, path))
