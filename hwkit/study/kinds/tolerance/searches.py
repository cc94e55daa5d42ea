"""Questions that take boards of other variations: curves, budgets, trimming, rare failures."""

import hashlib
from dataclasses import replace

from hwkit.circuit.variation import Quantised, Variation
from hwkit.study.kinds.tolerance.batches import Campaign, tables
from hwkit.study.kinds.tolerance.nominal import Nominal
from hwkit.study.kinds.tolerance.parts import derivatives
from hwkit.study.kinds.tolerance.plan import TolerancePlan
from hwkit.study.kinds.tolerance.results import (
    Budget,
    Cheapest,
    Curve,
    CurvePoint,
    Loosest,
    Trimmed,
    YieldFacts,
)
from hwkit.study.run import Run
from hwkit.tolerance import RareFailure, Yield, cheapest, largest_sigma, rank, scaled_sigma
from hwkit.tolerance.scaled_sigma import MOST_ADDED
from hwkit.wiener import child_seed

SEARCH_STEPS = 6  # that a search for the loosest deviations is counted with

_Points = list[tuple[float, Campaign]]


def curves(run: Run[TolerancePlan], nominal: Nominal) -> tuple[Curve, ...] | None:
    """Return the yield against the deviations' factor, and against bits."""
    if not run.plan.curves.boards:
        return None
    curve_points = [*_factor_points(run.plan), *_bit_points(run.plan)]
    campaigns = [campaign for _, points in curve_points for _, campaign in points]
    made = iter(tables(run, nominal, "yield curves", campaigns))
    return tuple(
        replace(
            curve,
            points=tuple(CurvePoint.of(next(made).estimate, at=at) for at, _ in points),
        )
        for curve, points in curve_points
    )


def _factor_points(plan: TolerancePlan) -> list[tuple[Curve, _Points]]:
    """Return the boards of each curve against the deviations: of all entries, and of each."""
    variation, factors = plan.variation(), plan.curves.factors
    groups: list[str] = ["", *(variation.names if plan.curves.each else [])]
    return [
        (
            Curve(group or "all entries", "deviations", ()),
            [
                (
                    factor,
                    _curve_campaign(
                        plan,
                        f"{place}-{factor:g}",
                        variation.scaled(factor, (group,) if group else None),
                    ),
                )
                for factor in factors
            ],
        )
        for place, group in enumerate(groups)
    ]


def _bit_points(plan: TolerancePlan) -> list[tuple[Curve, _Points]]:
    """Return the boards of the curve against bits, if there is one."""
    if not plan.curves.bits:
        return []
    variation, parts = plan.variation(), plan.curves.bits_parts
    points = [
        (float(bits), _curve_campaign(plan, f"bits-{bits}", _with_bits(variation, parts, bits)))
        for bits in plan.curves.bits
    ]
    return [(Curve("bits", "bits", ()), points)]


def _curve_campaign(plan: TolerancePlan, name: str, variation: Variation) -> Campaign:
    seed = child_seed(plan.seed, "fabrication")
    return Campaign(f"curve-{name}", variation, plan.curves.boards, seed)


def _with_bits(variation: Variation, parts: str, bits: int) -> Variation:
    others = tuple(entry for entry in variation.quantised if entry.parts != parts)
    return replace(variation, quantised=(*others, Quantised(parts, bits)))


def budget(run: Run[TolerancePlan], nominal: Nominal) -> Budget | None:
    """Return the loosest deviations, the cheapest classes, and what trimming buys."""
    plan, variation = run.plan.budget, run.plan.variation()
    if not plan.boards:
        return None

    def yield_of(changed: Variation) -> Yield:
        name = hashlib.sha256(repr(changed).encode()).hexdigest()[:16]
        return _budget_yields(run, nominal, "budget", [(f"budget-{name}", changed, ())])[0]

    loosest = []
    for group in variation.names if plan.groups is None else plan.groups:
        row = largest_sigma(yield_of, variation, group, plan.target, plan.largest, plan.precision)
        loosest.append(Loosest(row.group, row.factor, row.fails_at, YieldFacts.of(row.at_factor)))
    costs = {
        group: {float(factor): cost for factor, cost in classes.items()}
        for group, classes in plan.cost.items()
    }
    choice = None
    if costs:
        best = cheapest(yield_of, variation, costs, plan.target)
        reached = None if best.found is None else YieldFacts.of(best.found)
        choice = Cheapest(best.factors, best.cost, best.tried, reached)
    trimming = _trimming(run, nominal) if plan.trim else ()
    return Budget(plan.target, plan.boards, tuple(loosest), choice, trimming)


def _budget_yields(
    run: Run[TolerancePlan],
    nominal: Nominal,
    stage: str,
    boards: list[tuple[str, Variation, tuple[tuple[str, int], ...]]],
) -> list[Yield]:
    """Return the yields of (name, variation, trimmed parts)."""
    n, seed = run.plan.budget.boards, child_seed(run.plan.seed, "fabrication")
    campaigns = [Campaign(name, changed, n, seed, trim=trim) for name, changed, trim in boards]
    return [table.estimate for table in tables(run, nominal, stage, campaigns)]


def _trimming(run: Run[TolerancePlan], nominal: Nominal) -> tuple[Trimmed, ...]:
    """Return the yield when the k parts that matter most are trimmed to nominal."""
    plan, variation, design = run.plan.budget, run.plan.variation(), nominal.design
    roles = {parts.role for parts in design.parts}
    with run.stage("sensitivities"):
        ranked = rank(design, variation, derivatives(run.plan, nominal).of, max(plan.trim))
    order = [(row.name, row.part) for row in ranked if row.name in roles]
    boards = [(f"trim-{k}", variation, tuple(order[:k])) for k in plan.trim]
    yields = _budget_yields(run, nominal, "trimming", boards)
    return tuple(Trimmed.of(y, parts=k) for k, y in zip(plan.trim, yields, strict=True))


def rare_failure(run: Run[TolerancePlan], nominal: Nominal) -> RareFailure | None:
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
        [table] = tables(run, nominal, f"rare failures at {scale:g} sigma", [campaign])
        return len(table.boards) - table.estimate.passed

    return scaled_sigma(failures, plan.boards, 0, plan.scales, run.plan.boards.level)


def count_boards(plan: TolerancePlan) -> int:
    """Return how many boards a study makes, at most.

    A search is counted with SEARCH_STEPS; smaller scales of rare failures are added only if needed.
    """
    entries = len(plan.variation().names)
    return (
        plan.boards.count
        + plan.sensitivity.sobol_boards * (entries + 2)
        + plan.curves.boards * count_points(plan)
        + plan.budget.boards * (count_steps(plan) + len(plan.budget.trim))
        + plan.rare.boards * (len(plan.rare.scales) + MOST_ADDED)
    )


def count_points(plan: TolerancePlan) -> int:
    """Return how many points all yield curves have."""
    curve, entries = plan.curves, len(plan.variation().names)
    return len(curve.factors) * (1 + entries * curve.each) + len(curve.bits)


def count_steps(plan: TolerancePlan) -> int:
    """Return how many yields a budget looks at, one after the other."""
    if not plan.budget.boards:
        return 0
    entries, classes = len(plan.variation().names), 1
    groups = entries if plan.budget.groups is None else len(plan.budget.groups)
    for costs in plan.budget.cost.values():
        classes *= len(costs)
    return SEARCH_STEPS * groups + (classes if plan.budget.cost else 0)
