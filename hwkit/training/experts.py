"""Train gated machines on whole data sets: fixed gates, then one linear solve (no descent).

    target  y(x') = sum_j J_ij x'_j + b_i + sum_g sum_r p_gr(x') (b^gr_i + sum_j J^gr_ij x'_j)

x' are noised pictures, y what reverses their noising (`noised_states`). Gates come first: the
pictures are clustered, and a gate tells apart the noised clusters (`gates`). With them the loss is
quadratic in all couplings and biases. Up to 3,000 features it is solved as it is (`joint_solve`).
Beyond, experts decouple and each is a solve of its own (`decoupled_solve`).

A penalty (ridge) on what experts add shrinks them towards the machine without them. Its size is the
one with the least loss on a tenth of the pictures, kept out of the fits that are compared.

Segments: gates, couplings and biases of their own for equal parts of the noising (`segments`), run
through backwards.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hwkit.errors import ConfigError, DataError
from hwkit.model import GatedMachine, Onsite, Quartic, SegmentedMachine
from hwkit.training.classes import checked_labels, class_shares, clusters_within
from hwkit.training.clusters import clusters
from hwkit.training.decoupled_solve import solve_in_turn
from hwkit.training.gates import Gate, discriminants
from hwkit.training.groups import GroupPlan
from hwkit.training.joint_solve import Solution, n_features, solve_jointly
from hwkit.training.noised_states import noised_states
from hwkit.training.patterns import normalized_patterns
from hwkit.training.protocol import Protocol
from hwkit.training.segments import SegmentNoising, noised_segments
from hwkit.wiener import child_seed

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.intp]
Progress = Callable[[int, int], None]
Solver = Callable[[SegmentNoising, Sequence[GroupPlan], Sequence[Gate]], Solution]

_MOST_FEATURES = 3000  # solved at once: the square of this many doubles, and its factoring
_STEP = 2.5 / 128


@dataclass(frozen=True)
class GatedTraining:
    """A trained gated machine and how it came about.

    Attributes:
        machine: the machine; segmented if there are several segments.
        protocol: the noising that it reverses.
        held_out: mean square of y less the field, per unit, on pictures kept aside, one number a
            segment in the order of noising; the machine itself was fitted to these pictures too.
        ridges: the penalty chosen for each solve of each segment.
        gradient: largest gradient of the penalised loss relative to the largest moment, a segment;
            of the fit, before the gains of groups.
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
    experts = _experts(pictures, groups, labels, seed)
    solve = _solver(groups, pictures.shape[1])
    machines, losses, solutions = [], [], []
    for done, noising in enumerate(noised_segments(table, pictures, segments, samples, seed), 1):
        gates = [discriminants(noising, group, *each)
                 for group, each in zip(groups, experts, strict=True)]  # fmt: skip
        solution = solve(noising, groups, gates)
        parts = tuple(e.scaled(g.gain) for e, g in zip(solution.experts, groups, strict=True))
        part = GatedMachine(solution.J, solution.b, parts, onsite, kT, mobility)
        machines.append(part)
        losses.append(noising.loss(part))
        solutions.append(solution)
        if progress is not None:
            progress(done, segments)
    whole = machines[0] if segments == 1 else SegmentedMachine(tuple(machines[::-1]))
    ridges = tuple(solution.ridges for solution in solutions)
    gradient = tuple(solution.gradient for solution in solutions)
    return GatedTraining(whole, protocol, tuple(losses), ridges, gradient)


def _solver(groups: Sequence[GroupPlan], n_units: int) -> Solver:
    """Return the joint solve where it is small enough; some groups need one of their own."""
    alone = any(
        group.drives is not None or group.rank is not None or group.samples is not None
        for group in groups
    )
    jointly = not alone and n_features(groups, n_units) <= _MOST_FEATURES
    return solve_jointly if jointly else solve_in_turn


def gated_loss(
    machine: GatedMachine | SegmentedMachine,
    patterns: ArrayLike,
    protocol: Protocol,
    samples: int = 4,
    seed: int = 0,
) -> tuple[float, ...]:
    """Return the mean square of y less the field, a segment in the order of noising.

    Args:
        machine: trained with this protocol.
        patterns: pictures that it was not trained on, (P, N), any scale.
        protocol: the noising.
        samples: noised states of each picture and segment.
        seed: of their noise.

    Raises:
        ConfigError: if the machine's segments don't divide the steps of the noising.
    """
    pictures, parts = normalized_patterns(patterns), machine.segments[::-1]
    _check(pictures, [], len(parts), samples, protocol)
    table = noised_states(
        protocol, machine.onsite, machine.kT, machine.mobility, float(np.max(np.abs(pictures)))
    )
    noisings = noised_segments(table, pictures, len(parts), samples, seed)
    return tuple(
        noising.loss(part, everything=True) for noising, part in zip(noisings, parts, strict=True)
    )


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


def _experts(
    pictures: FloatArray, groups: Sequence[GroupPlan], labels: ArrayLike | None, seed: int
) -> list[tuple[IndexArray, FloatArray | None]]:
    """Return the clusters of each group and their class shares."""
    classes = None if labels is None else checked_labels(labels, len(pictures))
    return [
        _clusters(pictures, group, classes, child_seed(seed, "clusters", g))
        for g, group in enumerate(groups)
    ]


def _clusters(
    pictures: FloatArray, group: GroupPlan, classes: IndexArray | None, seed: int
) -> tuple[IndexArray, FloatArray | None]:
    """Return the cluster of each picture, and the share of each class in each cluster.

    Clusters are by k-means on the units that the group's gate sees.
    """
    part = pictures if group.seen is None else pictures[:, list(group.seen)]
    if classes is None:
        if group.within_classes:
            raise ConfigError("experts within classes need the label of each picture; give labels")
        return clusters(part, group.n_experts, seed), None
    if group.within_classes:
        own = clusters_within(part, classes, group.n_experts, seed)
    else:
        own = clusters(part, group.n_experts, seed)
    return own, class_shares(own, classes, group.n_experts)
