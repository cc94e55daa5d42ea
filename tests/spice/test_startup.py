"""One netlist prepares and generates; held units condition the others."""

import numpy as np
import pytest

import hwkit
from hwkit.circuit import clamp_nodes, with_start_up
from hwkit.langevin import simulate_backward_euler
from hwkit.wiener import increments
from tests.machines import random_machine

N, H = 5, 0.01
HOLD, RUN = 0.5, 1.0


@pytest.fixture(scope="module")
def machine():
    return random_machine(N, 8, size=1.0, n_visible=3)


@pytest.fixture(scope="module")
def path():
    return increments(4, range(6), round((HOLD + RUN) / H), N, H)


def prepared_and_coupled(machine, path):
    """The reference of both phases on one Wiener path."""
    held = round(HOLD / H)
    alone = hwkit.EnergyModel(np.zeros((N, N)), np.zeros(N), machine.onsite, machine.kT)
    first = simulate_backward_euler(alone, HOLD, H, 6, increments=path[:, :held])
    return first.final, simulate_backward_euler(
        machine, RUN, H, 6, x0=first.final, increments=path[:, held:]
    ).final


@pytest.mark.spice
def test_one_netlist_holds_and_then_couples(machine, path):
    design = with_start_up(hwkit.compile_model(machine), HOLD)
    runs = hwkit.simulate_spice(
        design, HOLD + RUN, H, 6, increments=path, tight=True, save_every=(round(HOLD / H),)
    )
    held, final = prepared_and_coupled(machine, path)
    assert np.abs(runs.x[:, 1] - held).max() < 1e-5
    assert np.abs(runs.final - final).max() < 1e-5


@pytest.mark.spice
def test_without_the_switches_it_is_another_machine(machine, path):
    """The control."""
    design = hwkit.compile_model(machine)
    runs = hwkit.simulate_spice(design, HOLD + RUN, H, 6, increments=path, tight=True)
    assert np.abs(runs.final - prepared_and_coupled(machine, path)[1]).max() > 1e-2


@pytest.mark.spice
@pytest.mark.parametrize("cell", ["rc", "resistive"])
def test_held_units_condition_the_others(cell):
    machine = random_machine(
        N, 8, size=1.0, onsite=hwkit.Cosh.from_quartic() if cell == "resistive" else None
    )
    design = clamp_nodes(hwkit.compile_model(machine, cell, hwkit.Scale(volt=0.0896)), {1: 0.4})
    path = increments(4, range(6), 100, N, H)
    x0 = np.zeros((6, N))
    x0[:, 1] = 0.4
    runs = hwkit.simulate_spice(design, 1.0, H, 6, x0=x0, increments=path, tight=True)
    free = [0, 2, 3, 4]
    expected = simulate_backward_euler(
        hwkit.clamp_units(machine, {1: 0.4}), 1.0, H, 6, increments=path[:, :, free]
    )
    np.testing.assert_allclose(runs.final[:, 1], 0.4, atol=1e-9)
    assert np.abs(runs.final[:, free] - expected.final).max() < 2e-5
    unheld = simulate_backward_euler(machine, 1.0, H, 6, x0=x0, increments=path)
    assert np.abs(runs.final[:, free] - unheld.final[:, free]).max() > 1e-2


def test_what_can_t_be_started_or_held_is_refused(machine):
    design = hwkit.compile_model(machine)
    with pytest.raises(hwkit.DesignError, match="the hold is 0; give a time above 0"):
        with_start_up(design, 0)
    with pytest.raises(hwkit.DesignError, match="unit 9 can't be clamped"):
        clamp_nodes(design, {9: 0.0})
    with pytest.raises(hwkit.DesignError, match="clamped at nan; give a finite number"):
        clamp_nodes(design, {"x1": np.nan})
    soft = hwkit.EnergyModel(np.zeros((2, 2)), np.zeros(2), hwkit.Cosh())
    with pytest.raises(hwkit.DesignError, match="steer currents of family rc, not of resistive"):
        with_start_up(hwkit.compile_model(soft, "resistive"), 1.0)
    with pytest.raises(hwkit.NetlistError, match="not known to dialect spectre; use ngspice"):
        hwkit.render(with_start_up(design, 1.0), "spectre")
