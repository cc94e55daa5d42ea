import numpy as np
import pytest

from hwkit import Cosh, DataError, Quartic, simulate_langevin
from hwkit.langevin import simulate_drift_machines
from hwkit.model import DriftMachine, Saturating
from hwkit.wiener import NoiseStream
from tests.machines import random_machine


@pytest.mark.parametrize("sparse", [False, True])
def test_ideal_boards_follow_the_ideal_machine_on_the_same_noise(sparse):
    model = random_machine(30, 1, density=0.05 if sparse else 1.0)
    others = random_machine(30, 2)
    x0 = np.random.default_rng(0).standard_normal((70, 30))
    ideal = simulate_langevin(model, 0.5, 0.01, 70, seed=3, x0=x0, save_every=10)
    boards = [DriftMachine.of(model), DriftMachine.of(others)]
    found = simulate_drift_machines(boards, 0.5, 0.01, 70, 3, x0, save_every=10)
    np.testing.assert_allclose(found[0], ideal.x, atol=1e-12)
    assert np.max(np.abs(found[1] - ideal.x)) > 0.1  # control: another board


def test_steps_are_those_of_the_scheme():
    rng = np.random.default_rng(1)
    J = rng.standard_normal((3, 3)) * ~np.eye(3, dtype=bool)
    board = DriftMachine(J, rng.standard_normal(3), Cosh(1.0, 2.0), Saturating(2.0), 0.3, 1.5)
    found = simulate_drift_machines([board], 0.05, 0.01, 2, 7, save_every=1)[0]
    stream = NoiseStream(7, range(2), 3)
    x = np.zeros((2, 3))
    for k in range(5):
        x = x + 1.5 * 0.01 * board.force(x) + np.sqrt(2 * 1.5 * 0.3 * 0.01) * stream.at(k)
        np.testing.assert_allclose(found[:, k + 1], x, atol=1e-12)


def test_a_run_that_overflows_is_nan_and_the_others_go_on():
    board = DriftMachine(np.zeros((1, 1)), [0.0], Quartic())
    x = simulate_drift_machines([board], 0.2, 0.01, 2, 0, [[1e3], [0.1]])[0, :, -1, 0]
    assert np.isnan(x[0])
    assert np.isfinite(x[1])


def test_boards_must_be_of_one_size():
    boards = [DriftMachine(np.zeros((n, n)), np.zeros(n), Quartic()) for n in (1, 2)]
    with pytest.raises(DataError, match=r"boards have \[1, 2\] units"):
        simulate_drift_machines(boards, 1.0)
    with pytest.raises(DataError, match="at least one"):
        simulate_drift_machines([], 1.0)
