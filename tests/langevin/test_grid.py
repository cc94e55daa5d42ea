import numpy as np
import pytest

from hwkit import ConfigError
from hwkit.langevin import TimeGrid


def test_a_whole_number_of_steps_is_found_in_spite_of_rounding():
    assert TimeGrid(2.5, 1e-3).n_steps == 2500
    assert TimeGrid(0.3, 0.1).n_steps == 3
    assert TimeGrid(1e6 * 0.1, 0.1).n_steps == 1_000_000


@pytest.mark.parametrize("dt", [0.4, 0.3, 2.5 / 1000.5])
def test_a_fraction_of_a_step_is_refused(dt):
    with pytest.raises(ConfigError, match="choose dt so that it divides t_final"):
        TimeGrid(2.5, dt)


def test_named_steps_are_kept_once_and_in_order():
    grid = TimeGrid(1.0, 0.1, save_every=(7, 3, 3, 0))
    assert grid.saved_steps.tolist() == [0, 3, 7, 10]


@pytest.mark.parametrize("step", [-1, 11])
def test_a_step_beyond_the_run_is_refused(step):
    with pytest.raises(ConfigError, match=rf"save_every names step {step}; the run has 0 to 10"):
        TimeGrid(1.0, 0.1, save_every=(2, step))


def test_first_and_last_are_always_kept():
    grid = TimeGrid(1.0, 0.1, save_every=4)
    assert grid.saved_steps.tolist() == [0, 4, 8, 10]
    np.testing.assert_allclose(grid.saved_times, [0, 0.4, 0.8, 1.0])
    assert TimeGrid(1.0, 0.1).saved_steps.tolist() == [0, 10]
