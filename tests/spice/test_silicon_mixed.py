"""Family silicon at the mixed level, its path floor, boards side by side."""

from dataclasses import replace

import numpy as np
import pytest

import hwkit
from hwkit.circuit import Scale, compile_model
from hwkit.langevin import TimeGrid
from hwkit.model import DriftMachine
from hwkit.spice import simulate_spice
from hwkit.spice.boards import simulate_spice_boards
from hwkit.spice.cost import transistor_netlist_cost
from hwkit.spice.devices import measure_farads
from hwkit.spice.running import Setup, apart, solver_options
from hwkit.spice.session import KLU
from hwkit.spice.silicon import with_curves
from hwkit.validation.silicon import (
    Generation,
    exchange_inputs,
    machine_drift,
    mismatch_board,
    path_floor,
)

pytestmark = pytest.mark.spice

SCALE = Scale(0.131, 2e-6, 2e-12)
STARTS = np.array([[0.5, -0.5, 0.0], [-1.0, 0.8, 0.3]])


@pytest.fixture(scope="module")
def design():
    J = np.array([[0, 0.8, 0], [-0.6, 0, 1.1], [0, 0.4, 0]])
    machine = DriftMachine(J, np.array([0.2, 0.0, -0.1]), hwkit.Quartic())
    return with_curves(compile_model(machine, "silicon", SCALE))


def test_a_node_has_the_capacitance_that_was_asked_for(design):
    """A pair counts in full: bias lines are decoupled, so its gates' charge stays at the node."""
    farads = measure_farads([design])[0]
    assert np.diag(farads) == pytest.approx(SCALE.farad, rel=1e-3)
    late = np.abs(farads[0, 1]) / SCALE.farad  # a coupling's delay is a capacitance between units
    assert 0.005 < late < 0.03


def test_cells_in_ngspice_and_couplings_beside_follow_the_curves(design):
    reference = design.curves.machine(design)
    states = np.array([[0.3, -0.7, 1.0], [-1.1, 0.2, 0.6]])
    assert machine_drift(design, reference, states, "mixed") < 1e-3
    assert machine_drift(exchange_inputs(design, 2), reference, states, "mixed") > 0.1


def test_the_floor_of_the_mixed_level_is_lower_and_the_full_ones_is_explained(design):
    reference, generation = design.curves.machine(design), Generation(0.5, 1e-2, 2)
    mixed = path_floor(design, reference, generation, (1e-2, 5e-3), "mixed")
    full = path_floor(design, reference, generation, (1e-2, 5e-3), explain=True)
    assert mixed.floor < 0.001
    assert full.floor > 2 * mixed.floor
    assert full.unexplained < 0.6 * full.floor
    assert mixed.errors[1] == pytest.approx(mixed.errors[0] / 2, rel=0.15)


def test_boards_run_side_by_side_as_alone(design):
    boards = [design, mismatch_board(design, 1, 0)]
    grid = TimeGrid(0.1, 1e-2, None)
    made = simulate_spice_boards(boards, grid, 3, STARTS)
    alone = simulate_spice(boards[1], 0.1, 1e-2, 2, 3, STARTS)
    assert np.array_equal(made[1].x, alone.x)
    assert np.max(np.abs(made[0].x - made[1].x)) > 1e-3


def test_the_lag_is_checked_where_the_full_netlist_is_affordable(design):
    runs = simulate_spice(design, 0.1, 1e-2, 2, 3, STARTS, level="mixed")
    assert 0 < runs.attributes["lag_error"] < 0.01
    assert transistor_netlist_cost(266, 500, 1).seconds < 1
    assert transistor_netlist_cost(67_842, 250, 1).seconds > 300


def test_spared_evaluations_don_t_show_in_paths(design):
    """Against runs whose every step is solved to 1e-6, where nothing is spared."""
    arguments = (design, 0.3, 2.5e-3, 2, 3, STARTS)
    quick, tight = (
        simulate_spice(*arguments, save_every=10, level="mixed", tight=t, lag_check="never").x
        for t in (False, True)
    )
    assert np.sqrt(np.mean((quick - tight) ** 2)) < 5e-4


def test_evaluations_are_spared_at_the_mixed_level_alone(design):
    grid = TimeGrid(0.1, 1e-2, None)

    def options(level, circuit=design, given=""):
        return solver_options(Setup(circuit, grid, 1, level, None, given), "Sparse 1.3")

    assert "bypass=1" in options("mixed")
    assert options("full") == ""
    assert options("mixed", given="reltol=1e-6") == "reltol=1e-6"
    assert options("mixed", hwkit.compile_model(hwkit.EnergyModel(np.zeros((2, 2)), [0, 0]))) == ""
    assert solver_options(Setup(design, grid, 1, "full", None, ""), KLU) == " klu"


def test_workers_get_cells_and_crossbar(design):
    """Not the transistors of all couplings: 5 million at 784 + 512 units."""
    whole = Setup(design, TimeGrid(0.1, 1e-2, None), 1, "mixed", None, "")
    own = apart(whole)
    assert own.design.n_transistors == 2 * 3 + 2
    volts = np.array([0.1, -0.05, 0.02])
    assert np.any(own.crossbar.current(volts))
    full = replace(whole, level="full")
    assert apart(full) is full
