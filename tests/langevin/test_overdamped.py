import numpy as np
import pytest
import scipy.sparse as sp

from hwkit import ConfigError, DataError, EnergyModel, Quartic, SimulationError, simulate_langevin
from hwkit.langevin import overdamped
from hwkit.wiener import increments
from tests.machines import random_machine, spring
from tests.quadrature import BACKWARD_EULER, even_moments
from tests.statistics import LIMIT, agrees, deviation

COPIES = 100


def independent_units(onsite, kT, n_runs, t_final, dt, mobility=1.0):
    """End states of many copies of one unit, each its own sample."""
    J = sp.csr_array((COPIES, COPIES))
    model = EnergyModel(J, np.zeros(COPIES), onsite, kT, mobility)
    return simulate_langevin(model, t_final, dt, n_runs, seed=11).final.ravel()


@pytest.mark.parametrize(("J2", "J4", "kT"), [(1, 1, 1.0), (1, 1, 0.1), (0, 1, 1.0), (-1, 1, 0.1)])
def test_moments_of_a_quartic_unit_with_the_known_bias_of_the_step(J2, J4, kT):
    onsite, h = Quartic(J2, J4), 0.01
    x = independent_units(onsite, kT, n_runs=4000, t_final=5.0, dt=h)
    samples = np.stack([x**2, x**4], axis=1)
    assert agrees(samples, even_moments(onsite, kT, h))
    assert not agrees(samples, even_moments(onsite, 1.08 * kT, h))  # control: 8 % too warm
    assert not agrees(samples, even_moments(Quartic(J2, 1.2), kT, h))  # control: J4 20 % off
    if J2 == 1:  # control: the bias of the opposite scheme
        assert not agrees(samples, even_moments(onsite, kT, h, BACKWARD_EULER))


def test_variance_of_a_spring_is_that_of_the_scheme():
    k, kT, mobility, h = 4.0, 0.3, 1.5, 0.05
    x = independent_units(Quartic(k / 2, 0.0), kT, 300, t_final=3.0, dt=h, mobility=mobility)
    assert agrees(x**2, kT / k / (1 - mobility * k * h / 2))
    assert agrees(x, 0.0)
    assert not agrees(x**2, kT / k)  # controls: without the bias, and with that of backward Euler
    assert not agrees(x**2, kT / k / (1 + mobility * k * h / 2))


def fitted_order(paths, steps):
    """Slope of log(rms difference to the finest path) over log(step)."""
    errors = [np.sqrt(np.mean((path - paths[-1]) ** 2)) for path in paths[:-1]]
    return np.polyfit(np.log(steps[:-1]), np.log(errors), 1)[0]


def test_strong_order_is_one_on_a_refined_wiener_path():
    model = random_machine(8, 3)
    halvings = (0, 1, 2, 3, 8)
    steps = [0.04 / 2**level for level in halvings]

    def end(level, seed):
        dW = increments(seed, range(50), 25, 8, dt=0.04, halvings=level)
        return simulate_langevin(model, 1.0, 0.04 / 2**level, 50, increments=dW).final

    assert fitted_order([end(level, 5) for level in halvings], steps) == pytest.approx(1, abs=0.1)
    # Control: paths that don't refine each other don't converge.
    assert abs(fitted_order([end(level, 5 + level) for level in halvings], steps)) < 0.3


def test_without_noise_a_unit_slides_to_its_resting_point():
    model = EnergyModel([[0.0]], [-2.0], kT=0.1)
    runs = simulate_langevin(model, 10.0, 1e-2, increments=np.zeros((1, 1000, 1)))
    assert runs.final[0, 0] == pytest.approx(0.5897545, abs=1e-6)


def test_one_step_by_the_book():
    model = random_machine(5, 1, mobility=0.7, kT=0.3)
    x0 = np.random.default_rng(0).standard_normal((2, 5))
    dW = np.random.default_rng(1).standard_normal((2, 1, 5))
    runs = simulate_langevin(model, 0.01, 0.01, 2, x0=x0, increments=dW)
    expected = x0 + 0.7 * 0.01 * model.force(x0) + np.sqrt(2 * 0.7 * 0.3) * dW[:, 0]
    np.testing.assert_allclose(runs.final, expected, rtol=1e-14)


def test_heat_of_an_equilibrium_run_has_zero_mean():
    model = random_machine(5, 4, onsite=Quartic(2.0, 0.0))
    runs = simulate_langevin(model, 6.0, 0.005, 2000, seed=3, save_every=600)
    heat = model.heat(runs.x[:, 1], runs.x[:, 2])
    assert agrees(heat, 0.0)
    assert deviation(model.heat(runs.x[:, 0], runs.x[:, 1]), 0.0) < -LIMIT  # control: warming up


# ---- reproducibility -------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_bytes_on_any_number_of_cores(monkeypatch):
    model = random_machine(20, 2)
    results = []
    for cores in (1, 2, 5, 2):
        monkeypatch.setattr(overdamped, "available_cores", lambda cores=cores: cores)
        results.append(simulate_langevin(model, 0.2, 0.01, 150, seed=9, save_every=5).x.tobytes())
    assert len(set(results)) == 1
    assert simulate_langevin(model, 0.2, 0.01, 150, seed=10, save_every=5).x.tobytes() != results[0]


def test_a_seed_and_its_increments_give_the_same_bytes():
    model = random_machine(6, 2)
    dW = increments(4, range(70), 30, 6, dt=0.01)
    a = simulate_langevin(model, 0.3, 0.01, 70, seed=4)
    b = simulate_langevin(model, 0.3, 0.01, 70, increments=dW)
    assert np.array_equal(a.x, b.x)


def test_a_run_has_its_own_noise_whatever_the_number_of_runs():
    model = random_machine(6, 2)
    few, many = (simulate_langevin(model, 0.3, 0.01, n, seed=4).final for n in (3, 100))
    np.testing.assert_allclose(few, many[:3], rtol=1e-12)


def test_sparse_machines_follow_the_paths_of_dense_ones():
    dense, sparse = (random_machine(10, 7, density=0.3, sparse=s) for s in (False, True))
    a, b = (simulate_langevin(m, 0.5, 0.01, 5, seed=1).final for m in (dense, sparse))
    np.testing.assert_allclose(a, b, rtol=1e-10)


@pytest.mark.parametrize(
    ("save_every", "steps"),
    [(None, [0, 10]), (1, range(11)), (3, [0, 3, 6, 9, 10]), (10, [0, 10]), (50, [0, 10])],
)
def test_kept_states_are_those_of_the_whole_path(save_every, steps):
    model, x0 = random_machine(4, 0), np.full((2, 4), 0.3)
    whole = simulate_langevin(model, 0.1, 0.01, 2, seed=1, x0=x0, save_every=1)
    runs = simulate_langevin(model, 0.1, 0.01, 2, seed=1, x0=x0, save_every=save_every)
    assert np.array_equal(runs.x, whole.x[:, list(steps)])
    np.testing.assert_allclose(runs.t, 0.01 * np.array(steps))
    assert np.array_equal(runs.x[:, 0], x0)


def test_arguments_are_left_alone():
    x0, dW = np.zeros((1, 1)), np.ones((1, 5, 1))
    simulate_langevin(spring(), 0.5, 0.1, x0=x0, increments=dW)
    assert not x0.any()
    assert np.all(dW == 1)


# ---- refusals --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"dt": 0.0}, ConfigError, r"dt is 0\.0; it must be a number above 0"),
        ({"dt": np.nan}, ConfigError, r"dt is nan"),
        ({"t_final": -1.0}, ConfigError, r"t_final is -1\.0; it must be a number above 0"),
        ({"t_final": np.inf}, ConfigError, r"t_final is inf"),
        ({"dt": 0.03}, ConfigError, r"0\.1 is 3\.33333 steps of dt = 0\.03; choose dt so that"),
        ({"dt": 1.0}, ConfigError, r"t_final = 0\.1 is 0\.1 steps"),
        ({"save_every": 0}, ConfigError, r"save_every is 0; it must be None or at least 1"),
        ({"n_trajectories": 0}, DataError, r"n_trajectories is 0; give a whole number from 1"),
        ({"x0": np.zeros((2, 3))}, DataError, r"x0 has shape \(2, 3\); this run needs \(2, 4\)"),
        ({"x0": np.full((2, 4), np.nan)}, DataError, r"x0\[0, 0\] is nan; give finite numbers"),
        ({"x0": "left"}, DataError, r"x0 must hold real numbers only"),
        (
            {"increments": np.zeros((2, 9, 4))},
            DataError,
            r"increments has shape \(2, 9, 4\); this run needs \(2, 10, 4\)",
        ),
        (
            {"increments": np.where(np.arange(80).reshape(2, 10, 4) == 46, np.inf, 0)},
            DataError,
            r"increments\[1, 1, 2\] is inf",
        ),
        ({"seed": -3}, ConfigError, r"seed must be a whole number >= 0, not -3"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(arguments, error, words):
    fine = {"t_final": 0.1, "dt": 0.01, "n_trajectories": 2}
    with pytest.raises(error, match=words):
        simulate_langevin(random_machine(4, 0), **(fine | arguments))


def test_a_step_that_is_too_long_is_reported_with_the_run_and_a_remedy():
    model = EnergyModel(np.zeros((3, 3)), np.zeros(3), Quartic([1, 1, 50], [1, 1, 500]))
    x0 = np.zeros((2, 3))
    x0[1, 2] = 3.0
    with pytest.raises(SimulationError, match=r"run 1 overflowed at dt = 0\.1; .* a tenth"):
        simulate_langevin(model, 5.0, 0.1, 2, x0=x0, increments=np.zeros((2, 50, 3)))
