"""The one-bit noise source of family silicon in ngspice: steps, spectrum, paths."""

import numpy as np
import pytest

import hwkit
from hwkit.circuit import Scale, SiliconOptions, compile_model
from hwkit.circuit.noise_bits import noise_increments
from hwkit.netlist import render
from hwkit.spice import simulate_spice
from hwkit.spice.clamps import clamped
from hwkit.spice.session import session
from hwkit.spice.silicon import curves_of
from hwkit.validation.silicon.floor import euler_paths

pytestmark = pytest.mark.spice

SCALE = Scale(0.131, 2e-6, 2e-12)
DT, HOLD, BITS, SEED = 5e-3, 0.05, 400, 4


@pytest.fixture(scope="module")
def design():
    unit = hwkit.EnergyModel(np.zeros((1, 1)), np.zeros(1))
    options = SiliconOptions(bias="mirrors", noise="bits", bit_hold=HOLD)
    return compile_model(unit, "silicon", SCALE, options)


@pytest.fixture(scope="module")
def current(design):
    """The current into a unit held at 0 V at even times, and the bits that made it; A."""
    t_final = BITS * HOLD
    text = render(design, noise="pwl", t_final=t_final, dt=DT, seed=SEED)
    simulator = session()
    simulator.load(clamped(text).text, [])
    step = DT * SCALE.second
    simulator.command(f"tran {step!r} {t_final * SCALE.second!r} 0 {step / 2!r}")
    time, branch = simulator.vector("time"), simulator.vector("vclamp0#branch")
    simulator.unload()
    even = (np.arange(round(t_final / DT)) + 0.5) * step
    path = noise_increments(design, SEED, [0], even.size, DT)[0, :, 0]
    return np.interp(even, time, branch), np.sign(path)


def test_each_bit_moves_the_charge_that_a_step_of_the_noise_has(current):
    made, bits = current
    per_bit = made.reshape(BITS, -1)[:, 2:].mean(axis=1)  # behind the edge
    sent = bits.reshape(BITS, -1)[:, 0]
    ampere = SCALE.ampere * np.sqrt(2 * 0.1 / HOLD)
    assert abs(per_bit[sent > 0].mean() + per_bit[sent < 0].mean()) / 2 < 0.01 * ampere
    assert per_bit / (sent * ampere) == pytest.approx(np.ones(BITS), abs=0.02)
    whole = made.reshape(BITS, -1).mean(axis=1) / ampere  # edges included
    assert np.var(whole) == pytest.approx(1, abs=0.03)  # of a step's variance in the machine


def test_the_spectrum_within_the_bandwidth_is_the_machines_noise(current):
    made, bits = current
    ampere = SCALE.ampere * np.sqrt(2 * 0.1 / HOLD)
    step = DT * SCALE.second
    power = [np.abs(np.fft.rfft(each)) ** 2 for each in (made, ampere * bits)]
    hertz = np.fft.rfftfreq(made.size, step)
    inside = (hertz > 0) & (hertz < 0.3 / (HOLD * SCALE.second))
    ratio = power[0][inside].sum() / power[1][inside].sum()
    assert ratio == pytest.approx(1, abs=0.03)  # of the same bits without a circuit
    density = 2 * step * power[0] / made.size
    low = inside & (hertz < 0.1 / (HOLD * SCALE.second))  # there the machine's noise is white
    expected = SCALE.noise_psd(0.1)
    assert density[low].mean() == pytest.approx(expected, rel=5 / np.sqrt(low.sum()))
    assert density[low].mean() < 2 * expected  # the control: a source of twice the current


def test_a_unit_follows_the_machine_on_the_same_bits(design):
    steps, starts = 200, np.array([[0.3]])
    runs = simulate_spice(design, steps * DT, DT, 1, SEED, starts, save_every=10)
    path = noise_increments(design, SEED, [0], steps, DT)
    reference = curves_of(design).machine(design)
    ideal = euler_paths(reference, path, DT, starts, 10, np.eye(1))
    assert np.sqrt(np.mean((runs.x - ideal) ** 2)) < 0.02
    assert np.sqrt(np.mean((runs.x + ideal) ** 2)) > 0.1
