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
DT, HOLD, BITS, SEED = 1e-2, 0.05, 400, 4
FINE = 4  # of a step


@pytest.fixture(scope="module")
def design():
    unit = hwkit.EnergyModel(np.zeros((1, 1)), np.zeros(1))
    options = SiliconOptions(bias="mirrors", noise="bits", bit_hold=HOLD)
    return compile_model(unit, "silicon", SCALE, options)


@pytest.fixture(scope="module")
def current(design):
    """The mean current into a unit held at 0 V over each part of a step, and its bit; A."""
    t_final = BITS * HOLD
    text = render(design, noise="pwl", t_final=t_final, dt=DT, seed=SEED)
    kept = [ln for ln in clamped(text).text.splitlines() if not ln.startswith((".save", ".print"))]
    simulator, step = session(), DT * SCALE.second
    simulator.load("\n".join([*kept, ""]), [])
    simulator.command(f"tran {step!r} {t_final * SCALE.second!r} 0 {step / FINE!r}")
    time, branch = simulator.vector("time"), simulator.vector("vclamp0#branch")
    simulator.unload()
    charge = np.concatenate([[0.0], np.cumsum((branch[1:] + branch[:-1]) / 2 * np.diff(time))])
    grid = np.linspace(0, t_final * SCALE.second, FINE * round(t_final / DT) + 1)
    made = np.diff(np.interp(grid, time, charge)) / np.diff(grid)
    path = noise_increments(design, SEED, [0], round(t_final / DT), DT)[0, :, 0]
    return made, np.repeat(np.sign(path), FINE)


def test_each_bit_moves_the_charge_that_a_step_of_the_noise_has(current):
    made, bits = current
    ampere = SCALE.ampere * np.sqrt(2 * 0.1 / HOLD)
    sent = bits.reshape(BITS, -1)[:, 0]
    per_bit = made.reshape(BITS, -1).mean(axis=1) / ampere  # edges included
    means = per_bit[sent > 0].mean(), per_bit[sent < 0].mean()
    assert means[0] == pytest.approx(1, abs=0.02)
    assert means[1] == pytest.approx(-1, abs=0.03)
    assert abs(np.mean(per_bit - sent)) < 0.005  # the unit's bias takes out what is too much
    assert np.var(per_bit) == pytest.approx(1, abs=0.05)  # in a step's variance of the machine
    assert np.corrcoef(per_bit, sent)[0, 1] > 0.998


def test_the_spectrum_within_the_bandwidth_is_the_machines_noise(current):
    made, bits = current
    ampere, step = SCALE.ampere * np.sqrt(2 * 0.1 / HOLD), DT * SCALE.second / FINE
    power = [np.abs(np.fft.rfft(each)) ** 2 for each in (made, ampere * bits)]
    hertz = np.fft.rfftfreq(made.size, step)
    bandwidth = 1 / (HOLD * SCALE.second)
    inside = (hertz > 0) & (hertz < 0.3 * bandwidth)
    ratio = power[0][inside].sum() / power[1][inside].sum()
    assert ratio == pytest.approx(1, abs=0.03)  # of the same bits without a circuit
    low = inside & (hertz < 0.1 * bandwidth)  # there the machine's noise is white
    density = (2 * step * power[0] / made.size)[low].mean()
    assert density == pytest.approx(SCALE.noise_psd(0.1), rel=4 / np.sqrt(low.sum()))
    assert abs(density / SCALE.noise_psd(0.4) - 1) > 4 / np.sqrt(low.sum())  # twice the current


def test_a_unit_follows_the_machine_on_the_same_bits(design):
    steps, starts = 100, np.array([[0.3]])
    runs = simulate_spice(design, steps * DT, DT, 1, SEED, starts, save_every=10)
    path = noise_increments(design, SEED, [0], steps, DT)
    reference = curves_of(design).machine(design)
    ideal = euler_paths(reference, path, DT, starts, 10, np.eye(1))
    assert np.sqrt(np.mean((runs.x - ideal) ** 2)) < 0.02
    assert np.sqrt(np.mean((runs.x + ideal) ** 2)) > 0.1
