"""The reference circuits in netlists/: each runs as it is and gives its analytic answer.

Their noise can't be seeded, so limits are five standard errors (a false alarm in 2e6 runs), wide
enough for trnoise's own scatter of 0.8 % rms between processes; controls are 20 % off, 12 or more
standard errors beyond the limit.
"""

import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import quad

import hwkit
from hwkit.spice import find_program
from hwkit.units import BOLTZMANN
from tests.machines import same_machine

FOLDER = Path(__file__).parents[2] / "netlists"
LIMIT = 5.0
POWER_SCATTER = 0.008  # rms, of a trnoise source's power between processes


def run(text, tmp_path):
    """Run netlist text under plain `ngspice -b` and return what it printed."""
    file = tmp_path / "circuit.cir"
    file.write_text(text)
    done = subprocess.run(
        [find_program(), "-b", file.name], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    return done.stdout


def measurements(text, tmp_path):
    """Run a netlist and return the results of its `.meas` lines."""
    found = re.findall(r"^(\w+) += +(\S+) from=", run(text, tmp_path), re.MULTILINE)
    return {name: float(value) for name, value in found}


def read(name):
    return (FOLDER / name).read_text(encoding="utf-8")


def altered(text, old, new):
    assert text.count(old) == 1
    return text.replace(old, new)


def trnoise_factor(a):
    """Variance of a linear unit under trnoise over that under white noise; a = rate * NT."""

    def spline(u):
        return 2 / 3 - u * u + u**3 / 2 if u < 1 else (2 - u) ** 3 / 6

    return 2 * sum(quad(lambda u: spline(u) * np.exp(-a * u), k, k + 1)[0] for k in (0, 1))


def test_the_factor_is_known_to_first_order():
    assert trnoise_factor(0.0) == pytest.approx(1.0, rel=1e-12)
    assert trnoise_factor(1e-4) == pytest.approx(1 - 7e-4 / 15, abs=1e-8)


def standard_error(relaxations):
    """Relative standard error of a mean square over that many relaxation times of a linear unit."""
    return np.sqrt(2 / relaxations + POWER_SCATTER**2)


def within(value, expected, error, bias=0.0):
    return abs(value / expected - 1) < LIMIT * error + bias


@pytest.mark.spice
def test_the_rc_unit_has_the_variance_kt_over_k(tmp_path):
    text, expected = read("rc_thermal.cir"), 5e-4 * trnoise_factor(0.2)
    error = standard_error(40_000)
    assert within(measurements(text, tmp_path)["variance"], expected, error)
    control = altered(text, "G0 x0 0 x0 0 2e-6", "G0 x0 0 x0 0 2.5e-6")
    assert not within(measurements(control, tmp_path)["variance"], expected, error)


def modes(text, tmp_path):
    """Mean squares of sum and difference of the pair, in units of V0^2 kT."""
    found = measurements(text, tmp_path)
    mean = (found["variance0"] + found["variance1"]) / 2
    return (mean + found["covariance"]) / 1e-3, (mean - found["covariance"]) / 1e-3, found


@pytest.mark.spice
def test_the_coupled_pair_has_the_covariance_kt_times_the_inverse_hessian(tmp_path):
    text = read("coupled_pair.cir")
    total, difference, found = modes(text, tmp_path)
    assert within(total, trnoise_factor(0.3) / 3, standard_error(120_000))
    assert within(difference, trnoise_factor(0.1) / 1, standard_error(40_000))
    assert within(found["variance0"], found["variance1"], standard_error(40_000))
    weak = altered(text, "G0_1 x0 0 x1 0 1e-6", "G0_1 x0 0 x1 0 8e-7")
    weak = altered(weak, "G1_0 x1 0 x0 0 1e-6", "G1_0 x1 0 x0 0 8e-7")
    _, difference, _ = modes(weak, tmp_path)
    assert not within(difference, trnoise_factor(0.1) / 1, standard_error(40_000))


def quartic_moments(memory):
    """<x^2>, <x^4> for U = x^4, kT = 1 and noise of a short memory, to first order in it."""
    x = np.linspace(-3, 3, 20_001)
    density = (1 + memory * 12 * x**2) * np.exp(-(x**4 + memory * (4 * x**3) ** 2 / 2))
    return [float(np.sum(density * x**p) / np.sum(density)) for p in (2, 4)]


@pytest.mark.spice
def test_the_quartic_unit_has_the_fourth_moment_kt_over_4(tmp_path):
    assert quartic_moments(0.0) == pytest.approx([0.337989, 0.25], abs=1e-6)
    text, (second, fourth) = read("quartic.cir"), quartic_moments(7 * 0.025 / 15)
    errors = {"second": 0.007, "fourth": 0.012}  # from 20 runs
    found = measurements(text, tmp_path)
    assert within(found["second_moment"], second, errors["second"], bias=0.005)
    assert within(found["fourth_moment"], fourth, errors["fourth"], bias=0.005)
    control = altered(text, "i=4e-4*", "i=5e-4*")
    found = measurements(control, tmp_path)
    assert not within(found["fourth_moment"], fourth, errors["fourth"], bias=0.005)


def total_noise(text, tmp_path):
    """Run a netlist and return the rms noise that it prints, V."""
    return float(re.search(r"^onoise_total = (\S+)", run(text, tmp_path), re.MULTILINE)[1])


@pytest.mark.spice
def test_the_flux_in_johnson_noise_has_the_energy_of_equipartition(tmp_path):
    text = read("rlc_johnson.cir")
    assert total_noise(text, tmp_path) == pytest.approx(np.sqrt(0.05), rel=1e-4)
    warm = altered(text, "temp=26.85", "temp=56.85")  # 330 K
    assert total_noise(warm, tmp_path) == pytest.approx(np.sqrt(1.1 * 0.05), rel=1e-4)
    other = altered(text, "R0 x0 0 1e3", "R0 x0 0 3e3")  # the resistor does not matter
    assert total_noise(other, tmp_path) == pytest.approx(np.sqrt(0.05), rel=1e-4)


@pytest.mark.spice
def test_the_pair_of_lc_cells_has_the_covariance_of_the_inverse_capacitances(tmp_path):
    text = read("lc_pair.cir")
    expected = np.sqrt(BOLTZMANN * 300 * np.linalg.inv([[3e-12, -1e-12], [-1e-12, 2e-12]])[0, 0])
    assert total_noise(text, tmp_path) == pytest.approx(expected, rel=1e-4)
    control = altered(text, "C0_1 x0 x1 1e-12", "C0_1 x0 x1 1.1e-12")
    assert total_noise(control, tmp_path) != pytest.approx(expected, rel=1e-3)


RING = hwkit.EnergyModel(
    -0.5 * (np.eye(4, k=1) + np.eye(4, k=-1) + np.eye(4, k=3) + np.eye(4, k=-3)),
    -np.ones(4),
    hwkit.Quartic(J2=1.0, J4=1.0),
    kT=1e-6,
)


def final_voltages(text, tmp_path):
    """Last row of what `.print` prints, in tables of three voltages each."""
    rows = re.findall(r"^(\d+)\t(\S+)\t(.*)$", run(text, tmp_path), re.MULTILINE)
    last = max(int(index) for index, _, _ in rows)
    voltages = " ".join(values for index, _, values in rows if int(index) == last)
    return np.array(voltages.split(), dtype=float)


def test_the_rendered_ring_is_what_hwkit_renders():
    text = read("ring_of_four.cir")
    assert hwkit.render(hwkit.compile_model(RING), t_final=5.0, dt=0.01).text == text
    assert same_machine(hwkit.extract_model(text), RING, rtol=1e-12)


@pytest.mark.spice
def test_the_rendered_ring_settles_at_one_half(tmp_path):
    text = read("ring_of_four.cir")
    spread = 0.1 * np.sqrt(1e-6 / 4)  # upper bound: the softest mode has the curvature 4
    voltages = final_voltages(text, tmp_path)
    assert voltages.shape == (4,)
    assert np.all(np.abs(voltages - 0.05) < 6 * spread)
    control = altered(text, "Ibias2 x2 0 dc -1e-07", "Ibias2 x2 0 dc -1.2e-07")
    assert np.any(np.abs(final_voltages(control, tmp_path) - 0.05) > 6 * spread)


def test_every_netlist_is_tested_and_explained():
    explained = (FOLDER / "README.md").read_text(encoding="utf-8")
    tested = Path(__file__).read_text(encoding="utf-8")
    for file in FOLDER.glob("*.cir"):
        assert f"`{file.name}`" in explained
        assert f'"{file.name}"' in tested
