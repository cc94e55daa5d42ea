import numpy as np
import pytest
from scipy.optimize import minimize

from hwkit import ConfigError, train
from hwkit.model import layered_mask
from hwkit.training import (
    Levels,
    Limits,
    best_levels,
    phi,
    solve_bounded,
    solve_exact,
    solve_levels,
)
from hwkit.training.exact import Quadratic
from tests.training.test_exact import from_data
from tests.training.test_robust import problem
from tests.training.test_train import DRAWN, QUICK

BOXES = [Limits(upper=0.0), Limits(lower=0.0), Limits(-0.2, 0.1)]


def by_scipy(statistics, mask, limits):
    """The same optimum by L-BFGS-B over pairs and biases."""
    n = len(mask)
    rows, columns = np.nonzero(np.triu(mask, 1))

    def unpack(v):
        J = np.zeros((n, n))
        J[rows, columns] = J[columns, rows] = v[: rows.size]
        return J, v[rows.size :]

    bounds = [(limits.lower, limits.upper)] * rows.size + [(None, None)] * n
    found = minimize(
        lambda v: phi(statistics, *unpack(v)),
        np.zeros(rows.size + n),
        bounds=bounds,
        options={"maxfun": 200_000, "ftol": 1e-15, "gtol": 1e-10},
    )
    return found.fun


@pytest.mark.parametrize("limits", BOXES)
def test_within_ranges_the_optimum_is_exact(limits):
    statistics, mask, biases = problem(1)
    found = solve_bounded(statistics, mask, biases, limits)
    assert limits.violation(found.J) == 0
    assert found.residuals[-1] <= 1e-8
    assert found.phi == pytest.approx(by_scipy(statistics, mask, limits), rel=1e-7)
    free = solve_exact(statistics, mask, biases)
    assert limits.violation(free.J) > 0.01  # control: the limits matter
    clipped = np.clip(free.J, limits.lower, limits.upper)
    b = statistics.target_mean - clipped @ statistics.mean
    assert found.phi < phi(statistics, clipped, b)
    down = Quadratic(statistics, mask, biases).downhill(found.J, found.b)[0]
    J = found.J
    inside = mask & (limits.lower < J) & (limits.upper > J)
    assert np.abs(down[inside]).max(initial=0) < 1e-5
    assert np.all(down[mask & (limits.upper == J)] > -1e-9)
    assert np.all(down[mask & (limits.lower == J)] < 1e-9)


def test_within_node_sums_no_feasible_neighbour_does_better():
    statistics, mask, biases = problem(2)
    limits = Limits(-1.0, 1.0, node_sum=0.8)
    found = solve_bounded(statistics, mask, biases, limits)
    assert limits.violation(found.J) <= 0
    assert np.abs(found.J).sum(axis=1).max() > 0.79  # control: it binds
    rng = np.random.default_rng(0)
    for size in (1e-3, 1e-2, 0.1):
        for _ in range(100):
            step = size * rng.standard_normal(mask.shape)
            J = found.J + mask * (step + step.T)
            J /= max(1.0, np.abs(J).sum(axis=1).max() / 0.8)
            b = statistics.target_mean - J @ statistics.mean
            assert phi(statistics, J, b) > found.phi - 1e-6


def test_limits_that_do_not_bind_change_nothing():
    statistics, mask, biases = problem(5)
    free = solve_exact(statistics, mask, biases)
    for limits in (Limits(), Limits(-99.0, 99.0, node_sum=1e4)):
        found = solve_bounded(statistics, mask, biases, limits)
        np.testing.assert_allclose(found.J, free.J, atol=1e-4)


def test_training_keeps_limits():
    result = train(DRAWN, 6, protocol=QUICK, limits=Limits(upper=0.0))
    assert result.model.J.max() == 0
    assert result.loss > train(DRAWN, 6, protocol=QUICK).loss
    assert not result.model.J[~layered_mask(12, 6)].any()


def few_modes(seed, n=12):
    """Units that vary together, as those of few patterns do: one coupling can help another."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((80, 3)) @ rng.standard_normal((3, n))
    x += 0.2 * rng.standard_normal(x.shape)
    y = 0.3 * x @ rng.standard_normal((n, n)) + rng.standard_normal(x.shape)
    return from_data(x, y), ~np.eye(n, dtype=bool), np.ones(n, dtype=bool)


@pytest.mark.parametrize("bits", [3, 4, 6])
def test_couplings_are_on_levels_and_feedback_beats_plain_rounding(bits):
    gains = []
    for seed in range(6):
        statistics, mask, biases = few_modes(seed)
        free = solve_exact(statistics, mask, biases)
        levels = Levels(bits, float(np.abs(free.J).max()))
        plain = solve_levels(statistics, mask, biases, levels, rounds=1)
        better = solve_levels(statistics, mask, biases, levels, rounds=20)
        for found in (plain, better):
            steps = found.J / levels.step
            np.testing.assert_allclose(steps, np.round(steps), atol=1e-9)
            assert np.abs(found.J).max() <= levels.full_scale * (1 + 1e-12)
            assert len(np.unique(np.round(steps))) <= 2**bits - 1
            assert np.array_equal(found.J, found.J.T)
            assert found.phi >= free.phi - 1e-9
        gains.append((plain.phi - better.phi) / (plain.phi - free.phi))
    assert np.mean(gains) > 0.3


def test_many_bits_are_as_good_as_none():
    statistics, mask, biases = problem(6)
    free = solve_exact(statistics, mask, biases)
    levels = best_levels(statistics, free.J, 16)
    assert solve_levels(statistics, mask, biases, levels).phi == pytest.approx(free.phi, rel=1e-5)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Limits(lower=0.1), "the range must hold 0"),
        (lambda: Limits(node_sum=0.0), "node_sum is 0.0"),
        (lambda: Levels(1, 1.0), "bits is 1"),
        (lambda: Levels(4, 0.0), "full_scale is 0.0"),
        (lambda: train(DRAWN, 2, "batch", limits=Limits()), "knows no weights, tolerances"),
    ],
)
def test_limits_that_make_no_sense_are_refused(make, words):
    with pytest.raises(ConfigError, match=words):
        make()
