import tracemalloc

import numpy as np
import pytest

from hwkit import ConfigError, DataError, Quartic
from hwkit.langevin import simulate_gated
from hwkit.model import GatedMachine, SegmentedMachine
from hwkit.training import (
    GroupPlan,
    Protocol,
    gated_loss,
    normalized_patterns,
    recognise,
    sample_noising,
    tiles,
    train_gated,
)
from hwkit.training.loss import reversed_path_loss

PROTOCOL = Protocol(1.25, 1.25 / 32)
TEMPLATES = np.array([
    [1, 1, 1, -1, -1, -1, -1, -1, -1],
    [-1, -1, -1, 1, 1, 1, -1, -1, -1],
    [-1, -1, -1, -1, -1, -1, 1, 1, 1],
])  # fmt: skip


def pictures(n=300, seed=0):
    """Pictures of 3 x 3 pixels around three templates."""
    rng = np.random.default_rng(seed)
    return TEMPLATES[rng.integers(3, size=n)] + 0.2 * rng.standard_normal((n, 9))


def train(groups, **options):
    return train_gated(pictures(), groups, protocol=PROTOCOL, samples=20, **options)


def loss(machine):
    """Loss of fresh noising paths of fresh pictures, by the definition."""
    fields = normalized_patterns(pictures(100, seed=9))
    paths = sample_noising(PROTOCOL, fields, machine.onsite, 0.1, 1.0, 10, seed=3)
    return reversed_path_loss(machine, paths, PROTOCOL.dt)


@pytest.mark.parametrize("groups", [[], [GroupPlan(3)], [GroupPlan(3), GroupPlan(9, False)]])
def test_no_other_couplings_have_a_lower_loss(groups):
    trained = train(groups)
    assert max(trained.gradient) < 1e-9
    machine, least = trained.machine, loss(trained.machine)
    rng = np.random.default_rng(1)
    for size in (0.1, -0.1):
        shift = size * rng.standard_normal(machine.J.shape)
        other = GatedMachine(machine.J + shift, machine.b, machine.groups, machine.onsite)
        assert loss(other) > least


def test_experts_lower_the_loss_and_so_do_segments():
    losses = [np.mean(train(g, segments=s).held_out)
              for g, s in [([], 1), ([GroupPlan(3)], 1), ([GroupPlan(3)], 4)]]  # fmt: skip
    assert losses[0] > 1.2 * losses[1] > 1.2 * losses[2]


def test_solving_in_turn_comes_close_to_solving_at_once(monkeypatch):
    at_once = np.mean(train([GroupPlan(3)]).held_out)
    monkeypatch.setattr("hwkit.training.experts._MOST_FEATURES", 0)
    in_turn = np.mean(train([GroupPlan(3)]).held_out)
    pairwise = np.mean(train([]).held_out)
    assert at_once < in_turn < 0.5 * (at_once + pairwise)


def test_what_is_generated_are_the_templates():
    def shares(groups):
        trained = train(groups, segments=4)
        x = simulate_gated(trained.machine, PROTOCOL.t_final, PROTOCOL.dt, 400, seed=5).final
        return recognise(x, normalized_patterns(TEMPLATES))

    gated, pairwise = shares([GroupPlan(3)]), shares([])
    assert gated.share > 0.95
    assert min(gated.class_shares) > 0.2
    assert pairwise.share < gated.share - 0.1  # control: no experts


def test_the_same_seed_gives_the_same_machine():
    groups = [GroupPlan(3)]
    first, second, other = (train(groups, seed=s).machine for s in (1, 1, 2))
    assert first.J.tobytes() == second.J.tobytes()
    assert first.groups[0].J.tobytes() == second.groups[0].J.tobytes()
    assert first.J.tobytes() != other.J.tobytes()


def test_segments_are_generated_backwards():
    trained = train([], segments=4)
    assert isinstance(trained.machine, SegmentedMachine)
    fields = normalized_patterns(pictures(100, seed=9))
    paths = sample_noising(PROTOCOL, fields, Quartic(), 0.1, 1.0, 10, seed=3)
    early = paths[:, : PROTOCOL.n_steps // 4 + 1]  # of the noising: the last to be reversed
    losses = [reversed_path_loss(part, early, PROTOCOL.dt) for part in trained.machine.segments]
    assert np.argmin(losses) == 3


def test_tiles_cover_the_picture():
    groups = tiles(6, 2, 1, 5)
    assert sorted(unit for group in groups for unit in group.drives) == list(range(36))
    assert groups[0].drives == (0, 1, 6, 7)
    assert groups[0].reads == (0, 1, 2, 6, 7, 8, 12, 13, 14)
    assert len(groups[4].reads) == 16
    trained = train(tiles(3, 1, 1, 2))
    assert trained.machine.groups[4].drives.tolist() == [4]
    assert np.mean(trained.held_out) < np.mean(train([]).held_out)


def test_what_cannot_be_trained_is_refused():
    with pytest.raises(DataError, match="300 pictures are fewer than 301 experts"):
        train([GroupPlan(301)])
    with pytest.raises(ConfigError, match="3 segments don't divide the 32 steps"):
        train([], segments=3)
    with pytest.raises(ConfigError, match="a group has 0 experts"):
        GroupPlan(0)
    with pytest.raises(ConfigError, match="tiles of 4 pixels don't cover 6"):
        tiles(6, 4, 1, 2)


def test_the_loss_of_other_pictures_is_that_of_their_paths():
    trained = train([GroupPlan(3)], segments=2)
    fresh = pictures(200, seed=9)
    losses = gated_loss(trained.machine, fresh, PROTOCOL, samples=20)
    np.testing.assert_allclose(losses, trained.held_out, rtol=0.15)
    swapped = SegmentedMachine(trained.machine.segments[::-1])  # control
    assert np.mean(gated_loss(swapped, fresh, PROTOCOL)) > 1.2 * np.mean(losses)


def test_a_temper_softens_the_gates():
    def sharpest(temper):
        machine = train([GroupPlan(3, temper=temper)]).machine
        return machine.groups[0].weights(normalized_patterns(pictures(50))).max(axis=1).mean()

    assert sharpest(1.0) > 0.99
    assert sharpest(300.0) < 0.9
    with pytest.raises(ConfigError, match=r"the temper of a group is 0\.0"):
        GroupPlan(3, temper=0.0)


def test_a_gain_multiplies_what_experts_add():
    plain, driven = (train([GroupPlan(3), GroupPlan(4, False, gain=g)]) for g in (1.0, 1.5))
    for a, b in zip(plain.machine.groups, driven.machine.groups, strict=True):
        np.testing.assert_array_equal(a.w, b.w)
    np.testing.assert_array_equal(plain.machine.groups[0].J, driven.machine.groups[0].J)
    np.testing.assert_array_equal(1.5 * plain.machine.groups[1].b, driven.machine.groups[1].b)
    whole = train([GroupPlan(3, gain=2.0)]).machine.groups[0]
    np.testing.assert_array_equal(whole.J, 2 * train([GroupPlan(3)]).machine.groups[0].J)
    assert plain.held_out < driven.held_out  # the fit has the least loss
    with pytest.raises(ConfigError, match="the gain of a group is nan"):
        GroupPlan(3, gain=float("nan"))


def test_memory_does_not_grow_with_the_number_of_noised_states():
    def peak(samples):
        tracemalloc.start()
        group = GroupPlan(3, rank=9)  # expert after expert, as large machines
        train_gated(pictures(), [group], protocol=PROTOCOL, samples=samples)
        size = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return size

    peak(1)  # compiles
    few, many = 60, 240  # of each picture; both more than are held at a time
    states = 9 * len(pictures()) * (many - few) * 4  # bytes, in single precision
    assert peak(many) - peak(few) < 0.1 * states
