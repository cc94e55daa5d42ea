"""The verdict of a generative study: results against what is known, quoted or asked for."""

from collections.abc import Iterator

from hwkit.fidelity import Metric, Verdict, shown_share
from hwkit.study.kinds.generative.plan import GenerativePlan, Settings
from hwkit.study.kinds.generative.results import (
    GenerativeResults,
    Heat,
    Losses,
    MachineHeat,
    Search,
    Selected,
    Sweep,
)

START_SPREAD = 0.20218  # sqrt(0.040878): a unit of J2 = J4 = 1 at kT = 0.1, by quadrature


def judge(plan: GenerativePlan, results: GenerativeResults, measured: list[Metric]) -> Verdict:
    """Return the verdict; `measured` are metrics that need the runs themselves."""
    rows = [*measured]
    if results.training is not None:
        rows += _training(results.training)
    if results.heat is not None:
        rows += _heat(plan, results.heat)
    if results.sweep is not None:
        rows += _sweep(results.sweep)
    if results.search is not None:
        rows += _search(results.search, results.found)
    if results.found is not None:
        rows += _selected(plan, results.found)
    return Verdict(tuple(rows))


def _training(losses: dict[str, Losses]) -> Iterator[Metric]:
    """Compare every iterate of gradient descent with the exact machine of its hidden field."""
    exact = {entry.task.field: entry for entry in losses.values() if entry.task.way == "exact"}
    for entry in losses.values():
        task, best = entry.task, exact[entry.task.field]
        if task.way == "exact":
            name = f"held-out loss a step: {task.name}"
            yield Metric(name, "quality", best.held_out[0], n=1)
            continue
        lowest, cycles = min(entry.held_out), len(entry.held_out)
        yield Metric(
            f"exact less best of {task.way}: {task.field}",
            "quality",
            best.held_out[0] - lowest,
            0.0,
            n=cycles,
            note=f"held-out loss a step; {task.way} starts at {entry.held_out[0]:.3f}, its best of "
            f"{cycles} cycles is {lowest:.4f}, its last {entry.held_out[-1]:.4f}; without "
            f"sampling {best.expected[0]:.4f} against {min(entry.expected):.4f}",
        )


def _heat(plan: GenerativePlan, heat: Heat) -> Iterator[Metric]:
    start, known = heat.start, plan.machine.J2 == plan.machine.J4 == 1 and plan.machine.kT == 0.1
    yield Metric(
        "start spread: distance in standard errors",
        "answer",
        abs(start.value - START_SPREAD) / start.stderr,
        plan.limits.spread if known else None,
        n=start.n,
        note=f"{start.value:.5f} ± {start.stderr:.5f} against {START_SPREAD}",
    )
    for machine in heat.machines.values():
        yield from _machine_heat(plan, machine)


def _machine_heat(plan: GenerativePlan, machine: MachineHeat) -> Iterator[Metric]:
    assert plan.heat is not None
    quoted, name, n = plan.heat.quoted, machine.task.name, len(machine.heat)
    account = machine.accounts["fixed potential"]
    yield Metric(
        f"heat of a sample, kT: {name}",
        "energy",
        account.mean,
        stderr=account.stderr,
        n=n,
        note=f"fixed potential; {account.mean * plan.machine.kT:.1f} in model units, "
        f"{account.mean / quoted:.2f} of the quoted {quoted:g}; "
        f"recognisable {shown_share(machine.share, plan.heat.samples)}",
    )
    if machine.task.way != "exact":
        return
    for kind in ("forgetting", "whole cycle", "Ito sum"):
        account = machine.accounts[kind]
        yield Metric(
            f"{kind}, kT: {name}",
            "energy",
            account.mean,
            stderr=account.stderr,
            n=n,
            note=f"{account.mean / quoted:.2f} of the quoted {quoted:g}",
        )


def _sweep(sweep: Sweep) -> Iterator[Metric]:
    for row in sweep.rows:
        yield Metric(
            f"recognisable share, duration {row.t:g}: {row.field}",
            "quality",
            row.share,
            direction=">=",
            stderr=_binomial(row.share, row.n),
            n=row.n,
            note=f"{shown_share(row.share, row.n)}; heat {row.heat.mean:.0f} ± "
            f"{row.heat.stderr:.0f} kT, whole cycle {row.cycle.mean:.0f} kT; "
            f"smallest class {shown_share(min(row.classes), row.n)}",
        )


def _search(search: Search, selected: Selected | None) -> Iterator[Metric]:
    trials = search.trials
    best = trials[0]
    yield Metric(
        "search: best score",
        "quality",
        best.score,
        direction=">=",
        n=best.n,
        note=f"of {len(trials)} trials; {describe(best.settings)}",
    )
    if selected is not None:
        yield Metric(
            "search: place of the settings in the file",
            "quality",
            float(selected.rank or len(trials) + 1),
            1.0,
            n=len(trials),
            note="1 if the search, run again, finds what the file says",
        )


def _selected(plan: GenerativePlan, selected: Selected) -> Iterator[Metric]:
    how = plan.found
    assert how is not None
    n = how.control_samples
    yield Metric(
        "control: recognisable share with shuffled couplings",
        "quality",
        selected.control,
        plan.limits.control,
        stderr=_binomial(selected.control, n),
        n=n,
        note=f"{shown_share(selected.control, n)}; the same couplings between other units "
        "generate nothing",
    )
    heats = [(f"heat, kT: {name}", each, how.samples) for name, each in selected.accounts.items()]
    if selected.spice_heat is not None:
        name = "heat in SPICE, kT: fixed potential"
        heats.append((name, selected.spice_heat, how.spice_samples))
    for name, account, count in heats:
        yield Metric(name, "energy", account.mean, stderr=account.stderr, n=count)
    made, room = selected.joules[0], selected.joules[-1]
    for label, row in (("made noise", made), ("thermal noise of 300 K", room)):
        yield Metric(
            f"heat of a sample, J: {label}",
            "energy",
            row.joule,
            note=f"C = {row.farad:g} F, V0 = {row.volt:.3g} V, noise temperature "
            f"{row.kelvin:.3g} K",
        )


def describe(settings: Settings) -> str:
    """Return settings in words."""
    codes = f"codes x {settings.amplitude:g}" if settings.hidden == "codes" else ""
    weights = settings.weights
    equal = not weights or len(set(weights)) == 1
    return ", ".join(
        [
            f"hidden {codes or settings.hidden}",
            f"noising {settings.t_final:g} at strength {settings.strength:g}",
            f"biases {settings.biases}",
            "equal weights" if equal else f"weights {'/'.join(f'{w:g}' for w in weights or [])}",
            f"observed at {settings.observation:g}",
        ]
    )


def _binomial(share: float, n: int) -> float:
    return float(max(share * (1 - share), 1 / n) ** 0.5 / n**0.5)
