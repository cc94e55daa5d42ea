"""Heat, equipartition, time reversal, entropy production and the fluctuation theorem."""

import numpy as np
import pytest
from scipy.linalg import expm

import hwkit
from hwkit.fidelity.thermodynamics import (
    Estimate,
    LinearMachine,
    boundary_heat,
    cycle_flux,
    entropy_production_rate,
    fluctuation_theorem,
    irreversibility,
    stratonovich_heat,
    total_entropy,
    virial,
)
from hwkit.spice import Crossbar
from hwkit.wiener import increments
from tests.machines import random_machine
from tests.statistics import LIMIT

KT, DT = 0.2, 0.005
RECIPROCAL = np.array([[2.0, 0.6], [0.6, 2.0]])
TURNING = np.array([[2.0, 1.5], [-1.5, 2.0]])  # not reciprocal: it drives a current in circles
THREE = np.array([[2.0, 0.9, 0.0], [-0.3, 1.5, 0.4], [0.2, -0.8, 2.5]])


def heun(A, starts, n_steps, seed, dt=DT, kT=KT):
    """Paths of dx = -A x dt + noise, weak order 2; every step is kept."""
    path = increments(seed, range(len(starts)), n_steps, len(A), dt) * np.sqrt(2 * kT)
    states = np.empty((len(starts), n_steps + 1, len(A)))
    states[:, 0] = starts
    for k in range(n_steps):
        x = states[:, k]
        guess = x - dt * x @ A.T + path[:, k]
        states[:, k + 1] = x - dt / 2 * (x + guess) @ A.T + path[:, k]
    attributes = {"dt": dt, "seed": seed}
    return hwkit.Trajectories(np.arange(n_steps + 1) * dt, states, attributes=attributes)


def gaussian(covariance, n, seed):
    return np.random.default_rng(seed).multivariate_normal(np.zeros(len(covariance)), covariance, n)


def stationary_runs(A, n=400, n_steps=400, seed=1, kT=KT):
    starts = gaussian(LinearMachine(A, kT).stationary(), n, seed + 100)
    return heun(A, starts, n_steps, seed, kT=kT)


def test_heat_is_the_same_both_ways_for_a_quadratic_energy():
    machine = hwkit.EnergyModel([[0, 0.5], [0.5, 0]], [0.3, 0.0], hwkit.Quartic(1.0, 0.0), kT=KT)
    runs = hwkit.simulate_langevin(machine, 1.0, 0.01, 20, seed=2, save_every=1)
    along = stratonovich_heat(runs, machine.force)
    assert np.allclose(along, boundary_heat(runs, machine), rtol=0, atol=1e-13)


def test_heat_both_ways_differs_by_order_dt_for_a_quartic_energy():
    machine = random_machine(6, seed=3)
    errors = []
    for halvings in range(3):
        path = increments(4, range(50), 100, 6, 0.02, halvings)
        runs = hwkit.simulate_langevin(
            machine, 2.0, 0.02 / 2**halvings, 50, increments=path, save_every=1
        )
        difference = stratonovich_heat(runs, machine.force) - boundary_heat(runs, machine)
        errors.append(np.abs(difference).mean())
    orders = np.log2(np.divide(errors[:-1], errors[1:]))
    assert np.all((orders > 0.7) & (orders < 1.4))


def test_virial_is_kt_and_sees_a_wrong_temperature():
    k, dt = 2.0, 0.02
    spring = hwkit.EnergyModel([[0.0]], [0.0], hwkit.Quartic(k / 2, 0.0), kT=KT)
    runs = hwkit.simulate_langevin(spring, 3.0, dt, 40_000, seed=5)
    [found] = virial(runs, spring)
    expected = KT / (1 - k * dt / 2)  # Euler-Maruyama's distribution
    assert found.distance(expected) < LIMIT
    assert found.distance(1.05 * expected) > LIMIT


def test_time_reversal_holds_for_reciprocal_couplings_only():
    at_rest, turning = (stationary_runs(A) for A in (RECIPROCAL, TURNING))
    assert irreversibility(at_rest, lag=20)[0, 1].distance(0.0) < LIMIT
    assert irreversibility(turning, lag=20)[0, 1].distance(0.0) > 10


def test_irreversibility_has_its_exact_value():
    lag = 20
    runs, machine = stationary_runs(TURNING), LinearMachine(TURNING, KT)
    lagged = expm(-TURNING * lag * DT) @ machine.stationary()  # <x(t + lag) x(t)^T>
    expected = lagged[1, 0] - lagged[0, 1]
    assert irreversibility(runs, lag)[0, 1].distance(expected) < LIMIT


def test_cycles_are_run_in_both_senses_at_equilibrium_only():
    at_rest, turning = (stationary_runs(A) for A in (RECIPROCAL, TURNING))
    assert cycle_flux(at_rest).distance(0.0) < LIMIT
    assert cycle_flux(turning).distance(0.0) > 10


def test_entropy_production_is_zero_for_a_gradient_and_exact_for_a_turning_force():
    for A in (RECIPROCAL, TURNING):
        machine = LinearMachine(A, KT)
        rate = entropy_production_rate(stationary_runs(A, n=1000), machine.force, KT)
        expected = machine.entropy_production_rate()
        assert rate.distance(expected) < LIMIT
    assert expected == pytest.approx(2 * 1.5**2 / 2)  # 2 w^2 / k for A = k 1 + w turn
    assert rate.distance(0.0) > 10
    assert LinearMachine(RECIPROCAL, KT).entropy_production_rate() == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("A", [np.array([[2.0]]), RECIPROCAL, TURNING, THREE])
def test_fluctuation_theorem_and_its_control(A):
    initial = 1.8 * LinearMachine(A, KT).stationary()  # hotter than it will be
    runs = heun(A, gaussian(initial, 20_000, seed=6), 40, seed=7)
    right, wrong = LinearMachine(A, KT), LinearMachine(A, 1.25 * KT)
    entropy = total_entropy(runs, right, initial)
    assert fluctuation_theorem(entropy).distance(1.0) < LIMIT
    assert entropy.mean() > 0
    assert fluctuation_theorem(total_entropy(runs, wrong, initial)).distance(1.0) > LIMIT


def test_fluctuation_theorem_refuses_what_does_not_converge(trained):
    model = trained.model
    starts = hwkit.prepare_states(model, 2.5, 1e-2, 50, seed=8)
    runs = hwkit.simulate_langevin(model, 2.5, 1e-2, 50, seed=9, x0=starts)
    with pytest.raises(hwkit.DataError, match=r"spread by .* k_B; above 2 k_B"):
        fluctuation_theorem(boundary_heat(runs, model) / model.kT)


def test_missing_steps_and_single_runs_are_refused():
    runs = hwkit.simulate_langevin(random_machine(2, seed=1), 0.1, 0.01, 3)
    with pytest.raises(hwkit.DataError, match="save_every=1"):
        stratonovich_heat(runs, lambda x: x)
    with pytest.raises(hwkit.DataError, match="at least 2"):
        Estimate.of(np.ones(1))
    with pytest.raises(hwkit.DataError, match="lag is 5"):
        irreversibility(runs, lag=5)


@pytest.mark.spice
def test_circuits_produce_entropy_if_and_only_if_couplings_are_not_reciprocal():
    cells = hwkit.EnergyModel(np.zeros((2, 2)), [0, 0], hwkit.Quartic(1.0, 0.0), kT=KT)
    design = hwkit.compile_model(cells)
    for A, driven in ((RECIPROCAL, False), (TURNING, True)):
        machine = LinearMachine(A, KT)
        couplings = (A - 2 * np.eye(2)) * design.scale.siemens
        starts = gaussian(machine.stationary(), 200, seed=10)
        runs = hwkit.simulate_spice(
            design,
            1.0,
            DT,
            200,
            seed=11,
            x0=starts,
            save_every=1,
            level="mixed",
            crossbar=Crossbar(couplings, np.zeros(2)),
            tight=True,
        )
        rate = entropy_production_rate(runs, machine.force, KT)
        # The Stratonovich sum of a first-order scheme is off by O(dt): a bound, not an error bar.
        assert abs(rate.value - machine.entropy_production_rate()) < LIMIT * rate.stderr + 10 * DT
        assert (rate.distance(0.0) > 10) == driven
