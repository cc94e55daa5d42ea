import numpy as np
import pytest

from hwkit import ConfigError, DataError
from hwkit.langevin import Held, prepare_states, simulate_gated
from hwkit.model import ExpertGroup, SegmentedMachine
from hwkit.training import (
    GroupPlan,
    complete,
    normalized_parts,
    normalized_patterns,
    restrict_to_class,
    train_gated,
)
from hwkit.training.classes import class_shares, clusters_within
from tests.model.test_gated import N, gated, random_group
from tests.training.test_experts import PROTOCOL, TEMPLATES


def labelled(n=300, seed=0):
    rng = np.random.default_rng(seed)
    labels = rng.integers(3, size=n)
    return TEMPLATES[labels] + 0.2 * rng.standard_normal((n, 9)), labels


def nearest(states):
    return np.argmax(normalized_patterns(states) @ normalized_patterns(TEMPLATES).T, axis=1)


@pytest.fixture(scope="module", params=[1, 4], ids=["1 segment", "4 segments"])
def machine(request):
    pictures, labels = labelled()
    groups = [GroupPlan(3, within_classes=True)]
    return train_gated(
        pictures, groups, labels=labels, segments=request.param, protocol=PROTOCOL
    ).machine


def generate(machine, n=200):
    x0 = prepare_states(machine, PROTOCOL.t_final, PROTOCOL.dt, n, 3)
    return simulate_gated(machine, PROTOCOL.t_final, PROTOCOL.dt, n, 4, x0).final


def test_a_requested_class_is_generated(machine):
    for label in range(3):
        assert np.mean(nearest(generate(restrict_to_class(machine, label))) == label) > 0.95
    shares = np.bincount(nearest(generate(machine)), minlength=3) / 200
    assert np.all(np.abs(shares - 1 / 3) < 0.15)  # control: without the condition


def test_emphasis_weighs_what_experts_of_several_classes_know():
    group = random_group(1)
    shares = np.array([[1.0, 0], [0.5, 0.5], [0.2, 0.8], [0, 1]])
    known = gated(ExpertGroup(group.w, group.c, group.b, group.J, class_shares=shares))
    for emphasis in (0.0, 1.0, 4.0):
        [only] = restrict_to_class(known, 0, emphasis).groups
        added = emphasis * np.log([1.0, 0.5, 0.2])
        np.testing.assert_allclose(only.c, group.c[:3] + added, rtol=1e-12)
        np.testing.assert_array_equal(only.w, group.w[:3])
    for bad in (-1.0, np.nan):
        with pytest.raises(ConfigError, match="emphasis of a class is"):
            restrict_to_class(known, 0, bad)


def test_a_masked_picture_is_completed(machine):
    pictures, labels = labelled(150, seed=7)
    parts = normalized_parts(pictures, labelled()[0])
    parts[:, [1, 2, 4, 5, 7, 8]] = np.nan  # one pixel of each stripe is known
    states = complete(machine, parts, PROTOCOL, seed=1)
    assert np.mean(nearest(states) == labels) > 0.95
    parts[:] = np.nan  # control: nothing is known
    assert np.mean(nearest(complete(machine, parts, PROTOCOL, seed=1)) == labels) < 0.5


def test_held_units_are_where_they_are_put():
    machine = SegmentedMachine((gated(random_group(1)), gated(random_group(2))))
    path = np.random.default_rng(1).standard_normal((140, 11, 2))
    runs = simulate_gated(machine, 0.1, 0.01, 140, 5, save_every=1, held=Held([4, 1], path))
    np.testing.assert_array_equal(runs.x[:, :, [4, 1]], path)
    still = simulate_gated(machine, 0.1, 0.01, 140, 5, save_every=1, held=Held([4, 1], path[:, 0]))
    np.testing.assert_array_equal(still.x[:, :, [4, 1]], np.repeat(path[:, :1], 11, axis=1))
    assert np.max(np.abs(still.final[:, 0] - runs.final[:, 0])) > 1e-3  # the others feel them


def test_clusters_within_classes_are_pure():
    pictures, labels = labelled()
    found = clusters_within(pictures, labels, 7, seed=0)
    shares = class_shares(found, labels, 7)
    np.testing.assert_array_equal(np.sort(shares, axis=1)[:, :-1], 0)
    assert np.argmax(shares, axis=1).tolist() == [0, 0, 0, 1, 1, 2, 2]


def test_without_class_shares_no_class_can_be_asked_for():
    group = random_group(1)
    shares = np.array([[1.0, 0], [1, 0], [1, 0], [1, 0]])
    known = ExpertGroup(group.w, group.c, group.b, group.J, class_shares=shares)
    for machine, label, words in [
        (gated(), 0, "no experts"),
        (gated(group), 0, "trained without labels"),
        (gated(known), 2, "class 2 is not one of the machine's 0 to 1"),
        (gated(known), 1, "no expert has pictures of class 1"),
    ]:
        with pytest.raises(DataError, match=words):
            restrict_to_class(machine, label)


@pytest.mark.parametrize(
    ("labels", "n_experts", "error", "words"),
    [
        (np.zeros(299, int), 3, DataError, "one whole number from 0 for each"),
        (np.where(labelled()[1] == 1, 2, labelled()[1]), 3, DataError, "class 1 has no pictures"),
        (labelled()[1], 2, ConfigError, "2 experts are fewer than 3 classes"),
        (np.arange(300) > 0, 3, DataError, "whole number"),
        ((np.arange(300) > 0).astype(int), 4, DataError, "class 0 has 1 pictures, fewer than its"),
        (None, 3, ConfigError, "need the label of each picture"),
    ],
)
def test_labels_that_do_not_fit_are_refused(labels, n_experts, error, words):
    with pytest.raises(error, match=words):
        train_gated(
            labelled()[0], [GroupPlan(n_experts, within_classes=True)], labels=labels,
            protocol=PROTOCOL,
        )  # fmt: skip


def test_held_units_that_do_not_fit_are_refused():
    for units, values, words in [
        ([0, 0], np.zeros((1, 2)), "different unit numbers"),
        ([0], np.zeros((1, 2)), "values of 1 held units have shape"),
        ([N], np.zeros((1, 1)), f"unit {N} is held; the machine has units 0 to {N - 1}"),
        ([0], np.zeros((1, 5, 1)), "held values have shape"),
    ]:
        with pytest.raises(DataError, match=words):
            simulate_gated(gated(), 0.1, 0.01, 1, held=Held(units, values))


def test_gates_that_overflow_are_refused():
    with pytest.raises(DataError, match="gate of expert 0 has a field of"):
        ExpertGroup(np.full((1, 2), 1e200), np.zeros(1), np.zeros((1, 2)))


def test_pictures_of_other_masks_are_refused(machine):
    parts = np.zeros((2, 9))
    parts[1, 0] = np.nan
    with pytest.raises(DataError, match="picture 1 has other known pixels"):
        complete(machine, parts, PROTOCOL)
    with pytest.raises(DataError, match="this machine needs"):
        complete(machine, np.zeros((2, 8)), PROTOCOL)
