"""The verdict of a co-design study: shares, paired differences, the part of a loss won back."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwkit.codesign import paired_difference, recovery
from hwkit.fidelity import Metric, Verdict
from hwkit.study.kinds.codesign.plan import CodesignPlan

FloatArray = NDArray[np.float64]


def judge(
    plan: CodesignPlan, results: Mapping[str, Any], losses: Mapping[str, FloatArray]
) -> Verdict:
    """Turn the boards' results into metrics, and hold the named variant to its limits."""
    boards, limits = results["boards"], plan.limits
    share = {name: np.array(entry["share"]) for name, entry in boards.items()}
    lost = paired_difference(share["plain"], share["ideal"])
    metrics = [
        Metric(
            "plain: lost share",
            "quality",
            lost.mean,
            limits.plain_loses,
            ">=",
            lost.stderr,
            lost.n,
            note="ideal machine minus plain training on this hardware",
        )
    ]
    for name in boards:
        judged = name == limits.variant
        classes = np.mean(boards[name]["class_shares"], axis=0)
        n = share[name].size
        error = float(share[name].std(ddof=1) / np.sqrt(n))
        metrics += [
            Metric(
                f"{name}: recognisable share",
                "quality",
                float(share[name].mean()),
                limits.share if judged else None,
                ">=",
                error,
                n,
            ),
            Metric(
                f"{name}: smallest class share",
                "quality",
                float(classes.min()),
                limits.class_share if judged else None,
                ">=",
                n=n,
                note="class shares " + ", ".join(f"{value:.3f}" for value in classes),
            ),
        ]
        if name in losses:
            values = losses[name]
            metrics.append(
                Metric(
                    f"{name}: held-out loss per step",
                    "quality",
                    float(values.mean()),
                    stderr=float(values.std(ddof=1) / np.sqrt(values.size)),
                    n=values.size,
                    note=f"relative gradient where training ended {results['gradient'][name]:.1e}",
                )
            )
        if name == "ideal":
            continue
        by_board = np.array(boards[name]["loss"])
        metrics.append(
            Metric(
                f"{name}: expected loss per step on its boards",
                "quality",
                float(by_board.mean()),
                stderr=float(by_board.std(ddof=1) / np.sqrt(n)),
                n=n,
                note="without sampling; onsite errors aside",
            )
        )
        if name == "plain":
            continue
        metrics += _against_plain(name, share, plan if judged else None)
    return Verdict(tuple(metrics))


def _against_plain(
    name: str, share: Mapping[str, FloatArray], plan: CodesignPlan | None
) -> list[Metric]:
    limits = plan.limits if plan is not None else None
    change = paired_difference(share["plain"], share[name])
    worse = None if limits is None or limits.worse is None else -limits.worse
    won, error = _recovered(share["ideal"], share["plain"], share[name])
    by_board = recovery(share["ideal"], share["plain"], share[name])
    counted = by_board[np.isfinite(by_board)]
    metrics = [
        Metric(
            f"{name} - plain: share",
            "quality",
            change.mean,
            stderr=change.stderr,
            n=change.n,
            note=f"95 % interval {change.low:+.3f} to {change.high:+.3f}",
        ),
        Metric(
            f"{name} - plain: lower end of the interval",
            "quality",
            change.low,
            worse,
            ">=",
            n=change.n,
        ),
    ]
    if np.isfinite(won):
        metrics.append(
            Metric(
                f"{name}: recovered part of the loss",
                "quality",
                won,
                limits.recovered if limits else None,
                ">=",
                error,
                change.n,
            )
        )
    if counted.size:
        metrics.append(
            Metric(
                f"{name}: recovered, median board",
                "quality",
                float(np.median(counted)),
                limits.median_recovered if limits else None,
                ">=",
                n=counted.size,
                note=f"{by_board.size - counted.size} of {by_board.size} boards lost nothing",
            )
        )
    return metrics


def _recovered(ideal: FloatArray, plain: FloatArray, better: FloatArray) -> tuple[float, float]:
    """Return the part of the mean loss that is won back, and its jackknife error over boards."""

    def part(keep: NDArray[np.bool_]) -> float:
        lost = float(np.mean((ideal - plain)[keep]))
        return float(np.mean((better - plain)[keep])) / lost if lost > 0 else float("nan")

    n = ideal.size
    left_out = np.array([part(np.arange(n) != board) for board in range(n)])
    error = float(np.sqrt((n - 1) / n * np.sum((left_out - left_out.mean()) ** 2)))
    return part(np.ones(n, dtype=bool)), error
