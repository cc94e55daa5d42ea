"""How many boards a tolerance study makes: what its estimate rests on."""

from hwkit.study.kinds.tolerance.plan import TolerancePlan
from hwkit.tolerance.scaled_sigma import MOST_ADDED

_STEPS = 6  # of the search for one entry's largest factor


def count_boards(plan: TolerancePlan) -> int:
    """Return how many boards a study makes, at most; one at several temperatures counts for each.

    A search of the budget is counted with six steps, choices of several grades with two for each
    group; smaller scales of rare failures are added only if needed.
    """
    every_corner = (
        plan.boards.count * (1 + len(plan.grade_groups()))
        + _grade_boards(plan)
        + _curve_boards(plan)
        + _budget_boards(plan)
        + plan.rare.boards * (len(plan.rare.scales) + MOST_ADDED)
    )
    sobol = plan.sensitivity.sobol_boards * (_entries(plan) + 2)
    return len(plan.corners()) * every_corner + sobol


def _entries(plan: TolerancePlan) -> int:
    graded = sum(len(group.roles) for group in plan.grade_groups())
    return len(plan.variation().names) + graded


def _grade_boards(plan: TolerancePlan) -> int:
    if plan.grades is None:
        return 0
    groups = plan.grade_groups()
    choices = 2 * len(groups) if len(groups) > 1 else 0
    return plan.grades.boards * (sum(len(group.grades) for group in groups) + choices)


def _curve_boards(plan: TolerancePlan) -> int:
    curve = plan.curves
    points = len(curve.factors) * (1 + _entries(plan) * curve.each) + len(curve.bits)
    return curve.boards * points


def _budget_boards(plan: TolerancePlan) -> int:
    budget = plan.budget
    if budget is None:
        return 0
    groups = _entries(plan) if budget.groups is None else len(budget.groups)
    classes = 1
    for costs in budget.cost.values():
        classes *= len(costs)
    steps = _STEPS * groups + (classes if budget.cost else 0) + len(budget.trim)
    return budget.boards * steps
