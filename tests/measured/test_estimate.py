"""Drift and noise from lagged moments: known answers, gaps, errors that are the right size."""

import numpy as np
import pytest

from hwkit.errors import DataError
from hwkit.measured.drift import estimate_drift
from hwkit.measured.moments import lagged_moments
from hwkit.measured.quadrature import weights
from tests.measured.boards import STEP, fitted, linear_states, machine, moments_of, states


def test_weights_are_newtons_and_cotes():
    assert weights(2) == pytest.approx([1 / 3, 4 / 3, 1 / 3, 0], abs=1e-12)
    assert weights(4) == pytest.approx(np.array([14, 64, 24, 64, 14]) / 45, abs=1e-12)


def test_moments_are_sums_over_windows_within_pieces_and_between_gaps():
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(500, 2)), rng.normal(size=(700, 2))
    second[300] = np.nan
    blocks = [(True, first), (True, second[:250]), (False, second[250:])]
    found = lagged_moments(iter(blocks), 1200, STEP, (1, 2, 3), 3)
    past = np.zeros((4, 7, 7))
    windows = 0
    for piece in (first, second[:300], second[301:]):
        w = np.concatenate([np.ones((len(piece), 1)), piece, piece**2, piece**3], axis=1)
        for k in range(len(piece) - 3):
            windows += 1
            for lag in range(4):
                past[lag] += np.outer(w[k], w[k + lag])
    assert found.counts.sum() == windows
    assert found.past.sum(axis=0) == pytest.approx(past)


def test_a_linear_machine_is_estimated_within_its_errors():
    model = machine(J4=0.0, size=0.2)
    x = linear_states(model, 5)
    truth = np.concatenate([-model.b[:, None], -model.J - 2 * np.eye(4)], axis=1)
    y = x + np.random.default_rng(5).normal(0, 0.02, x.shape)
    _, drift, noise = fitted(y, (1,))
    z = (drift.theta - truth) / drift.stderr
    assert np.abs(z).max() < 4
    assert 0.6 < np.sqrt(np.mean(z**2)) < 1.4
    errors = noise.stderr
    assert np.abs((noise.intensity - 0.1 * np.eye(4)) / errors[0]).max() < 4
    assert np.abs((noise.excess - 4e-4 * np.eye(4)) / errors[1]).max() < 4
    assert np.diagonal(noise.excess / errors[1]).min() > 4  # the readout's noise is not missed


def test_a_quartic_machine_is_estimated_within_its_errors():
    model = machine()
    moments, drift, noise = fitted(states(model, 6))
    truth = np.concatenate(
        [-model.b[:, None], -model.J - 2 * np.eye(4), np.zeros((4, 1)), np.full((4, 1), -4.0)], 1
    )
    z = (drift.theta - truth) / drift.stderr
    assert np.abs(z).max() < 4
    assert 0.5 < np.sqrt(np.mean(z**2)) < 1.5
    assert np.abs((noise.intensity - 0.1 * np.eye(4)) / noise.stderr[0]).max() < 4
    assert np.abs(drift.step_bias / drift.stderr).max() < 0.2
    own = moments.past[:, 0].sum(axis=0)[np.ix_([0, 1, 2, 3, 4, 5, 9], [0, 1, 2, 3, 4, 5, 9])]
    inverse = np.linalg.inv(own / moments.counts.sum())
    bound = np.sqrt(2 * 0.1 / moments.duration * np.diagonal(inverse))  # of unit 0, continuous
    assert 1.0 < np.median(drift.stderr[0] / bound) < 1.5


def test_readout_noise_that_is_known_allows_for_a_shorter_wait():
    model = machine(size=0.2)
    y = states(model, 8) + np.random.default_rng(8).normal(0, 0.04, (32, 1141, 4))
    moments = moments_of(y)
    slopes = -model.J - (2 + 3 * 4.0 * 1.6e-3) * np.eye(4)

    def errors(*arguments):
        drift = estimate_drift(moments, *arguments)
        z = np.diagonal((drift.theta[:, 1:5] - slopes) / drift.stderr[:, 1:5])
        return np.sqrt(np.mean(z**2)), np.median(drift.stderr)

    waited, wide = errors(1)
    known, narrow = errors(0, np.full(4, 1.6e-3))
    unknown, _ = errors(0)
    assert max(waited, known) < 1.8
    assert unknown > 2.5
    assert narrow < 0.9 * wide
    drift, other = (estimate_drift(moments, 0, np.full(4, r)) for r in (16e-4, 17e-4))
    assert (other.theta - drift.theta) / 1e-4 == pytest.approx(drift.response.sum(2), rel=0.02)


def test_a_coarser_step_shows_in_the_reported_bias():
    model = machine(J4=0.0, size=0.2)
    x = linear_states(model, 7, runs=64)[:, ::12]
    coarse = estimate_drift(moments_of(x, (1,), step=12 * STEP))
    assert np.diagonal(coarse.step_bias[:, 1:]).min() > 0  # Simpson's rule: rates come out low
    off = np.diagonal(coarse.theta[:, 1:]) + 2
    reported = np.diagonal(coarse.step_bias[:, 1:])
    assert np.abs(off - reported).max() < 4 * np.diagonal(coarse.stderr[:, 1:]).max()


def test_a_constant_channel_and_a_short_record_are_refused():
    x = linear_states(machine(J4=0.0, size=0.2), 8, runs=4)
    x[..., 2] = 0.25
    with pytest.raises(DataError, match="a channel is constant"):
        estimate_drift(moments_of(x, (1,)))
    with pytest.raises(DataError, match="estimates need at least"):
        moments_of(x[:1, :200], (1,))
