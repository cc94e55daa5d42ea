import numpy as np
import pytest

from hwkit import ConfigError
from hwkit.codesign import Dac, Inferred, trim_biases, trim_couplings
from hwkit.training import phi, solve_exact
from tests.training.test_robust import problem


def spoilt(seed=0):
    """Statistics, the trained machine, and a board of it that is known exactly."""
    statistics, mask, biases = problem(seed)
    best = solve_exact(statistics, mask, biases)
    rng = np.random.default_rng(9)
    J = best.J * (1 + 0.3 * rng.standard_normal(mask.shape))
    b = best.b + 0.5 * rng.standard_normal(6)
    exact = np.zeros_like(J)
    return statistics, mask, best, Inferred(J, b, exact, exact[0])


def test_trimmed_biases_are_the_best_for_that_board():
    statistics, _, _, board = spoilt()
    trim = trim_biases(statistics, board)
    best = phi(statistics, board.J, board.b + trim)
    assert best < phi(statistics, board.J, board.b)
    rng = np.random.default_rng(0)
    for _ in range(30):
        other = board.b + trim + 0.01 * rng.standard_normal(6)
        assert phi(statistics, board.J, other) > best


def test_converters_have_steps_and_an_end_and_some_biases_have_none():
    statistics, _, _, board = spoilt()
    free = trim_biases(statistics, board)
    coarse = trim_biases(statistics, board, Dac(0.25, 0.5), np.arange(6) < 4)
    np.testing.assert_allclose(coarse / 0.25, np.round(coarse / 0.25))
    assert np.max(np.abs(coarse)) <= 0.5
    assert not coarse[4:].any()
    near = np.abs(free[:4]) < 0.5
    assert np.all(np.abs(coarse[:4] - free[:4])[near] <= 0.125)
    for step, reach in ((-1.0, 1.0), (np.nan, 1.0), (0.1, 0.0)):
        with pytest.raises(ConfigError, match="trims have the step"):
            Dac(step, reach)


def test_all_trims_bring_back_what_training_found_or_better():
    statistics, mask, best, board = spoilt()
    change, bias = trim_couplings(statistics, board, mask, np.ones(6, bool))
    after = phi(statistics, board.J + change, board.b + bias)
    assert after <= best.phi + 1e-9  # directions apart: at least as good as symmetric


def test_the_more_can_be_trimmed_the_better():
    statistics, mask, _, board = spoilt(1)
    values = []
    for share in (0.0, 0.3, 0.7, 1.0):
        some = mask & (np.random.default_rng(3).random(mask.shape) < share)
        change, bias = trim_couplings(statistics, board, some, np.ones(6, bool))
        assert not change[~some].any()
        values.append(phi(statistics, board.J + change, board.b + bias))
    assert np.all(np.diff(values) < 0)
    change, bias = trim_couplings(statistics, board, mask, np.ones(6, bool), Dac(0.1))
    np.testing.assert_allclose(change / 0.1, np.round(change / 0.1), atol=1e-9)
