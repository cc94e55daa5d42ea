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


@pytest.mark.parametrize(
    "given",
    [0.5, 2.0, "1", True, (0.5,), (True,), [100], (-1,), np.array([1.5]), np.array([11]), object()],
)
def test_saved_steps_are_whole_numbers_of_the_run(given):
    with pytest.raises(ConfigError, match="save_every"):
        TimeGrid(0.01, 1e-3, given)


@pytest.mark.parametrize(
    "given", [[2, 1], (1, 2), {1, 2}, np.array([1, 2]), range(1, 3), (1, 1, 2)]
)
def test_saved_steps_may_come_in_any_kind_of_list(given):
    assert TimeGrid(0.01, 1e-3, given).saved_steps.tolist() == [0, 1, 2, 10]


def test_numbers_of_numpy_are_plain_ones():
    grid = TimeGrid(np.float32(0.01), np.float64(1e-3), np.int64(5))
    assert grid.saved_steps.tolist() == [0, 5, 10]
    assert [type(value) for value in (grid.t_final, grid.dt, grid.save_every)] == [
        float,
        float,
        int,
    ]


def test_more_states_than_memory_are_refused_before_they_are_listed():
    with pytest.raises(ConfigError, match=r"keeps 1e\+10 states of each run.*keep fewer"):
        TimeGrid(10.0, 1e-9, 1)


@pytest.mark.parametrize("value", ["1", None, [1.0], 1j, True, np.array([1.0]), 10**400])
@pytest.mark.parametrize("name", ["dt", "t_final"])
def test_times_are_numbers(name, value):
    with pytest.raises(ConfigError, match=rf"{name} is .*; it must be a number above 0"):
        TimeGrid(**{"t_final": 1.0, "dt": 1.0} | {name: value})
