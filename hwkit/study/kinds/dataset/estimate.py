"""What a data set study takes: products of matrices, counted, at the speed of one that is timed."""

import time

import numpy as np

from hwkit.study.kind import Estimate
from hwkit.study.kinds.dataset.plan import DatasetPlan, GatesPlan
from hwkit.study.kinds.dataset.study import tasks
from hwkit.workers import available_cores

_SIZE = 512
_MOST_FEATURES = 3000  # of a joint solve
_FIXED_SECONDS = 5.0  # a training's tables and gates


def estimate(plan: DatasetPlan) -> Estimate:
    """Return runs, minutes and bytes of a study."""
    training, _ = plan.data.split()
    pictures, units = training.pictures.shape
    rate, runs, seconds, couplings = _operations_per_second(), 0, 0.0, 0
    for _, task in tasks(plan):
        machines = max(1, len(task.points))
        own = plan.samples.generated * machines
        if task.conditions and plan.conditions is not None:
            own += training.n_classes * plan.conditions.of_each_class + 2 * plan.conditions.masked
        runs += own
        local = _local_couplings(task.gates, units)
        products = (1 + 0.1 * task.gates.experts) * units**2 + 2 * local
        sampling = own * plan.noising.steps * products
        seconds += _FIXED_SECONDS
        seconds += (_training(plan, task.gates, pictures, units) + 4 * sampling) / rate
        each = (1 + task.gates.experts) * units**2 + local
        couplings = max(couplings, task.gates.segments * each)
    return Estimate(
        runs,
        seconds / available_cores() / 60,
        8 * min(couplings, 20_000_000) + 1_000_000,
        "the judge's training is not counted",
    )


def _local_couplings(gates: GatesPlan, units: int) -> int:
    """Return the couplings of all tiles' experts."""
    groups = gates.tiles.groups(units)
    return sum(g.n_experts * len(g.reads or ()) * len(g.drives or ()) for g in groups)


def _training(plan: DatasetPlan, gates: GatesPlan, pictures: int, units: int) -> float:
    """Return the operations of one training: second moments of all features of all samples."""
    samples = pictures * plan.noising.samples * gates.segments
    features = 1 + units + gates.experts * (1 + units) + gates.prototypes
    if features <= _MOST_FEATURES and not gates.tiles.experts:
        return 2.0 * samples * features * (features + units)
    overlap = 3.0  # experts that weigh on one sample
    local = sum(len(group.reads or ()) ** 2 for group in gates.tiles.groups(units))
    whole = 2 + (2 * overlap if gates.experts else 0)
    return 2.0 * samples * (units * units * whole + 4 * overlap * local)


def _operations_per_second() -> float:
    a = np.ones((_SIZE, _SIZE))
    started = time.perf_counter()
    for _ in range(4):
        a @ a
    return 4 * 2 * _SIZE**3 / max(time.perf_counter() - started, 1e-6)
