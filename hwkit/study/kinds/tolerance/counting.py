"""How many boards a tolerance study makes: what its estimate rests on."""

from hwkit.study.kinds.tolerance.plan import TolerancePlan
from hwkit.tolerance.scaled_sigma import MOST_ADDED

SEARCH_STEPS = 6  # that a search for one entry's largest factor is counted with


def count_boards(plan: TolerancePlan) -> int:
    """Return how many boards a study makes, at most, each counted at every temperature."""
    added = len(plan.corners()) * plan.rare.boards * (MOST_ADDED if plan.rare.scales else 0)
    return added + sum(boards * often for boards, often in campaigns(plan).values())


def campaigns(plan: TolerancePlan) -> dict[str, tuple[int, int]]:
    """Return stage -> boards of one campaign, and how many campaigns there are, at most.

    A search of the budget is counted with SEARCH_STEPS, choices of several grades with two for each
    group; smaller scales of rare failures, which are added only if needed, are left out.
    """
    places, budget = len(plan.corners()), plan.budget
    each = {
        "boards": (plan.boards.count, places),
        "grades": (0 if plan.grades is None else plan.grades.boards, places * _choices(plan)),
        "one grade looser": (plan.boards.count, places * len(plan.grade_groups())),
        "Sobol indices": (plan.sensitivity.sobol_boards, _entries(plan) + 2),
        "yield curves": (plan.curves.boards, places * _points(plan)),
        "budget": (0 if budget is None else budget.boards, places * budget_steps(plan)),
        "trimming": (0 if budget is None else budget.boards, places * trim_steps(plan)),
    }
    rare = {f"rare failures at {scale:g} sigma": (plan.rare.boards, places)
            for scale in plan.rare.scales}  # fmt: skip
    return {stage: made for stage, made in (each | rare).items() if all(made)}


def budget_steps(plan: TolerancePlan) -> int:
    """Return how many yields a budget looks at, one after the other."""
    budget = plan.budget
    if budget is None:
        return 0
    groups, classes = _entries(plan) if budget.groups is None else len(budget.groups), 1
    for costs in budget.cost.values():
        classes *= len(costs)
    return SEARCH_STEPS * groups + (classes if budget.cost else 0)


def trim_steps(plan: TolerancePlan) -> int:
    """Return how many yields with trimmed parts a budget asks for."""
    return 0 if plan.budget is None else len(plan.budget.trim)


def _entries(plan: TolerancePlan) -> int:
    graded = sum(len(group.roles) for group in plan.grade_groups())
    return len(plan.variation().names) + graded


def _choices(plan: TolerancePlan) -> int:
    groups = plan.grade_groups()
    together = 2 * len(groups) if len(groups) > 1 else 0
    return sum(len(group.grades) for group in groups) + together


def _points(plan: TolerancePlan) -> int:
    """Return how many points all yield curves have."""
    curve = plan.curves
    return len(curve.factors) * (1 + _entries(plan) * curve.each) + len(curve.bits)
