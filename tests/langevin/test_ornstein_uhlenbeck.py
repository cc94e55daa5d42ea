import numpy as np
import pytest

from hwkit import DataError, simulate_langevin, simulate_ornstein_uhlenbeck
from hwkit.langevin import stationary_covariance
from tests.machines import random_machine, spring, springs
from tests.statistics import agrees


def center(model):
    return -np.linalg.solve(model.hessian(np.zeros(model.n_units)), model.b)


def products(a, b):
    return a[:, :, None] * b[:, None, :]


def test_the_stationary_covariance_is_kt_over_the_hessian():
    model = springs(kT=0.2)
    hessian = model.hessian(np.zeros(3))
    np.testing.assert_allclose(stationary_covariance(model) @ hessian, 0.2 * np.eye(3), atol=1e-14)


def test_the_lagged_covariance_decays_with_the_hessian():
    model, lag, h = springs(mobility=1.7), 0.4, 1e-5
    hessian = model.hessian(np.zeros(3))
    slope = (stationary_covariance(model, lag + h) - stationary_covariance(model, lag - h)) / (
        2 * h
    )
    expected = -1.7 * hessian @ stationary_covariance(model, lag)
    np.testing.assert_allclose(slope, expected, rtol=1e-7)
    assert np.array_equal(stationary_covariance(model, -lag), stationary_covariance(model, lag))


def test_samples_have_the_exact_distribution_at_any_step():
    model, lag = springs(kT=0.2, mobility=1.3), 0.3
    runs = simulate_ornstein_uhlenbeck(model, 24 * lag, lag, 20_000, seed=2, save_every=1)
    first, second = runs.x[:, -2] - center(model), runs.x[:, -1] - center(model)
    assert agrees(second, np.zeros(3))
    assert agrees(products(second, second), stationary_covariance(model))
    assert agrees(products(second, first), stationary_covariance(model, lag))
    # Controls: no biases; 5 % too warm; another lag's distribution; Euler-Maruyama with this step.
    assert not agrees(runs.x[:, -1], np.zeros(3))
    assert not agrees(products(second, second), 1.05 * stationary_covariance(model))
    assert not agrees(products(second, first), stationary_covariance(model, 1.1 * lag))
    rough = simulate_langevin(model, 24 * lag, lag, 20_000, seed=2).final - center(model)
    assert not agrees(products(rough, rough), stationary_covariance(model))


def test_one_step_from_a_given_state_has_the_transient_distribution():
    model, t = springs(), 0.35
    x0 = np.array([1.0, -2.0, 0.5])
    x = simulate_ornstein_uhlenbeck(model, t, t, 20_000, 3, np.tile(x0, (20_000, 1))).final
    full = stationary_covariance(model)
    decay = stationary_covariance(model, t) @ np.linalg.inv(full)
    mean = center(model) + decay @ (x0 - center(model))
    assert agrees(x, mean)
    assert agrees(products(x - mean, x - mean), full - decay @ full @ decay.T)
    assert not agrees(x, mean + 0.02)  # control


def test_a_spring_by_the_book():
    k, kT, t = 2.0, 0.1, 0.4
    x = simulate_ornstein_uhlenbeck(spring(k, kT), t, t, 50_000, seed=1).final[:, 0]
    assert agrees(x**2, kT / k * (1 - np.exp(-2 * k * t)))
    assert not agrees(x**2, kT / k)  # control: not yet at rest


def test_euler_maruyama_tends_to_the_exact_distribution_with_its_step():
    model = springs()
    x = simulate_langevin(model, 4.0, 0.02, 20_000, seed=8).final - center(model)
    hessian = model.hessian(np.zeros(3))
    corrected = stationary_covariance(model) @ np.linalg.inv(np.eye(3) - 0.02 * hessian / 2)
    assert agrees(products(x, x), corrected)


def test_the_same_seed_gives_the_same_bytes_and_kept_states():
    a, b = (simulate_ornstein_uhlenbeck(springs(), 1.0, 0.1, 4, 5, save_every=3) for _ in range(2))
    assert a.x.tobytes() == b.x.tobytes()
    assert a.t.tolist() == pytest.approx([0, 0.3, 0.6, 0.9, 1.0])
    assert not a.x[:, 0].any()


@pytest.mark.parametrize(
    "use", [stationary_covariance, lambda m: simulate_ornstein_uhlenbeck(m, 1)]
)
def test_a_quartic_machine_is_refused(use):
    with pytest.raises(DataError, match=r"holds for J4 = 0 only; use simulate_langevin"):
        use(random_machine(3, 0))
