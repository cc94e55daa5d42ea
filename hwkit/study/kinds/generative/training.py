"""Exact, batch and online training of the same machine, judged cycle by cycle.

Two losses per step: on noising paths kept aside, the same for all, and the expectation, which needs
no paths. Each way to train is a task of its own in a worker process and leaves a file in the run
folder, so that an interrupted study goes on with the next.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from hwkit.errors import SimulationError
from hwkit.files import reading, replacing
from hwkit.model import EnergyModel, Quartic, layered_mask
from hwkit.patterns import FloatArray
from hwkit.study.folder import RunFolder
from hwkit.study.kinds.generative.plan import GenerativePlan
from hwkit.training import (
    Descent,
    HeldOutLoss,
    Noising,
    Protocol,
    descend,
    loss_per_step,
    noising_statistics,
    normalized_patterns,
    phi,
    solve_exact,
    unit_fields,
)
from hwkit.wiener import child_seed
from hwkit.workers import Failure, Progress, run_tasks

Way = Literal["exact", "batch", "online"]
Task = tuple[Literal["repeat", "projection"], Way]


@dataclass(frozen=True, eq=False)
class Learnt:
    """A machine with its losses per step after each cycle (exact: one entry)."""

    J: FloatArray
    b: FloatArray
    held_out: FloatArray
    expected: FloatArray

    def model(self, plan: GenerativePlan, n_visible: int) -> EnergyModel:
        """Return the machine."""
        onsite = Quartic(plan.machine.J2, plan.machine.J4)
        return EnergyModel(self.J, self.b, onsite, plan.machine.kT, 1.0, n_visible)


def learn_all(
    plan: GenerativePlan, folder: RunFolder, jobs: int, progress: Progress
) -> dict[Task, Learnt]:
    """Train in every way that the plan names; files that are there are not made again."""
    tasks = ways(plan)
    missing = [task for task in tasks if not folder.has(_name(task))]
    setup = (plan, folder.path)

    def listed(index: int, outcome: object) -> None:
        if not isinstance(outcome, Failure):
            folder.record(_name(missing[index]))

    found = run_tasks(
        "hwkit.study.kinds.generative.training:learner", setup, missing, jobs, None, progress,
        folder.handles, listed,
    )  # fmt: skip
    for task, outcome in zip(missing, found, strict=True):
        if isinstance(outcome, Failure):
            raise SimulationError(f"training {'/'.join(task)}: {outcome.reason}")
    for task in tasks:
        folder.check(_name(task))
    return {task: _load(folder / _name(task)) for task in tasks}


def ways(plan: GenerativePlan) -> list[Task]:
    """Return hidden fields and ways to train, the longest first."""
    if plan.training is None:
        return []
    methods: list[tuple[Way, int]] = [
        ("batch", plan.training.batch_cycles),
        ("online", plan.training.online_cycles),
        ("exact", 1),
    ]
    return [(field, way) for way, n in methods if n for field in plan.training.fields]


class learner:  # noqa: N801  # called like a function by the pool
    """In a worker process: trains one task after another."""

    def __init__(self, setup: tuple[GenerativePlan, Path]) -> None:
        self._plan, self._folder = setup

    def __call__(self, task: Task) -> None:
        """Train and write the file."""
        learnt = learn(self._plan, *task)
        with replacing(self._folder / _name(task)) as temporary, temporary.open("wb") as stream:
            np.savez(stream, **vars(learnt))


def learn(plan: GenerativePlan, field: Literal["repeat", "projection"], way: Way) -> Learnt:
    """Train one machine with the paper's protocol, visible biases held at 0."""
    assert plan.training is not None
    machine, protocol = plan.machine, Protocol(dt=plan.dt)
    visible = normalized_patterns(plan.data.patterns())
    fields = unit_fields(visible, machine.n_hidden, field, machine.projection_seed)
    n_visible, n = visible.shape[1], fields.shape[1]
    onsite = Quartic(machine.J2, machine.J4)
    noising = Noising(protocol, fields, onsite, machine.kT, 1.0)
    statistics = noising_statistics(protocol, fields, onsite, machine.kT, 1.0)
    aside = HeldOutLoss(noising, plan.training.held_out, child_seed(plan.seed, "held out", field))
    mask, bias_mask = layered_mask(n_visible, machine.n_hidden), np.arange(n) >= n_visible
    held_out, expected = [], []

    def judge(J: FloatArray, b: FloatArray) -> None:
        held_out.append(aside.at(J, b))
        expected.append(loss_per_step(phi(statistics, J, b), 1.0, machine.kT, plan.dt))

    if way == "exact":
        solution = solve_exact(statistics, mask, bias_mask)
        J, b = solution.J, solution.b
        judge(J, b)
    else:
        cycles = getattr(plan.training, f"{way}_cycles")
        settings = Descent(cycles, seed=child_seed(plan.seed, "descent", field, way))
        for J, b in descend(noising, mask, bias_mask, way, settings):
            judge(J, b)
    return Learnt(J, b, np.array(held_out), np.array(expected))


def _name(task: Task) -> str:
    return f"trained-{task[0]}-{task[1]}.npz"


def _load(path: Path) -> Learnt:
    with reading(path, "a trained machine"), np.load(path, allow_pickle=False) as archive:
        return Learnt(**{name: archive[name] for name in archive.files})
