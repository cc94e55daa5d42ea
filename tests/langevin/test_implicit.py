import numpy as np
import pytest

from hwkit import Cosh, EnergyModel, Quartic, SimulationError, Tabulated, simulate_langevin
from hwkit.langevin import simulate_backward_euler, simulate_semi_implicit
from hwkit.wiener import increments
from tests.implicit import backward_euler, semi_implicit
from tests.machines import random_machine
from tests.quadrature import BACKWARD_EULER, even_moments
from tests.statistics import agrees

POINTS = np.linspace(-3, 3, 301)
TABLE = Tabulated(POINTS, Cosh(1.0, 2.0).slope(POINTS))
SCHEMES = [(simulate_backward_euler, backward_euler), (simulate_semi_implicit, semi_implicit)]


@pytest.mark.parametrize(("simulate", "reference"), SCHEMES)
@pytest.mark.parametrize("sparse", [False, True])
def test_states_are_those_of_a_solve_run_by_run(simulate, reference, sparse):
    model = random_machine(5, 3, sparse=sparse, mobility=1.4, kT=0.3)
    dW, x0 = increments(2, range(3), 20, 5, 0.02), np.random.default_rng(0).standard_normal((3, 5))
    runs = simulate(model, 0.4, 0.02, 3, increments=dW, x0=x0, save_every=1)
    np.testing.assert_allclose(runs.x, reference(model, dW, 0.02, x0), atol=1e-12)
    seeded = simulate(model, 0.4, 0.02, 3, seed=2, x0=x0, save_every=5)
    np.testing.assert_allclose(seeded.x, runs.x[:, ::5], atol=1e-13)


@pytest.mark.parametrize("simulate", [simulate for simulate, _ in SCHEMES])
@pytest.mark.parametrize("onsite", [Quartic(), Cosh(1.0, 2.5), TABLE])
def test_paths_tend_to_those_of_euler_maruyama_with_order_one(simulate, onsite):
    model = random_machine(6, 1, onsite=onsite)
    errors = []
    for halvings in (0, 1, 2):
        h, dW = 0.02 / 2**halvings, increments(5, range(20), 40, 6, 0.02, halvings)
        explicit = simulate_langevin(model, 0.8, h, 20, increments=dW).final
        errors.append(np.std(simulate(model, 0.8, h, 20, increments=dW).final - explicit))
    order = -np.polyfit([0, 1, 2], np.log2(errors), 1)[0]
    assert order == pytest.approx(1, abs=0.1)


def test_moments_have_the_bias_of_backward_euler():
    h, units = 0.02, 50
    model = EnergyModel(np.zeros((units, units)), np.zeros(units), Quartic(), 0.1)
    x = simulate_semi_implicit(model, 3.0, h, 2000, seed=1).final.ravel()
    samples = np.stack([x**2, x**4], axis=1)
    assert agrees(samples, even_moments(Quartic(), 0.1, h, BACKWARD_EULER))
    assert not agrees(samples, even_moments(Quartic(), 0.1))  # controls
    assert not agrees(samples, even_moments(Quartic(), 0.1, h))


def test_a_kick_too_large_to_solve_for_is_reported():
    for simulate, _ in SCHEMES:
        with pytest.raises(SimulationError, match=r"did not converge in 50 iter.* a shorter dt"):
            simulate(random_machine(2, 0), 0.1, 0.1, increments=np.full((1, 1, 2), 1e30))
    diodes = random_machine(2, 0, onsite=Cosh())
    with pytest.raises(SimulationError, match=r"did not converge"):
        simulate_semi_implicit(diodes, 0.1, 0.1, increments=np.full((1, 1, 2), 1e30))
