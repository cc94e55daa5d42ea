"""Exact, batch and online training of the same machine, judged cycle by cycle.

Two losses per step: on noising paths kept aside, the same for all, and the expectation, which needs
no paths. Each way to train is a task of its own and has a file of its own in the run folder, so
that an interrupted study goes on with the next.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hwkit.files import reading
from hwkit.model import EnergyModel, Quartic, layered_mask
from hwkit.model.files import write_arrays
from hwkit.study.kinds.generative.plan import GenerativePlan
from hwkit.study.kinds.generative.results import Task, Way
from hwkit.study.run import Run
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
from hwkit.trajectories import FloatArray
from hwkit.wiener import child_seed


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


def learn_all(plan: GenerativePlan, run: Run[GenerativePlan]) -> dict[Task, Learnt]:
    """Train in every way that the plan names; machines with a file are not trained again."""
    tasks, folder = ways(plan), run.folder
    missing = [task for task in tasks if not folder.has(_file(task))]

    def keep(index: int, result: object) -> None:
        if isinstance(result, Learnt):
            folder.write(_file(missing[index]), lambda path: _save(result, path))

    run.map("training", f"{__name__}:worker", plan, missing, keep)
    return {task: _load(folder / _file(task)) for task in tasks}


def ways(plan: GenerativePlan) -> list[Task]:
    """Return hidden fields and ways to train, the longest first."""
    if plan.training is None:
        return []
    methods: list[tuple[Way, int]] = [
        ("batch", plan.training.batch_cycles),
        ("online", plan.training.online_cycles),
        ("exact", 1),
    ]
    return [Task(field, way) for way, n in methods if n for field in plan.training.fields]


def worker(plan: GenerativePlan) -> Callable[[Task], Learnt]:
    """Return what trains one machine after another, in a worker process."""
    return lambda task: learn(plan, task)


def learn(plan: GenerativePlan, task: Task) -> Learnt:
    """Train one machine with the paper's protocol, visible biases held at 0."""
    assert plan.training is not None
    field, way = task.field, task.way
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


def _file(task: Task) -> str:
    return f"trained-{task.file}.npz"


def _save(learnt: Learnt, path: Path) -> None:
    write_arrays(vars(learnt), path)


def _load(path: Path) -> Learnt:
    with reading(path, "a trained machine"), np.load(path, allow_pickle=False) as archive:
        return Learnt(**{name: archive[name] for name in archive.files})
