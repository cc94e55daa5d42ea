import numpy as np
import pytest
from scipy.integrate import quad_vec
from scipy.linalg import expm

import hwkit
from hwkit import ConfigError, DataError, simulate_langevin, simulate_underdamped
from hwkit.fidelity.inertia import inertial_covariance, inertial_generator, inertial_step
from hwkit.langevin import underdamped
from hwkit.langevin.underdamped import mode_propagator
from hwkit.wiener import increments
from tests.machines import random_machine, springs
from tests.statistics import agrees

MASS = 0.3


def phase_space(runs, slot=-1):
    return np.concatenate([runs.x[:, slot], runs.v[:, slot]], axis=1)


def products(a, b):
    return a[:, :, None] * b[:, None, :]


@pytest.mark.parametrize("mass", [1e-4, 0.05, 0.125, 3.0])
def test_the_propagator_is_that_of_the_oscillator(mass):
    stiffness, kT, mobility, dt = np.array([0.3, 2.0]), 0.2, 1.4, 0.07
    M, mean, root = mode_propagator(stiffness, mass, kT, mobility, dt)
    for mode, k in enumerate(stiffness):
        G = np.array([[0, 1], [-k / mass, -1 / (mobility * mass)]])
        push = np.array([0, np.sqrt(2 * kT / mobility) / mass])

        def answer(s, G=G, push=push):
            return expm(G * s) @ push

        with_path = quad_vec(answer, 0, dt)[0] / dt
        noise = quad_vec(lambda s: np.outer(answer(s), answer(s)), 0, dt)[0]
        found = dt * np.outer(mean[mode], mean[mode]) + root[mode] @ root[mode].T
        np.testing.assert_allclose(M[mode], expm(G * dt), rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(mean[mode], with_path, rtol=1e-8)
        np.testing.assert_allclose(found, noise, rtol=1e-8)


def test_the_exact_method_has_the_transient_distribution_at_any_step():
    model, t, n = springs(kT=0.2, mobility=1.3), 0.7, 20_000
    x0, v0 = np.array([1.0, -2.0, 0.5]), np.array([0.0, 1.0, -1.0])
    starts = {"x0": np.tile(x0, (n, 1)), "v0": np.tile(v0, (n, 1))}
    runs = simulate_underdamped(model, t, t / 2, n, 3, mass=MASS, method="exact", **starts)
    center = np.linalg.solve(model.hessian(np.zeros(3)), -model.b)
    rest = np.concatenate([center, np.zeros(3)])
    M, Q = inertial_step(model, MASS, t, "exact")
    mean = rest + M @ (np.concatenate([x0, v0]) - rest)
    z = phase_space(runs)
    assert agrees(z, mean)
    assert agrees(products(z - mean, z - mean), Q)
    assert not agrees(z, mean + 0.03)
    assert not agrees(products(z - mean, z - mean), 1.1 * Q)


def test_both_schemes_follow_one_path_and_meet_as_the_step_shrinks():
    model, gaps = springs(mobility=1.3), []
    for halvings in (0, 1, 2):
        path = increments(5, range(50), 50, 3, 0.04, halvings)
        h = 0.04 / 2**halvings
        common = {"increments": path, "mass": MASS}
        exact, ubu = (
            simulate_underdamped(model, 2.0, h, 50, 1, method=method, **common)
            for method in ("exact", "ubu")
        )
        gaps.append(np.sqrt(np.mean(np.square(phase_space(exact) - phase_space(ubu)))))
    assert gaps[0] < 0.05
    assert np.all(np.log2(np.divide(gaps[:-1], gaps[1:])) > 0.8)
    other = simulate_underdamped(model, 2.0, h, 50, 2, mass=MASS)  # control: other noise
    assert np.sqrt(np.mean(np.square(exact.final - other.final))) > 20 * gaps[-1]


def chain_of(scheme, n):
    """M and Q of a scheme's step, read off its answers to unit vectors."""
    zero = np.zeros((1, n))

    def answer(which, unit):
        inputs = [zero.copy() for _ in range(6)]
        inputs[which][0, unit] = 1.0
        x, v = scheme.step(inputs[0], inputs[1], tuple(inputs[2:]))
        return np.concatenate([x[0], v[0]])

    columns = [[answer(which, unit) for unit in range(n)] for which in range(6)]
    state, noise = np.array(columns[:2]), np.array(columns[2:])
    return state.reshape(2 * n, -1).T, noise.reshape(4 * n, -1).T


def test_the_splitting_is_the_chain_it_claims_to_be_and_of_weak_order_2():
    model = hwkit.EnergyModel(springs().J, np.zeros(3), springs().onsite, 0.2, 1.3)
    errors = []
    for dt in (0.1, 0.05, 0.025):
        M, B = chain_of(underdamped._Splitting(model, MASS, dt), 3)
        B[:, :3] *= np.sqrt(dt)  # the first noise is dW, the others are normals
        expected = inertial_step(model, MASS, dt, "ubu")
        np.testing.assert_allclose(M, expected[0], rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(B @ B.T, expected[1], rtol=1e-9, atol=1e-14)
        exact = inertial_covariance(model, MASS, dt, "exact")
        errors.append(np.max(np.abs(inertial_covariance(model, MASS, dt, "ubu") - exact)))
    orders = np.log2(np.divide(errors[:-1], errors[1:]))
    assert np.all(np.abs(orders - 2) < 0.1)


def test_backward_euler_damps_an_oscillator_to_first_order():
    model = springs()
    G = inertial_generator(model, MASS)
    S = inertial_covariance(model, MASS, 1.0, "exact")
    noise = np.zeros((6, 6))
    noise[3:, 3:] = 2 * model.kT / MASS**2 * np.eye(3)
    np.testing.assert_allclose(G @ S + S @ G.T, -noise, atol=1e-12)
    errors = [
        np.max(np.abs(inertial_covariance(model, MASS, h, "backward-euler") - S))
        for h in (4e-3, 2e-3)
    ]
    assert errors[0] / errors[1] == pytest.approx(2, abs=0.05)


def test_without_mass_the_paths_are_the_overdamped_ones():
    """At the rms distance mu sqrt(kT m) while the step is short; at any step once m is nothing."""
    model, dt = random_machine(4, seed=3, mobility=1.3), 1e-3
    path = increments(6, range(200), 500, 4, dt)
    reference = simulate_langevin(model, 0.5, dt, 200, increments=path).final
    for mass in (1e-2, 1e-3):
        runs = simulate_underdamped(model, 0.5, dt, 200, 1, increments=path, mass=mass)
        distance = np.sqrt(np.mean((runs.final - reference) ** 2))
        assert distance == pytest.approx(1.3 * np.sqrt(model.kT * mass), rel=0.15)
    bare = simulate_underdamped(model, 0.5, dt, 200, 1, increments=path, mass=1e-12)
    distance = np.sqrt(np.mean((bare.final - reference) ** 2))
    assert distance < dt  # of order dt, between two Euler schemes; 1.3 sqrt(kT m) is 4e-7


def test_equipartition_of_a_quartic_unit():
    unit = hwkit.EnergyModel(np.zeros((1, 1)), [0.0], hwkit.Quartic(1.0, 1.0), kT=0.1)
    runs = simulate_underdamped(unit, 4.0, 0.04, 20_000, 7, mass=MASS)
    assert runs.attributes["simulator"] == "underdamped-ubu"
    assert agrees(runs.v[:, -1] ** 2, 0.1 / MASS)
    assert agrees(runs.final**2, 0.040878)
    assert not agrees(runs.v[:, -1] ** 2, 1.1 * 0.1 / MASS)
    assert not agrees(runs.final**2, 1.1 * 0.040878)


def test_the_same_seed_gives_the_same_bytes_on_any_number_of_cores(monkeypatch):
    model, results = random_machine(5, seed=8), []
    for cores in (1, 3):
        monkeypatch.setattr(underdamped, "available_cores", lambda cores=cores: cores)
        runs = simulate_underdamped(model, 0.1, 0.01, 150, 9, mass=MASS, save_every=5)
        results.append(runs.x.tobytes() + runs.v.tobytes())
    assert results[0] == results[1]


def test_velocities_are_kept_in_files_and_first_runs(tmp_path):
    runs = simulate_underdamped(springs(), 0.1, 0.05, 3, mass=MASS)
    runs.save(tmp_path / "runs.nc")
    back = hwkit.Trajectories.load(tmp_path / "runs.nc")
    assert np.array_equal(back.v, runs.v)
    assert np.array_equal(runs.first(2).v, runs.v[:2])
    assert simulate_langevin(springs(), 0.1, 0.05, 1).v is None
    with pytest.raises(DataError, match=r"velocities of shape \(1, 2\) don't fit"):
        hwkit.Trajectories(runs.t, runs.x, v=np.zeros((1, 2)))


def test_bad_arguments_are_refused():
    with pytest.raises(ConfigError, match="mass is 0; it must be a number above 0"):
        simulate_underdamped(springs(), 1.0, 0.1, mass=0)
    with pytest.raises(DataError, match="J4 = 0 only; use method 'ubu'"):
        simulate_underdamped(random_machine(2, seed=1), 1.0, 0.1, mass=1.0, method="exact")
    with pytest.raises(ConfigError, match="method 'euler' is unknown"):
        simulate_underdamped(springs(), 1.0, 0.1, mass=1.0, method="euler")
    with pytest.raises(DataError, match=r"v0 has shape \(2,\)"):
        simulate_underdamped(springs(), 1.0, 0.1, mass=1.0, v0=[0.0, 1.0])
    with pytest.raises(hwkit.SimulationError, match="step is too long"):
        simulate_underdamped(random_machine(2, seed=1), 1000.0, 5.0, mass=1.0)
