"""The answers of a tolerance study, one function each: plain values for `tolerance.json`."""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hwkit.circuit import Design
from hwkit.circuit.variation import Quantised, Variation
from hwkit.errors import HwkitError, SimulationError
from hwkit.fidelity import Metric
from hwkit.files import replacing
from hwkit.spice import ngspice_version, simulate_spice
from hwkit.study.tolerance_batches import Campaign
from hwkit.study.tolerance_metrics import METRICS, BoardMetrics, Nominal, smooth_metric
from hwkit.tolerance import (
    BoardTable,
    Index,
    Ranked,
    Yield,
    cheapest,
    drawn,
    group_shares,
    indices,
    largest_sigma,
    rank,
    scaled_sigma,
)
from hwkit.training import recognise
from hwkit.twin import Boards, Derivatives, bind, differentiate, simulate_boards
from hwkit.wiener import child_seed

if TYPE_CHECKING:
    from hwkit.study.tolerance import Run
    from hwkit.study.tolerance_plan import TolerancePlan

FloatArray = NDArray[np.float64]
WORST = "worst.npz"
_WORST_BOARDS, _WORST_PATHS, _WORST_TIMES = 3, 12, 25
_QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)


def plain(entry: Any) -> Any:
    """Return what JSON can hold: numbers that are not finite become null."""
    if isinstance(entry, dict):
        return {str(key): plain(value) for key, value in entry.items()}
    if isinstance(entry, list | tuple):
        return [plain(value) for value in entry]
    if isinstance(entry, np.generic):
        entry = entry.item()
    return None if isinstance(entry, float) and not math.isfinite(entry) else entry


def simulator_version() -> str:
    """Return ngspice's version."""
    return ngspice_version()


def yield_facts(table: BoardTable) -> dict[str, Any]:
    """Return the yield and its interval."""
    return _yield(table.estimate) | {"specification": [x.describe() for x in table.specification]}


def _yield(found: Yield) -> dict[str, Any]:
    return {"value": found.value, **asdict(found)}


def nominal_metrics(run: "Run") -> dict[str, float]:
    """Return every metric of the nominal board."""
    found = BoardMetrics(run.nominal)(Boards({}, 1))
    return {name: float(values[0]) for name, values in found.items()}


def distributions(table: BoardTable) -> dict[str, Any]:
    """Return quantiles of every metric over the boards that could be simulated."""
    found = {}
    for name in METRICS:
        values = table.metrics[name][~table.failed]
        found[name] = {
            "mean": float(np.mean(values)) if values.size else math.nan,
            "std": float(np.std(values, ddof=1)) if values.size > 1 else math.nan,
            "quantiles": dict(
                zip(map(str, _QUANTILES), np.quantile(values, _QUANTILES).tolist(), strict=True)
            )
            if values.size
            else {},
        }
    return found


def spice_check(run: "Run", main: Campaign, n_boards: int) -> list[dict[str, Any]]:
    """Simulate a random subset of the boards in ngspice, path by path, on the same noise."""
    plan, about = run.plan.check, run.nominal
    if not plan.boards:
        return []
    rng = np.random.default_rng(child_seed(run.plan.seed, "check"))
    chosen = np.sort(rng.choice(n_boards, min(plan.boards, n_boards), replace=False)).tolist()
    paths = min(plan.paths, run.plan.boards.paths)
    drawing, bound, rows = main.drawing(about), bind(about.design), []
    with run.stage("check in SPICE") as progress:
        for done, number in enumerate(chosen, start=1):
            boards = drawn(drawing, [number])
            design = boards.design(about.design, 0)
            times = (about.t_final, about.dt, paths, about.seed, about.starts[:paths])
            row: dict[str, Any] = {"board": number, "paths": paths, "mode": about.mode}
            try:
                spice = simulate_spice(design, *times, jobs=min(run.jobs, paths), tight=True)
            except SimulationError as error:
                rows.append(row | {"failure": str(error)})
                continue
            for mode in ("implicit", "fast") if about.mode == "fast" else ("implicit",):
                runs = simulate_boards(
                    about.design,
                    *times,
                    boards=boards,
                    mode=mode,
                    bound=bound,
                )
                apart = np.abs(runs.x[0, :, -1] - spice.final)
                row[mode] = {"largest": float(apart.max()), "rms": _rms(apart)}
            rows.append(row)
            progress(done, len(chosen))
    return rows


def _rms(values: FloatArray) -> float:
    return float(np.sqrt(np.mean(values**2)))


def check_metrics(run: "Run", rows: Sequence[dict[str, Any]]) -> list[Metric]:
    """Return how far the twin is from SPICE on the boards that were checked."""
    limits, done = run.plan.check, [row for row in rows if "implicit" in row]
    if not rows:
        return []
    paths = sum(row["paths"] for row in done)
    lost = f"; {len(rows) - len(done)} of {len(rows)} boards failed in ngspice" * (
        len(done) < len(rows)
    )
    found = [
        Metric(
            "twin, backward Euler, against SPICE",
            "path",
            max((row["implicit"]["largest"] for row in done), default=math.nan),
            limits.implicit,
            n=paths,
            note=f"largest over units and paths of {len(done)} boards at t_f{lost}",
        )
    ]
    if run.nominal.mode == "fast":
        found.append(
            Metric(
                "twin, fast mode, against SPICE",
                "path",
                max((row["fast"]["rms"] for row in done), default=math.nan),
                limits.fast,
                n=paths,
                note="rms over units and paths at t_f, worst board",
            )
        )
    return found


def yield_metrics(run: "Run", table: BoardTable) -> list[Metric]:
    """Return the yield as a metric of the verdict."""
    found = table.estimate
    half = (found.high - found.low) / 2
    return [
        Metric(
            "yield",
            "quality",
            found.value,
            run.plan.boards.required,
            ">=",
            stderr=half / 1.96,
            n=found.boards,
            seeds=(run.plan.seed,),
            note=f"{found.level:.0%} interval {found.low:.1%} to {found.high:.1%}",
        )
    ]


def derivatives(plan: "TolerancePlan", about: Nominal) -> Derivatives:
    """Differentiate the study's smooth metric to every part of the nominal board."""
    paths = min(plan.sensitivity.paths, plan.boards.paths)
    metric = smooth_metric(plan.sensitivity.metric, about)
    times = (about.t_final, about.dt, paths, about.seed, about.starts[:paths])
    return differentiate(bind(about.design), metric, *times)


def sensitivity(run: "Run") -> dict[str, Any] | None:
    """Return the parts and groups that move the smooth metric most."""
    if not run.plan.sensitivity.top:
        return None
    with run.stage("sensitivities"):
        return plain_sensitivity(run.plan, run.nominal)


def plain_sensitivity(
    plan: "TolerancePlan", about: Nominal, out: Path | None = None
) -> dict[str, Any]:
    """Return the ranking; write every derivative to `out`, if it is named."""
    found = derivatives(plan, about)
    if out is not None:
        with replacing(out) as temporary, temporary.open("wb") as stream:
            np.savez(stream, **found.of)  # type: ignore[arg-type]
    design, variation = about.design, plan.variation()
    return {
        "metric": plan.sensitivity.metric,
        "paths": min(plan.sensitivity.paths, plan.boards.paths),
        "value": found.value,
        "parts": [
            asdict(row) | {"between": _ends(design, row)}
            for row in rank(design, variation, found.of, plan.sensitivity.top)
        ],
        "groups": [asdict(row) for row in group_shares(design, variation, found.of)],
    }


def _ends(design: Design, row: Ranked) -> list[str]:
    parts = design.group(row.name.partition(".")[0])
    names = [*design.nodes, "0"]
    return [names[node] for node in parts.nodes[row.part].tolist()]


def sobol_campaigns(run: "Run") -> dict[str, Campaign]:
    """Return boards A, B, and A with one entry's draws from B, by name."""
    variation, n = run.plan.variation(), run.plan.sensitivity.sobol_boards
    a, b = (child_seed(run.plan.seed, "sobol", side) for side in ("A", "B"))
    swaps = {"A": [], "B": variation.names} | {f"B {name}": [name] for name in variation.names}
    return {
        key: Campaign(f"sobol-{place}", variation, n, a, seeds=dict.fromkeys(swapped, b))
        for place, (key, swapped) in enumerate(swaps.items())
    }


def sobol(run: "Run") -> dict[str, Any] | None:
    """Return grouped Sobol indices of a metric."""
    plan = run.plan.sensitivity
    if not plan.sobol_boards:
        return None
    campaigns = sobol_campaigns(run)
    tables = dict(
        zip(campaigns, run.tables("Sobol indices", list(campaigns.values())), strict=True)
    )
    values = {key: table.metrics[plan.sobol_metric] for key, table in tables.items()}
    mixed = {name: values[f"B {name}"] for name in run.plan.variation().names}
    seed = child_seed(run.plan.seed, "bootstrap")
    found: list[Index] = indices(values["A"], values["B"], mixed, seed, run.plan.boards.level)
    groups = [asdict(index) for index in found]
    return {"metric": plan.sobol_metric, "boards": plan.sobol_boards, "groups": groups}


def curve_campaigns(run: "Run") -> dict[str, list[tuple[float, Campaign]]]:
    """Return the boards of every point of every curve, by entry; "" is all of them."""
    plan, variation = run.plan.curves, run.plan.variation()
    if not plan.boards:
        return {}

    def campaign(name: str, changed: Variation) -> Campaign:
        return Campaign(f"curve-{name}", changed, plan.boards, run.fabrication)

    groups: list[str] = ["", *(variation.names if plan.each else [])]
    found: dict[str, list[tuple[float, Campaign]]] = {}
    for place, group in enumerate(groups):
        names = (group,) if group else None
        found[group] = [
            (factor, campaign(f"{place}-{factor:g}", variation.scaled(factor, names)))
            for factor in plan.factors
        ]
    if plan.bits:
        found["bits"] = [
            (float(bits), campaign(f"bits-{bits}", _with_bits(variation, plan.bits_parts, bits)))
            for bits in plan.bits
        ]
    return found


def _with_bits(variation: Variation, parts: str, bits: int) -> Variation:
    others = tuple(entry for entry in variation.quantised if entry.parts != parts)
    return replace(variation, quantised=(*others, Quantised(parts, bits)))


def curves(run: "Run") -> list[dict[str, Any]] | None:
    """Return the yield against the deviations' factor, and against bits."""
    found = curve_campaigns(run)
    if not found:
        return None
    flat = [campaign for points in found.values() for _, campaign in points]
    tables = iter(run.tables("yield curves", flat))
    rows = []
    for group, points in found.items():
        measured = [{"at": at, **_yield(next(tables).estimate)} for at, _ in points]
        rows.append({"group": group or "all entries", "points": measured})
    return rows


def budget(run: "Run") -> dict[str, Any] | None:
    """Return the loosest deviations, the cheapest classes, and what trimming buys."""
    plan, variation = run.plan.budget, run.plan.variation()
    if not plan.boards:
        return None

    def yield_of(changed: Variation) -> Yield:
        return _yield_of(run, changed, plan.boards)

    groups = variation.names if plan.groups is None else plan.groups
    loosest = [
        largest_sigma(yield_of, variation, group, plan.target, plan.largest, plan.precision)
        for group in groups
    ]
    costs = {
        group: {float(factor): cost for factor, cost in classes.items()}
        for group, classes in plan.cost.items()
    }
    chosen = cheapest(yield_of, variation, costs, plan.target) if costs else None
    return {
        "target": plan.target,
        "boards": plan.boards,
        "loosest": [
            {
                "group": row.group,
                "factor": row.factor,
                "fails_at": row.fails_at,
                "yield": _yield(row.at_factor),
            }
            for row in loosest
        ],
        "cheapest": None
        if chosen is None
        else {
            "factors": chosen.factors,
            "cost": chosen.cost,
            "tried": chosen.tried,
            "yield": None if chosen.found is None else _yield(chosen.found),
        },
        "trimming": _trimming(run),
    }


def _yield_of(run: "Run", changed: Variation, n: int) -> Yield:
    name = hashlib.sha256(repr(changed).encode()).hexdigest()[:16]
    campaign = Campaign(f"budget-{name}", changed, n, run.fabrication)
    [table] = run.tables("budget", [campaign])
    return table.estimate


def _trimming(run: "Run") -> list[dict[str, Any]]:
    """Return the yield when the k parts that matter most are trimmed to nominal."""
    plan, variation = run.plan.budget, run.plan.variation()
    if not plan.trim:
        return []
    design = run.nominal.design
    roles = {parts.role for parts in design.parts}
    with run.stage("sensitivities"):
        ranked = rank(design, variation, derivatives(run.plan, run.nominal).of, max(plan.trim))
    order = [(row.name, row.part) for row in ranked if row.name in roles]
    campaigns = [
        Campaign(f"trim-{k}", variation, plan.boards, run.fabrication, trim=tuple(order[:k]))
        for k in plan.trim
    ]
    tables = run.tables("trimming", campaigns)
    return [
        {"parts": k, **_yield(table.estimate)} for k, table in zip(plan.trim, tables, strict=True)
    ]


def rare(run: "Run") -> dict[str, Any] | None:
    """Return the failure probability by scaled-sigma sampling."""
    plan, variation = run.plan.rare, run.plan.variation()
    if not plan.boards:
        return None

    def failures(scale: float, n: int) -> int:
        seed = child_seed(run.plan.seed, "rare", f"{scale:g}")
        campaign = Campaign(f"rare-{scale:g}", variation.scaled(scale), n, seed)
        [table] = run.tables(f"rare failures at {scale:g} sigma", [campaign])
        return len(table.boards) - table.estimate.passed

    seed = child_seed(run.plan.seed, "bootstrap")
    try:
        found = scaled_sigma(failures, plan.boards, seed, plan.scales, run.plan.boards.level)
    except HwkitError as error:
        return {"failure": str(error)}
    return {
        "probability": found.probability,
        "low": found.low,
        "high": found.high,
        "scales": found.scales.tolist(),
        "failures": found.failures.tolist(),
        "boards": found.boards.tolist(),
        "residuals": found.residuals.tolist(),
    }


def worst(run: "Run", main: Campaign, table: BoardTable) -> list[dict[str, Any]]:
    """Run the boards that miss the first limit by most once more and keep their paths."""
    about, limit = run.nominal, table.specification[0]
    values = table.metrics[limit.metric]
    margin = np.full(len(values), np.inf)
    if limit.low is not None:
        margin = np.minimum(margin, values - limit.low)
    if limit.high is not None:
        margin = np.minimum(margin, limit.high - values)
    order = np.argsort(np.where(np.isfinite(margin), margin, np.inf), kind="stable")
    chosen = table.boards[order[:_WORST_BOARDS]].tolist()
    boards = drawn(main.drawing(about), chosen)
    paths = min(_WORST_PATHS, len(about.starts))
    every = max(1, round(about.t_final / about.dt) // _WORST_TIMES)
    times = (about.t_final, about.dt, paths, about.seed, about.starts[:paths])
    bound = bind(about.design)
    runs = simulate_boards(
        about.design, *times, boards=boards, mode=about.mode, bound=bound, save_every=every
    )
    nominal = simulate_boards(about.design, *times, mode=about.mode, bound=bound, save_every=every)
    with replacing(run.folder / WORST) as temporary, temporary.open("wb") as stream:
        boards_x = np.concatenate([nominal.x, runs.x]).astype(np.float32)
        np.savez(stream, boards=np.array([-1, *chosen]), t=runs.t, x=boards_x)
    rows = []
    for place, number in enumerate(chosen):
        row = int(order[place])
        seen = recognise(runs.x[place, :, -1], about.patterns)
        metrics = {name: float(table.metrics[name][row]) for name in METRICS}
        rows.append({"board": number, "shown": seen.best.tolist(), "metrics": metrics})
    return rows


def count_boards(plan: "TolerancePlan") -> int:
    """Return how many boards a study makes, at most; a search is counted with six steps."""
    entries = len(plan.variation().names)
    curves = plan.curves
    points = len(curves.factors) * (1 + entries * curves.each) + len(curves.bits)
    groups = entries if plan.budget.groups is None else len(plan.budget.groups)
    classes = 1
    for costs in plan.budget.cost.values():
        classes *= len(costs)
    searches = 6 * groups + (classes if plan.budget.cost else 0) + len(plan.budget.trim)
    return (
        plan.boards.count
        + plan.sensitivity.sobol_boards * (entries + 2)
        + curves.boards * points
        + plan.budget.boards * searches
        + plan.rare.boards * len(plan.rare.scales)
    )
