import numpy as np
import pytest

from hwkit import Cosh, Protocol, Quartic, Tabulated
from hwkit.training import sample_noising, solve_moments
from tests.quadrature import averages
from tests.statistics import agrees

POINTS = np.linspace(-3, 3, 301)
TABLE = Tabulated(POINTS, Cosh(0.7, 2.0).slope(POINTS))
FIELDS = np.array([-1.7, -0.4, 0.0, 0.9, 2.0])


def five(onsite):
    return [
        lambda x: x,
        lambda x: x**2,
        onsite.slope,
        lambda x: onsite.slope(x) ** 2,
        onsite.curvature,
    ]


@pytest.mark.parametrize(
    "onsite",
    [
        Quartic(),
        Quartic(0.0, 1.0),
        Quartic(2.0, 0.0),
        Quartic(-1, 1),
        Cosh.from_quartic(),
        Cosh(1.0, 30.0),
        TABLE,
    ],
)
@pytest.mark.parametrize("kT", [0.1, 1.0])
def test_moments_at_equilibrium_are_those_of_quadrature(onsite, kT):
    protocol = Protocol(t_final=12.0, dt=0.01)
    table = solve_moments(protocol, onsite, kT, mobility=2.0, largest_field=2.0)
    moments = table.moments(FIELDS)
    double = isinstance(onsite, Quartic) and onsite.J2 < 0
    fields = FIELDS[[0, 1, 3, 4]] if double else FIELDS
    for s, at_start, at_end in zip(FIELDS, moments[:, 0].T, moments[:, -1].T, strict=True):
        if s in fields:  # a double well without a force forgets its start slowly
            held = averages(five(onsite), onsite, kT, force=2.0 * s)
            np.testing.assert_allclose(at_start, held, rtol=5e-4, atol=5e-4)
            free = averages(five(onsite), onsite, kT)
            np.testing.assert_allclose(at_end[1:2], free[1:2], rtol=2e-3)


def test_a_spring_follows_its_exact_mean_and_variance_at_all_times():
    k, kT, mobility = 3.0, 0.2, 0.8
    protocol = Protocol(t_final=1.5, dt=0.01, strength=1.6, ramp=0.6)
    table = solve_moments(protocol, Quartic(k / 2, 0.0), kT, mobility, largest_field=2.0)
    x, x2, slope, _, curvature = table.moments(FIELDS)
    t, rate, end = table.t[:, None], mobility * k, 0.6 * 1.5
    start = 1.6 * FIELDS / k * (1 - np.exp(-rate * 1.5))

    def ramped(t):
        """Response of dm/dt = mu (a(t) s - k m) for a(t) = strength (1 - t / end)."""
        rest = 1.6 * FIELDS / k
        forced = rest * (1 - t / end + 1 / (rate * end))
        return forced + (start - rest * (1 + 1 / (rate * end))) * np.exp(-rate * t)

    exact = np.where(t <= end, ramped(t), ramped(end) * np.exp(-rate * (t - end)))
    np.testing.assert_allclose(x, exact, atol=2e-4)
    variance = kT / k * (1 - np.exp(-2 * rate * (1.5 + t)))
    np.testing.assert_allclose(x2 - x**2, np.broadcast_to(variance, x.shape), atol=2e-4)
    np.testing.assert_allclose(slope, k * x, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(curvature, k)


def test_the_mean_is_odd_and_the_second_moment_even_in_the_field():
    table = solve_moments(Protocol(dt=0.01), Quartic(), 0.1, 1.0, largest_field=2.0)
    plus, minus = table.moments(FIELDS), table.moments(-FIELDS)
    for moment, sign in enumerate([-1, 1, -1, 1, 1]):
        np.testing.assert_allclose(plus[moment], sign * minus[moment], atol=1e-9)


def test_the_mean_moves_as_its_force_says():
    """d E[x]/dt = mu (a s - E[U']): the table is consistent with itself."""
    protocol = Protocol(dt=0.01)
    table = solve_moments(protocol, Quartic(), 0.1, 1.0, largest_field=2.0)
    x, _, slope, _, _ = table.moments(FIELDS)
    drift = protocol.force_scale(table.t)[:, None] * FIELDS - slope
    moved = np.diff(x, axis=0)
    expected = 0.5 * (drift[1:] + drift[:-1]) * np.diff(table.t)[:, None]
    np.testing.assert_allclose(moved, expected, atol=2e-5)


def test_moments_agree_with_sampled_noising():
    protocol, onsite, kT = Protocol(dt=2e-3), Quartic(), 0.1
    fields = np.repeat([0.5, 1.4, -2.0], 200)[None]
    paths = sample_noising(protocol, fields, onsite, kT, 1.0, n_paths=40, seed=6)
    table = solve_moments(protocol, onsite, kT, 1.0, largest_field=2.2)
    for step in (0, 400, 937, 1250):
        samples = paths[:, step].reshape(40, 3, 200).transpose(0, 2, 1).reshape(-1, 3)
        values = np.stack([f(samples) for f in five(onsite)], axis=1)
        near = int(np.argmin(np.abs(table.t - step * protocol.dt)))
        assert table.t[near] == pytest.approx(step * protocol.dt, abs=2e-3)
        expected = table.moments(np.array([0.5, 1.4, -2.0]))[:, near]
        assert agrees(values, expected)
        assert not agrees(values, 1.03 * expected)  # control: 3 % off
