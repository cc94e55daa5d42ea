import numpy as np
import pytest

from hwkit import EnergyModel, Protocol, Quartic, SimulationError
from hwkit.model import layered_mask
from hwkit.training import (
    NoisingStatistics,
    gradient,
    loss_per_step,
    noising_statistics,
    phi,
    reversed_path_loss,
    sample_noising,
    solve_exact,
)
from tests.statistics import LIMIT, agrees, deviation


def from_data(x, y):
    """Statistics of given states and targets, (samples, N): all that the solve may look at."""
    s = len(x)
    return NoisingStatistics(
        factor=x / np.sqrt(s),
        variance=np.zeros(x.shape[1]),
        mean=x.mean(axis=0),
        cross=y.T @ x / s,
        target_mean=y.mean(axis=0),
        target_square=float(np.sum(y**2) / s),
    )


def brute_force(x, y, mask, bias_mask):
    """Least squares over one column per allowed pair and bias, one row per sample and unit."""
    s, n = x.shape
    pairs = [(i, j) for i in range(n) for j in range(i + 1, n) if mask[i, j]]
    biases = np.flatnonzero(bias_mask)
    columns = np.zeros((s, n, len(pairs) + len(biases)))
    for c, (i, j) in enumerate(pairs):
        columns[:, i, c], columns[:, j, c] = x[:, j], x[:, i]
    for c, i in enumerate(biases):
        columns[:, i, len(pairs) + c] = 1.0
    matrix = columns.reshape(s * n, -1)
    solution, *_ = np.linalg.lstsq(matrix, y.ravel(), rcond=None)
    J, b = np.zeros((n, n)), np.zeros(n)
    for value, (i, j) in zip(solution, pairs, strict=False):
        J[i, j] = J[j, i] = value
    b[biases] = solution[len(pairs) :]
    return J, b, float(np.sum((matrix @ solution - y.ravel()) ** 2) / s)


@pytest.mark.parametrize("seed", range(6))
def test_the_optimum_is_that_of_a_direct_dense_solve(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 9))
    x = rng.standard_normal((60, n)) @ rng.standard_normal((n, n)) + rng.standard_normal(n)
    y = rng.standard_normal((60, n)) + 0.3 * x[:, ::-1] + 1.0
    upper = np.triu(rng.random((n, n)) < (0.6 if seed else 1.0), 1)
    mask, bias_mask = upper | upper.T, rng.random(n) < 0.7
    J, b, smallest = brute_force(x, y, mask, bias_mask)
    found = solve_exact(from_data(x, y), mask, bias_mask, tolerance=1e-12)
    np.testing.assert_allclose(found.J, J, atol=1e-8)
    np.testing.assert_allclose(found.b, b, atol=1e-8)
    assert found.phi == pytest.approx(smallest, rel=1e-10)


def test_gradient_and_phi_are_those_of_the_data():
    rng = np.random.default_rng(4)
    x, y = rng.standard_normal((2, 50, 4))
    J, b = rng.standard_normal((4, 4)), rng.standard_normal(4)
    J = np.triu(J, 1) + np.triu(J, 1).T
    statistics = from_data(x, y)

    def value(J, b):
        return np.mean(np.sum((x @ J + b - y) ** 2, axis=1))

    assert phi(statistics, J, b) == pytest.approx(value(J, b), rel=1e-12)
    by_pair, by_bias = gradient(statistics, J, b)
    h = 1e-6
    for i in range(4):
        db = h * np.eye(4)[i]
        assert 2 * by_bias[i] == pytest.approx(
            (value(J, b + db) - value(J, b - db)) / (2 * h), abs=1e-6
        )
        for j in range(i):
            dJ = np.zeros((4, 4))
            dJ[i, j] = dJ[j, i] = h
            slope = (value(J + dJ, b) - value(J - dJ, b)) / (2 * h)
            assert 2 * by_pair[i, j] == pytest.approx(slope, abs=1e-6)


@pytest.fixture(scope="module")
def small():
    """Three patterns on 10 + 6 units: protocol, fields, statistics, mask and the optimum."""
    protocol = Protocol(t_final=2.0, dt=2e-3)
    fields = np.random.default_rng(8).standard_normal((3, 16))
    statistics = noising_statistics(protocol, fields, Quartic(), 0.1, 1.0)
    mask = layered_mask(10, 6)
    return protocol, fields, statistics, mask, solve_exact(statistics, mask, np.ones(16, bool))


def test_the_masked_gradient_vanishes_at_the_optimum(small):
    _, _, statistics, mask, best = small
    by_pair, by_bias = gradient(statistics, best.J, best.b)
    start, _ = gradient(statistics, 0 * best.J, 0 * best.b)
    assert np.max(np.abs(mask * by_pair)) < 1e-9 * np.max(np.abs(mask * start))
    assert np.max(np.abs(by_bias)) < 1e-9 * np.max(np.abs(start))
    assert np.max(np.abs(~mask * by_pair)) > 1e-3 * np.max(np.abs(start))  # control: elsewhere not
    assert not best.J[~mask].any()
    assert np.array_equal(best.J, best.J.T)


def test_biases_that_are_not_trained_stay_zero_and_matter(small):
    _, _, statistics, mask, best = small
    bias_mask = np.arange(16) >= 10
    partly = solve_exact(statistics, mask, bias_mask)
    assert not partly.b[:10].any()
    assert partly.b[10:].all()
    assert partly.phi > best.phi
    nothing = solve_exact(statistics, np.zeros((16, 16), bool), np.zeros(16, bool))
    assert not nothing.J.any()
    assert nothing.phi == pytest.approx(statistics.target_square)


def machine(J, b):
    return EnergyModel(J, b, Quartic(), kT=0.1)


def losses(protocol, fields, machines, seed):
    """Loss per step of each machine on the same 150 held-out paths, one row per machine."""
    paths = sample_noising(protocol, fields, Quartic(), 0.1, 1.0, n_paths=150, seed=seed)
    grouped = paths.reshape(3, 150, *paths.shape[1:])
    return np.array(
        [[reversed_path_loss(m, grouped[:, p], protocol.dt) for p in range(150)] for m in machines]
    )


def test_no_neighbour_of_the_optimum_does_better_on_held_out_paths(small):
    protocol, fields, _, mask, best = small
    rng = np.random.default_rng(2)
    others = [
        machine(0.8 * best.J, best.b),
        machine(1.2 * best.J, best.b),
        machine(best.J, 0 * best.b),
    ]
    for _ in range(4):
        shift = np.triu(mask * rng.standard_normal((16, 16)), 1)
        others.append(machine(best.J + 0.2 * (shift + shift.T), best.b))
        others.append(machine(best.J, best.b + 0.3 * rng.standard_normal(16)))
    first, *rest = losses(protocol, fields, [machine(best.J, best.b), *others], seed=77)
    for row in rest:
        assert deviation(row - first, 0.0) > LIMIT


def test_the_closed_form_loss_is_that_of_sampled_paths(small):
    protocol, fields, statistics, _, best = small
    machines = [(best.J, best.b), (0.5 * best.J, 0 * best.b), (0 * best.J, 0 * best.b)]
    rows = losses(protocol, fields, [machine(*m) for m in machines], seed=5)
    closed = [loss_per_step(phi(statistics, *m), 1.0, 0.1, protocol.dt) for m in machines]
    assert agrees(rows, closed, axis=1)
    assert not agrees(rows, 1.003 * np.array(closed), axis=1)  # control: 0.3 % off
    # Differences on the same paths are far sharper: most of the noise cancels.
    gains = rows[1:] - rows[0]
    assert agrees(gains, np.array(closed[1:]) - closed[0], axis=1)
    assert not agrees(gains, 1.1 * (np.array(closed[1:]) - closed[0]), axis=1)  # control


def test_the_loss_by_the_book():
    """Onsager-Machlup for one spring, one step."""
    model = EnergyModel([[0.0]], [0.3], Quartic(1.0, 0.0), kT=0.2, mobility=1.5)
    paths = np.array([[[0.5], [0.7]]])
    drift = 2 * 0.7 + 0.3
    expected = (-0.2 + 1.5 * 0.01 * drift) ** 2 / (4 * 1.5 * 0.2 * 0.01)
    assert reversed_path_loss(model, paths, 0.01) == pytest.approx(expected)


def test_progress_is_told_and_residuals_fall(small):
    _, _, statistics, mask, _ = small
    seen = []
    found = solve_exact(
        statistics, mask, np.ones(16, bool), max_iterations=500, progress=lambda *a: seen.append(a)
    )
    assert seen == [(i, 500) for i in range(1, len(found.residuals))]
    assert found.residuals[0] == 1.0
    assert found.residuals[-1] <= 1e-10


def test_too_few_iterations_are_reported(small):
    _, _, statistics, mask, _ = small
    with pytest.raises(SimulationError, match=r"stopped after 3 iterations at a relative gradient"):
        solve_exact(statistics, mask, np.ones(16, bool), max_iterations=3)
