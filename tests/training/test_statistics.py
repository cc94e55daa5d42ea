import numpy as np
import pytest

from hwkit import Protocol, Quartic
from hwkit.training import noising_statistics, sample_noising
from tests.statistics import agrees

FIELDS = np.array([[1.2, -0.7, 0.4, 2.0, -1.5], [-0.3, 1.1, 1.6, -0.8, 0.2]])
N_PATHS = 600


def sampled(protocol, onsite, kT, mobility, seed):
    """One sample of G, m, B, n, <|y|^2> per path, its mean over patterns and steps."""
    paths = sample_noising(protocol, FIELDS, onsite, kT, mobility, N_PATHS, seed)
    end, moves = paths[:, 1:], np.diff(paths, axis=1)
    y = moves / (mobility * protocol.dt) - onsite.slope(end)
    n_steps = protocol.n_steps

    def mean(values):
        """Over steps first, then over the patterns of each sample."""
        return values.reshape(len(FIELDS), N_PATHS, *values.shape[1:]).mean(axis=0)

    return {
        "G": mean(end.transpose(0, 2, 1) @ end / n_steps),
        "m": mean(end.mean(axis=1)),
        "B": mean(y.transpose(0, 2, 1) @ end / n_steps),
        "n": mean(y.mean(axis=1)),
        "y2": mean(np.sum(y**2, axis=2).mean(axis=1)),
    }


@pytest.mark.parametrize(
    ("onsite", "kT", "mobility"), [(Quartic(), 0.1, 1.0), (Quartic(0.5, 0.3), 0.3, 1.6)]
)
def test_statistics_agree_with_sampled_noising_paths(onsite, kT, mobility):
    protocol = Protocol(t_final=2.0, dt=2e-3)
    exact = noising_statistics(protocol, FIELDS, onsite, kT, mobility)
    samples = sampled(protocol, onsite, kT, mobility, seed=3)
    apart = ~np.eye(5, dtype=bool)  # the diagonal of B is not part of the statistics
    gram = exact.factor.T @ exact.factor + np.diag(exact.variance)
    expected = {
        "G": gram[apart],
        "diagonal of G": np.diagonal(gram),
        "m": exact.mean,
        "B": exact.cross[apart],
        "n": exact.target_mean,
        "y2": exact.target_square,
    }
    samples["diagonal of G"] = np.diagonal(samples["G"], axis1=1, axis2=2)
    for name in ("G", "B"):
        samples[name] = samples[name][:, apart]
    for name, value in expected.items():
        assert agrees(samples[name], value), name
    for name in ("G", "diagonal of G", "m", "B"):  # controls: 20 % off
        assert not agrees(samples[name], 1.2 * expected[name]), name
    assert not agrees(samples["n"], exact.mean)
    assert not agrees(samples["y2"], 1.005 * exact.target_square)


def test_times_gram_is_the_product_with_g():
    exact = noising_statistics(Protocol(dt=0.01), FIELDS, Quartic(), 0.1, 1.0)
    J = np.random.default_rng(0).standard_normal((5, 5))
    gram = exact.factor.T @ exact.factor + np.diag(exact.variance)
    np.testing.assert_allclose(exact.times_gram(J), J @ gram, rtol=1e-12)


def test_many_patterns_are_compressed_without_loss():
    rng = np.random.default_rng(1)
    fields = rng.standard_normal((300, 6))
    protocol = Protocol(dt=0.01)
    together = noising_statistics(protocol, fields, Quartic(), 0.1, 1.0)
    assert together.factor.shape[0] <= 6
    single = [noising_statistics(protocol, np.vstack([f, 4 * np.ones(6)]), Quartic(), 0.1, 1.0)
              for f in fields[:2]]  # fmt: skip
    both = noising_statistics(
        protocol, np.vstack([fields[:2], 4 * np.ones((2, 6))]), Quartic(), 0.1, 1.0
    )
    for name in ("mean", "cross", "target_mean", "target_square"):
        average = sum(getattr(s, name) for s in single) / 2
        np.testing.assert_allclose(getattr(both, name), average, rtol=1e-9, atol=1e-12)


def test_the_variance_of_a_unit_is_positive():
    exact = noising_statistics(Protocol(dt=0.01), FIELDS, Quartic(), 0.1, 1.0)
    assert np.all(exact.variance > 0)
