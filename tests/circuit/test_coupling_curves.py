"""Curves of couplings without a simulator: expansion, loads, and the design taken apart."""

from dataclasses import replace

import numpy as np
import pytest

import hwkit
from hwkit import DesignError
from hwkit.circuit import Scale, SiliconOptions, compile_model
from hwkit.circuit.cells.silicon.curves import SiliconCurves, directions
from hwkit.circuit.cells.silicon.separate import coupling_farads
from hwkit.circuit.cells.silicon.sizes import choose_pair
from hwkit.model import DriftMachine
from hwkit.spice.crossbar import ideal_crossbar, separated

SCALE = Scale(0.131, 2e-6, 2e-12)
VOLTS = np.linspace(-0.3, 0.3, 241)
TAILS = np.geomspace(1e-9, 1e-6, 25)


def curves():
    """Curves with a saturation and an offset that depend on the tail current."""
    level = np.log(TAILS / 1e-9)[:, None]
    rising = TAILS[:, None] * (np.tanh(VOLTS / (0.066 + 0.002 * level)) - 0.04)
    onsite = SCALE.ampere * (2 * VOLTS / 0.131 + 4 * (VOLTS / 0.131) ** 3)
    return SiliconCurves(VOLTS, TAILS, rising, -rising, 1e-2 * TAILS, onsite)


@pytest.fixture(scope="module")
def design():
    J = np.array([[0, 0.8, 0], [-0.6, 0, 1.1], [0, 0.4, 0]])
    machine = DriftMachine(J, np.array([0.2, 0.0, -0.1]), hwkit.Quartic())
    return compile_model(machine, "silicon", SCALE, SiliconOptions())


def test_an_expansion_in_few_functions_says_what_it_leaves_out():
    residuals = [curves().residual(k) for k in (1, 2, 4)]
    assert residuals[0] > 10 * residuals[1] > 100 * residuals[2]
    assert residuals[2] < 1e-3
    tails = np.array([2.3e-9, 4e-7])
    made = curves().amounts(True, 6, tails) @ curves().functions(True, 6).T
    level = np.log(tails / 1e-9)[:, None]
    exact = tails[:, None] * (np.tanh(VOLTS / (0.066 + 0.002 * level)) - 0.04)
    assert np.max(np.abs(made - exact) / tails[:, None]) < 1e-4


def test_what_was_not_extracted_is_refused():
    with pytest.raises(DesignError, match="outside the extracted range of 1 nA to 1 uA"):
        curves().amounts(True, 4, np.array([2e-6]))
    for count in (0, 26):
        with pytest.raises(DesignError, match="give 1 to 25"):
            curves().residual(count)


def test_cells_keep_what_couplings_load_them_with(design):
    carrying = replace(design, curves=curves())
    apart = separated(carrying)
    assert sum(map(len, apart.cells.transistors)) == 2 * 3 + 2
    pair = choose_pair(SCALE.volt, SCALE.ampere).farad
    assert apart.cells.group("capacitor").values == pytest.approx(SCALE.farad - pair, rel=1e-12)
    assert np.all(coupling_farads(design) > 0)
    tails = np.concatenate([directions(design, sign)[2] for sign in (True, False)])
    load = apart.cells.group("coupling-load")
    assert np.sum(1 / load.values) == pytest.approx(1e-2 * tails.sum(), rel=1e-6)
    assert not apart.cells.has("tail-bias")


def test_the_crossbar_has_the_currents_of_the_machine_of_curves(design):
    carrying = replace(design, curves=curves())
    crossbar, machine = ideal_crossbar(carrying), curves().machine(design)
    for x in np.array([[0.3, -0.7, 1.0], [-1.1, 0.2, 0.6]]):
        field = machine.coupling_field(x) - machine.load * x
        assert crossbar.current(SCALE.volt * x) / SCALE.ampere == pytest.approx(field, abs=1e-3)


def test_a_design_without_curves_is_not_taken_apart(design):
    with pytest.raises(DesignError, match=r"not measured; take the design that .* at level 'full'"):
        separated(design)
    alone = compile_model(hwkit.EnergyModel(np.zeros((2, 2)), [0, 0]), "silicon", SCALE)
    assert not separated(alone).curved
