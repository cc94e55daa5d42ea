"""Slow generation against the known answer of springs, whose densities are normal."""

import numpy as np
import pytest

from hwkit import ConfigError
from hwkit.langevin import simulate_gated
from hwkit.model import GatedMachine, Quartic, SegmentedMachine
from hwkit.training import Protocol, slowed
from tests.model.test_gated import gated, random_group, states

KT, N, V0, SEGMENTS = 0.1, 50, 0.2, 10
FREE = Protocol(t_final=1.0, dt=0.01, ramp=0.04)  # no force in the middle of any segment


def variance(t):
    """Variance of a noised spring that starts with V0."""
    return KT / 2 + (V0 - KT / 2) * np.exp(-4 * t)


def reversal():
    """The machine that reverses it: -U' - phi = U' + 2 kT grad log p, segment by segment."""
    times = (np.arange(SEGMENTS)[::-1] + 0.5) / SEGMENTS
    fields = -4 + 2 * KT / variance(times)
    return SegmentedMachine(
        tuple(GatedMachine(j * np.eye(N), np.zeros(N), (), Quartic(1, 0), KT) for j in fields)
    )


def generated(machine, t_final):
    noise = np.random.default_rng(0).standard_normal((200, N))
    x0 = np.sqrt(variance(1.0)) * noise
    return simulate_gated(machine, t_final, FREE.dt, 200, seed=1, x0=x0).final.var()


def test_it_generates_the_same_density_in_more_time():
    fast, slow = (generated(*slowed(reversal(), FREE, times)) for times in (1, 3))
    assert fast == pytest.approx(V0, rel=0.05)
    assert slow == pytest.approx(V0, rel=0.05)
    as_strong = SegmentedMachine(tuple(p for p in reversal().segments for _ in range(3)))
    assert generated(as_strong, 3.0) > 2 * V0  # control: the field as it was trained


def test_it_is_slow_where_noising_has_no_force_alone():
    machine = SegmentedMachine(tuple(gated(random_group(k)) for k in range(4)))
    slow, t_final = slowed(machine, Protocol(t_final=2.0, dt=0.1, ramp=0.5), 2)
    assert len(slow.segments) == 6
    assert t_final == 3.0
    assert slow.segments[4:] == machine.segments[2:]
    free, trained = slow.segments[0], machine.segments[0]
    expected = 0.75 * trained.coupling_field(states())
    np.testing.assert_allclose(free.coupling_field(states()), expected)
    same, t_final = slowed(machine, FREE, 1)
    assert (same, t_final) == (machine, 1.0)
    with pytest.raises(ConfigError, match="is to take 0 times as long; give at least 1"):
        slowed(machine, FREE, 0)
