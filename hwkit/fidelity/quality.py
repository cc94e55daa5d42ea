"""Quality level: does the machine generate its patterns, and does the circuit do so as well?"""

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import DataError
from hwkit.fidelity.path import check_comparable
from hwkit.fidelity.same_noise import check_same_noise
from hwkit.fidelity.shares import share_error, shown_share
from hwkit.fidelity.verdict import Metric
from hwkit.training import Recognition, recognise
from hwkit.trajectories import Trajectories

FloatArray = NDArray[np.float64]


def quality_metrics(
    runs: Trajectories,
    patterns: FloatArray,
    share_limit: float | None = None,
    class_limit: float | None = None,
    prefix: str = "ideal",
) -> list[Metric]:
    """Return recognisable share and smallest class share of generated samples.

    Args:
        runs: generated samples are their end states.
        patterns: training patterns, (P, n_visible).
        share_limit: least recognisable share; None for none.
        class_limit: least share of the rarest class; None for none.
        prefix: of the metrics' names, before a colon.
    """
    seen = recognise(runs.final, patterns)
    shares = seen.class_shares
    rarest = int(np.argmin(shares))
    n = runs.n_trajectories
    all_shares = ", ".join(shown_share(float(share), n) for share in shares)
    return [
        _share(f"{prefix}: recognisable share", seen.share, share_limit, runs),
        _share(
            f"{prefix}: smallest class share",
            float(shares[rarest]),
            class_limit,
            runs,
            note=f"pattern {rarest}; all: {all_shares}",
        ),
    ]


def paired_quality_metric(
    ideal: Trajectories,
    real: Trajectories,
    patterns: FloatArray,
    limit: float | None = 0.03,
    same_noise: bool = False,
) -> Metric:
    """Return |circuit - ideal| of the recognisable share, on the same noise, run by run.

    Args:
        ideal, real: runs of one machine on the same noise, from the same starts.
        patterns: training patterns, (P, n_visible).
        limit: of the difference, as a share of the runs.
        same_noise: the caller's word for the same noise, in place of what is stored with the runs.

    Raises:
        DataError: if the two sides were not driven alike, or no state can be like a pattern.
    """
    patterns = np.asarray(patterns, dtype=np.float64)
    if patterns.ndim != 2 or not len(patterns) or not np.all(np.ptp(patterns, axis=1) > 0):
        raise DataError(
            "patterns must be rows of pixels that differ: nothing is recognised as a row of equal "
            "ones, and two shares of 0 agree"
        )
    check_comparable(ideal, real)
    if not same_noise:
        check_same_noise(ideal, real)
    sides: list[Recognition] = [recognise(runs.final, patterns) for runs in (ideal, real)]
    difference = sides[1].recognisable.astype(float) - sides[0].recognisable
    n = difference.size
    circuit, reference = (shown_share(side.share, n) for side in (sides[1], sides[0]))
    stderr = float(difference.std(ddof=1) / np.sqrt(n)) if n > 1 else None
    changed = int(np.count_nonzero(difference))
    return Metric(
        "recognisable share, circuit against ideal",
        "quality",
        abs(float(difference.mean())),
        limit,
        stderr=stderr,
        n=n,
        seeds=real.seeds,
        note=f"{circuit} against {reference}; {changed} of {n} samples differ",
    )


def _share(
    name: str, value: float, limit: float | None, runs: Trajectories, note: str = ""
) -> Metric:
    n = runs.n_trajectories
    stderr = share_error(value, n)
    shown = f"{shown_share(value, n)}{'; ' * bool(note)}{note}"
    return Metric(name, "quality", value, limit, ">=", stderr, n, runs.seeds, shown)
