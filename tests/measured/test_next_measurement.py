"""What to measure next: the cheapest pair of lengths, and a longer record that tells indeed."""

from dataclasses import replace

import numpy as np
import pytest

from hwkit.measured import Request
from hwkit.measured.estimated import Question, estimate_board
from hwkit.measured.judgement import judge_board
from hwkit.measured.next_measurement import NextMeasurement, next_measurement
from hwkit.measured.quantities import Quantities, Quantity, measure_quantities
from hwkit.measured.records import Record
from tests.measured.boards import linear_states, machine, measurement

MODEL = machine(3, J4=0.0, size=0.3)


def record(kind, samples, **arguments):
    return Record(kind, kind, np.zeros((samples, 1)), 1e-3, **arguments)


def chosen(share, longer, clamped):
    row = Quantity("noise", (0,), "kT of unit 0", 0.1, 0.01, 0.1, "")
    quantities = Quantities((row,), np.eye(1), np.array([share]), 100, "calibration")
    records = [record("switched", 1000, switched_on=0.0), record("calibration", clamped)]
    return next_measurement(quantities, (), longer, records)


def cheapest(share, longer, clamped):
    """The cheapest pair on a grid."""
    running = np.linspace(1, 10, 100_001)
    left = 1 / longer - (1 - share) / running
    calibration = np.divide(share, left, out=np.full_like(left, np.inf), where=left > 0)
    calibration = np.maximum(calibration, 1)
    place = np.argmin(1000 * running + clamped * calibration)
    return running[place], calibration[place]


@pytest.mark.parametrize("share", [0.02, 0.3, 0.9])
@pytest.mark.parametrize("clamped", [50, 1000, 20_000])
def test_the_shortest_records_that_suffice_are_chosen(share, clamped):
    found = chosen(share, 3.0, clamped)
    running, calibration = cheapest(share, 3.0, clamped)
    assert found.running == pytest.approx(running, rel=1e-3)
    assert found.calibration == pytest.approx(calibration, rel=2e-3)


def test_records_that_tell_need_no_others():
    assert chosen(0.3, 0.9, 100) is None
    assert chosen(0.0, 40.0, 100) == NextMeasurement("kT of unit 0", 10.0, 1.0)


def test_a_longer_record_tells_what_was_wanted():
    x = linear_states(MODEL, 3, runs=40, t_final=40.0)
    asked = Question(bits=12, readout=0.0, wanted=0.03)
    found = judge_board(measurement(x[:10]), MODEL, asked)
    assert found.next.name.startswith("kT of unit ")
    assert 1.5 < found.next.running < 4
    [request] = found.next.requests([Request("run", "switched", 740, 5e-8, 10, 0.0)])
    again = judge_board(measurement(x[: request.restarts]), MODEL, asked)
    assert again.longer == pytest.approx(1, abs=0.2)


def test_the_calibrations_share_of_a_variance_grows_with_its_errors():
    x = linear_states(MODEL, 3, runs=10, t_final=40.0)
    asked = Question("calibration", bits=12)
    shown = estimate_board(measurement(x, calibrations=(-1.0, 1.0)), MODEL, asked)
    few = shown.quantities(asked)
    arguments = shown.measured, shown.intended, asked.anchor, shown.units, shown.names
    none = measure_quantities(*arguments, None, set())
    many = measure_quantities(*arguments, 1e6 * shown.extra, set())
    assert not none.calibration.any()
    assert few.calibration.max() < 0.2 < 0.8 < many.calibration.max()
    of_record = (1 - few.calibration) * np.diagonal(few.covariance)
    assert of_record == pytest.approx(np.diagonal(none.covariance), rel=0.02)
    worst = judge_board(measurement(x), MODEL, replace(asked, anchor="stated", readout=0.0))
    assert worst.next is None or worst.next.calibration == 1
