"""Stochastic rounding to levels: symmetric, on neighbouring levels, right in the mean."""

import numpy as np

from hwkit.training import Levels
from tests.machines import random_couplings

LEVELS = Levels(4, 1.5)


def couplings():
    return np.clip(random_couplings(12, np.random.default_rng(1), size=0.5), -1.5, 1.5)


def test_every_value_goes_to_a_neighbouring_level():
    J = couplings()
    rounded = LEVELS.stochastic(J, seed=1)
    places = rounded / LEVELS.step
    np.testing.assert_allclose(places, np.round(places), atol=1e-12)
    assert np.abs(rounded - J).max() < LEVELS.step
    assert np.abs(rounded).max() <= LEVELS.full_scale * (1 + 1e-12)
    np.testing.assert_array_equal(rounded, rounded.T)
    assert np.all(np.diag(rounded) == 0)
    assert np.any(rounded != LEVELS.stochastic(J, seed=2))


def test_values_on_levels_stay_where_they_are():
    on_levels = LEVELS.nearest(couplings())
    rounded = LEVELS.stochastic(on_levels + 1e-13, seed=3)
    assert np.abs(rounded - on_levels).max() < 1e-10


def test_mean_and_variance_are_those_of_the_distribution():
    J, n = couplings(), 2000
    draws = np.stack([LEVELS.stochastic(J, seed) for seed in range(n)])
    upper = np.triu_indices_from(J, 1)
    variance = LEVELS.stochastic_variance(J)[upper]
    z = (draws.mean(axis=0)[upper] - J[upper]) / np.sqrt(variance / n)
    assert abs(np.mean(z**2) - 1) < 4 * np.sqrt(2 / z.size)
    ratio = draws.var(axis=0)[upper].sum() / variance.sum()
    assert abs(ratio - 1) < 0.02
    shift = (LEVELS.nearest(J) - J)[upper] / np.sqrt(variance / n)  # control: no random draw
    assert np.mean(shift**2) > 100
