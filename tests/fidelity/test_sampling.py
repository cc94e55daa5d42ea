import numpy as np
import pytest
from scipy.linalg import expm

import hwkit
from hwkit.circuit.cells.spu import gaussian_machine
from hwkit.fidelity.lc_cells import cell_covariance, cell_generator, cell_step
from hwkit.fidelity.sampling import (
    block_errors,
    correlation_time,
    floor_metrics,
    relative_error,
    sampling_floor,
    second_moments,
    solve_from_samples,
)
from tests.machines import capacitive_machine

MATRIX = np.array([[2.0, -0.5, 0.0], [-0.5, 1.0, -0.3], [0.0, -0.3, 1.5]])
COVARIANCE = np.linalg.inv(MATRIX)


def draws(n, covariance=COVARIANCE, seed=1):
    return np.random.default_rng(seed).multivariate_normal(np.zeros(len(covariance)), covariance, n)


def test_the_floor_is_the_error_of_direct_draws():
    errors = block_errors(draws(200_000), COVARIANCE, 100)
    squares = errors**2
    stderr = squares.std() / np.sqrt(squares.size)
    assert abs(squares.mean() - sampling_floor(COVARIANCE, 100) ** 2) < 4 * stderr
    assert sampling_floor(COVARIANCE, 100) <= np.sqrt(4 / 100)
    assert sampling_floor(np.eye(8), 12_000) == pytest.approx(0.0274, abs=1e-4)


def test_errors_on_the_floor_pass_and_systematic_ones_do_not():
    samples = draws(20_000)
    rows = floor_metrics("direct", samples, COVARIANCE, [20, 200, 2000])
    assert all(row.passed for row in rows)
    assert "sampling floor" in rows[0].note
    rows = floor_metrics("warm", 1.05 * samples, COVARIANCE, [20, 200, 2000])
    assert not rows[-1].passed
    with pytest.raises(hwkit.DataError, match="fewer than 5 blocks of 5000"):
        floor_metrics("direct", samples, COVARIANCE, [5000])


def test_inverse_and_solution_from_samples():
    samples = draws(200_000)
    assert relative_error(second_moments(samples), COVARIANCE) < 4 * sampling_floor(
        COVARIANCE, 200_000
    )
    b = np.array([1.0, -2.0, 0.5])
    exact = np.linalg.solve(MATRIX, b)
    products = samples * (samples @ b)[:, None]
    stderr = products.std(axis=0) / np.sqrt(len(samples))
    assert np.all(np.abs(solve_from_samples(samples, b) - exact) < 4 * stderr)
    assert np.any(np.abs(solve_from_samples(samples, b) - 1.05 * exact) > 4 * stderr)


def test_correlated_samples_are_seen():
    assert correlation_time(draws(40_000).reshape(4, 10_000, 3)) < 0.53
    share, path = 0.8, np.zeros((4, 5000, 3))
    noise = draws(20_000, seed=2).reshape(path.shape)
    for k in range(1, 5000):
        path[:, k] = share * path[:, k - 1] + np.sqrt(1 - share**2) * noise[:, k]
    expected = 0.5 + share**2 / (1 - share**2)  # products of Gaussians are correlated by share^2
    assert correlation_time(path[:, 50:]) == pytest.approx(expected, rel=0.15)


@pytest.mark.parametrize("quality", [0.5, 3.0])
def test_lc_cells_sample_the_machine_s_distribution(quality):
    model = capacitive_machine(4, 3)
    covariance = model.kT * np.linalg.inv(model.hessian(np.zeros(4)))
    np.testing.assert_allclose(cell_covariance(model, quality, 0.3, "exact"), covariance)
    G, push = cell_generator(model, quality)
    M, Q = cell_step(model, quality, 0.3, "exact")
    np.testing.assert_allclose(M, expm(0.3 * G))
    short = 1e-4
    M, Q = cell_step(model, quality, short, "exact")
    np.testing.assert_allclose(Q, short * push @ push.T, atol=2e-3 * short * np.max(push) ** 2)
    errors = [
        relative_error(cell_covariance(model, quality, h, "backward-euler"), covariance)
        for h in (2e-3, 1e-3)
    ]
    assert errors[0] / errors[1] == pytest.approx(2, abs=0.05)


def test_a_precision_is_sampled():
    model = gaussian_machine(MATRIX)
    np.testing.assert_allclose(model.kT * np.linalg.inv(model.hessian(np.zeros(3))), COVARIANCE)
