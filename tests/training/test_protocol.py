import numpy as np
import pytest

from hwkit import ConfigError, Protocol, Quartic
from hwkit.training import prepared_states, sample_noising
from tests.quadrature import averages
from tests.statistics import agrees


def test_the_defaults_are_the_papers():
    protocol = Protocol()
    assert protocol.n_steps == 2500
    t = np.array([0.0, 0.9375, 1.875, 2.0, 2.5])
    np.testing.assert_allclose(protocol.force_scale(t), [2.0, 1.0, 0.0, 0.0, 0.0])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"dt": 0.3}, r"choose dt so that it divides t_final"),
        ({"t_final": 0.0}, r"t_final is 0\.0; it must be a number above 0"),
        ({"ramp": 0.0}, r"ramp is 0\.0; it is a fraction of t_final, above 0 to 1"),
        ({"ramp": 1.5}, r"ramp is 1\.5; it is a fraction of t_final, above 0 to 1"),
        ({"ramp": np.nan}, r"ramp is nan; it is a fraction"),
        ({"strength": np.inf}, r"strength is inf; it must be a finite number"),
    ],
)
def test_settings_outside_their_limits_are_refused(arguments, words):
    with pytest.raises(ConfigError, match=words):
        Protocol(**arguments)


def test_paths_start_held_by_their_pattern_and_end_free():
    protocol, onsite, kT = Protocol(t_final=3.0, dt=0.01), Quartic(), 0.1
    fields = np.tile([1.5, -0.5], (1, 200))
    paths = sample_noising(protocol, fields, onsite, kT, 1.0, n_paths=40, seed=1)
    assert paths.shape == (40, 301, 400)
    for unit, field in enumerate([1.5, -0.5]):
        start = paths[:, 0, unit::2].ravel()
        [held] = averages([lambda x: x], onsite, kT, force=2 * field, h=0.01)
        [weaker] = averages([lambda x: x], onsite, kT, force=1.8 * field, h=0.01)
        assert agrees(start, held)
        assert not agrees(start, weaker)  # control
    [second] = averages([lambda x: x**2], onsite, kT, h=0.01)
    assert agrees(paths[:, -1].ravel() ** 2, second)


def test_paths_of_a_pattern_stand_together_and_have_noise_of_their_own():
    protocol = Protocol(t_final=0.5, dt=0.01)
    paths = sample_noising(protocol, np.array([[50.0], [-50.0]]), Quartic(), 0.1, 1.0, 3, seed=1)
    assert np.all(paths[:3, 0] > 0)
    assert np.all(paths[3:, 0] < 0)
    assert len(np.unique(paths[:, -1])) == 6
    again = sample_noising(protocol, np.array([[50.0], [-50.0]]), Quartic(), 0.1, 1.0, 3, seed=1)
    assert np.array_equal(paths, again)


def test_prepared_states_are_where_noising_starts():
    protocol, fields = Protocol(t_final=1.0, dt=0.02), np.linspace(-1, 1, 12).reshape(3, 4)
    paths = sample_noising(protocol, fields, Quartic(), 0.1, 1.0, n_paths=1, seed=1)
    start = prepared_states(protocol, fields, Quartic(), 0.1, 1.0, seed=1)
    np.testing.assert_array_equal(start, paths[:, 0])
