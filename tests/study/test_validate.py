import numpy as np
import pytest

import hwkit
from hwkit.validation import validate_design
from tests.machines import random_machine

pytestmark = pytest.mark.spice


@pytest.fixture(scope="module")
def design():
    return hwkit.compile_model(random_machine(6, seed=8, n_visible=4))


def test_a_sound_design_passes_every_level(design):
    verdict = validate_design(design, t_final=0.5, n_trajectories=3)
    assert verdict.passed
    assert verdict["drift error"].n == 50
    assert verdict["path error"].n == 3


def test_an_unknown_fault_is_named(design):
    with pytest.raises(hwkit.DesignError, match=r"'gremlin' is unknown; .*dead-node"):
        validate_design(design, fault="gremlin")


def test_a_single_unit_can_be_validated():
    machine = hwkit.EnergyModel(np.zeros((1, 1)), [0.5])
    verdict = validate_design(hwkit.compile_model(machine), 0.5, n_trajectories=1)
    assert verdict["drift error"].passed
    assert verdict["path error"].passed
