"""What runs in worker processes: one training, and all that is done with the machine.

A machine may be large, so it is used where it was trained: the first one answers the conditions,
and each training of the frontier makes all of its points.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hwkit.study.kinds.dataset.conditions import Shown, conditions
from hwkit.study.kinds.dataset.material import Gated, Material
from hwkit.study.kinds.dataset.plan import FrontierPlan, GatesPlan
from hwkit.study.kinds.dataset.results import Conditions, Machine, Point
from hwkit.training import reduced
from hwkit.trajectories import FloatArray
from hwkit.wiener import child_seed

_LARGEST_KEPT = 20_000_000  # couplings of a machine that is sent back and saved


@dataclass(frozen=True)
class Task:
    """A machine to train with the k-th seed, and what to do with it.

    Attributes:
        gates: experts and segments.
        k: which seed.
        points: machines of the frontier that are made from it; none for the study's own machines.
        conditions: whether it answers the conditions.
    """

    gates: GatesPlan
    k: int
    points: tuple[FrontierPlan, ...] = ()
    conditions: bool = False


@dataclass(frozen=True, eq=False)
class Made:
    """What a task returns; `machine` only of the first seed, where it is not too large."""

    machine: Gated | None
    result: Machine
    states: FloatArray
    conditions: Conditions | None
    shown: Shown | None
    points: list[Point]


def worker(material: Material) -> Callable[[Task], Made]:
    """Return what does one task after another."""
    return lambda task: make(material, task)


def make(material: Material, task: Task) -> Made:
    """Train a machine and use it."""
    trained = material.train(task.gates, task.k)
    machine, plan = trained.machine, material.plan
    if task.points:
        states, points = np.empty((0, 0)), [_point(material, machine, p) for p in task.points]
    else:
        states, points = material.generate(machine, plan.samples.generated, task.k), []
    answers, shown = None, None
    if task.conditions:
        answers, shown = conditions(material, machine)
    result = Machine(
        task.k,
        machine.n_couplings,
        list(trained.held_out),
        [list(each) for each in trained.ridges],
        max(trained.gradient),
        points[0].quality if points else material.quality(states),
        [] if points else class_shares(material, states),
    )
    keep = task.k == 0 and not points and machine.n_couplings <= _LARGEST_KEPT
    return Made(machine if keep else None, result, states, answers, shown, points)


def class_shares(material: Material, states: FloatArray) -> list[float]:
    """Return the share of each class among states (n, N)."""
    counts = np.bincount(material.classes(states), minlength=material.judge.n_classes)
    return [float(count) / len(states) for count in counts]


def _point(material: Material, machine: Gated, point: FrontierPlan) -> Point:
    changed, couplings, setting = machine, machine.n_couplings, 0.0
    if point.rank is not None:
        changed, setting = reduced.of_low_rank(changed, point.rank), float(point.rank)
        couplings = reduced.couplings_of_rank(machine, point.rank)
    if point.density is not None:
        changed, setting = reduced.sparse(changed, point.density), point.density
        couplings = changed.n_couplings
    if point.bits is not None or point.gate_bits is not None:
        changed = reduced.of_few_bits(changed, point.bits, point.gate_bits)
        setting = float(point.bits or point.gate_bits or 0)
    if point.mismatch is not None:
        seed = child_seed(material.plan.seed, "board", 0)
        changed, setting = reduced.mismatched(changed, point.mismatch, seed), point.mismatch
    if point.kT is not None:
        changed, setting = changed.at_temperature(point.kT), point.kT
    states = material.generate(changed, material.plan.samples.generated, 0)
    return Point(point.name, point.kind, setting, couplings, material.quality(states))
