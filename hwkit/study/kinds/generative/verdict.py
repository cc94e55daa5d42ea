"""The verdict of a generative study: results against what is known, quoted or asked for."""

from collections.abc import Iterator
from typing import Any

from hwkit.fidelity import Metric, Verdict, shown_share
from hwkit.study.kinds.generative.plan import GenerativePlan

START_SPREAD = 0.20218  # sqrt(0.040878): a unit of J2 = J4 = 1 at kT = 0.1, by quadrature
Facts = dict[str, Any]


def judge(plan: GenerativePlan, results: Facts, measured: list[Metric]) -> Verdict:
    """Return the verdict; `measured` are metrics that need the runs themselves."""
    rows = [*measured]
    if "training" in results:
        rows += _training(results["training"])
    if "heat" in results:
        rows += _heat(plan, results["heat"])
    if "sweep" in results:
        rows += _sweep(results["sweep"])
    if "search" in results:
        rows += _search(results["search"], results.get("found"))
    if "found" in results:
        rows += _found(plan, results["found"])
    return Verdict(tuple(rows))


def _training(losses: Facts) -> Iterator[Metric]:
    """Hold every iterate of gradient descent against the exact machine of its hidden field."""
    for name, found in losses.items():
        field, way = name.split(", ")
        if way == "exact":
            best = found["held_out"][0]
            yield Metric(f"held-out loss a step: {name}", "quality", best, n=1)
            continue
        lowest, exact = min(found["held_out"]), losses[f"{field}, exact"]
        cycles = len(found["held_out"])
        yield Metric(
            f"exact less best of {way}: {field}",
            "quality",
            exact["held_out"][0] - lowest,
            0.0,
            n=cycles,
            note=f"held-out loss a step; {way} starts at {found['held_out'][0]:.3f}, its best of "
            f"{cycles} cycles is {lowest:.4f}, its last {found['held_out'][-1]:.4f}; without "
            f"sampling {exact['expected'][0]:.4f} against {min(found['expected']):.4f}",
        )


def _heat(plan: GenerativePlan, heat: Facts) -> Iterator[Metric]:
    assert plan.heat is not None
    start, known = heat["start"], plan.machine.J2 == plan.machine.J4 == 1 and plan.machine.kT == 0.1
    yield Metric(
        "start spread: distance in standard errors",
        "answer",
        abs(start["value"] - START_SPREAD) / start["stderr"],
        plan.limits.spread if known else None,
        n=start["n"],
        note=f"{start['value']:.5f} ± {start['stderr']:.5f} against {START_SPREAD}",
    )
    quoted = plan.heat.quoted
    for name, machine in heat["machines"].items():
        account = machine["accounts"]["fixed potential"]
        yield Metric(
            f"heat of a sample, kT: {name}",
            "energy",
            account["mean"],
            stderr=account["stderr"],
            n=len(machine["heat"]),
            note=f"fixed potential; {account['mean'] * plan.machine.kT:.1f} in model units, "
            f"{account['mean'] / quoted:.2f} of the quoted {quoted:g}; "
            f"recognisable {shown_share(machine['share'], plan.heat.samples)}",
        )
        if not name.endswith(", exact"):
            continue
        for kind in ("forgetting", "whole cycle", "Ito sum"):
            found = machine["accounts"][kind]
            yield Metric(
                f"{kind}, kT: {name}",
                "energy",
                found["mean"],
                stderr=found["stderr"],
                n=len(machine["heat"]),
                note=f"{found['mean'] / quoted:.2f} of the quoted {quoted:g}",
            )


def _sweep(sweep: Facts) -> Iterator[Metric]:
    for row in sweep["rows"]:
        share, n = row["share"], row["n"]
        yield Metric(
            f"recognisable share, duration {row['t']:g}: {row['field']}",
            "quality",
            share,
            direction=">=",
            stderr=_binomial(share, n),
            n=n,
            note=f"{shown_share(share, n)}; heat {row['heat']['mean']:.0f} ± "
            f"{row['heat']['stderr']:.0f} kT, whole cycle "
            f"{row['cycle']['mean']:.0f} kT; smallest class {shown_share(min(row['classes']), n)}",
        )


def _search(search: Facts, found: Facts | None) -> Iterator[Metric]:
    trials = search["trials"]
    best = trials[0]
    yield Metric(
        "search: best score",
        "quality",
        best["score"],
        direction=">=",
        n=best["n"],
        note=f"of {len(trials)} trials; {describe(best['settings'])}",
    )
    if found is not None:
        yield Metric(
            "search: place of the settings in the file",
            "quality",
            float(found["rank"] or len(trials) + 1),
            1.0,
            n=len(trials),
            note="1 if the search, run again, finds what the file says",
        )


def _found(plan: GenerativePlan, found: Facts) -> Iterator[Metric]:
    assert plan.found is not None
    n = plan.found.control_samples
    yield Metric(
        "control: recognisable share with shuffled addresses",
        "quality",
        found["control"],
        plan.limits.control,
        stderr=_binomial(found["control"], n),
        n=n,
        note=f"{shown_share(found['control'], n)}; the same couplings between other units generate "
        "nothing",
    )
    for name, account in found["accounts"].items():
        yield Metric(
            f"heat, kT: {name}",
            "energy",
            account["mean"],
            stderr=account["stderr"],
            n=plan.found.samples,
        )
    if "spice_heat" in found:
        account = found["spice_heat"]
        yield Metric(
            "heat in SPICE, kT: fixed potential",
            "energy",
            account["mean"],
            stderr=account["stderr"],
            n=plan.found.spice_samples,
        )
    own, room = found["joules"][0], found["joules"][-1]
    for label, row in (("made noise", own), ("thermal noise of 300 K", room)):
        yield Metric(
            f"heat of a sample, J: {label}",
            "energy",
            row["joule"],
            note=f"C = {row['farad']:g} F, V0 = {row['volt']:.3g} V, noise temperature "
            f"{row['kelvin']:.3g} K",
        )


def describe(settings: Facts) -> str:
    """Return settings in words."""
    codes = f"codes x {settings['amplitude']:g}" if settings["hidden"] == "codes" else ""
    weights = settings["weights"]
    equal = not weights or len(set(weights)) == 1
    return ", ".join(
        [
            f"hidden {codes or settings['hidden']}",
            f"noising {settings['t_final']:g} at strength {settings['strength']:g}",
            f"biases {settings['biases']}",
            "equal weights" if equal else f"weights {'/'.join(f'{w:g}' for w in weights)}",
            f"observed at {settings['observation']:g}",
        ]
    )


def _binomial(share: float, n: int) -> float:
    return float(max(share * (1 - share), 1 / n) ** 0.5 / n**0.5)
