"""Times of a machine: known for an Ornstein-Uhlenbeck process, and how they scale."""

import numpy as np
import pytest

import hwkit
from hwkit.fidelity.speed import crossing, memory_time, power_law, recognition_time


def test_the_memory_of_a_spring_is_one_over_its_rate():
    spring = hwkit.EnergyModel(np.zeros((2, 2)), np.zeros(2), hwkit.Quartic(1.0, 0.0), kT=0.1)
    runs = hwkit.simulate_langevin(spring, 200.0, 0.02, 40, seed=3, save_every=1)
    value, error = memory_time(runs, settle=5.0)
    expected = 0.02 / -np.log(1 - 2 * 0.02)  # of Euler-Maruyama's chain
    assert error < 0.02
    assert abs(value - expected) < 4 * error
    assert abs(value - 1.2 * expected) > 4 * error  # a spring of another rate is told apart


def test_runs_that_are_too_short_are_refused():
    t, x = np.arange(50.0), np.ones((3, 50, 2))
    with pytest.raises(hwkit.DataError, match="too short"):
        memory_time(hwkit.Trajectories(t, x), 0.0)
    with pytest.raises(hwkit.DataError, match="can't time"):
        memory_time(hwkit.Trajectories(t, x), 48.0)


def test_the_time_of_recognition():
    pattern = np.array([[1.0, -1.0, 1.0, -1.0]])
    x = np.zeros((3, 4, 4))
    x[0, 1:] = x[1, 3:] = pattern
    mean, error, n = recognition_time(hwkit.Trajectories(np.arange(4.0), x), pattern)
    assert (mean, error, n) == (2.0, 1.0, 2)
    with pytest.raises(hwkit.DataError, match="takes two"):
        recognition_time(hwkit.Trajectories(np.arange(4.0), x[2:]), pattern)


def test_a_power_law_and_where_it_crosses():
    factors = [1.0, 2.0, 4.0]
    exponent, error = power_law(factors, [8.0, 4.0, 2.0], [0.08, 0.04, 0.02])
    assert exponent == pytest.approx(-1.0)
    assert error == pytest.approx(0.01 / np.sqrt(2) / np.log(2))
    assert crossing(factors, [0.01, -0.02, 0.04], 0.03) == pytest.approx(3.0, rel=0.02)
    assert crossing(factors, [0.01, 0.02, 0.04], 0.05) == np.inf
    assert crossing(factors, [0.1, 0.2, 0.4], 0.05) == 1.0
