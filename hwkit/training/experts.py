"""Train gated machines on whole data sets: fixed gates, then one linear solve (no descent).

    target  y(x') = sum_j J_ij x'_j + b_i + sum_g sum_r p_gr(x') (b^gr_i + sum_j J^gr_ij x'_j)

x' are noised pictures, y what reverses their noising (`noised_states`). Gates come first: the
pictures are clustered, and the fields of a gate are the discriminants of their noised clusters, all
of one covariance S,

    w_r = S^-1 m_r        c_r = log pi_r - m_r . S^-1 m_r / 2

(Fisher 1936; exact where noised clusters are normal), m_r, pi_r mean and share of cluster r. With
them the loss is quadratic in all couplings and biases. Up to 3,000 features it is solved as it is.
Beyond, experts decouple: group after group, each expert is fitted to what is left with weights p_r,

    minimise  sum_r < p_r |f_r - y|^2 >  >=  < |sum_r p_r f_r - y|^2 >

A penalty (ridge) on what experts add shrinks them towards the machine without them. Its size is the
one with the least loss on a tenth of the pictures, kept out of the fits that are compared.

Segments: gates, couplings and biases of their own for equal parts of the noising, run through
backwards.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.linalg
from numpy.typing import ArrayLike, NDArray

from hwkit.errors import ConfigError, DataError
from hwkit.model import ExpertGroup, GatedMachine, Onsite, Quartic, SegmentedMachine, softmax
from hwkit.training.classes import checked_labels, class_shares, clusters_within
from hwkit.training.clusters import clusters
from hwkit.training.noised_states import NoisedStates, noised_states
from hwkit.training.patterns import normalized_patterns
from hwkit.training.protocol import Protocol
from hwkit.training.regression import Moments, best_ridge
from hwkit.wiener import child_seed, normals

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.intp]
Progress = Callable[[int, int], None]

RIDGES = (3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1)  # beside averages over samples
_POOLED_RIDGE = 1e-6  # of the machine without experts: only against rounding
_MOST_FEATURES = 3000  # solved at once: the square of this many doubles, and its factoring
_STEP = 2.5 / 128
_CHUNK = 4096  # samples at a time; a multiple of 4, as normals come
_ASIDE = 10  # every tenth picture chooses the ridge
_TIMES = 4  # moments of a segment are averages over so many of its steps
_COVARIANCE_RIDGE = 1e-3
_WEIGHED = 1e-3  # a sample of a smaller weight is left out of an expert's averages
_LEAST_WEIGHT = 10.0  # of all samples of an expert, below which it adds nothing


@dataclass(frozen=True)
class GroupPlan:
    """A group of experts to be trained.

    Attributes:
        n_experts: clusters of the pictures, one expert each.
        couplings: train couplings and biases; otherwise biases only ("prototypes").
        reads, drives: units that the group reads and drives; None for all.
        within_classes: cluster each class by itself, so that an expert's pictures have one label;
            classes get equal numbers of experts, the first ones one more where that leaves some.
    """

    n_experts: int
    couplings: bool = True
    reads: tuple[int, ...] | None = None
    drives: tuple[int, ...] | None = None
    within_classes: bool = False

    def __post_init__(self) -> None:
        if self.n_experts < 1:
            raise ConfigError(f"a group has {self.n_experts} experts; give at least 1")


@dataclass(frozen=True)
class GatedTraining:
    """A trained gated machine and how it came about.

    Attributes:
        machine: the machine; segmented if there are several segments.
        protocol: the noising that it reverses.
        held_out: mean square of y less the field, per unit, on pictures kept aside, one number a
            segment in the order of noising; the machine itself was fitted to these pictures too.
        ridges: the penalty chosen for each solve of each segment.
        gradient: largest gradient of the penalised loss relative to the largest moment, a segment.
    """

    machine: GatedMachine | SegmentedMachine
    protocol: Protocol
    held_out: tuple[float, ...]
    ridges: tuple[tuple[float, ...], ...]
    gradient: tuple[float, ...]


def train_gated(
    patterns: ArrayLike,
    groups: Sequence[GroupPlan],
    *,
    labels: ArrayLike | None = None,
    segments: int = 1,
    samples: int = 20,
    onsite: Onsite | None = None,
    kT: float = 0.1,
    mobility: float = 1.0,
    protocol: Protocol | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> GatedTraining:
    """Find the gated machine that runs the noising of many pictures backwards.

    Cost: linear in pictures and samples. Memory: one matrix of features, or one for each expert.

    Args:
        patterns: (P, N), any scale; each is normalised to zero mean and unit variance.
        groups: experts; none give a directed pairwise machine.
        labels: class of each picture, (P,), whole numbers from 0, so that a class can be asked for
            (`restrict_to_class`); None if there are none.
        segments: parts of the noising time with parameters of their own.
        samples: noised states of each picture and segment.
        onsite: onsite energy, one for all units; Quartic(1, 1) if None.
        kT, mobility: temperature and mobility.
        protocol: the noising; the paper's with 128 steps if None.
        seed: of clusters and noise.
        progress: called as progress(segments done, segments).

    Raises:
        DataError: if there are fewer pictures than experts, or a class has none.
        ConfigError: if segments don't divide the steps, or a setting is out of its range.
    """
    onsite = onsite if onsite is not None else Quartic()
    if not onsite.is_shared:
        raise ConfigError("training needs one onsite energy for all units: give scalar parameters")
    protocol = protocol if protocol is not None else Protocol(dt=_STEP)
    pictures = normalized_patterns(patterns)
    _check(pictures, groups, segments, samples, protocol)
    table = noised_states(protocol, onsite, kT, mobility, float(np.max(np.abs(pictures))))
    classes = None if labels is None else checked_labels(labels, len(pictures))
    chosen_by = [_clusters(pictures, group, classes, child_seed(seed, "clusters", g))
                 for g, group in enumerate(groups)]  # fmt: skip
    shares = [None if classes is None else class_shares(own, classes, group.n_experts)
              for group, own in zip(groups, chosen_by, strict=True)]  # fmt: skip
    length = protocol.n_steps // segments
    machines, losses, ridges, gradients = [], [], [], []
    for segment in range(segments):
        steps = range(segment * length, (segment + 1) * length)
        noising = _Noising(table, pictures, steps, samples, child_seed(seed, "noise", segment))
        gates = [noising.gate(group, own, share)
                 for group, own, share in zip(groups, chosen_by, shares, strict=True)]  # fmt: skip
        fit = (_fit_jointly if _n_features(groups, pictures.shape[1]) <= _MOST_FEATURES
               else _fit_in_turn)  # fmt: skip
        J, b, experts, chosen, gradient = fit(noising, groups, gates)
        part = GatedMachine(J, b, experts, onsite, kT, mobility)
        machines.append(part)
        losses.append(noising.loss(part))
        ridges.append(chosen)
        gradients.append(gradient)
        if progress is not None:
            progress(segment + 1, segments)
    whole = machines[0] if segments == 1 else SegmentedMachine(tuple(machines[::-1]))
    return GatedTraining(whole, protocol, tuple(losses), tuple(ridges), tuple(gradients))


def tiles(side: int, size: int, margin: int, n_experts: int) -> list[GroupPlan]:
    """Return groups for the tiles of a square picture, (side, side) pixels.

    Each drives a tile of `size` by `size` pixels and reads those within `margin` of it as well.

    Raises:
        ConfigError: if tiles don't cover the picture.
    """
    if side % size:
        raise ConfigError(f"tiles of {size} pixels don't cover {side}; choose a divisor")
    unit = np.arange(side * side).reshape(side, side)
    groups = []
    for row in range(0, side, size):
        for column in range(0, side, size):
            tile = unit[row : row + size, column : column + size]
            around = unit[
                max(row - margin, 0) : row + size + margin,
                max(column - margin, 0) : column + size + margin,
            ]
            reads, drives = (tuple(int(i) for i in each.flat) for each in (around, tile))
            groups.append(GroupPlan(n_experts, reads=reads, drives=drives))
    return groups


def _check(
    pictures: FloatArray,
    groups: Sequence[GroupPlan],
    segments: int,
    samples: int,
    protocol: Protocol,
) -> None:
    most = max((group.n_experts for group in groups), default=1)
    if len(pictures) < most:
        raise DataError(f"{len(pictures)} pictures are fewer than {most} experts; give more")
    if segments < 1 or protocol.n_steps % segments:
        raise ConfigError(
            f"{segments} segments don't divide the {protocol.n_steps} steps of the noising; choose "
            "a divisor"
        )
    if samples < 1:
        raise ConfigError(f"samples is {samples}; give at least 1 a picture")


def _clusters(
    pictures: FloatArray, group: GroupPlan, classes: IndexArray | None, seed: int
) -> IndexArray:
    """Return the cluster of each picture, by k-means on the units that the group reads."""
    part = pictures if group.reads is None else pictures[:, list(group.reads)]
    if not group.within_classes:
        return clusters(part, group.n_experts, seed)
    if classes is None:
        raise ConfigError("experts within classes need the label of each picture; give labels")
    return clusters_within(part, classes, group.n_experts, seed)


@dataclass(frozen=True, eq=False)
class _Gate:
    """A gate of a group: fields and constants; reads and drives as index arrays or None."""

    w: FloatArray
    c: FloatArray
    reads: IndexArray | None
    drives: IndexArray | None
    class_shares: FloatArray | None

    def group(self, b: FloatArray, J: FloatArray | None) -> ExpertGroup:
        return ExpertGroup(self.w, self.c, b, J, self.reads, self.drives, self.class_shares)

    def read(self, x: FloatArray) -> FloatArray:
        return x if self.reads is None else x[:, self.reads]

    def driven(self, y: FloatArray) -> FloatArray:
        return y if self.drives is None else y[:, self.drives]

    def weights(self, x: FloatArray) -> FloatArray:
        return softmax(self.read(x) @ self.w.T + self.c)


@dataclass(frozen=True, eq=False)
class _Noising:
    """Noised pictures of one segment, the same ones each time they are gone through."""

    table: NoisedStates
    pictures: FloatArray
    steps: range
    samples: int
    seed: int

    def chunks(self) -> Iterator[tuple[FloatArray, FloatArray, NDArray[np.bool_]]]:
        """Yield states, targets and which of them are of pictures kept aside."""
        total = self.samples * len(self.pictures)
        for first in range(0, total, _CHUNK):
            rows = np.arange(first, min(first + _CHUNK, total)) % len(self.pictures)
            n = len(rows)
            own = child_seed(self.seed, first)
            steps = np.random.Generator(np.random.Philox(own)).integers(
                self.steps.start, self.steps.stop, n
            )
            noise = normals(own, range(-(-n // 4)), 4, self.pictures.shape[1])
            noise = noise.reshape(-1, self.pictures.shape[1])[:n]
            x, y = self.table.at(self.pictures[rows], steps, noise)
            yield x.astype(np.float64), y.astype(np.float64), rows % _ASIDE == _ASIDE - 1

    def loss(self, machine: GatedMachine) -> float:
        """Return the mean square of y less the field on pictures kept aside."""
        squares, count = 0.0, 0
        for x, y, aside in self.chunks():
            left = y[aside] - machine.coupling_field(x[aside])
            squares += float(np.sum(left**2))
            count += left.size
        return squares / max(count, 1)

    def gate(self, group: GroupPlan, labels: IndexArray, class_shares: FloatArray | None) -> _Gate:
        """Return the discriminants of the noised clusters."""
        reads, drives = (
            None if units is None else np.array(units, dtype=np.intp)
            for units in (group.reads, group.drives)
        )
        part = self.pictures if reads is None else self.pictures[:, reads]
        shares = np.bincount(labels, minlength=group.n_experts) / len(part)
        means = np.zeros((group.n_experts, part.shape[1]))
        second, variance = np.zeros((part.shape[1],) * 2), np.zeros(part.shape[1])
        count = min(_TIMES, len(self.steps))
        times = np.linspace(self.steps.start, self.steps.stop - 1, count).round().astype(np.intp)
        for step in times:
            mean, spread = self.table.moments(part, int(step))
            np.add.at(means, labels, mean)
            second += mean.T @ mean
            variance += spread.sum(axis=0)
        scale = 1 / (len(times) * len(part))
        means *= scale / np.maximum(shares, scale)[:, None]
        within = scale * (second + np.diag(variance)) - (means.T * shares) @ means
        within[np.diag_indices_from(within)] += _COVARIANCE_RIDGE
        w = scipy.linalg.solve(within, means.T, assume_a="pos").T
        c = np.log(np.maximum(shares, scale)) - 0.5 * np.sum(w * means, axis=1)
        return _Gate(w, c, reads, drives, class_shares)


def _n_features(groups: Sequence[GroupPlan], n_units: int) -> int:
    """Return the number of features of the joint solve; local groups have no joint solve."""
    if any(group.drives is not None for group in groups):
        return _MOST_FEATURES + 1
    total = n_units + 1
    for group in groups:
        reads = n_units if group.reads is None else len(group.reads)
        total += group.n_experts * (1 + (reads if group.couplings else 0))
    return total


_Fit = tuple[FloatArray, FloatArray, tuple[ExpertGroup, ...], tuple[float, ...], float]


def _fit_jointly(noising: _Noising, groups: Sequence[GroupPlan], gates: Sequence[_Gate]) -> _Fit:
    """Solve for all couplings and biases at once."""
    n = noising.pictures.shape[1]
    size = _n_features(groups, n)
    moments = Moments(size, n)
    for x, y, aside in noising.chunks():
        features = [x, np.ones((len(x), 1))]
        for group, gate in zip(groups, gates, strict=True):
            p = gate.weights(x)
            features.append(p)
            if group.couplings:
                features.append((p[:, :, None] * gate.read(x)[:, None, :]).reshape(len(x), -1))
        moments.add(np.hstack(features), y, None, aside)
    penalty = np.concatenate([np.zeros(n + 1), np.ones(size - n - 1)])
    ridge = best_ridge([moments], [penalty], RIDGES) if groups else 0.0
    theta, gradient = moments.solve(ridge * penalty + _POOLED_RIDGE)
    experts, at = [], n + 1
    for group, gate in zip(groups, gates, strict=True):
        biases, at = theta[at : at + group.n_experts], at + group.n_experts
        couplings = None
        if group.couplings:
            n_reads = gate.w.shape[1]
            block = theta[at : at + group.n_experts * n_reads]
            couplings = block.reshape(group.n_experts, n_reads, n).transpose(0, 2, 1)
            at += group.n_experts * n_reads
        experts.append(gate.group(biases, couplings))
    return theta[:n].T, theta[n], tuple(experts), (ridge,), gradient


def _fit_in_turn(noising: _Noising, groups: Sequence[GroupPlan], gates: Sequence[_Gate]) -> _Fit:
    """Fit the machine without experts, then each group to what the ones before it leave.

    Groups that drive different units don't see each other and are fitted in one pass.
    """
    n = noising.pictures.shape[1]
    pooled = Moments(n + 1, n)
    for x, y, aside in noising.chunks():
        pooled.add(np.hstack([x, np.ones((len(x), 1))]), y, None, aside)
    theta, gradient = pooled.solve(np.full(n + 1, _POOLED_RIDGE))
    J, b = theta[:n].T, theta[n]
    experts: list[ExpertGroup] = []
    ridges: list[float] = []
    for batch in _disjoint(gates, n):
        sums = {g: _expert_moments(groups[g], gates[g], n) for g in batch}
        for x, y, aside in noising.chunks():
            field = x @ J.T + b
            for expert in experts:
                expert.add_field(x, field)
            left = y - field
            for g in batch:
                _add_experts(sums[g], groups[g], gates[g], x, left, aside)
        for g in batch:
            found, ridge, worst = _solve_experts(sums[g], groups[g], gates[g])
            experts.append(found)
            ridges.append(ridge)
            gradient = max(gradient, worst)
    return J, b, tuple(experts), tuple(ridges), gradient


def _expert_moments(group: GroupPlan, gate: _Gate, n_units: int) -> list[Moments]:
    n_features = 1 + (gate.w.shape[1] if group.couplings else 0)
    n_drives = n_units if gate.drives is None else gate.drives.size
    return [Moments(n_features, n_drives) for _ in range(group.n_experts)]


def _add_experts(
    sums: list[Moments],
    group: GroupPlan,
    gate: _Gate,
    x: FloatArray,
    left: FloatArray,
    aside: NDArray[np.bool_],
) -> None:
    p = gate.weights(x)
    ones = np.ones((len(x), 1))
    features = np.hstack([ones, gate.read(x)]) if group.couplings else ones
    targets = gate.driven(left)
    for r, moments in enumerate(sums):
        at = np.flatnonzero(p[:, r] > _WEIGHED)
        moments.add(features[at], targets[at], p[at, r], aside[at])


def _solve_experts(
    sums: list[Moments], group: GroupPlan, gate: _Gate
) -> tuple[ExpertGroup, float, float]:
    """Return the experts, their ridge and their largest gradient; one that is never on adds 0."""
    used = {r: moments for r, moments in enumerate(sums) if moments.weight > _LEAST_WEIGHT}
    n_reads = gate.w.shape[1]
    penalty = np.ones(1 + (n_reads if group.couplings else 0))
    ridge = best_ridge(list(used.values()), [penalty] * len(used), RIDGES)
    solved = {r: moments.solve(ridge * penalty) for r, moments in used.items()}
    n_drives = next(iter(solved.values()))[0].shape[1]
    b = np.zeros((group.n_experts, n_drives))
    J = np.zeros((group.n_experts, n_drives, n_reads)) if group.couplings else None
    for r, (theta, _) in solved.items():
        b[r] = theta[0]
        if J is not None:
            J[r] = theta[1:].T
    return gate.group(b, J), ridge, max(worst for _, worst in solved.values())


def _disjoint(gates: Sequence[_Gate], n_units: int) -> Iterator[list[int]]:
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
