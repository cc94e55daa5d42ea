"""Compare two sets of runs on the same noise: one verdict."""

import numpy as np
from numpy.typing import NDArray

from hwkit.fidelity.path import path_metrics
from hwkit.fidelity.quality import paired_quality_metric
from hwkit.fidelity.verdict import Metric, Verdict, merge
from hwkit.trajectories import Trajectories

FloatArray = NDArray[np.float64]


def compare(
    ideal: Trajectories,
    real: Trajectories,
    patterns: FloatArray | None = None,
    path_limit: float | None = 5e-3,
    correlation_limit: float | None = None,
    share_limit: float | None = 0.03,
) -> Verdict:
    """Hold a circuit's runs against the ideal machine's runs on the same noise.

    Args:
        ideal, real: the same runs, times and units.
        patterns: normalised training patterns (P, n_visible), to compare sample quality too.
        path_limit: largest rms end-point difference.
        correlation_limit: smallest correlation of the end points.
        share_limit: largest difference of the recognisable share.

    Raises:
        DataError: if the two sides differ in runs, times or units.
    """
    quality = []
    path = [
        Metric("failed runs", "path", float(len(real.failures)), 0.0, n=real.n_trajectories),
        *path_metrics(ideal, real, path_limit, correlation_limit),
    ]
    if patterns is not None:
        quality.append(paired_quality_metric(ideal, real, patterns, share_limit))
    return merge(path, quality)
