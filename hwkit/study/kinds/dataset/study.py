"""Run a data set study: does a machine generate pictures of a kind that it has not seen?

    data         split, and a classifier (judge) of the training pictures
    machines     one for each seed, and beside each the pairwise machine of equal strength,
                 segments and seed: trained, 1,500 samples drawn, judged
    controls     held-out pictures at the start of noising (floor: what perfect reversal gives), a
                 normal distribution fitted to the training pictures, those with permuted pixels,
                 training pictures at the start of noising (a machine that copies)
    conditions   each class asked for; the lower half of held-out pictures to be completed
    frontier     machines with other numbers of couplings, bits, mismatch

Nothing is chosen by the held-out pictures. Points of the frontier have the noise of the first seed.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwkit.fidelity import GeneratorQuality, Verdict, permuted_pixels
from hwkit.fidelity.manifolds import squared_distances
from hwkit.model import save_machine
from hwkit.model.files import write_arrays
from hwkit.ordering import largest_of_rows
from hwkit.study.kinds.dataset.material import Material
from hwkit.study.kinds.dataset.plan import DatasetPlan, FrontierPlan, GatesPlan
from hwkit.study.kinds.dataset.results import (
    CONDITIONS,
    COPIES,
    FLOOR,
    MODEL,
    NORMAL,
    PERMUTED,
    PICTURES,
    RESULTS,
    SHOWN,
    Conditions,
    Dataset,
    Facts,
    Machine,
    Point,
)
from hwkit.study.kinds.dataset.tasks import Made, Task
from hwkit.study.kinds.dataset.verdict import judge
from hwkit.study.run import Run
from hwkit.study.values import read_value
from hwkit.training import normalized_patterns
from hwkit.trajectories import FloatArray
from hwkit.wiener import child_seed

_SHOWN = 20


def compute(plan: DatasetPlan, run: Run[DatasetPlan]) -> Verdict:
    """Train, generate, judge; each training is a task of its own."""
    with run.stage("data and judge"):
        material = Material.of(plan)
    _make(material, run)
    count = range(plan.samples.seeds)
    results = Dataset(
        _facts(material),
        [read_value(run.folder / _machine_file(False, k), Machine) for k in count],
        [read_value(run.folder / _machine_file(True, k), Machine) for k in count],
        _controls(material, run),
        None if plan.conditions is None else read_value(run.folder / CONDITIONS, Conditions),
        _frontier(plan, run),
    )
    run.folder.write_value(RESULTS, results)
    return judge(plan, results)


def tasks(plan: DatasetPlan) -> list[tuple[str, Task]]:
    """Return all trainings, each with the file of its result, the longest first."""
    seeds, pairwise = range(plan.samples.seeds), plan.machine.without_experts()
    asked = plan.conditions is not None
    own = [(_machine_file(False, k), Task(plan.machine, k, conditions=asked and k == 0))
           for k in seeds]  # fmt: skip
    beside = [(_machine_file(True, k), Task(pairwise, k)) for k in seeds]
    frontier = [
        (_points_file(n), Task(points[0], 0, tuple(points)))
        for n, points in enumerate(trainings(plan))
    ]
    return [*own, *frontier, *beside]


def trainings(plan: DatasetPlan) -> list[list[FrontierPlan]]:
    """Return the machines of the frontier, together those that one training makes."""
    alike: dict[GatesPlan, list[FrontierPlan]] = {}
    for each in plan.frontier:
        shared = {name: getattr(each, name) for name in GatesPlan.model_fields}
        alike.setdefault(GatesPlan(**shared), []).append(each)
    return list(alike.values())


def _make(material: Material, run: Run[DatasetPlan]) -> None:
    """Do all trainings whose results are not there, and keep what comes back."""
    every = tasks(material.plan)
    missing = [(name, task) for name, task in every if not run.folder.has(*_files(name, task))]

    def keep(index: int, made: Any) -> None:
        name, task = missing[index]
        if not isinstance(made, Made):
            return
        if task.points:
            run.folder.write_value(name, made.points)
            return
        if made.conditions is not None and made.shown is not None:
            run.folder.write_value(CONDITIONS, made.conditions)
            _write(run, SHOWN, vars(made.shown))
        if name == _machine_file(False, 0):
            _write(run, PICTURES, _pictures(material, made.states))
            if made.machine is not None:
                machine, _ = material.in_generation(made.machine)
                run.folder.write(MODEL, lambda path: save_machine(machine, path))
        run.folder.write_value(name, made.result)

    factory = "hwkit.study.kinds.dataset.tasks:worker"
    run.map("machines", factory, material, [task for _, task in missing], keep)


def _files(name: str, task: Task) -> list[str]:
    """Return the files that a task's result is kept in, but for the machine itself."""
    first = [PICTURES] if name == _machine_file(False, 0) else []
    return [name, *first, *([CONDITIONS, SHOWN] if task.conditions else [])]


def _write(run: Run[DatasetPlan], name: str, arrays: dict[str, FloatArray]) -> None:
    run.folder.write(name, lambda path: write_arrays(arrays, path))


def _pictures(material: Material, states: FloatArray) -> dict[str, FloatArray]:
    """Return generated pictures of all classes in turn, the nearest training and some held out."""
    judge, generated = material.judge, normalized_patterns(states)
    order = _in_turn(judge.classes(generated), judge.n_classes)[:_SHOWN]
    nearest = largest_of_rows(-squared_distances(generated[order], judge.training))
    held_out = _in_turn(judge.held_out_labels, judge.n_classes)[:_SHOWN]
    return {
        "generated": generated[order],
        "nearest": judge.training[nearest],
        "held_out": normalized_patterns(material.prepared[held_out]),
    }


def _in_turn(classes: NDArray[np.intp], n_classes: int) -> list[int]:
    """Return numbers of pictures: the first of each class, then the second, and so on."""
    rows = [np.flatnonzero(classes == label) for label in range(n_classes)]
    longest = max(len(row) for row in rows)
    return [int(row[k]) for k in range(longest) for row in rows if k < len(row)]


def _facts(material: Material) -> Facts:
    judge = material.judge
    return Facts(
        len(judge.training),
        len(judge.held_out),
        judge.training.shape[1],
        judge.n_classes,
        judge.accuracy,
    )


def _controls(material: Material, run: Run[DatasetPlan]) -> dict[str, GeneratorQuality]:
    with run.stage("controls"):
        return run.folder.value(
            "controls.json", dict[str, GeneratorQuality], lambda: controls(material)
        )


def controls(material: Material) -> dict[str, GeneratorQuality]:
    """Return the quality of the floor, a fitted normal, permuted pixels, and of copies."""
    plan, training = material.plan, material.judge.training
    n, seed = plan.samples.generated, child_seed(plan.seed, "controls")
    draw = np.random.Generator(np.random.Philox(seed))
    some = draw.integers(len(training), size=n)
    values, vectors = np.linalg.eigh(np.cov(training.T))
    normal = (
        training.mean(axis=0)
        + (draw.standard_normal((n, training.shape[1])) * np.sqrt(np.maximum(values, 0.0)))
        @ vectors.T
    )
    return {
        FLOOR: material.quality(material.prepared),
        NORMAL: material.quality(normal),
        COPIES: material.quality(material.at_start(training[some], "copies")),
        PERMUTED: material.quality(permuted_pixels(training[some], plan.seed)),
    }


def _frontier(plan: DatasetPlan, run: Run[DatasetPlan]) -> list[Point]:
    """Return the points in the order of the file."""
    points = {
        point.name: point
        for n in range(len(trainings(plan)))
        for point in read_value(run.folder / _points_file(n), list[Point])
    }
    return [points[each.name] for each in plan.frontier]


def _machine_file(pairwise: bool, k: int) -> str:
    return f"{'pairwise' if pairwise else 'machine'}-{k}.json"


def _points_file(n: int) -> str:
    return f"frontier-{n}.json"
