import numpy as np
import pytest

from hwkit import Cosh, DataError, Quartic
from hwkit.codesign import Inferred, infer_from_gradients, infer_from_paths
from hwkit.langevin import simulate_drift_machines
from hwkit.model import DriftMachine, Saturating
from tests.statistics import LIMIT

N, DT = 5, 5e-3
MASK = ~np.eye(N, dtype=bool)


def a_board(seed=0, transfer=None, onsite=None):
    rng = np.random.default_rng(seed)
    J = MASK * rng.standard_normal((N, N))
    return DriftMachine(J, rng.standard_normal(N), onsite or Quartic(), transfer, 0.5, 1.3)


def record(board, runs, seed=1):
    return simulate_drift_machines([board], 5.0, DT, runs, seed, save_every=1)[0]


def infer(board, paths, prior=None):
    return infer_from_paths(
        paths, DT, MASK, board.onsite, board.kT, board.mobility, board.transfer, prior
    )


@pytest.mark.parametrize("transfer", [None, Saturating(1.5)])
@pytest.mark.parametrize("onsite", [Quartic(), Cosh(1.0, 2.0)])
def test_paths_tell_couplings_and_biases_within_their_errors(transfer, onsite):
    board = a_board(3, transfer, onsite)
    found = infer(board, record(board, 20))
    z = np.append((found.J - board.J)[MASK] / found.J_stderr[MASK],
                  (found.b - board.b) / found.b_stderr)  # fmt: skip
    assert np.max(np.abs(z)) < LIMIT
    assert 0.6 < np.sqrt(np.mean(z**2)) < 1.4
    transposed = (found.J - board.J.T)[MASK] / found.J_stderr[MASK]
    assert np.max(np.abs(transposed)) > LIMIT  # control: another board


def test_errors_fall_with_the_root_of_the_length_and_have_no_bias():
    errors, z = [], []
    for seed in range(12):
        board = a_board(seed)
        paths = record(board, 40, seed)
        short, long = infer(board, paths[:10]), infer(board, paths)
        errors.append([np.std((found.J - board.J)[MASK]) for found in (short, long)])
        z.append(((long.J - board.J)[MASK] / long.J_stderr[MASK]).mean() * np.sqrt(MASK.sum()))
        ratio = short.J_stderr[MASK] / long.J_stderr[MASK]
        assert np.all((ratio > 1.7) & (ratio < 2.4))
    short, long = np.mean(errors, axis=0)
    assert short / long == pytest.approx(2.0, abs=0.25)
    assert abs(np.mean(z) * np.sqrt(12)) < LIMIT


def test_currents_tell_them_exactly():
    board = a_board(2, Saturating(2.0))
    states = np.random.default_rng(0).standard_normal((40, N))
    found = infer_from_gradients(states, -board.force(states), MASK, board.onsite, board.transfer)
    np.testing.assert_allclose(found.J, board.J, atol=1e-10)
    np.testing.assert_allclose(found.b, board.b, atol=1e-10)
    noisy = -board.force(states) + 0.1 * np.random.default_rng(1).standard_normal(states.shape)
    found = infer_from_gradients(states, noisy, MASK, board.onsite, board.transfer)
    z = (found.J - board.J)[MASK] / found.J_stderr[MASK]
    assert 0.5 < np.std(z) < 1.6


def test_absent_couplings_are_not_estimated_and_failed_runs_left_out():
    board = a_board(4)
    mask = MASK & (np.random.default_rng(0).random((N, N)) < 0.5)
    board = DriftMachine(board.J * mask, board.b, board.onsite, None, board.kT, board.mobility)
    paths = record(board, 12)
    spoilt = np.concatenate([paths, np.full((1, *paths.shape[1:]), np.nan)])
    found, again = (
        infer_from_paths(p, DT, mask, board.onsite, board.kT, board.mobility)
        for p in (paths, spoilt)
    )
    assert not found.J[~mask].any()
    assert not found.J_stderr[~mask].any()
    assert np.array_equal(found.J, again.J)


def test_a_prior_helps_short_records_and_a_width_of_zero_holds():
    board = a_board(5)
    rng = np.random.default_rng(1)
    nominal = board.J + 0.05 * MASK * rng.standard_normal((N, N))
    free = np.full(N, np.inf)
    prior = Inferred(nominal, 0 * board.b, 0.05 * MASK, free)
    paths = record(board, 2)
    alone, helped = infer(board, paths), infer(board, paths, prior)
    assert np.std((helped.J - board.J)[MASK]) < 0.5 * np.std((alone.J - board.J)[MASK])
    assert np.all(helped.J_stderr[MASK] < 0.05)
    held = infer(board, paths, Inferred(board.J, 0 * board.b, np.zeros((N, N)), free))
    assert np.array_equal(held.J, board.J)
    assert np.all(np.abs(held.b - board.b) < LIMIT * held.b_stderr)
    wide = Inferred(nominal, 0 * board.b, np.full((N, N), np.inf), free)
    np.testing.assert_allclose(infer(board, paths, wide).J, alone.J)


@pytest.mark.parametrize(
    ("paths", "mask", "words"),
    [
        (np.zeros((3, N)), MASK, r"give \(runs, steps \+ 1, units\)"),
        (np.zeros((1, 3, N)), MASK[:2], r"mask has shape \(2, 5\)"),
        (np.zeros((1, 3, N)), MASK, "2 steps or states can't tell 5 numbers of unit 0 apart"),
        (np.zeros((1, 99, N)), MASK, "don't tell the couplings of unit 0 apart"),
    ],
)
def test_paths_that_tell_nothing_are_refused(paths, mask, words):
    with pytest.raises(DataError, match=words):
        infer_from_paths(paths, DT, mask, Quartic(), 0.5)
