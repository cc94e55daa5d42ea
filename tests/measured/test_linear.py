"""The exact likelihood of a linear machine: against a dense normal density, and as an estimate."""

import numpy as np
import pytest
from scipy.linalg import expm, solve_continuous_lyapunov
from scipy.stats import multivariate_normal

from hwkit.errors import DataError
from hwkit.measured.kalman import gradient, log_likelihood
from hwkit.measured.linear_fit import fit_linear
from hwkit.measured.linear_system import LinearMachine, differentiate, discretise
from tests.measured.boards import STEP, fitted, linear_states, machine


def small(bandwidth=None):
    rng = np.random.default_rng(0)
    slopes = -2 * np.eye(3) + 0.4 * rng.normal(size=(3, 3))
    readout = np.array([1e-3, 2e-3, 5e-4])
    return LinearMachine(
        rng.normal(0, 0.3, 3), slopes, np.array([0.1, 0.12, 0.08]), readout, bandwidth
    )


PIECES = [np.random.default_rng(1).normal(0, 0.2, (n, 3)) for n in (40, 25)]
BANDWIDTHS = [None, np.array([20.0, 25.0, 30.0])]


def dense(machine, pieces, step):
    """The density of all samples of a piece as one normal vector."""
    n = machine.n_units
    matrix, drive = machine.slopes, 2 * np.diag(machine.intensity)
    if machine.bandwidth is not None:
        beta, zero = np.diag(machine.bandwidth), np.zeros((n, n))
        matrix = np.block([[matrix, zero], [beta, -beta]])
        drive = np.block([[drive, zero], [zero, zero]])
    stationary = solve_continuous_lyapunov(matrix, -drive)
    mean = -np.linalg.solve(machine.slopes, machine.constant)
    total = 0.0
    for piece in pieces:
        lags = [(expm(matrix * step * k) @ stationary)[-n:, -n:] for k in range(len(piece))]
        rows = [
            [lags[a - b] if a >= b else lags[b - a].T for b in range(len(piece))]
            for a in range(len(piece))
        ]
        covariance = np.block(rows) + np.kron(np.eye(len(piece)), np.diag(machine.readout))
        centre = np.tile(mean, len(piece))
        total += multivariate_normal(centre, covariance).logpdf(piece.ravel())
    return total


@pytest.mark.parametrize("bandwidth", BANDWIDTHS)
def test_the_likelihood_is_that_of_one_normal_vector(bandwidth):
    model = small(bandwidth)
    found = log_likelihood(discretise(model, 0.1), PIECES)
    assert found == pytest.approx(dense(model, PIECES, 0.1), abs=1e-8)
    other = model.at(1.01 * model.vector)
    assert abs(log_likelihood(discretise(other, 0.1), PIECES) - found) > 1e-3


@pytest.mark.parametrize("bandwidth", BANDWIDTHS)
def test_the_gradient_is_the_slope_of_the_likelihood(bandwidth):
    model = small(bandwidth)
    system = discretise(model, 0.1)
    found = gradient(system, differentiate(model, system, 0.1), PIECES)
    for place, value in enumerate(model.vector):
        size = 1e-6 * max(abs(value), 1e-3)
        ends = []
        for sign in (1, -1):
            moved = model.vector.copy()
            moved[place] += sign * size
            ends.append(log_likelihood(discretise(model.at(moved), 0.1), PIECES))
        assert found[place] == pytest.approx((ends[0] - ends[1]) / (2 * size), rel=1e-4, abs=1e-3)


def test_the_fit_finds_the_machine_and_is_narrower_than_the_weak_form():
    model = machine(J4=0.0, size=0.2)
    slopes = -model.J - 2 * np.eye(4)
    truth = np.concatenate([-model.b, slopes.ravel(), np.full(4, 0.1), np.full(4, 1e-3)])
    x = linear_states(model, 3)
    y = x + np.random.default_rng(3).normal(0, 1e-3**0.5, x.shape)
    _, drift, noise = fitted(y, (1,))
    start = LinearMachine(
        drift.theta[:, 0],
        drift.theta[:, 1:],
        np.diagonal(noise.intensity).copy(),
        np.diagonal(noise.excess).copy(),
    )
    found = fit_linear(start, STEP, list(y))
    z = (found.machine.vector - truth) / found.stderr
    assert np.abs(z).max() < 4
    assert 0.6 < np.sqrt(np.mean(z**2)) < 1.5
    wide = drift.stderr[:, 1:].ravel() / found.stderr[4:20]
    assert 1.0 < np.median(wide) < 1.5
    held = fit_linear(start, STEP, list(y), readout_known=True)
    assert np.array_equal(held.machine.readout, start.readout)


def test_a_machine_that_runs_away_is_refused():
    with pytest.raises(DataError, match="runs away"):
        LinearMachine(np.zeros(2), np.eye(2), np.ones(2), np.ones(2))
