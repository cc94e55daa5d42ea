"""Run a storage study: how many bits a coupling needs (after arXiv 2609.15439).

Couplings of the trained machine are rounded to the levels of 2 to 16 bits, biases stay as they are
(or are solved for again where the curve retrains). Each repeat has starts and noise of its own,
the same for the machine of full precision and for every rounded one, and a rounding seed of its
own: differences are paired, standard errors are those over repeats. Of every machine are kept

    share   of samples that are recognisable       heat   mean of V(x0) - V(x_T), in kT, with its V
    loss    of the reversed path, per step, exact  drift  rms of (J' - J) x over that of J x

The exact expectation of the loss is known for stochastic rounding: zero-mean errors of variance
s_ij^2 add sum_ij s_ij^2 G_jj to <|J x' + b - y|^2>.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from hwkit.fidelity import Verdict
from hwkit.langevin import prepare_states, simulate_langevin
from hwkit.model import EnergyModel, layered_mask
from hwkit.study.kinds.storage.plan import CurvePlan, StoragePlan
from hwkit.study.kinds.storage.results import CURVES, Curves, Facts, Losses, Point, Repeats
from hwkit.study.kinds.storage.verdict import judge
from hwkit.study.run import Run
from hwkit.study.values import read_value
from hwkit.training import (
    NoisingStatistics,
    TrainingResult,
    loss_per_step,
    noising_statistics,
    recognise,
)
from hwkit.training.exact import phi
from hwkit.training.levels import Levels, best_levels, solve_levels
from hwkit.trajectories import FloatArray
from hwkit.wiener import child_seed

_ROUNDINGS = 100  # whose mean loss is compared with its exact expectation


@dataclass(frozen=True, eq=False)
class Trial:
    """What is the same for all machines: the trained one, its statistics, starts of each repeat."""

    plan: StoragePlan
    trained: TrainingResult
    statistics: NoisingStatistics
    starts: list[FloatArray]

    @property
    def model(self) -> EnergyModel:
        """The machine of full precision."""
        return self.trained.model

    @property
    def couplings(self) -> FloatArray:
        """Its couplings, (N, N)."""
        return np.asarray(self.model.J, dtype=np.float64)

    def loss(self, J: FloatArray, b: FloatArray) -> float:
        """Return the exact loss per step of a machine, J (N, N) and b (N,)."""
        return self._per_step(phi(self.statistics, J, b))

    def _per_step(self, value: float) -> float:
        return loss_per_step(value, self.model.mobility, self.model.kT, self.trained.protocol.dt)

    def expected_loss(self, levels: Levels) -> float:
        """Return the mean loss of stochastic rounding, exactly; for values within the scale."""
        gram = np.sum(self.statistics.factor**2, axis=0) + self.statistics.variance
        extra = np.sum(levels.stochastic_variance(self.couplings) * gram)
        return self._per_step(phi(self.statistics, self.couplings, self.model.b) + float(extra))


def compute(plan: StoragePlan, run: Run[StoragePlan]) -> Verdict:
    """Train, round, generate, judge; each point of a curve is a task of its own."""
    done = run.folder.has("reference.json", "control.json", *_files(plan))
    with run.stage("training"):
        trial = prepare(plan, 0 if done else plan.repeats.count)
    with run.stage("full precision and control") as progress:
        reference = run.folder.value("reference.json", Repeats, lambda: _full_precision(trial))
        control = run.folder.value("control.json", Repeats, lambda: _shuffled(trial))
        progress(1, 1)
    results = Curves(_facts(trial), reference, control, _curves(trial, run))
    run.folder.write_value(CURVES, results)
    return Verdict(tuple(judge(plan, results)))


def _curves(trial: Trial, run: Run[StoragePlan]) -> dict[str, dict[int, Point]]:
    plan, folder = trial.plan, run.folder
    points = [(number, bits) for number in range(len(plan.curves)) for bits in plan.bits]
    missing = [point for point in points if not folder.has(_file(*point))]

    def keep(index: int, result: Any) -> None:
        if isinstance(result, Point):
            folder.write_value(_file(*missing[index]), result)

    run.map("curves", f"{__name__}:worker", trial, missing, keep)
    return {
        curve.name: {bits: read_value(folder / _file(number, bits), Point) for bits in plan.bits}
        for number, curve in enumerate(plan.curves)
    }


def _files(plan: StoragePlan) -> list[str]:
    return [_file(number, bits) for number in range(len(plan.curves)) for bits in plan.bits]


def _file(number: int, bits: int) -> str:
    return f"curve-{number}-{bits}.json"


def worker(trial: Trial) -> Callable[[tuple[int, int]], Point]:
    """Return what computes one point of a curve: the curve's number, and bits."""
    return lambda point: stored(trial, trial.plan.curves[point[0]], point[1])


def prepare(plan: StoragePlan, repeats: int) -> Trial:
    """Train the machine and prepare the starts of the first repeats."""
    trained = plan.machine.train(plan.data.patterns(), plan.protocol.protocol())
    model = trained.model
    statistics = noising_statistics(
        trained.protocol, trained.fields, model.onsite, model.kT, model.mobility
    )
    starts = [
        prepare_states(
            model,
            plan.protocol.t_final,
            plan.repeats.dt,
            plan.repeats.samples,
            child_seed(plan.seed, "preparation", repeat),
        )
        for repeat in range(repeats)
    ]
    return Trial(plan, trained, statistics, starts)


def stored(trial: Trial, curve: CurvePlan, bits: int) -> Point:
    """Return what one curve generates at one number of bits, repeat by repeat."""
    J, b = trial.couplings, np.asarray(trial.model.b)
    levels = Levels(bits, float(np.abs(J).max()))
    if curve.full_scale == "best":
        levels = best_levels(trial.statistics, J, bits)
    fixed, losses = levels.nearest(J), None
    if curve.rounding == "retrain":
        mask = layered_mask(trial.model.n_visible, trial.model.n_units - trial.model.n_visible)
        solution = solve_levels(trial.statistics, mask, b != 0, levels)
        fixed, b = solution.J, solution.b
    machines = [(fixed, b)] * trial.plan.repeats.count
    if curve.rounding == "stochastic":
        machines = [
            (levels.stochastic(J, child_seed(trial.plan.seed, "rounding", bits, repeat)), b)
            for repeat in range(trial.plan.repeats.count)
        ]
        if curve.full_scale == "largest":
            losses = Losses(trial.expected_loss(levels), _losses(trial, levels))
    return Point(levels.full_scale, losses, _generate(trial, machines))


def _losses(trial: Trial, levels: Levels) -> list[float]:
    """Return the loss of many stochastic roundings: it takes no samples."""
    seeds = [child_seed(trial.plan.seed, "loss", levels.bits, k) for k in range(_ROUNDINGS)]
    b = np.asarray(trial.model.b)
    return [trial.loss(levels.stochastic(trial.couplings, seed), b) for seed in seeds]


def _generate(trial: Trial, machines: list[tuple[FloatArray, FloatArray]]) -> Repeats:
    rows = [repeated(trial, r, J, b) for r, (J, b) in enumerate(machines)]
    return Repeats(*(list(column) for column in zip(*rows, strict=True)))


def repeated(trial: Trial, repeat: int, J: FloatArray, b: FloatArray) -> tuple[float, ...]:
    """Return the entries of `Repeats` of one repeat, with couplings (N, N) and biases (N,)."""
    plan, ideal, x0 = trial.plan, trial.model, trial.starts[repeat]
    model = EnergyModel(J, b, ideal.onsite, ideal.kT, ideal.mobility, ideal.n_visible)
    seed = child_seed(plan.seed, "generation", repeat)
    runs = simulate_langevin(
        model, plan.protocol.t_final, plan.repeats.dt, plan.repeats.samples, seed, x0
    )
    recognised, x = recognise(runs.final, trial.trained.patterns), runs.final
    error = np.linalg.norm(x @ (J - trial.couplings)) / np.linalg.norm(x @ trial.couplings)
    return (
        recognised.share,
        float(recognised.class_shares.min()),
        float(model.heat(x0, x).mean() / model.kT),
        trial.loss(J, b),
        float(error),
    )


def _full_precision(trial: Trial) -> Repeats:
    machine = (trial.couplings, np.asarray(trial.model.b))
    return _generate(trial, [machine] * trial.plan.repeats.count)


def _shuffled(trial: Trial) -> Repeats:
    """Store the couplings precisely, but at each other's places."""
    J, machines = trial.couplings, []
    rows, columns = np.nonzero(np.triu(J))
    for repeat in range(trial.plan.repeats.count):
        seed = child_seed(trial.plan.seed, "shuffle", repeat)
        order = np.random.Generator(np.random.Philox(seed)).permutation(rows.size)
        wrong = np.zeros_like(J)
        wrong[rows, columns] = J[rows[order], columns[order]]
        machines.append((wrong + wrong.T, np.asarray(trial.model.b)))
    return _generate(trial, machines)


def _facts(trial: Trial) -> Facts:
    J = trial.couplings
    sizes = np.abs(J[np.triu_indices_from(J, 1)])
    sizes = sizes[sizes > 0]
    return Facts(
        units=trial.model.n_units,
        couplings=int(sizes.size),
        largest=float(sizes.max()),
        rms=float(np.sqrt(np.mean(sizes**2))),
        smallest=float(sizes.min()),
    )
