"""All couplings and biases of a segment by one linear solve.

    minimise  < |J x + b + sum_g sum_r p_gr(x) (b^gr + J^gr x) - y|^2 >  +  ridge |J^gr, b^gr|^2

The features are x, 1, p_r and p_r x. Without a penalty on what experts add it is singular, since
the p_r of a gate sum to 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwkit.model import ExpertGroup
from hwkit.training.gates import Gate
from hwkit.training.groups import GroupPlan
from hwkit.training.regression import Moments, best_ridge
from hwkit.training.segments import SegmentNoising

FloatArray = NDArray[np.float64]

RIDGES = (3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1)  # beside averages over samples
POOLED_RIDGE = 1e-6  # of the machine without experts: only against rounding


@dataclass(frozen=True, eq=False)
class Solution:
    """Parameters of one segment.

    Attributes:
        J, b: what is always on.
        experts: groups with their couplings and biases.
        ridges: the penalty chosen for each solve.
        gradient: largest gradient of the penalised loss relative to the largest moment.
    """

    J: FloatArray
    b: FloatArray
    experts: tuple[ExpertGroup, ...]
    ridges: tuple[float, ...]
    gradient: float


def n_features(groups: Sequence[GroupPlan], n_units: int) -> int:
    """Return the number of features of the joint solve."""
    return n_units + 1 + sum(group.n_features(n_units) for group in groups)


def solve_jointly(
    noising: SegmentNoising, groups: Sequence[GroupPlan], gates: Sequence[Gate]
) -> Solution:
    """Solve for all couplings and biases at once; groups drive all units."""
    n = noising.n_units
    size = n_features(groups, n)
    moments = Moments(size, n)
    for x, y, aside in noising.chunks():
        features = _features(x.astype(np.float64), groups, gates)
        moments.add(features, y.astype(np.float64), None, aside)
    penalty = np.concatenate([np.zeros(n + 1), np.ones(size - n - 1)])
    ridge = best_ridge([moments], [penalty], RIDGES) if groups else 0.0
    theta, gradient = moments.solve(ridge * penalty + POOLED_RIDGE)
    experts = _experts(theta[n + 1 :], groups, gates)
    return Solution(theta[:n].T, theta[n], experts, (ridge,), gradient)


def _features(x: FloatArray, groups: Sequence[GroupPlan], gates: Sequence[Gate]) -> FloatArray:
    """Return x, 1, and p_r and p_r x of each group, (n, F)."""
    features = [x, np.ones((len(x), 1))]
    for group, gate in zip(groups, gates, strict=True):
        p = gate.weights(x)
        features.append(p)
        if group.couplings:
            features.append((p[:, :, None] * gate.read(x)[:, None, :]).reshape(len(x), -1))
    return np.hstack(features)


def _experts(
    theta: FloatArray, groups: Sequence[GroupPlan], gates: Sequence[Gate]
) -> tuple[ExpertGroup, ...]:
    """Return the groups whose parameters are the rows of theta (F, N)."""
    experts, at = [], 0
    for group, gate in zip(groups, gates, strict=True):
        count, n_reads = group.n_experts, gate.w.shape[1]
        biases, at = theta[at : at + count], at + count
        couplings = None
        if group.couplings:
            block = theta[at : at + count * n_reads]
            couplings = block.reshape(count, n_reads, -1).transpose(0, 2, 1)
            at += count * n_reads
        experts.append(gate.group(biases, couplings))
    return tuple(experts)
