"""Whole data sets on the command line: a gated machine made, sampled, refused."""

import numpy as np
import pytest

from hwkit import Trajectories, save_machine
from hwkit.model import ExpertGroup
from tests.cli.test_bad_input import refused
from tests.model.test_gated import N, random_group
from tests.model.test_gated import gated as machine_of


@pytest.fixture
def arrays(tmp_path):
    rng = np.random.default_rng(0)
    labels = np.arange(40) % 2
    pictures = np.where(labels[:, None] == 0, [1, 1, 0, 0], [0, 0, 1, 1]) + rng.random((40, 4)) / 5
    np.savez(tmp_path / "data.npz", pictures=pictures, labels=labels)
    return "data.npz"


def test_a_data_set_is_trained_on_and_a_class_asked_for(cli, arrays):
    size = ("--experts", 2, "--prototypes", 0, "--segments", 2)
    facts = cli("train", "--data", arrays, *size, "--json").json
    assert (facts["pictures"], facts["classes"], facts["segments"]) == (40, 2, 2)
    assert cli("sample", "model.npz", "--class", 1, "-n", 50, "--out", "one.nc").status == 0
    states = Trajectories.load("one.nc").final
    assert np.mean(states[:, 2:].sum(axis=1) > states[:, :2].sum(axis=1)) > 0.9


def test_a_training_that_cannot_be_is_refused_in_a_sentence(cli, arrays):
    def train(*options):
        return cli("train", "--data", arrays, *options)

    refused(train("--experts", 41), "40 pictures are fewer than 100 experts")
    refused(train("--experts", 2, "--prototypes", 0, "--segments", 3), "3 segments don't divide")
    few = ("--prototypes", 0, "--experts")
    refused(train(*few, 41), "40 pictures are fewer than 41 experts")
    refused(train(*few, 1), "1 experts are fewer than 2 classes")
    refused(cli("train", "--data", "nowhere"), "nowhere is not an .npz of pictures and labels")
    assert cli("train", "--classes", "0,1", "--experts", 3).status == 2


def test_a_class_without_pictures_is_refused(cli, tmp_path):
    np.savez(
        tmp_path / "gap.npz", pictures=np.eye(4)[np.arange(120) % 4], labels=np.arange(120) % 2 * 2
    )
    refused(cli("train", "--data", "gap.npz"), "class 1 has no pictures")


def test_gates_that_overflow_are_refused(cli, tmp_path):
    group = random_group(1)
    shares = np.full((4, 2), 0.5)
    labelled = ExpertGroup(group.w, group.c, group.b, group.J, class_shares=shares)
    save_machine(machine_of(labelled), tmp_path / "m.npz")
    assert cli("sample", "m.npz", "-n", 1).status == 0
    refused(cli("sample", "m.npz", "--class", 2), "class 2 is not one of the machine's 0 to 1")
    with np.load(tmp_path / "m.npz") as archive:
        entries = dict(archive) | {"segment0_group0_w": np.full((4, N), 1e200)}
    np.savez(tmp_path / "m.npz", **entries)
    refused(cli("sample", "m.npz", "-n", 1), "gate of expert 0 has a field of")


def test_a_class_is_not_asked_of_a_pairwise_machine(cli, model_file):
    refused(cli("sample", model_file, "--class", 0), "is a pairwise machine, so no class")
