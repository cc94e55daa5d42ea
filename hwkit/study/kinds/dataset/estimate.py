"""What a data set study takes: machines of one and of two segments are trained, on some pictures.

Other machines of the frontier are counted by the operations of their training, at that speed.
"""

from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np

from hwkit.langevin import simulate_gated
from hwkit.study.kind import Estimate
from hwkit.study.kinds.dataset.material import Gated, Material
from hwkit.study.kinds.dataset.plan import DatasetPlan, GatesPlan
from hwkit.study.kinds.dataset.study import controls, tasks
from hwkit.study.kinds.dataset.tasks import Task
from hwkit.study.meter import Meter
from hwkit.study.pieces import Piece
from hwkit.training.slowing import turns
from hwkit.workers import Pool

_PICTURES = 400  # that are trained on for a measurement
_MOST_FEATURES = 3000  # of a joint solve
_OVERLAP = 3.0  # experts that weigh on one sample


def estimate(plan: DatasetPlan) -> Estimate:
    """Return runs, minutes and bytes of a study."""
    meter = Meter()
    material = meter.timed("data and judge", lambda: Material.of(plan))
    counted = _Counted(plan, meter, material)
    every = [task for _, task in tasks(plan)]
    start = counted.rates[0]
    meter.tasks("machines", start, [counted.task(task) for task in every])
    meter.timed("controls", lambda: controls(material))
    units = material.judge.training.shape[1]
    runs = sum(counted.runs(task) for task in every)
    couplings = max(_couplings(t.gates, units) for t in every)
    return meter.estimate(runs, 8 * min(couplings, 20_000_000) + 1_000_000)


@dataclass
class _Counted:
    """What machines of a study take, from two that are trained on some of its pictures."""

    plan: DatasetPlan
    meter: Meter
    material: Material

    def __post_init__(self) -> None:
        self.few = _fewer(self.material, self.plan)
        self.ways = [self.plan.machine, self.plan.machine.without_experts()]
        self.rates = self.meter.rates(
            *(
                Piece(partial(_train, self.few, gates.model_copy(update={"segments": n})), 1)
                for gates in self.ways
                for n in (1, 2)
            )
        )

    def training(self, gates: GatesPlan) -> float:
        """Return the seconds of a training in a worker."""
        full = bool(gates.experts or gates.prototypes or gates.tiles.experts)
        one, two = (rate.task + rate.unit for rate in self.rates[0 if full else 2 :][:2])
        each, measured = max(two - one, 0.0), self.ways[0 if full else 1]
        shorter = len(self.material.judge.training) / len(self.few.judge.training)
        samples = self.plan.noising.samples
        share = _operations(gates, self._units, samples)
        share /= _operations(measured, self._units, samples)
        return max(one - each, 0.0) * shorter + gates.segments * each * shorter * share

    @property
    def _units(self) -> int:
        return int(self.material.judge.training.shape[1])

    @cached_property
    def _machine(self) -> Gated:
        return self.few.train(self.plan.machine.model_copy(update={"segments": 1}), 0).machine

    @cached_property
    def _run(self) -> float:
        """Seconds of one run in a worker, when all cores are taken."""
        noising, n = self.plan.noising, self.plan.samples.generated
        seconds = self.meter.ideal(
            self._machine, noising.steps, noising.protocol().dt, n, simulate_gated
        )
        slowness = self.plan.machine.slowness
        longer = float(turns(noising.protocol(), self.plan.machine.segments, slowness).mean())
        return longer * self.meter.jobs * seconds / n

    @cached_property
    def _quality(self) -> float:
        """Seconds in which generated pictures are judged."""
        n, units = self.plan.samples.generated, self._units
        states = np.random.default_rng(0).standard_normal((n, units))
        return self.meter.line(lambda _: self.material.quality(states), 1)

    def task(self, task: Task) -> float:
        """Return the seconds of a training and all that is done with its machine."""
        machines = max(1, len(task.points))
        seconds = self.training(task.gates) + machines * self._quality
        seconds += self.runs(task) * self._run
        if task.conditions:
            seconds += self.training(self.ways[1])
        return seconds

    def runs(self, task: Task) -> int:
        """Return how many runs a task makes."""
        runs = self.plan.samples.generated * max(1, len(task.points))
        if task.conditions and self.plan.conditions is not None:
            asked = self.plan.conditions
            runs += self.material.judge.n_classes * asked.of_each_class + 2 * asked.masked
        return runs


def _fewer(material: Material, plan: DatasetPlan) -> Material:
    """Return the material with some of its training pictures; as many as there are experts."""
    judge, experts = material.judge, plan.machine.experts + plan.machine.prototypes
    rows = slice(0, max(_PICTURES, 4 * experts))
    judge = replace(judge, training=judge.training[rows], labels=judge.labels[rows])
    return replace(material, judge=judge)


def _train(material: Material, gates: GatesPlan, _: int, pool: Pool) -> None:
    material.train(gates, 0)


def _operations(gates: GatesPlan, units: int, samples: int) -> float:
    """Return the operations of one segment's training, for one of `samples` of a picture."""
    features = 1 + units + gates.experts * (1 + units) + gates.prototypes
    alone = gates.tiles.experts or gates.expert_rank or gates.expert_samples
    if features <= _MOST_FEATURES and not alone:
        return 2.0 * features * (features + units)
    local = sum(len(group.reads or ()) ** 2 for group in gates.tiles.groups(units))
    more = max(gates.expert_samples or 0, samples) / samples
    whole = 2 + (2 * _OVERLAP * more if gates.experts else 0)
    return 2.0 * (units * units * whole + 4 * _OVERLAP * local)


def _couplings(gates: GatesPlan, units: int) -> int:
    """Return the couplings of all segments."""
    groups = gates.tiles.groups(units)
    local = sum(g.n_experts * len(g.reads or ()) * len(g.drives or ()) for g in groups)
    rank = min(gates.expert_rank or units, units)
    of_experts = gates.experts * units * rank + (units * rank if rank < units else 0)
    return gates.segments * (units**2 + of_experts + local)
