"""Diodes over temperature: the twin's boards, ngspice's own `temp`, and the formula."""

import numpy as np
import pytest

from hwkit import ConfigError, compile_model
from hwkit.circuit.junctions import at_temperature
from hwkit.circuit.variation import Environment, Variation
from hwkit.circuit.variation.drawing import draw
from hwkit.spice import drift, measure_gradient
from hwkit.twin import Boards, bind
from hwkit.twin.field import field_of
from hwkit.units import THERMAL_KELVIN
from tests.machines import family_machine

STATES = np.random.default_rng(4).uniform(-1.2, 1.2, (6, 4))


@pytest.fixture(scope="module")
def design():
    return compile_model(family_machine("resistive", 4, 2), "resistive")


def board_at(design, celsius):
    environment = Environment(kelvin=celsius + 273.15)
    return Boards(draw(design, Variation(environment=environment), 0, range(1)), 1)


def twin_gradient(design, boards):
    currents, _ = field_of(bind(design), boards, STATES)
    return currents[0][:, design.terminals[:, 0]] / design.force_amperes


@pytest.mark.spice
@pytest.mark.parametrize("celsius", [-20.0, 85.0])
def test_twin_and_ngspice_agree_on_a_temperature(design, celsius, monkeypatch):
    board = board_at(design, celsius)
    twin = twin_gradient(design, board)
    as_a_board = measure_gradient(board.design(design, 0), STATES)
    options = drift.DRIFT_OPTIONS
    monkeypatch.setattr(drift, "DRIFT_OPTIONS", f"{options} temp={celsius}")
    own = measure_gradient(design, STATES)
    size = np.abs(own).max()
    assert np.abs(twin - own).max() < 2e-6 * size
    assert np.abs(as_a_board - own).max() < 2e-6 * size
    monkeypatch.setattr(drift, "DRIFT_OPTIONS", options)
    assert np.abs(measure_gradient(design, STATES) - own).max() > 0.1 * size  # control: at 27 C


def test_the_formula_by_hand():
    """A current of 1 fA with n = 1 at 85 C, worked out with a pocket calculator."""
    ampere, emission = at_temperature(np.array([1e-15]), np.array([1.0]), 358.15)
    exponent = (358.15 / 300.15 - 1) * 1.11 / (8.6173324e-5 * 358.15) + 3 * np.log(358.15 / 300.15)
    np.testing.assert_allclose(ampere, 1e-15 * np.exp(exponent), rtol=1e-5)
    assert 1700 < ampere[0] / 1e-15 < 2000
    np.testing.assert_allclose(emission, 358.15 / 300.15)
    same = at_temperature(np.array([1e-15]), np.array([2.0]), THERMAL_KELVIN)
    np.testing.assert_allclose(np.concatenate(same), [1e-15, 2.0])
    with pytest.raises(ConfigError, match=r"diodes at 20 K; they are known from 100 to 600 K"):
        at_temperature(np.array([1e-15]), np.array([1.0]), 20.0)


def test_only_diodes_follow_by_themselves(design):
    assert board_at(design, 27.0).values == {}
    assert set(board_at(design, 85.0).values) == {"onsite-diode", "onsite-diode.emission"}
    other = compile_model(family_machine("rc", 4, 2))
    assert board_at(other, 85.0).values == {}
