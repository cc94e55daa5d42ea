"""Experts of low rank: they read the leading principal components of the noised states."""

import numpy as np
import pytest

from hwkit import ConfigError
from hwkit.training import GroupPlan, Protocol, gated_loss, train_gated

PROTOCOL = Protocol(1.25, 1.25 / 32)


def pictures(n=300, seed=0):
    """Pictures of 16 pixels around two templates, which vary in other directions each."""
    rng = np.random.default_rng(seed)
    directions = np.random.default_rng(5).standard_normal((2, 2, 16))
    side = rng.integers(2, size=n)
    own = np.einsum("nd,ndi->ni", rng.standard_normal((n, 2)), directions[side])
    template = np.where(side, 1.0, -1.0)[:, None] * np.repeat([1.0, -1.0], 8)
    return template + own + 0.05 * rng.standard_normal((n, 16))


def trained(**options):
    groups = [GroupPlan(2, drives=tuple(range(16)), **options)]  # group after group, as large ones
    return train_gated(pictures(), groups, protocol=PROTOCOL, samples=10, segments=2)


def test_experts_of_full_rank_are_those_without():
    whole, full = trained(), trained(rank=16)
    assert whole.ridges == full.ridges
    for a, b in zip(whole.machine.segments, full.machine.segments, strict=True):
        np.testing.assert_allclose(a.groups[0].w, b.groups[0].w, rtol=1e-6, atol=1e-8)
        full_J = b.groups[0].expanded().J
        np.testing.assert_allclose(a.groups[0].J, full_J, atol=2e-4)  # single precision
        assert np.max(np.abs(full_J)) > 0.05


def test_a_few_components_are_most_of_it():
    none = train_gated(pictures(), [], protocol=PROTOCOL, samples=10, segments=2)
    few = trained(rank=5)
    group = few.machine.segments[1].groups[0]
    assert (group.J.shape, group.basis.shape) == ((2, 16, 5), (16, 5))
    assert np.linalg.matrix_rank(group.expanded().J[0], tol=1e-6) == 5
    gain = np.mean(none.held_out) - np.mean(few.held_out)
    assert gain > 0.8 * (np.mean(none.held_out) - np.mean(trained().held_out)) > 0
    assert max(few.gradient) < 1e-9


def test_rank_and_a_narrower_gate_exclude_each_other():
    with pytest.raises(ConfigError, match="rank 2 and a gate that sees 1 of its units"):
        GroupPlan(2, gated_by=(0,), rank=2)
    with pytest.raises(ConfigError, match="a group has rank 0"):
        GroupPlan(2, rank=0)


def test_more_samples_of_a_picture_lower_the_loss_of_other_pictures():
    protocol, fresh = Protocol(1.25, 1.25 / 32), pictures(400, seed=3)

    def loss(**options):
        group = GroupPlan(6, drives=tuple(range(16)), **options)
        few = train_gated(pictures(60), [group], protocol=protocol, samples=1)
        return gated_loss(few.machine, fresh, protocol)[0]

    plain = loss()
    assert loss(samples=30) < 0.97 * plain
    assert loss(samples=1) == plain  # control: as many as the training's own
    with pytest.raises(ConfigError, match="samples of a group is 0"):
        GroupPlan(2, samples=0)
