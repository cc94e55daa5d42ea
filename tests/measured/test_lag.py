"""Channels that lag: their time constant is taken out, and what is left is expected."""

import numpy as np
import pytest

import hwkit
from hwkit.errors import DataError
from hwkit.measured.estimated import Question
from hwkit.measured.judgement import judge_board
from hwkit.measured.lag import Sampling, lag_effect, lag_effects
from hwkit.measured.unlagged import amplified, remembered, shared_by_neighbours, unlagged
from tests.measured.boards import STEP, machine, measurement

LAG, LAGS = 0.05, (2, 3, 4, 5)
PHI = remembered(STEP, LAG)


def taken_out(pieces):
    return [u for _, u in unlagged(iter(pieces), PHI)]


def test_a_lag_is_taken_out_within_pieces_and_across_blocks():
    v = np.random.default_rng(0).normal(size=(50, 2))
    whole = taken_out([(True, v)])[0]
    assert np.isnan(whole[0]).all()
    assert np.array_equal(whole[1:], (v[1:] - PHI * v[:-1]) / (1 - PHI))
    parts = taken_out([(True, v[:20]), (False, v[20:21]), (False, v[21:])])
    assert np.array_equal(np.concatenate(parts), whole, equal_nan=True)
    assert np.isnan(taken_out([(True, v), (True, v)])[1][0]).all()


def test_a_step_is_followed_within_one_sample():
    t = STEP * np.arange(1, 12)
    v = 1 - np.exp(-t / LAG)  # x steps from 0 to 1 at time 0
    [u] = taken_out([(True, np.r_[0.0, v][:, None])])
    assert u[1:, 0] == pytest.approx(np.ones(11))


def test_readout_noise_is_amplified_and_shared_by_neighbours():
    noise = np.random.default_rng(1).normal(size=(200_000, 1))
    [u] = taken_out([(True, noise)])
    u = u[1:, 0]
    assert np.var(u) == pytest.approx(amplified(PHI), rel=0.02)
    shared = np.mean(u[1:] * u[:-1]) / np.var(u)
    assert shared == pytest.approx(shared_by_neighbours(PHI), abs=0.01)


def test_units_that_are_not_coupled_lag_alike_in_both_forms():
    damping, intensity = np.array([2.0, 3.5]), np.array([0.1, 0.2])
    lag = np.array([0.05, 0.03])
    sampling = Sampling(LAGS, 1, STEP, PHI)
    alone = lag_effect(sampling, damping, intensity, lag)
    full = lag_effects(sampling, -np.diag(damping), intensity, lag)
    assert alone.noise == pytest.approx(np.diagonal(full, axis1=1, axis2=2), rel=1e-3)
    assert abs(alone.shared[0]) < 1e-6 < abs(alone.shared[1])  # the first lags as was taken out
    none = lag_effect(Sampling(LAGS, 0, STEP, 0.0), damping, intensity, 0 * lag)
    assert not np.any([*none.noise, none.variance, none.shared])


def lagging(x, lag):
    """Outputs of channels that follow x; between samples x is known on a finer grid."""
    fine = np.exp(-STEP / 10 / lag)
    v, shown = x[:, 0], []
    for k in range(1, x.shape[1]):
        v = fine * v + (1 - fine) * (x[:, k - 1] + x[:, k]) / 2
        shown.append(v)
    return np.stack(shown[9::10], axis=1)


@pytest.fixture(scope="module")
def slow():
    """A linear machine, and its states on a grid ten times as fine as the samples."""
    model = machine(3, J4=0.0, size=0.3)
    return model, hwkit.simulate_ornstein_uhlenbeck(model, 40.0, STEP / 10, 24, 4, save_every=1).x


def test_a_board_behind_channels_that_lag_as_stated_shows_nothing(slow):
    model, x = slow
    held = measurement(lagging(x, LAG)[:, 20:], calibrations=(-1.0, 1.0))
    board = judge_board(held, model, Question("calibration", bits=12, lag=LAG))
    assert board.faults == ()
    rows = board.quantities.rows
    z = np.array([(row.value - row.intended) / row.stderr for row in rows])
    assert np.abs(z).max() < board.quantities.simultaneous(0.99)
    bound = model.kT * np.sqrt(2 / (24 * 780))  # of kT, from samples without a lag and noise
    assert all(row.stderr < 3.5 * bound for row in rows if row.kind == "noise")


def test_a_lag_that_is_not_stated_is_named(slow):
    model, x = slow
    asked = Question("calibration", bits=12)
    shown = lagging(x, 0.02)[:, 20:]
    [words] = judge_board(measurement(shown, calibrations=(-1.0, 1.0)), model, asked).faults
    assert words.startswith("every channel lags by 0.0")
    shown[..., :2] = x[:, ::10, :2][:, 21:]
    [words] = judge_board(measurement(shown, calibrations=(-1.0, 1.0)), model, asked).faults
    assert words.startswith("channel CH3 lags by 0.0")


def test_channels_that_are_too_slow_are_refused(slow):
    model, x = slow
    held = measurement(lagging(x, LAG), calibrations=(-1.0, 1.0))
    with pytest.raises(DataError, match=r"is 3 samples; at most 2"):
        judge_board(held, model, Question("calibration", bits=12, lag=0.15))
