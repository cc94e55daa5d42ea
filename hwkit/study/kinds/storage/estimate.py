"""What a storage study takes: each curve is computed for a few repeats, at one number of bits."""

from dataclasses import replace
from functools import partial

import numpy as np

from hwkit.study.kind import Estimate
from hwkit.study.kinds.storage.plan import StoragePlan
from hwkit.study.kinds.storage.study import Trial, prepare, repeated, stored
from hwkit.study.meter import Meter
from hwkit.study.pieces import Piece
from hwkit.workers import Pool


def estimate(plan: StoragePlan) -> Estimate:
    """Return runs, minutes and bytes of a study."""
    meter, repeats, curves = Meter(), plan.repeats.count, len(plan.curves)
    trial = meter.timed("training", lambda: prepare(plan, 1))
    steps = round(plan.protocol.t_final / plan.repeats.dt)
    times = (steps, plan.repeats.dt, plan.repeats.samples)
    meter.add("training", meter.prepared(trial.model, *times) * (repeats - 1))

    def full_precision(n: int) -> None:
        for _ in range(n):
            repeated(trial, 0, trial.couplings, np.asarray(trial.model.b))

    meter.add("full precision and control", meter.line(full_precision, 2 * repeats))
    pieces = [Piece(partial(_points, trial, number), repeats) for number in range(curves)]
    rates = meter.rates(*pieces)
    points = [rate.task + repeats * rate.unit for rate in rates for _ in plan.bits]
    meter.tasks("curves", rates[0], points)
    machines = 2 + curves * len(plan.bits)
    return meter.estimate(machines * repeats * plan.repeats.samples, 5_000 * machines + 200_000)


def _points(trial: Trial, curve: int, repeats: int, _: Pool) -> None:
    """Compute a point of a curve with so many repeats."""
    plan = trial.plan
    few = plan.model_copy(update={"repeats": plan.repeats.model_copy(update={"count": repeats})})
    bits = plan.bits[len(plan.bits) // 2]
    stored(replace(trial, plan=few, starts=trial.starts[:1] * repeats), plan.curves[curve], bits)
