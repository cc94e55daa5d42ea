"""Boards of the foundry's mismatch, measured: their machines have the drift of the transistors."""

import numpy as np
import pytest

import hwkit
from hwkit.circuit import Scale, compile_model
from hwkit.model import DriftMachine, Tabulated
from hwkit.spice.silicon import curves_of
from hwkit.validation.silicon import (
    Generation,
    ideal_paths,
    machine_drift,
    mismatch_board,
    path_error,
    start_states,
    transistor_paths,
)
from hwkit.validation.silicon.measured import measured_machines

pytestmark = pytest.mark.spice

SCALE = Scale(0.131, 2e-6, 2e-12)
STATES = np.random.default_rng(3).uniform(-1.2, 1.2, (12, 3))


@pytest.fixture(scope="module")
def boards():
    J = np.array([[0, 0.8, 0], [-0.6, 0, 1.1], [0, 0.4, 0]])
    machine = DriftMachine(J, np.array([0.2, 0.0, -0.1]), hwkit.Quartic())
    design = compile_model(machine, "silicon", SCALE)
    return [design, *(mismatch_board(design, 5, board) for board in range(2))]


@pytest.fixture(scope="module")
def machines(boards):
    told = []
    onsite = curves_of(boards[0]).onsite_energy(SCALE)
    found = measured_machines(boards, onsite, lambda done, total: told.append((done, total)))
    assert told == [(1, 3), (2, 3), (3, 3)]
    return found


def test_a_measured_machine_has_the_drift_of_its_board(boards, machines):
    own = [machine_drift(*each, STATES) for each in zip(boards, machines, strict=True)]
    other = [machine_drift(board, machines[0], STATES) for board in boards[1:]]
    print(own, other, machines[0].functions.shape)
    assert max(own) < 1e-3
    assert min(other) > 20 * max(own)
    assert np.array_equal(machines[0].functions, machines[2].functions)
    assert not np.any(machines[1].weights[:, 2, 0])  # no coupling there
    assert np.all(np.any(machines[1].weights[:, [0, 1, 1, 2], [1, 0, 2, 1]], axis=0))


def test_paths_of_a_board_follow_its_machine(boards, machines):
    generation = Generation(1.25, 1e-2, 4)
    starts = start_states(machines[0], generation)
    real = transistor_paths(boards[2], generation, starts).x
    own, designed = (path_error(ideal_paths(machines[k], generation, starts), real) for k in (2, 0))
    print(own, designed)
    assert own < 0.01
    assert designed > 2 * own


def test_a_machine_that_is_too_large_is_refused():
    n, x = 33, np.linspace(-2.3, 2.3, 9)
    wide = compile_model(DriftMachine(np.zeros((n, n)), np.zeros(n), hwkit.Quartic()), "silicon",
                         SCALE)  # fmt: skip
    with pytest.raises(hwkit.DesignError, match=r"33 units.*at most 32"):
        measured_machines([wide], Tabulated(x, x))
