"""The answers of a tolerance study, one function each: plain values for `tolerance.json`."""

import hashlib
import math
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hwkit.circuit.variation import Quantised, Variation
from hwkit.fidelity import Metric
from hwkit.study.kinds.tolerance.batches import Campaign
from hwkit.study.kinds.tolerance.metrics import METRICS, BoardMetrics
from hwkit.study.kinds.tolerance.parts import derivatives
from hwkit.tolerance import (
    BoardTable,
    RareFailure,
    Yield,
    cheapest,
    largest_sigma,
    rank,
    scaled_sigma,
)
from hwkit.tolerance.scaled_sigma import MOST_ADDED
from hwkit.twin import Boards
from hwkit.wiener import child_seed

if TYPE_CHECKING:
    from hwkit.study.kinds.tolerance.plan import TolerancePlan
    from hwkit.study.kinds.tolerance.study import Run

FloatArray = NDArray[np.float64]
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


def rare_failure(run: "Run") -> RareFailure | None:
    """Return the failure probability by scaled-sigma sampling, or that it can't be told."""
    plan, variation = run.plan.rare, run.plan.variation()
    if not plan.boards:
        return None
    if unlike := variation.not_gaussian:
        names = ", ".join(map(repr, unlike))
        why = f"scaled-sigma sampling needs Gaussian deviations, which {names} does not have"
        return RareFailure.cannot_tell(why, run.plan.boards.level)

    def failures(scale: float, n: int) -> int:
        seed = child_seed(run.plan.seed, "rare", f"{scale:g}")
        campaign = Campaign(f"rare-{scale:g}", variation.scaled(scale), n, seed)
        [table] = run.tables(f"rare failures at {scale:g} sigma", [campaign])
        return len(table.boards) - table.estimate.passed

    return scaled_sigma(failures, plan.boards, 0, plan.scales, run.plan.boards.level)


def rare_facts(found: RareFailure | None) -> dict[str, Any] | None:
    """Return rare failures as plain values, with the sentence that the page shows."""
    if found is None:
        return None
    fields = {
        name: value.tolist() if isinstance(value, np.ndarray) else value
        for name, value in asdict(found).items()
    }
    return fields | {"text": found.describe()}


def rare_metrics(run: "Run", found: RareFailure | None) -> list[Metric]:
    """Return the failure probability as a metric of the verdict, without a limit."""
    if found is None:
        return []
    n, note = int(found.boards.sum()), found.describe()
    seeds = (run.plan.seed,)
    return [
        Metric("failure probability", "quality", found.probability, n=n, seeds=seeds, note=note)
    ]


def count_boards(plan: "TolerancePlan") -> int:
    """Return how many boards a study makes, at most.

    A search is counted with six steps; smaller scales of rare failures are added only if needed.
    """
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
        + plan.rare.boards * (len(plan.rare.scales) + MOST_ADDED)
    )
