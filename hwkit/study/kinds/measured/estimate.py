"""What a study of a measured board takes.

An emulated board is simulated, checked and judged once, since that is short. The records of a
measured one may be long: they are checked, but moments are taken of a few random states of as many
units, and scaled.
"""

import numpy as np

from hwkit.measured import Measurement, check_measurement
from hwkit.measured.judgement import judge_board
from hwkit.measured.moments import lagged_moments
from hwkit.model import EnergyModel
from hwkit.study.kind import Estimate
from hwkit.study.kinds.measured.plan import MeasuredPlan
from hwkit.study.kinds.measured.study import question, records
from hwkit.study.meter import Meter

_BYTES = 150_000  # of a page and the results
_FEW = 20_000  # samples whose moments are timed
_LAGS = 5


def estimate(plan: MeasuredPlan) -> Estimate:
    """Return runs, minutes and bytes of a study."""
    meter, asked = Meter(), plan.reference
    measurement, model = meter.timed("records", lambda: records(plan, 0))
    meter.timed("records", lambda: check_measurement(measurement, model))
    if plan.emulated is not None:
        meter.timed("estimate", lambda: judge_board(measurement, model, question(plan)))
    else:
        meter.add("estimate", _moments(meter, measurement, model))
    steps = round(asked.duration / asked.dt)
    meter.add("reference", meter.ideal(model, steps, asked.dt, asked.runs))
    return meter.estimate(asked.runs, _BYTES)


def _moments(meter: Meter, measurement: Measurement, model: EnergyModel) -> float:
    states = np.random.default_rng(0).standard_normal((_FEW, model.n_units))
    samples = sum(r.n_samples for r in measurement.records if r.kind != "calibration")

    def work(count: int) -> None:
        lagged_moments(iter([(True, states[:count])]), count, 0.1, (1, 2, 3), _LAGS)

    return meter.line(work, _FEW, _FEW // 4) * samples / _FEW
