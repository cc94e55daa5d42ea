"""One-bit noise sources without a simulator: streams, sizes, refusals."""

import numpy as np
import pytest

import hwkit
from hwkit import ConfigError, DesignError, NetlistError
from hwkit.circuit import Scale, SiliconOptions, compile_model
from hwkit.circuit.cells.silicon.curves import SiliconCurves
from hwkit.circuit.noise_bits import as_bits, noise_increments
from hwkit.netlist import render
from hwkit.wiener import increments

SCALE = Scale(0.131, 2e-6, 2e-12)
DT, HOLD = 1e-2, 0.05


def compiled(**options):
    unit = hwkit.EnergyModel(np.zeros((1, 1)), np.zeros(1))
    return compile_model(unit, "silicon", SCALE, SiliconOptions(noise="bits", **options))


def test_bits_are_the_signs_of_the_wiener_path_with_its_variance():
    path = increments(3, range(2), 100, 1, DT)
    bits = as_bits(path, DT, HOLD)
    held = bits.reshape(2, 20, 5, 1)
    assert np.all(held == held[:, :, :1])
    sums = held.sum(axis=2)
    assert np.abs(sums) == pytest.approx(np.sqrt(HOLD))  # so its variance is HOLD
    assert np.array_equal(np.sign(sums), np.sign(path.reshape(2, 20, 5, 1).sum(axis=2)))
    assert np.array_equal(noise_increments(compiled(), 3, range(2), 100, DT), bits)


def test_a_step_must_divide_a_bit():
    for step in (0.02, 0.1):
        with pytest.raises(ConfigError, match=r"not a whole number of steps"):
            as_bits(np.zeros((1, 10, 1)), step, HOLD)


def test_the_current_is_twice_i0_at_the_usual_hold():
    ampere = compiled().group("noise-source").values[0]
    assert ampere == pytest.approx(2 * SCALE.ampere)  # kT = 0.1
    assert compiled(bit_hold=0.2).group("noise-source").values[0] == pytest.approx(ampere / 2)


def test_with_mirrors_every_current_but_the_reference_is_a_transistors():
    made = compiled(bias="mirrors")
    ampere = compiled().group("noise-source").values[0]
    assert made.currents("noise-bias")[0] == pytest.approx(ampere, rel=0.01)
    assert [parts.role for parts in made.parts if parts.kind == "current"] == ["reference"]
    assert [parts.role for parts in made.parts if parts.kind == "resistor"] == ["bit-driver"]
    assert {group.role for group in made.transistors} >= {"noise-out", "noise-away", "noise-tail"}


def test_what_bits_cannot_do_is_one_sentence():
    with pytest.raises(NetlistError, match="choose noise = 'pwl'"):
        render(compiled())
    with pytest.raises(DesignError, match="run it at level 'full'"):
        hwkit.circuit.CELLS["silicon"].separate(_coupled())
    with pytest.raises(DesignError, match="change bit_hold"):
        compiled(bit_hold=1e-4)
    with pytest.raises(DesignError, match="noise is 'bit'"):
        SiliconOptions(noise="bit")
    with pytest.raises(DesignError, match="bit_hold is 0"):
        SiliconOptions(bit_hold=0)


def _coupled():
    pair = hwkit.EnergyModel([[0, 0.5], [0.5, 0]], [0, 0])
    return compile_model(pair, "silicon", SCALE, SiliconOptions(noise="bits"))


def test_the_machine_of_the_curves_does_not_see_what_the_bias_takes_out():
    volts = np.linspace(-0.3, 0.3, 241)
    tails = np.geomspace(1e-9, 1e-6, 5)
    flat = np.tanh(volts / 0.07) * tails[:, None]
    curves = SiliconCurves(volts, tails, -flat, flat, np.zeros(5), 1e-6 * volts)
    biases = {noise: _pair_bias(curves, noise) for noise in ("external", "bits")}
    assert biases["bits"] == pytest.approx(biases["external"], abs=0.01)


def _pair_bias(curves, noise):
    pair = hwkit.EnergyModel([[0, 0.5], [0.5, 0]], [0.3, 0])
    options = SiliconOptions(bias="mirrors", dac_bits=8, noise=noise)
    return curves.machine(compile_model(pair, "silicon", SCALE, options), 2).b
