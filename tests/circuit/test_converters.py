"""Converters of amplifiers and resistors: they cancel what they should, and nothing else."""

import numpy as np
import pytest

import hwkit
from hwkit.circuit import ResistiveOptions
from hwkit.circuit.converters import (
    ConverterParts,
    fitted_pair,
    rail_loads,
    settled,
    with_converters,
)
from hwkit.twin import simulate_boards

SCALE = hwkit.Scale(0.0896, 6e-4, 1e-8)
OPTIONS = ResistiveOptions(common_mode=0.1, bias="resistor", supply_volt=0.5)


@pytest.fixture
def model():
    J = np.array([[0.0, 0.9, -0.6], [0.9, 0.0, 1.4], [-0.6, 1.4, 0.0]])
    return hwkit.EnergyModel(J, [0.3, 0.0, -0.2], hwkit.Cosh.from_quartic(), kT=0.1)


def test_the_stage_is_the_conductance_that_was_asked_for():
    loads = np.array([1e-5, 7e-5, 2e-4])
    for parts, limit in ((ConverterParts(series=None), 1e-15), (ConverterParts(), 0.005)):
        feedback, drive = fitted_pair(loads, parts)
        gain = feedback / parts.input_ohm
        stage = (1 - gain) / drive + 1 / parts.input_ohm
        np.testing.assert_allclose(stage, -loads, rtol=limit)


def test_loads_are_what_the_ideal_converter_cancels(model):
    design = hwkit.compile_model(model, "resistive", SCALE, OPTIONS)
    cancelled = -2 / design.group("converter").values
    np.testing.assert_allclose(rail_loads(design), cancelled, rtol=1e-12)


@pytest.mark.spice
def test_the_built_board_has_the_machines_force_field(model):
    design = hwkit.compile_model(model, "resistive", SCALE, OPTIONS)
    states = 0.5 * np.random.default_rng(0).standard_normal((4, 3))

    def error(built):
        found = hwkit.measure_gradient(built, states) + model.force(states)
        return np.max(np.abs(found)) / np.max(np.abs(model.force(states)))

    assert error(with_converters(design, ConverterParts(series=None))) < 2e-4  # ngspice's diode
    assert error(with_converters(design, ConverterParts())) < 0.01
    wrong = with_converters(design, ConverterParts(series=None))
    halved = [
        g if g.role != "converter" else type(g)(g.role, g.kind, g.nodes, 1.1 * g.values)
        for g in wrong.parts
    ]
    assert error(type(wrong)(**{**wrong.__dict__, "parts": tuple(halved)})) > 0.02


def test_amplifiers_that_settle_at_once_are_the_limit_of_fast_ones(model):
    design = hwkit.compile_model(model, "resistive", SCALE, OPTIONS)

    def final(built):
        return simulate_boards(built, 1.0, 0.02, 4, 1, mode="implicit").x[0, :, -1]

    def with_offset(hertz):
        built = with_converters(design, ConverterParts(gain_bandwidth=hertz))
        volt = np.linspace(-1e-3, 2e-3, 6)
        gain = built.group("amplifier-gain").values
        parts = tuple(
            type(g)(g.role, g.kind, g.nodes, gain * volt) if g.role == "amplifier-offset" else g
            for g in built.parts
        )
        return type(built)(**{**built.__dict__, "parts": parts})

    quick = final(settled(with_offset(1e8)))
    apart = [np.max(np.abs(final(with_offset(hertz)) - quick)) for hertz in (1e4, 1e8)]
    assert apart[1] < 1e-4 < 0.01 < apart[0]


def test_what_cant_be_built_is_refused(model):
    design = hwkit.compile_model(model, "resistive", SCALE, OPTIONS)
    with pytest.raises(hwkit.DesignError, match="amplifiers already"):
        with_converters(with_converters(design, ConverterParts()), ConverterParts())
    with pytest.raises(hwkit.DesignError, match="above 1"):
        ConverterParts(gain=1.0)
    quartic = hwkit.compile_model(hwkit.EnergyModel(model.J, model.b))
    with pytest.raises(hwkit.DesignError, match="no converters to build"):
        with_converters(quartic, ConverterParts())
