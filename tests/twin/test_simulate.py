import numpy as np
import pytest

import hwkit
from hwkit.circuit import RcOptions, Scale
from hwkit.langevin import TimeGrid
from hwkit.twin import Boards, bind, simulate_boards
from hwkit.twin.fast import layout, reduce_board
from hwkit.twin.marcher import Marcher
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
    errors, exact = (
        [],
        simulate_boards(design, 0.5, 2.5e-3 / 4, 3, x0=starts, increments=fine, mode="implicit"),
    )
    for halvings in (0, 1, 2):
        path = fine.reshape(3, 200 * 2**halvings, -1, 9).sum(axis=2)
        run = {"t_final": 0.5, "dt": 2.5e-3 / 2**halvings, "n_trajectories": 3, "x0": starts}
        twin = simulate_boards(design, increments=path, **run)
        errors.append(np.sqrt(np.mean((twin.x[0, :, -1] - exact.x[0, :, -1]) ** 2)))
    assert errors[0] < 5e-3
    # Both sides err by O(h), with different constants: the fast mode's own errors must shrink.
    assert errors[2] < 0.75 * errors[0]


@pytest.mark.parametrize("mode", ["fast", "double", "implicit"])
@pytest.mark.parametrize("role", ["coupling", "capacitor", "bias", "onsite-cubic", "noise"])
def test_boards_are_designs_with_other_values(design, starts, mode, role):
    boards = scaled(design, role, [1.0, 1.2, 0.7])
    many = simulate_boards(design, x0=starts, boards=boards, mode=mode, **RUN)
    for board in range(3):
        alone = simulate_boards(boards.design(design, board), x0=starts, mode=mode, **RUN)
        np.testing.assert_array_equal(many.x[board], alone.x[0])
    assert np.max(np.abs(many.x[1] - many.x[0])) > 1e-3  # the change shows


@pytest.mark.parametrize("mode", ["fast", "double", "implicit"])
def test_a_board_does_not_depend_on_the_others(design, mode):
    boards = scaled(design, "coupling", np.linspace(0.5, 1.5, 7))
    many = simulate_boards(design, boards=boards, mode=mode, **RUN)
    part = simulate_boards(design, boards=boards.take(slice(4, 6)), mode=mode, **RUN)
    np.testing.assert_array_equal(many.x[4:6], part.x)


@pytest.mark.parametrize("mode", ["fast", "double"])
def test_noise_that_is_drawn_in_parts_is_the_same(design, starts, mode, monkeypatch):
    run = RUN | {"save_every": 30, "t_final": 0.45}
    whole = simulate_boards(design, x0=starts, mode=mode, **run).x
    monkeypatch.setattr("hwkit.twin.simulate._NOISE_BYTES", 1 << 14)  # 12 or 28 steps
    np.testing.assert_array_equal(simulate_boards(design, x0=starts, mode=mode, **run).x, whole)
    given = hwkit.wiener.increments(5, range(3), 180, 9, 2.5e-3)
    close = simulate_boards(design, x0=starts, mode=mode, increments=given, **run).x
    np.testing.assert_allclose(close, whole, atol=1e-5)


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
    ideal = hwkit.compile_model(machine)
    with pytest.raises(hwkit.DesignError, match="copling"):
        simulate_boards(ideal, boards=Boards({"copling": np.ones((1, 3))}, 1), **RUN)


def test_every_number_of_a_saturating_coupling_is_found(machine):
    design = hwkit.compile_model(machine, options=RcOptions(saturation_volt=0.5, offset_volt=0.01))
    places = bind(design).places
    assert {"coupling", "coupling.volt", "coupling.offset"} <= set(places)
    assert len(places["coupling.volt"]) == 2  # s is twice in s tanh(v / s)


@pytest.fixture(scope="module")
def rails():
    """A dual-rail design with diodes."""
    machine = random_machine(5, 4, size=0.5, onsite=hwkit.Cosh.from_quartic(1.0, 1.0))
    return hwkit.compile_model(machine, "resistive", Scale(0.0896, 1e-6, 1e-12))


def uneven(design):
    """Boards whose rails differ: every resistor, capacitor and diode has its own value."""
    rng, values = np.random.default_rng(1), {}
    for role in ("coupling", "capacitor", "onsite-diode", "converter", "common-mode"):
        nominal = design.group(role).values
        values[role] = nominal * (1 + 0.05 * rng.standard_normal((2, nominal.size)))
    values = {role: np.vstack([design.group(role).values, v]) for role, v in values.items()}
    return Boards(values, 3)


def test_rails_with_diodes_in_the_fast_mode(rails):
    boards, x0 = uneven(rails), np.random.default_rng(3).standard_normal((3, 5)) / 2
    run = RUN | {"x0": x0, "boards": boards, "t_final": 1.0}
    for halving, limit in ((1, 5e-3), (4, 1.3e-3)):
        run["dt"] = 2.5e-3 / halving
        run["increments"] = hwkit.wiener.increments(1, range(3), 400, 5, 2.5e-3,
                                                    halvings=halving // 2)  # fmt: skip
        fast, exact = (simulate_boards(rails, mode=mode, **run) for mode in ("fast", "implicit"))
        for board in range(3):
            apart = np.sqrt(np.mean((fast.x[board] - exact.x[board]) ** 2))
            assert apart < limit
    moved = np.sqrt(np.mean((fast.x[1] - fast.x[0]) ** 2))
    assert moved > 8 * limit  # the deviations show


def test_the_mean_of_even_rails_is_left_out(rails):
    for board, rows in ((0, 5), (1, 10)):
        bound, boards = bind(rails), uneven(rails).take(slice(board, board + 1))
        marcher = Marcher(bound, boards, TimeGrid(1.0, 0.01), np.zeros((1, 5)), 0, None)
        where = layout(bound.circuit, marcher.sources)
        equations = marcher.build(bound.numbers(boards))
        own = reduce_board(
            where, equations, bound.noise(boards)[0], marcher.sources, 0.01, rails.scale.volt
        )
        assert len(own.rows) == rows


@pytest.mark.spice
def test_rails_with_diodes_are_what_ngspice_computes(rails):
    boards, x0 = uneven(rails), np.random.default_rng(3).standard_normal((3, 5)) / 2
    twin = simulate_boards(rails, x0=x0, boards=boards, mode="implicit", **RUN)
    for board in (0, 2):
        spice = hwkit.simulate_spice(boards.design(rails, board), x0=x0, tight=True, **RUN)
        assert np.max(np.abs(twin.x[board] - spice.x)) < 1e-6
    assert np.max(np.abs(twin.x[0] - spice.x)) > 1e-3


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
