import numpy as np
import pytest

import hwkit
from hwkit.circuit import RcOptions, Scale
from hwkit.twin import Boards, bind, simulate_boards
from tests.machines import random_machine

RUN = {"t_final": 0.5, "dt": 2.5e-3, "n_trajectories": 3, "seed": 5, "save_every": 50}


@pytest.fixture(scope="module")
def machine():
    return random_machine(9, 1, mobility=1.3, size=0.7)


@pytest.fixture(scope="module")
def design(machine):
    return hwkit.compile_model(machine, scale=Scale(0.2, 3e-6, 2e-12))


@pytest.fixture(scope="module")
def starts():
    return np.random.default_rng(0).standard_normal((3, 9)) / 3


def scaled(design, role, factors):
    return Boards({role: np.outer(factors, design.group(role).values)}, len(factors))


def test_implicit_is_backward_euler_of_the_model(machine, design, starts):
    reference = hwkit.simulate_backward_euler(machine, x0=starts, **RUN)
    twin = simulate_boards(design, x0=starts, mode="implicit", **RUN)
    assert np.max(np.abs(twin.x[0] - reference.x)) < 1e-11
    np.testing.assert_array_equal(twin.t, reference.t)


def test_the_fast_mode_comes_to_the_same_paths_in_first_order(machine, design, starts):
    fine = hwkit.wiener.increments(5, range(3), 200, 9, 2.5e-3, halvings=2)
    errors = []
    for halvings in (0, 1, 2):
        path = fine.reshape(3, 200 * 2**halvings, -1, 9).sum(axis=2)
        run = {"t_final": 0.5, "dt": 2.5e-3 / 2**halvings, "n_trajectories": 3, "x0": starts}
        twin = simulate_boards(design, increments=path, **run)
        exact = simulate_boards(design, increments=fine, mode="implicit",
                                **run | {"dt": 2.5e-3 / 4})  # fmt: skip
        errors.append(np.sqrt(np.mean((twin.x[0, :, -1] - exact.x[0, :, -1]) ** 2)))
    assert errors[0] < 5e-3
    # Both sides err by O(h), with different constants: the fast mode's own errors must shrink.
    assert errors[2] < 0.75 * errors[0]


@pytest.mark.parametrize("mode", ["fast", "implicit"])
@pytest.mark.parametrize("role", ["coupling", "capacitor", "bias", "onsite-cubic", "noise"])
def test_boards_are_designs_with_other_values(design, starts, mode, role):
    boards = scaled(design, role, [1.0, 1.2, 0.7])
    many = simulate_boards(design, x0=starts, boards=boards, mode=mode, **RUN)
    for board in range(3):
        alone = simulate_boards(boards.design(design, board), x0=starts, mode=mode, **RUN)
        np.testing.assert_array_equal(many.x[board], alone.x[0])
    assert np.max(np.abs(many.x[1] - many.x[0])) > 1e-3  # the change shows


@pytest.mark.parametrize("mode", ["fast", "implicit"])
def test_a_board_does_not_depend_on_the_others(design, mode):
    boards = scaled(design, "coupling", np.linspace(0.5, 1.5, 7))
    many = simulate_boards(design, boards=boards, mode=mode, **RUN)
    part = simulate_boards(design, boards=boards.take(slice(4, 6)), mode=mode, **RUN)
    np.testing.assert_array_equal(many.x[4:6], part.x)


def test_a_runaway_board_fails_and_the_others_do_not(design):
    boards = scaled(design, "onsite-cubic", [1.0, -50.0])
    twin = simulate_boards(design, boards=boards, **RUN | {"t_final": 2.5})
    assert list(twin.failures) == [1]
    assert np.isfinite(twin.x[0]).all()
    assert np.isnan(twin.x[1]).all()


def test_what_the_fast_mode_cannot_take_is_refused(machine):
    design = hwkit.compile_model(machine, options=RcOptions(saturation_volt=0.5))
    with pytest.raises(hwkit.ConfigError, match="implicit"):
        simulate_boards(design, **RUN)
    with pytest.raises(hwkit.ConfigError, match="mode"):
        simulate_boards(design, mode="quick", **RUN)
    with pytest.raises(hwkit.DesignError, match="copling"):
        simulate_boards(design, boards=Boards({"copling": np.ones((1, 3))}, 1), **RUN)


def test_every_number_of_a_saturating_coupling_is_found(machine):
    design = hwkit.compile_model(machine, options=RcOptions(saturation_volt=0.5, offset_volt=0.01))
    places = bind(design).places
    assert {"coupling", "coupling.volt", "coupling.offset"} <= set(places)
    assert len(places["coupling.volt"]) == 2  # s stands twice in s tanh(v / s)


CELLS = {
    "ideal": RcOptions(),
    "imperfect": RcOptions(output_ohm=3e7, offset_volt=2e-3, parasitic_farad=2e-13),
    "saturating": RcOptions(saturation_volt=0.3, offset_volt=5e-3),
    "driven": RcOptions(driver_second=2e-8, supply_volt=0.1),
}


@pytest.mark.spice
@pytest.mark.parametrize("cell", CELLS)
def test_implicit_is_what_ngspice_computes(machine, starts, cell):
    design = hwkit.compile_model(machine, options=CELLS[cell])
    spice = hwkit.simulate_spice(design, x0=starts, tight=True, **RUN)
    twin = simulate_boards(design, x0=starts, mode="implicit", **RUN)
    assert np.max(np.abs(twin.x[0] - spice.x)) < 1e-6
    wrong = simulate_boards(
        design, x0=starts, mode="implicit", boards=scaled(design, "bias", [1.001]), **RUN
    )
    assert np.max(np.abs(wrong.x[0] - spice.x)) > 1e-5
