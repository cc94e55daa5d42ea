"""Compare two sets of runs on the same noise: one verdict."""

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import ConfigError
from hwkit.fidelity.path import PathLimit, path_metrics
from hwkit.fidelity.quality import paired_quality_metric
from hwkit.fidelity.verdict import Metric, Verdict, merge
from hwkit.trajectories import Trajectories

FloatArray = NDArray[np.float64]


def compare(
    ideal: Trajectories,
    real: Trajectories,
    patterns: FloatArray | None = None,
    path_limit: PathLimit = "step",
    correlation_limit: float | None = None,
    share_limit: float | None = 0.03,
    same_noise: bool = False,
) -> Verdict:
    """Compare a circuit's runs with the ideal machine's runs on the same noise, run by run.

    Args:
        ideal, real: the same runs, times, units, starts and noise, at one step, of one machine;
            what the simulators store of it is checked.
        patterns: normalised training patterns (P, n_visible), to compare sample quality too.
        path_limit: largest rms end-point difference; "step" for 2 h, None to report only.
        correlation_limit: smallest correlation of the end points.
        share_limit: largest difference of the recognisable share.
        same_noise: the caller's word that both sides were driven alike, in place of that check:
            for runs measured elsewhere, which carry nothing of the kind. The verdict says so.

    Raises:
        DataError: if the two sides differ in one of these, or don't say that they agree.
        ConfigError: for a limit of a share or correlation that none can have.
    """
    for name, limit, least, most in (
        ("correlation_limit", correlation_limit, -1, 1),
        ("share_limit", share_limit, 0, 1),
    ):
        if limit is not None and not least <= limit <= most:
            raise ConfigError(f"{name} is {limit!r}; give {least} to {most}, or None")
    quality = []
    path = [
        Metric("failed runs", "path", float(len(real.failures)), 0.0, n=real.n_trajectories),
        *path_metrics(ideal, real, path_limit, correlation_limit, same_noise),
    ]
    if patterns is not None:
        quality.append(paired_quality_metric(ideal, real, patterns, share_limit, same_noise))
    return merge(path, quality)
