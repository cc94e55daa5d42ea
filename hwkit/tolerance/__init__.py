"""The tolerance lab: yield, sensitivity, worst case and budgets of boards."""

from hwkit.tolerance.budget import (
    Allocation,
    Largest,
    Point,
    bits_curve,
    cheapest,
    largest_sigma,
    tolerance_curve,
    trimmed,
)
from hwkit.tolerance.grades import Choice, GradeSearch, Tried, search_grades
from hwkit.tolerance.metrics import (
    METRICS,
    BoardMetric,
    BoardRuns,
    load_metric,
    metric_names,
)
from hwkit.tolerance.monte_carlo import BoardTable, Evaluation, drawn, monte_carlo
from hwkit.tolerance.paired import YieldDifference, paired_difference
from hwkit.tolerance.ranking import GroupShare, Ranked, group_shares, rank, sigmas
from hwkit.tolerance.scaled_sigma import RareFailure, check_scales, scaled_sigma
from hwkit.tolerance.sobol import Index, indices, sobol_indices
from hwkit.tolerance.specification import Limit, check_names, judge
from hwkit.tolerance.worst_case import WorstCase, enumerated, worst_case
from hwkit.tolerance.yields import StopRule, Yield, estimate_yield

__all__ = [
    "METRICS",
    "Allocation",
    "BoardMetric",
    "BoardRuns",
    "BoardTable",
    "Choice",
    "Evaluation",
    "GradeSearch",
    "GroupShare",
    "Index",
    "Largest",
    "Limit",
    "Point",
    "Ranked",
    "RareFailure",
    "StopRule",
    "Tried",
    "WorstCase",
    "Yield",
    "YieldDifference",
    "bits_curve",
    "cheapest",
    "check_names",
    "check_scales",
    "drawn",
    "enumerated",
    "estimate_yield",
    "group_shares",
    "indices",
    "judge",
    "largest_sigma",
    "load_metric",
    "metric_names",
    "monte_carlo",
    "paired_difference",
    "rank",
    "scaled_sigma",
    "search_grades",
    "sigmas",
    "sobol_indices",
    "tolerance_curve",
    "trimmed",
    "worst_case",
]
