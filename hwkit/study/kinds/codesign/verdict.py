"""The verdict of a co-design study: shares, paired differences, the part of a loss won back."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from hwkit.codesign import paired_difference, recovery
from hwkit.fidelity import Metric, Verdict
from hwkit.study.kinds.codesign.plan import CodesignLimits, CodesignPlan
from hwkit.study.kinds.codesign.results import CodesignResults, VariantBoards
from hwkit.trajectories import FloatArray

_REPORTED = CodesignLimits()  # no limits: numbers are reported only


def judge(
    plan: CodesignPlan, results: CodesignResults, losses: Mapping[str, Sequence[float]]
) -> Verdict:
    """Turn the boards' results into metrics, and compare the named variant with its limits.

    Args:
        plan: the study.
        results: of it.
        losses: variant -> loss per step on each held-out noising path.
    """
    share = {name: np.array(boards.share) for name, boards in results.boards.items()}
    lost = paired_difference(share["plain"], share["ideal"])
    metrics = [
        Metric(
            "plain: lost share",
            "quality",
            lost.mean,
            plan.limits.min_plain_loss,
            ">=",
            lost.stderr,
            lost.n,
            note="ideal machine minus plain training on this hardware",
        )
    ]
    for name, boards in results.boards.items():
        limits = plan.limits if name == plan.limits.variant else _REPORTED
        metrics += _shares(name, boards, limits)
        if name in losses:
            metrics.append(_held_out(name, losses[name], results.gradient[name]))
        if name != "ideal":
            metrics.append(_expected(name, boards))
        if name not in ("ideal", "plain"):
            metrics += _against_plain(name, share, limits)
    return Verdict(tuple(metrics))


def _shares(name: str, boards: VariantBoards, limits: CodesignLimits) -> Iterator[Metric]:
    share, classes = np.array(boards.share), np.mean(boards.class_shares, axis=0)
    n = share.size
    error = float(share.std(ddof=1) / np.sqrt(n))
    yield Metric(
        f"{name}: recognisable share",
        "quality",
        float(share.mean()),
        limits.share,
        ">=",
        error,
        n,
    )
    yield Metric(
        f"{name}: smallest class share",
        "quality",
        float(classes.min()),
        limits.class_share,
        ">=",
        n=n,
        note="class shares " + ", ".join(f"{value:.3f}" for value in classes),
    )


def _held_out(name: str, losses: Sequence[float], gradient: float) -> Metric:
    values = np.array(losses)
    return Metric(
        f"{name}: held-out loss per step",
        "quality",
        float(values.mean()),
        stderr=float(values.std(ddof=1) / np.sqrt(values.size)),
        n=values.size,
        note=f"relative gradient where training ended {gradient:.1e}",
    )


def _expected(name: str, boards: VariantBoards) -> Metric:
    losses = np.array(boards.loss)
    return Metric(
        f"{name}: expected loss per step on its boards",
        "quality",
        float(losses.mean()),
        stderr=float(losses.std(ddof=1) / np.sqrt(losses.size)),
        n=losses.size,
        note="without sampling; onsite errors aside",
    )


def _against_plain(
    name: str, share: Mapping[str, FloatArray], limits: CodesignLimits
) -> Iterator[Metric]:
    change = paired_difference(share["plain"], share[name])
    by_board = recovery(share["ideal"], share["plain"], share[name])
    counted = by_board[np.isfinite(by_board)]
    yield Metric(
        f"{name} - plain: share",
        "quality",
        change.mean,
        stderr=change.stderr,
        n=change.n,
        note=f"95 % interval {change.low:+.3f} to {change.high:+.3f}",
    )
    yield Metric(
        f"{name} - plain: lower end of the interval",
        "quality",
        change.low,
        None if limits.max_regression is None else -limits.max_regression,
        ">=",
        n=change.n,
    )
    part, error = _recovered(share["ideal"], share["plain"], share[name])
    if np.isfinite(part):
        yield Metric(
            f"{name}: recovered part of the loss",
            "quality",
            part,
            limits.recovered,
            ">=",
            error,
            change.n,
        )
    if counted.size:
        yield Metric(
            f"{name}: recovered, median board",
            "quality",
            float(np.median(counted)),
            limits.median_recovered,
            ">=",
            n=counted.size,
            note=f"{by_board.size - counted.size} of {by_board.size} boards lost nothing",
        )


def _recovered(ideal: FloatArray, plain: FloatArray, better: FloatArray) -> tuple[float, float]:
    """Return the part of the mean loss that is won back, and its jackknife error over boards."""

    def part(keep: NDArray[np.bool_]) -> float:
        lost = float(np.mean((ideal - plain)[keep]))
        return float(np.mean((better - plain)[keep])) / lost if lost > 0 else float("nan")

    n = ideal.size
    left_out = np.array([part(np.arange(n) != board) for board in range(n)])
    error = float(np.sqrt((n - 1) / n * np.sum((left_out - left_out.mean()) ** 2)))
    return part(np.ones(n, dtype=bool)), error
