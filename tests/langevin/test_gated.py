import numpy as np
import pytest

from hwkit import ConfigError, SimulationError, simulate_langevin
from hwkit.langevin import simulate_gated
from hwkit.model import GatedMachine, SegmentedMachine
from hwkit.wiener import increments
from tests.langevin.test_overdamped import fitted_order
from tests.machines import random_machine
from tests.model.test_gated import N, gated, random_group


def pairwise(model):
    return GatedMachine(model.J, model.b, (), model.onsite, model.kT, model.mobility)


def test_without_experts_it_takes_the_paths_of_the_reference():
    model = random_machine(N, 3)
    run = {"t_final": 1.0, "dt": 0.01, "n_trajectories": 150, "seed": 4, "save_every": 20}
    ours, theirs = simulate_gated(pairwise(model), **run), simulate_langevin(model, **run)
    np.testing.assert_allclose(ours.x, theirs.x, atol=1e-12)
    np.testing.assert_array_equal(ours.t, theirs.t)


def test_strong_order_is_one():
    machine, halvings = gated(random_group(1), random_group(2, 5)), (0, 1, 2, 3, 7)
    steps = [0.02 / 2**level for level in halvings]

    def end(level, seed):
        dW = increments(seed, range(50), 25, N, dt=0.02, halvings=level)
        return simulate_gated(machine, 0.5, 0.02 / 2**level, 50, increments=dW).final

    assert fitted_order([end(level, 5) for level in halvings], steps) == pytest.approx(1, abs=0.15)
    assert abs(fitted_order([end(level, 5 + level) for level in halvings], steps)) < 0.3  # control


def test_segments_take_turns():
    parts = [gated(random_group(k), seed=k) for k in range(3)]
    dW = increments(2, range(5), 30, N, dt=0.01)
    whole = simulate_gated(SegmentedMachine(parts), 0.3, 0.01, 5, increments=dW).final
    x = np.zeros((5, N))
    for k, part in enumerate(parts):
        own = dW[:, 10 * k : 10 * (k + 1)]
        x = simulate_gated(part, 0.1, 0.01, 5, increments=own, x0=x).final
    np.testing.assert_array_equal(whole, x)
    backwards = simulate_gated(SegmentedMachine(parts[::-1]), 0.3, 0.01, 5, increments=dW).final
    assert np.max(np.abs(backwards - whole)) > 1e-3  # control


def test_runs_do_not_depend_on_how_many_there_are():
    machine = gated(random_group(1, sharpness=5.0))
    few = simulate_gated(machine, 0.2, 0.01, 130, seed=1).final
    many = simulate_gated(machine, 0.2, 0.01, 300, seed=1).final
    np.testing.assert_array_equal(few[:128], many[:128])


def test_segments_that_do_not_divide_the_steps_are_refused():
    with pytest.raises(ConfigError, match="3 segments don't divide the 10 steps"):
        simulate_gated(SegmentedMachine([gated()] * 3), 0.1, 0.01)


def test_an_overflow_is_reported():
    machine = GatedMachine(-400 * np.eye(N), np.ones(N), (), gated().onsite)
    with pytest.raises(SimulationError, match="the step is too long"):
        simulate_gated(machine, 20.0, 1.0)
