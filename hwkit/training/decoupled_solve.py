"""Experts of a segment group after group, each expert by a solve of its own.

Each expert is fitted with the weights of its gate to what the machine without its group leaves,

    minimise  sum_r < p_r ( |f_r - y|^2 + ridge |J^r, b^r|^2 ) >

Without the ridge that is an upper bound of < |sum_r p_r f_r - y|^2 >, reached where gates are hard.

A sample counts for an expert with probability min(1, 4 p_r), and then with the weight p_r over that
probability: averages are those of all samples in expectation, and where gates are soft a sample
counts for four experts on average, not for all. So the cost is independent of their number.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from hwkit.model import ExpertGroup
from hwkit.ordering import falling
from hwkit.training.gates import Gate
from hwkit.training.groups import GroupPlan
from hwkit.training.joint_solve import POOLED_RIDGE, RIDGES, Solution
from hwkit.training.regression import Moments, best_even_ridge
from hwkit.training.segments import Chunk, SegmentNoising, SingleArray
from hwkit.wiener import child_seed

FloatArray = NDArray[np.float64]

_SHARED = 4  # experts that a sample counts for, at most on average
_JOINED = 4  # chunks: adding to the sums of all experts is dear for a few samples each
_LEAST_WEIGHT = 10.0  # of all samples of an expert, below which it adds nothing
_CHOOSING = 4  # the experts of the largest weights choose the ridge of their group
_RIDGES = (*RIDGES, 3e-1, 1.0)  # experts of few pictures are shrunk more than all at once


def solve_in_turn(
    noising: SegmentNoising, groups: Sequence[GroupPlan], gates: Sequence[Gate]
) -> Solution:
    """Fit the machine without experts, then each group to what the ones before it leave.

    Groups that drive different units don't see each other and are fitted in one pass.
    """
    n = noising.n_units
    pooled = Moments(n + 1, n)
    for x, y, aside in noising.chunks():
        pooled.add(_with_one(x), y, None, aside)
    theta, gradient = pooled.solve(np.full(n + 1, POOLED_RIDGE))
    J, b = theta[:n].T, theta[n]
    experts: list[ExpertGroup] = []
    ridges: list[float] = []
    for batch in _disjoint(gates, n):
        sums = {g: _Sums(groups[g], gates[g], n) for g in batch}
        draw = np.random.Generator(np.random.Philox(child_seed(noising.seed, "experts", batch[0])))
        for x, y, aside in _joined(_enough(noising, [groups[g] for g in batch]).chunks()):
            wide = x.astype(np.float64)
            field = wide @ J.T + b
            for expert in experts:
                expert.add_field(wide, field)
            left = (y - field).astype(np.float32)
            for each in sums.values():
                each.add(x, left, aside, draw)
        for each in sums.values():
            found, ridge, worst = each.solve()
            experts.append(found)
            ridges.append(ridge)
            gradient = max(gradient, worst)
    return Solution(J, b, tuple(experts), tuple(ridges), gradient)


def _enough(noising: SegmentNoising, groups: Sequence[GroupPlan]) -> SegmentNoising:
    """Return the noising with as many samples as one of the groups asks for."""
    asked = [group.samples for group in groups if group.samples is not None]
    return replace(noising, samples=max([noising.samples, *asked]))


class _Sums:
    """Moments of each expert of a group; products in single precision, sums in double."""

    def __init__(self, plan: GroupPlan, gate: Gate, n_units: int) -> None:
        self._plan, self._gate = plan, gate
        self._n_features = 1 + (gate.n_features if plan.couplings else 0)
        self._n_drives = n_units if gate.drives is None else gate.drives.size
        self._moments = [Moments(self._n_features, self._n_drives) for _ in range(plan.n_experts)]

    def add(
        self,
        x: SingleArray,
        left: SingleArray,
        aside: NDArray[np.bool_],
        draw: np.random.Generator,
    ) -> None:
        p = self._gate.weights(x).astype(np.float32)
        taken = draw.random(p.shape, dtype=np.float32) < _SHARED * p
        read = self._gate.features(x) if self._plan.couplings else x[:, :0]
        features = _with_one(read)
        targets = self._gate.driven(left)
        for r, moments in enumerate(self._moments):
            at = np.flatnonzero(taken[:, r])
            weights = np.maximum(p[at, r], np.float32(1 / _SHARED))
            moments.add(features[at], targets[at], weights, aside[at])

    def solve(self) -> tuple[ExpertGroup, float, float]:
        """Return the experts, their ridge and their largest gradient.

        An expert that is never on adds nothing.
        """
        weights = np.array([moments.weight for moments in self._moments])
        used = [int(r) for r in falling(weights) if weights[r] > _LEAST_WEIGHT]
        penalty = np.ones(self._n_features)
        ridge = best_even_ridge([self._moments[r] for r in used[:_CHOOSING]], _RIDGES)
        b = np.zeros((self._plan.n_experts, self._n_drives))
        J = np.zeros((*b.shape, self._n_features - 1)) if self._plan.couplings else None
        gradient = 0.0
        for r in used:
            theta, worst = self._moments[r].solve(ridge * penalty)
            gradient = max(gradient, worst)
            b[r] = theta[-1]
            if J is not None:
                J[r] = theta[:-1].T
        return self._gate.group(b, J), ridge, gradient


def _joined(chunks: Iterator[Chunk]) -> Iterator[Chunk]:
    """Yield several chunks as one."""
    while several := list(islice(chunks, _JOINED)):
        x, y, aside = zip(*several, strict=True)
        yield np.concatenate(x), np.concatenate(y), np.concatenate(aside)


def _with_one(x: SingleArray) -> SingleArray:
    return np.hstack([x, np.ones((len(x), 1), dtype=np.float32)])


def _disjoint(gates: Sequence[Gate], n_units: int) -> Iterator[list[int]]:
    """Yield runs of groups that drive different units."""
    batch: list[int] = []
    taken = np.zeros(n_units, dtype=bool)
    for g, gate in enumerate(gates):
        drives = np.arange(n_units) if gate.drives is None else gate.drives
        if np.any(taken[drives]):
            yield batch
            batch, taken = [], np.zeros(n_units, dtype=bool)
        batch.append(g)
        taken[drives] = True
    if batch:
        yield batch
