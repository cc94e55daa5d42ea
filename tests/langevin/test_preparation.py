import numpy as np
import pytest

from hwkit import Quartic, prepare_states
from hwkit.langevin import uncoupled
from tests.machines import random_machine
from tests.quadrature import even_moments
from tests.statistics import agrees


def test_couplings_and_biases_are_off_and_the_rest_stays():
    model = random_machine(5, 1, onsite=Quartic(0.5, 2.0), kT=0.3, mobility=0.4, n_visible=2)
    free = uncoupled(model)
    assert not free.pairs()[2].size
    assert not free.b.any()
    assert (free.onsite, free.kT, free.mobility, free.n_visible) == (model.onsite, 0.3, 0.4, 2)


def test_prepared_states_are_those_of_free_units():
    model = random_machine(50, 1, size=2.0)
    x = prepare_states(model, 3.0, 0.005, 1000, seed=4)
    assert x.shape == (1000, 50)
    samples = np.stack([x.ravel() ** 2, x.ravel() ** 4], axis=1)
    assert agrees(samples, even_moments(Quartic(), 0.1, 0.005))
    assert not agrees(samples, even_moments(Quartic(), 0.105, 0.005))  # control
    assert np.corrcoef(x[:, 0], x[:, 1])[0, 1] == pytest.approx(0, abs=4 / np.sqrt(1000))


def test_the_same_seed_prepares_the_same_states():
    a, b, c = (prepare_states(random_machine(4, 0), 0.5, 0.01, 3, seed) for seed in (1, 1, 2))
    assert np.array_equal(a, b)
    assert not np.array_equal(a, c)
