import numpy as np
import pytest

import hwkit
from hwkit import DataError, EnergyModel, Quartic
from hwkit.model import (
    ExpertGroup,
    GatedMachine,
    SegmentedMachine,
    gated,
    load_machine,
    machine_parts,
    pairwise,
    save_machine,
    simplified,
)
from tests.machines import random_machine
from tests.model.test_gated import N, low_rank_group, random_group, states
from tests.model.test_gated import gated as random_gated


def segmented():
    group = random_group(1)
    labelled = ExpertGroup(group.w, group.c, group.b, group.J, class_shares=np.eye(4))
    local = random_group(3, 9, reads=[4, 0, 2], drives=[5, 1], couplings=False)
    return SegmentedMachine((random_gated(labelled, local), random_gated(seed=5)))


def test_a_segmented_machine_comes_back(tmp_path):
    machine, x = segmented(), states()
    save_machine(machine, tmp_path / "m.npz")
    back = load_machine(tmp_path / "m.npz")
    assert isinstance(back, SegmentedMachine)
    for before, after in zip(machine.segments, back.segments, strict=True):
        np.testing.assert_array_equal(before.force(x), after.force(x))
    group = back.segments[0].groups[0]
    np.testing.assert_array_equal(group.class_shares, np.eye(4))
    assert back.segments[0].groups[1].drives.tolist() == [5, 1]
    save_machine(back, tmp_path / "again.npz")
    assert (tmp_path / "again.npz").read_bytes() == (tmp_path / "m.npz").read_bytes()


def test_experts_of_low_rank_come_back(tmp_path):
    machine = random_gated(low_rank_group(1))
    save_machine(machine, tmp_path / "m.npz")
    back = load_machine(tmp_path / "m.npz")
    np.testing.assert_array_equal(back.groups[0].basis, machine.groups[0].basis)
    np.testing.assert_array_equal(back.force(states()), machine.force(states()))


def test_a_pairwise_machine_has_the_file_it_always_had(tmp_path):
    model = random_machine(N, 3)
    hwkit.save_model(model, tmp_path / "before.npz")
    save_machine(model, tmp_path / "now.npz")
    assert (tmp_path / "before.npz").read_bytes() == (tmp_path / "now.npz").read_bytes()
    assert isinstance(load_machine(tmp_path / "now.npz"), EnergyModel)


def test_a_gated_file_is_refused_where_a_pairwise_machine_is_needed(tmp_path):
    save_machine(segmented(), tmp_path / "m.npz")
    with pytest.raises(DataError, match=r"holds a gated machine.*hwkit\.load_machine read it"):
        hwkit.load_model(tmp_path / "m.npz")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"n_segments": 0}, "n_segments is 0; it must be 1"),
        ({"n_segments": 3}, "no entry 'segment2_J'"),
        ({"segment0_group0_w": np.zeros((4, N - 1))}, "of the experts has shape"),
        ({"segment0_group0_class_shares": np.zeros(4)}, "class_shares of the experts has shape"),
        ({"onsite": "cubic"}, "onsite energy 'cubic'"),
        ({"kT": -1.0}, "kT is -1.0"),
    ],
)
def test_damaged_files_are_refused(tmp_path, change, words):
    save_machine(segmented(), tmp_path / "m.npz")
    with np.load(tmp_path / "m.npz") as archive:
        arrays = dict(archive)
    np.savez(tmp_path / "m.npz", **(arrays | {k: np.asarray(v) for k, v in change.items()}))
    with pytest.raises(DataError, match=words):
        load_machine(tmp_path / "m.npz")


def test_machines_are_turned_into_simpler_ones():
    model, x = random_machine(N, 3), states()
    same = simplified(SegmentedMachine((gated(model),)))
    assert isinstance(same, EnergyModel)
    np.testing.assert_array_equal(same.force(x), model.force(x))
    with_experts = random_gated(random_group(1))
    assert simplified(SegmentedMachine((with_experts,))) is with_experts
    assert simplified(segmented()).n_couplings == segmented().n_couplings


@pytest.mark.parametrize(
    ("machine", "words"),
    [
        (segmented(), "2 segments"),
        (random_gated(random_group(1)), "it has 4 experts"),
        (random_gated(), "units couple to themselves"),
        (GatedMachine(np.triu(np.ones((N, N)), 1), np.zeros(N), (), Quartic()), "not symmetric"),
    ],
)
def test_what_is_not_pairwise_is_not_made_so(machine, words):
    with pytest.raises(DataError, match=words):
        pairwise(machine)


def test_every_machine_has_parts_with_forces():
    for machine in (random_machine(N, 3), random_gated(random_group(1)), segmented()):
        assert all(part.force(states()).shape == (40, N) for part in machine_parts(machine))
