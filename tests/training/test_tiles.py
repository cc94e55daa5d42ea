"""Tiles of a picture: each with experts of its own, whose gate sees a part of what they read."""

import numpy as np
import pytest

from hwkit import ConfigError
from hwkit.training import GroupPlan, Protocol, TilePlan, train_gated

PROTOCOL = Protocol(1.25, 1.25 / 32)


def lamps(n=600, seed=0):
    """Pictures of 4 x 4 pixels: in each of four tiles one pixel is bright, whichever."""
    rng = np.random.default_rng(seed)
    tile = np.eye(4)[rng.integers(4, size=(n, 2, 2))].reshape(n, 2, 2, 2, 2)
    pixels = tile.transpose(0, 1, 3, 2, 4).reshape(n, 16)
    return pixels + 0.05 * rng.standard_normal((n, 16))


def trained(plan):
    groups = [] if plan is None else plan.groups(16)
    return train_gated(lamps(), groups, protocol=PROTOCOL, samples=10, segments=2)


def test_a_gate_sees_no_more_than_it_is_told():
    group = TilePlan(3, size=2, reach=1, gate_reach=0).groups(16)[0]
    assert group.reads == (0, 1, 2, 4, 5, 6, 8, 9, 10)
    assert group.gated_by == group.drives == (0, 1, 4, 5)
    found = trained(TilePlan(3, size=2, reach=1, gate_reach=0)).machine.segments[0].groups[0]
    seen = np.isin(found.reads, (0, 1, 4, 5))
    assert np.all(found.w[:, ~seen] == 0)
    assert np.all(np.any(found.w[:, seen] != 0, axis=0))
    assert np.all(np.any(found.J != 0, axis=(0, 1)))  # couplings read all


def test_tiles_lower_the_loss_and_are_solved_exactly():
    local = trained(TilePlan(4, size=2, reach=1, temper=1.0))
    assert np.mean(local.held_out) < 0.9 * np.mean(trained(None).held_out)
    assert max(local.gradient) < 1e-9


def test_no_tile_drives_the_border():
    groups = TilePlan(3, size=2, reach=1, border=1).groups(16)
    assert [group.drives for group in groups] == [(5, 6, 9, 10)]
    assert len(groups[0].reads) == 16


@pytest.mark.parametrize(
    ("plan", "n_units", "words"),
    [
        ({}, 15, "15 pixels are not square"),
        ({"size": 3}, 16, "tiles of 3 pixels don't cover 4 of 4"),
        ({"border": 2}, 16, "tiles of 2 pixels don't cover 0 of 4"),
        ({"gate_reach": 3}, 16, "gates see 3 pixels around a tile, its experts 2"),
        ({"size": 0}, 16, "tiles have 0 pixels a side"),
    ],
)
def test_tiles_that_do_not_fit_are_refused(plan, n_units, words):
    with pytest.raises(ConfigError, match=words):
        TilePlan(3, **plan).groups(n_units)


def test_a_gate_that_sees_what_its_group_does_not_read_is_refused():
    with pytest.raises(ConfigError, match="sees unit 2, which it does not read"):
        GroupPlan(2, reads=(0, 1), gated_by=(1, 2))
