"""What a study of a measured board takes.

An emulated board is simulated and judged once, since that is short. The records of a measured one
may be long: their moments are taken of a few random states of as many units, and scaled.
"""

from collections.abc import Iterator

import numpy as np

from hwkit.measured import Measurement
from hwkit.measured.judgement import judge_board
from hwkit.measured.moments import lagged_moments
from hwkit.model import EnergyModel
from hwkit.study.kind import Estimate
from hwkit.study.kinds.measured.plan import MeasuredPlan
from hwkit.study.kinds.measured.study import question, records
from hwkit.study.meter import Meter
from hwkit.trajectories import FloatArray

_BYTES = 150_000  # of a page and the results
_FEW = 20_000  # samples whose moments are timed
_LAGS = 5


def estimate(plan: MeasuredPlan) -> Estimate:
    """Return runs, minutes and bytes of a study."""
    meter, asked = Meter(), plan.reference
    measurement, model = meter.timed("records", lambda: records(plan, 0))
    if plan.emulated is not None:
        meter.timed("estimate", lambda: judge_board(measurement, model, question(plan)))
    else:
        meter.add("estimate", _moments(meter, measurement, model))
    steps = round(asked.duration / asked.dt)
    meter.add("reference", meter.ideal(model, steps, asked.dt, asked.runs))
    return meter.estimate(asked.runs, _BYTES)


def _moments(meter: Meter, measurement: Measurement, model: EnergyModel) -> float:
    states = np.random.default_rng(0).standard_normal((_FEW, model.n_units))
    samples = max(record.n_samples for record in measurement.records)

    def work(count: int) -> None:
        lagged_moments(_block(states[:count]), count, 0.1, (1, 2, 3), _LAGS)

    return meter.line(work, _FEW, _FEW // 4) * samples / _FEW


def _block(states: FloatArray) -> Iterator[tuple[bool, FloatArray]]:
    yield True, states
