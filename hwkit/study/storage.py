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

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hwkit.fidelity import Verdict
from hwkit.langevin import prepare_states, simulate_langevin
from hwkit.model import EnergyModel, layered_mask
from hwkit.study.context import Announce, FloatArray, silent
from hwkit.study.folder import RunFolder
from hwkit.study.provenance import save_provenance
from hwkit.study.storage_plan import CurvePlan, StoragePlan
from hwkit.study.storage_verdict import judge
from hwkit.training import (
    NoisingStatistics,
    TrainingResult,
    loss_per_step,
    noising_statistics,
    recognise,
)
from hwkit.training.exact import phi
from hwkit.training.levels import Levels, best_levels, solve_levels
from hwkit.wiener import child_seed
from hwkit.workers import available_cores

RESULTS = "storage.json"
_ROUNDINGS = 100  # whose mean loss is held against its exact expectation
REFERENCE, SHUFFLED = "full precision", "wrong addresses"


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
        """Return the exact loss per step of a machine."""
        return self._per_step(phi(self.statistics, J, b))

    def _per_step(self, value: float) -> float:
        return loss_per_step(value, self.model.mobility, self.model.kT, self.trained.protocol.dt)

    def expected_loss(self, levels: Levels) -> float:
        """Return the mean loss of stochastic rounding, exactly; for values within the scale."""
        gram = np.sum(self.statistics.factor**2, axis=0) + self.statistics.variance
        extra = np.sum(levels.stochastic_variance(self.couplings) * gram)
        return self._per_step(phi(self.statistics, self.couplings, self.model.b) + float(extra))


def run_storage(
    plan: StoragePlan,
    out: Path | str,
    announce: Announce | None = None,
) -> Verdict:
    """Run a storage study into a folder and return its verdict.

    Args:
        plan: the validated study.
        out: run folder; resumed if it holds the same plan's results.
        announce: called with the name of each stage, returns its progress callback.
    """
    with RunFolder.of(plan, out) as folder:
        announce = announce or silent
        announce("training")
        trial = prepare(plan)
        results: dict[str, Any] = {"facts": _facts(trial), "curves": {}}
        progress = announce("full precision and control")
        results[REFERENCE] = folder.json("reference.json", lambda: _reference(trial))
        results[SHUFFLED] = folder.json("control.json", lambda: _shuffled(trial))
        progress(1, 1)
        for number, curve in enumerate(plan.curves):
            progress = announce(curve.name)
            found = {}
            for done, bits in enumerate(plan.bits):

                def compute(curve: CurvePlan = curve, bits: int = bits) -> dict[str, Any]:
                    return stored(trial, curve, bits)

                name = f"curve-{number}-{bits}.json"
                found[str(bits)] = folder.json(name, compute)
                progress(done + 1, len(plan.bits))
            results["curves"][curve.name] = found
        folder.write_json(RESULTS, results)
        verdict = Verdict(tuple(judge(plan, results)))
        folder.write("verdict.json", verdict.save)
        save_provenance(folder / "provenance.json", available_cores(), {}, "not used")
        return verdict


def prepare(plan: StoragePlan) -> Trial:
    """Train the machine and prepare the starts of all repeats."""
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
        for repeat in range(plan.repeats.count)
    ]
    return Trial(plan, trained, statistics, starts)


def stored(trial: Trial, curve: CurvePlan, bits: int) -> dict[str, Any]:
    """Return what one curve generates at one number of bits, repeat by repeat."""
    J, b = trial.couplings, np.asarray(trial.model.b)
    levels = Levels(bits, float(np.abs(J).max()))
    if curve.full_scale == "best":
        levels = best_levels(trial.statistics, J, bits)
    fixed, expected = levels.nearest(J), None
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
            expected = {"exact": trial.expected_loss(levels), "found": _losses(trial, levels)}
    return {"full_scale": levels.full_scale, "expected": expected, **_generate(trial, machines)}


def _losses(trial: Trial, levels: Levels) -> list[float]:
    """Return the loss of many stochastic roundings: it takes no samples."""
    seeds = [child_seed(trial.plan.seed, "loss", levels.bits, k) for k in range(_ROUNDINGS)]
    b = np.asarray(trial.model.b)
    return [trial.loss(levels.stochastic(trial.couplings, seed), b) for seed in seeds]


def _generate(trial: Trial, machines: list[tuple[FloatArray, FloatArray]]) -> dict[str, Any]:
    rows = [_repeat(trial, r, J, b) for r, (J, b) in enumerate(machines)]
    return {name: [row[name] for row in rows] for name in rows[0]}


def _repeat(trial: Trial, repeat: int, J: FloatArray, b: FloatArray) -> dict[str, Any]:
    plan, ideal, x0 = trial.plan, trial.model, trial.starts[repeat]
    model = EnergyModel(J, b, ideal.onsite, ideal.kT, ideal.mobility, ideal.n_visible)
    seed = child_seed(plan.seed, "generation", repeat)
    runs = simulate_langevin(
        model, plan.protocol.t_final, plan.repeats.dt, plan.repeats.samples, seed, x0
    )
    seen, x = recognise(runs.final, trial.trained.patterns), runs.final
    wrong = np.linalg.norm(x @ (J - trial.couplings)) / np.linalg.norm(x @ trial.couplings)
    return {
        "share": seen.share,
        "class": float(seen.class_shares.min()),
        "heat": float(model.heat(x0, x).mean() / model.kT),
        "loss": trial.loss(J, b),
        "drift": float(wrong),
    }


def _reference(trial: Trial) -> dict[str, Any]:
    machine = (trial.couplings, np.asarray(trial.model.b))
    return _generate(trial, [machine] * trial.plan.repeats.count)


def _shuffled(trial: Trial) -> dict[str, Any]:
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


def _facts(trial: Trial) -> dict[str, float]:
    J = trial.couplings
    own = np.abs(J[np.triu_indices_from(J, 1)])
    own = own[own > 0]
    return {
        "units": trial.model.n_units,
        "couplings": int(own.size),
        "largest": float(own.max()),
        "rms": float(np.sqrt(np.mean(own**2))),
        "smallest": float(own.min()),
    }
