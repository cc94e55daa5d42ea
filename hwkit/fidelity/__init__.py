"""How close is the circuit to the ideal machine: drift, path, quality, known answers."""

from hwkit.fidelity.answers import KnownAnswer, chain_density, known_answers
from hwkit.fidelity.budget import ErrorBudget, error_budget, machine_statistics
from hwkit.fidelity.compare import compare
from hwkit.fidelity.convergence import convergence_metrics
from hwkit.fidelity.distribution import FEWER_RUNS, distribution_metrics
from hwkit.fidelity.drift import (
    drift_metric,
    drift_residual,
    extraction_metric,
    onsite_metric,
    reordered,
)
from hwkit.fidelity.generators import (
    Estimate,
    GeneratorQuality,
    generator_quality,
    permuted_pixels,
)
from hwkit.fidelity.judge import Judge, judge_of
from hwkit.fidelity.path import (
    PathLimit,
    final_differences,
    order_metrics,
    path_limit,
    path_metrics,
)
from hwkit.fidelity.quality import paired_quality_metric, quality_metrics
from hwkit.fidelity.same_noise import check_same_noise
from hwkit.fidelity.shares import share_error, shown_share, wilson
from hwkit.fidelity.statistics import neighbouring_steps
from hwkit.fidelity.verdict import Metric, Verdict, merge, remarked

__all__ = [
    "FEWER_RUNS",
    "ErrorBudget",
    "Estimate",
    "GeneratorQuality",
    "Judge",
    "KnownAnswer",
    "Metric",
    "PathLimit",
    "Verdict",
    "chain_density",
    "check_same_noise",
    "compare",
    "convergence_metrics",
    "distribution_metrics",
    "drift_metric",
    "drift_residual",
    "error_budget",
    "extraction_metric",
    "final_differences",
    "generator_quality",
    "judge_of",
    "known_answers",
    "machine_statistics",
    "merge",
    "neighbouring_steps",
    "onsite_metric",
    "order_metrics",
    "paired_quality_metric",
    "path_limit",
    "path_metrics",
    "permuted_pixels",
    "quality_metrics",
    "remarked",
    "reordered",
    "share_error",
    "shown_share",
    "wilson",
]
