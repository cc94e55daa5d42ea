import numpy as np
import pytest
from scipy import stats

import hwkit
from hwkit.circuit.variation.distributions import Normal, Table, Truncated, Uniform, conditioned

DISTRIBUTIONS = {
    "normal": Normal(0.02),
    "tolerance": Normal.from_tolerance(0.05, k=3),
    "pelgrom": Normal.pelgrom(3e-9, 1e-6, 2e-6),
    "uniform": Uniform(0.1),
    "truncated": Truncated(0.1, outer=0.12),
    "bimodal": Truncated(0.1, outer=0.2, inner=0.05),
    "table": Table((-0.3, -0.05, 0.0, 0.02, 0.4)),
}


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_a_drawn_sample_follows_the_declared_distribution(name):
    distribution = DISTRIBUTIONS[name]
    sample = distribution.quantile(np.random.default_rng(3).random(5000))
    assert stats.kstest(sample, distribution.cdf).pvalue > 0.01
    assert stats.kstest(1.1 * sample, distribution.cdf).pvalue < 1e-3 or name == "table"
    assert stats.kstest(sample + 0.1 * distribution.sigma, distribution.cdf).pvalue < 1e-3
    assert np.std(sample) == pytest.approx(distribution.sigma, rel=0.03)


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_quantile_and_cdf_are_inverse_and_scaling_is_of_the_deviation(name):
    distribution, u = DISTRIBUTIONS[name], np.linspace(0.001, 0.999, 200)
    np.testing.assert_allclose(distribution.cdf(distribution.quantile(u)), u, atol=1e-12)
    np.testing.assert_allclose(
        distribution.scaled(2.5).quantile(u), 2.5 * distribution.quantile(u), atol=1e-12
    )
    assert distribution.scaled(2.0).sigma == pytest.approx(2 * distribution.sigma)


def test_what_the_names_mean():
    assert DISTRIBUTIONS["tolerance"].sigma == pytest.approx(0.05 / 3)
    assert DISTRIBUTIONS["pelgrom"].sigma == pytest.approx(3e-9 / np.sqrt(2 * 2e-12))
    drawn = DISTRIBUTIONS["bimodal"].quantile(np.random.default_rng(0).random(1000))
    assert 0.05 <= np.abs(drawn).min() <= np.abs(drawn).max() <= 0.2


def test_conditioning_leaves_the_tail_out_and_nothing_else():
    distribution, u = Normal(0.6), np.random.default_rng(1).random(4000)
    sample = conditioned(distribution, u, -1.0)
    assert np.all(sample > -1)
    left = distribution.cdf(-1.0)
    assert stats.kstest(sample, lambda e: (distribution.cdf(e) - left) / (1 - left)).pvalue > 0.01
    assert np.all(conditioned(Normal(50.0), u, -1.0) > -1)
    with pytest.raises(hwkit.ConfigError, match="no positive value"):
        conditioned(Table((-3.0, -2.0)), u, -1.0)


@pytest.mark.parametrize("make", [
    lambda: Normal(-0.1), lambda: Normal(np.nan), lambda: Uniform(np.inf),
    lambda: Normal.from_tolerance(-0.05), lambda: Normal.from_tolerance(0.05, 0),
    lambda: Normal.pelgrom(1e-9, 0, 1), lambda: Truncated(0.1, 0.1, 0.2), lambda: Truncated(0, 1),
    lambda: Table((1.0,)), lambda: Table((0.1, 0.0)),
])  # fmt: skip
def test_impossible_distributions_are_refused(make):
    with pytest.raises(hwkit.ConfigError):
        make()
