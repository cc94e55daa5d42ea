"""Spectra known in closed form, and periodograms against their exact mean."""

import itertools

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.linalg import expm

import hwkit
from hwkit.fidelity.answers import linear_covariance, linear_step
from hwkit.fidelity.inertia import inertial_step
from hwkit.fidelity.spectra import (
    Chain,
    driven_spectrum,
    expected_periodogram,
    machine_spectrum,
    periodogram_metrics,
    periodograms,
    rest_state,
    spectrum_metric,
)
from tests.machines import random_machine, spring, springs

DT = 0.05
PAIR = hwkit.EnergyModel([[0.0, 1.2], [1.2, 0.0]], [0, 0], hwkit.Quartic(1.0, 0.0), 0.2, 1.3)


def test_a_spring_has_a_lorentzian():
    k, kT, mobility = 2.0, 0.1, 1.5
    frequencies = np.array([0.01, 0.3, 5.0])
    corner = mobility * k
    expected = 4 * mobility * kT / (corner**2 + (2 * np.pi * frequencies) ** 2)
    found = machine_spectrum(spring(k, kT, mobility), frequencies)[:, 0, 0]
    np.testing.assert_allclose(found, expected, rtol=1e-13)


@pytest.mark.parametrize("mass", [0.0, 0.1])
def test_a_spectrum_integrates_to_the_variance(mass):
    model = springs()
    covariance = model.kT * np.linalg.inv(model.hessian(np.zeros(3)))
    for i, j in ((0, 0), (0, 1)):

        def density(f, i=i, j=j):
            return machine_spectrum(model, np.array([f]), mass)[0, i, j].real

        total = quad(density, 0, 1)[0] + quad(density, 1, np.inf, limit=200)[0]
        assert total == pytest.approx(covariance[i, j], rel=1e-5)


def test_sources_through_transfer_functions_make_the_machine_spectrum():
    model, f = springs(mobility=1.3), np.array([0.1, 1.0])
    A = model.hessian(np.zeros(3))
    transfer = np.array([np.linalg.inv(1.3 * A + 2j * np.pi * w * np.eye(3)) for w in f])
    driven = driven_spectrum(transfer, np.full(3, 4 * 1.3 * model.kT))
    expected = machine_spectrum(model, f)
    assert spectrum_metric("right", driven, expected, 1e-12).passed
    warm = driven_spectrum(transfer, 4 * 1.3 * model.kT * np.array([1, 1, 1.05]))
    metric = spectrum_metric("wrong", warm, expected, 1e-6)
    assert not metric.passed
    assert metric.value == pytest.approx(0.05, rel=0.05)
    diagonal = np.einsum("fii->fi", driven).real
    assert spectrum_metric("diagonal", diagonal, expected, 1e-12).passed


def test_a_state_of_rest_has_no_force():
    for n, seed in itertools.product((2, 6, 30), range(40)):
        model = random_machine(n, seed, size=1.0)
        x = rest_state(model)
        assert np.max(np.abs(model.force(x))) < 1e-12
        assert model.energy(x) <= model.energy(np.zeros(n))
    well = hwkit.EnergyModel([[0.0]], [-0.1], hwkit.Quartic(-1.0, 1.0), 0.1)
    assert rest_state(well)[0] > 0.7


def test_the_covariances_of_a_chain_are_the_exact_ones():
    chain = Chain(*linear_step(PAIR, DT, "exact"), DT)
    found = chain.covariances(every=3, count=4, n_units=2)
    for k in range(4):
        lagged = expm(-1.3 * PAIR.hessian(np.zeros(2)) * 3 * k * DT)
        expected = np.diag(lagged @ linear_covariance(PAIR, DT, "exact"))
        np.testing.assert_allclose(found[k], expected, rtol=1e-12)


def test_an_expected_periodogram_nears_the_spectrum_at_short_steps():
    dt = 0.002
    chain = Chain(*linear_step(PAIR, dt, "exact"), dt)
    power = expected_periodogram(chain, 10, 2000, 2)
    f = np.fft.rfftfreq(2000, 10 * dt)[1:-1]
    spectrum = np.einsum("fii->fi", machine_spectrum(PAIR, f)).real
    inside = (f > 0.2) & (f < 2.0)
    np.testing.assert_allclose(power[inside], spectrum[inside], rtol=0.02)


def reference(n=200, settle=100, mass=0.0, model=PAIR):
    times = ((128 + settle - 1) * DT, DT, n, 5)
    if mass:
        return hwkit.simulate_underdamped(model, *times, save_every=1, mass=mass)
    return hwkit.simulate_langevin(model, *times, save_every=1)


@pytest.mark.parametrize("mass", [0.0, 0.1])
def test_periodograms_of_the_reference_have_their_exact_mean(mass):
    def chain(model):
        scheme = (
            inertial_step(model, mass, DT, "exact")
            if mass
            else linear_step(model, DT, "euler-maruyama")
        )
        return Chain(*scheme, DT)

    runs = reference(400, mass=mass)
    rows = periodogram_metrics("power", runs, chain(PAIR), settle=100)
    assert len(rows) == 6
    assert all(row.passed for row in rows)
    assert min(row.stderr for row in rows) < 0.01
    warm = hwkit.EnergyModel(PAIR.J, PAIR.b, PAIR.onsite, 1.1 * PAIR.kT, PAIR.mobility)
    slow = hwkit.EnergyModel(PAIR.J, PAIR.b, PAIR.onsite, PAIR.kT, 1.1 * PAIR.mobility)
    for wrong in (warm, slow):
        assert not all(r.passed for r in periodogram_metrics("power", runs, chain(wrong), 100))


def test_the_step_shows_in_a_periodogram():
    """Control: backward Euler's chain is no description of Euler-Maruyama's runs."""
    wrong = Chain(*linear_step(PAIR, DT, "backward-euler"), DT)
    rows = periodogram_metrics("power", reference(), wrong, settle=100)
    assert not rows[-1].passed


def test_a_mean_is_taken_off():
    biased = hwkit.EnergyModel(PAIR.J, [1.0, -0.5], PAIR.onsite, PAIR.kT, PAIR.mobility)
    chain = Chain(*linear_step(biased, DT, "euler-maruyama"), DT)
    runs = reference(50, settle=200, model=biased)
    rows = periodogram_metrics("power", runs, chain, 200, rest_state(biased))
    assert all(row.passed for row in rows)
    assert not all(row.passed for row in periodogram_metrics("power", runs, chain, 200))


def test_uneven_times_are_refused():
    runs = hwkit.simulate_langevin(PAIR, 1.0, DT, 3, save_every=3)  # 20 steps: the last is short
    with pytest.raises(hwkit.DataError, match="equally far apart"):
        periodograms(runs)
