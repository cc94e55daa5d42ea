"""Path level: the same noise drives circuit and ideal machine; how far apart do they end?

Both are of strong order 1 in the step, with opposite errors (Euler-Maruyama explicit, backward
Euler implicit), so the distance falls linearly with h, and so does its usual limit. The run is the
independent unit.
"""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import DataError
from hwkit.fidelity.same_noise import check_same_noise
from hwkit.fidelity.verdict import Metric
from hwkit.ordering import largest
from hwkit.trajectories import Trajectories

FloatArray = NDArray[np.float64]
PathLimit = float | Literal["step"] | None  # "step": `path_limit` of the runs' own step

_PER_STEP = 2.0  # rms distance per unit of the step: 5e-3 at h = 2.5e-3
STATED = "same noise according to the caller"


def path_limit(dt: float) -> float:
    """Return the usual limit of the path error at a step: 2 h, which is 5e-3 at h = 2.5e-3."""
    return _PER_STEP * dt


def check_comparable(ideal: Trajectories, real: Trajectories) -> None:
    """Refuse pairs that differ in runs, times or units.

    Raises:
        DataError: naming both sides.
    """
    for what, a, b in (
        ("runs", ideal.n_trajectories, real.n_trajectories),
        ("units", ideal.n_units, real.n_units),
        ("saved times", ideal.t.size, real.t.size),
    ):
        if a != b:
            raise DataError(
                f"the ideal side has {a} {what}, the circuit's side {b}; compare like with like"
            )
    if not np.allclose(ideal.t, real.t, rtol=0, atol=1e-9 * ideal.t[-1]):
        step = largest(np.abs(ideal.t - real.t))
        raise DataError(
            f"saved time {step} is {ideal.t[step]:g} on the ideal side and {real.t[step]:g} on the "
            "circuit's; save the same times"
        )


def final_differences(
    ideal: Trajectories, real: Trajectories, same_noise: bool = False
) -> FloatArray:
    """Return circuit minus ideal at the end, (n_trajectories, N); NaN where a run failed.

    Args:
        ideal, real: runs of one machine on the same noise, from the same starts.
        same_noise: the caller's word for that, in place of what is stored with the runs.

    Raises:
        DataError: if the two sides are no pairs, or don't say that they are.
    """
    check_comparable(ideal, real)
    if not same_noise:
        check_same_noise(ideal, real)
    both = ideal.completed & real.completed
    return np.where(both[:, None], real.final - ideal.final, np.nan)


def path_metrics(
    ideal: Trajectories,
    real: Trajectories,
    limit: PathLimit = "step",
    correlation_limit: float | None = None,
    same_noise: bool = False,
) -> list[Metric]:
    """Return rms difference and correlation of end states on the same noise.

    Args:
        ideal, real: runs of one machine on the same noise, from the same starts.
        limit: of the rms difference; "step" for twice the step that the runs state, None for none.
        correlation_limit: least correlation of the end states; None for none.
        same_noise: the caller's word for the same noise, in place of what is stored with the runs.
    """
    difference = final_differences(ideal, real, same_noise)
    limit = _limit_of(ideal, real) if limit == "step" else limit
    both = np.isfinite(difference).all(axis=1)
    n = int(both.sum())
    if n == 0:
        return [Metric("path error", "path", float("nan"), limit, n=0, note="no run completed")]
    squares = np.mean(difference[both] ** 2, axis=1)
    rms = float(np.sqrt(squares.mean()))
    stderr = float(squares.std(ddof=1) / np.sqrt(n) / (2 * rms)) if n > 1 and rms > 0 else None
    sides = [runs.final[both] - runs.final[both].mean() for runs in (ideal, real)]
    norm = float(np.linalg.norm(sides[0]) * np.linalg.norm(sides[1]))
    correlation = float(np.vdot(*sides)) / norm if norm > 0 else float("nan")
    failed = real.n_trajectories - n
    note = f"rms over units and runs at the end{f'; {failed} runs failed' if failed else ''}"
    note += f"; {STATED}" if same_noise else ""
    return [
        Metric("path error", "path", rms, limit, "<=", stderr, n, real.seeds, note),
        Metric(
            "path correlation", "path", correlation, correlation_limit, ">=", None, n, real.seeds
        ),
    ]


def _limit_of(ideal: Trajectories, real: Trajectories) -> float:
    """Return the usual limit at the step that a side states."""
    steps = [float(side.attributes["dt"]) for side in (real, ideal) if "dt" in side.attributes]
    if not steps:
        raise DataError(
            "the path limit is 2 h, but neither side says its step; give path_limit as a number"
        )
    return path_limit(max(steps))


def order_metrics(
    coarse: FloatArray, fine: FloatArray, low: float = 1.7, high: float = 2.3
) -> list[Metric]:
    """Return by how much halving the step divides the path error, as lower and upper bound.

    Args:
        coarse, fine: end differences (n, N) at h and h/2, on one refined noise path per run;
            runs that failed on either side (NaN) are left out.
        low, high: the limits; first order gives 2.
    """
    squares = np.stack([np.mean(d**2, axis=1) for d in (coarse, fine)])
    squares = squares[:, np.isfinite(squares).all(axis=0)]
    n = squares.shape[1]
    ratio = float(np.sqrt(squares[0].mean() / squares[1].mean())) if n else float("nan")
    stderr = _jackknife(squares) if n > 1 else None
    note = "path error at h over path error at h/2; first order gives 2"
    return [
        Metric("path error ratio on halving h", "path", ratio, high, "<=", stderr, n, note=note),
        Metric("path error ratio, lower limit", "path", ratio, low, ">=", stderr, n, note=note),
    ]


def _jackknife(squares: FloatArray) -> float:
    n = squares.shape[1]
    left_out = (squares.sum(axis=1, keepdims=True) - squares) / (n - 1)
    ratios = np.sqrt(left_out[0] / left_out[1])
    return float(np.sqrt((n - 1) / n * np.sum((ratios - ratios.mean()) ** 2)))
