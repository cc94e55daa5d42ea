"""Weighted regression: one eigenvalue problem serves all ridges, and ties go to the largest."""

import numpy as np

from hwkit.training.regression import Moments, best_even_ridge, best_ridge


def moments(seed, n=80, n_features=6):
    draw = np.random.default_rng(seed)
    f, weights = draw.standard_normal((n, n_features)), draw.uniform(0.1, 1, n)
    y = f @ draw.standard_normal((n_features, 2)) + draw.standard_normal((n, 2))
    sums = Moments(n_features, 2)
    sums.add(f, y, weights, np.arange(n) % 5 == 0)
    return sums


def test_losses_of_all_ridges_at_once_are_those_of_each():
    sums, ridges = moments(0), (1e-3, 0.1, 3.0)
    each = [sums.aside_loss(np.full(6, ridge)) for ridge in ridges]
    assert np.allclose(sums.aside_losses(ridges), each, rtol=1e-10)


def test_even_penalties_choose_the_same_ridge():
    several, ridges = [moments(seed) for seed in range(3)], (1e-4, 1e-2, 1.0, 100.0)
    penalties = [np.ones(6)] * 3
    assert best_even_ridge(several, ridges) == best_ridge(several, penalties, ridges)


def test_without_moments_the_largest_ridge_is_taken():
    assert best_even_ridge([], (0.1, 1.0)) == 1.0
