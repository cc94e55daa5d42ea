import numpy as np
import pytest

from hwkit import ConfigError, Cosh, Quartic
from hwkit.training import Protocol, sample_noising
from hwkit.training.noised_states import noised_states
from tests.statistics import LIMIT

N_PATHS = 20_000
PROTOCOL = Protocol(1.0, 0.05)
FIELDS = np.array([-3.0, -0.5, 0.1, 1.2])


def pairs(onsite, step):
    """State and target of one unit under each field: from paths, and from the tables."""
    paths = sample_noising(PROTOCOL, FIELDS[None], onsite, 0.1, 1.0, N_PATHS, seed=1)
    x = paths[:, step + 1]
    y = (x - paths[:, step]) / PROTOCOL.dt - onsite.slope(x)
    fields = np.broadcast_to(FIELDS, (N_PATHS, 4)).copy()
    normal = np.random.default_rng(2).standard_normal(fields.shape).astype(np.float32)
    table = noised_states(PROTOCOL, onsite, 0.1, 1.0, 3.5)
    return (x, y), table.at(fields, np.full(N_PATHS, step), normal)


def distance(a, b):
    """Difference of means in standard errors, (4,)."""
    error = np.sqrt((a.var(axis=0) + b.var(axis=0)) / N_PATHS)
    return np.abs(a.mean(axis=0) - b.mean(axis=0)) / error


@pytest.mark.parametrize("onsite", [Quartic(), Cosh.from_quartic()], ids=["quartic", "cosh"])
@pytest.mark.parametrize("step", [0, 9, 19])
def test_states_and_targets_are_those_of_noising_paths(onsite, step):
    (x, y), (drawn, target) = pairs(onsite, step)
    for function in (
        lambda x, y: x, lambda x, y: x**2, lambda x, y: y, lambda x, y: x * y,
        lambda x, y: np.tanh(3 * x) * y,
    ):  # fmt: skip
        assert np.max(distance(function(x, y), function(drawn, target))) < LIMIT
    assert np.max(distance(x * y, drawn * (target + 0.3 * drawn))) > LIMIT  # control
    assert np.all(target.std(axis=0) < 0.4 * y.std(axis=0))  # what the tables are for


def test_moments_are_those_of_the_states():
    table = noised_states(PROTOCOL, Quartic(), 0.1, 1.0, 3.5)
    fields = np.repeat(FIELDS[None], 50_000, axis=0)
    normal = np.random.default_rng(3).standard_normal(fields.shape).astype(np.float32)
    x, _ = table.at(fields, np.full(len(fields), 7), normal)
    mean, variance = table.moments(FIELDS, 7)
    np.testing.assert_allclose(mean, x.mean(axis=0), atol=4e-3)
    np.testing.assert_allclose(variance, x.var(axis=0), rtol=0.03)


def test_fields_of_either_sign_mirror_each_other(monkeypatch):
    mirrored = noised_states(PROTOCOL, Quartic(), 0.1, 1.0, 3.5)
    monkeypatch.setattr("hwkit.training.noised_states._EVEN", -1.0)
    solved = noised_states(PROTOCOL, Quartic(), 0.1, 1.0, 3.5)
    np.testing.assert_allclose(mirrored.states, solved.states, atol=1e-6)
    np.testing.assert_allclose(mirrored.targets, solved.targets, atol=1e-5)


def test_a_step_too_short_for_the_grid_is_refused():
    with pytest.raises(ConfigError, match="above the limit of 4000"):
        noised_states(Protocol(1.0, 1e-5), Quartic(), 0.1, 1.0, 3.5)
