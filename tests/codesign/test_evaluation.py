import numpy as np
import pytest

from hwkit import Cosh, DataError
from hwkit.codesign import Generation, board_quality, on_hardware, paired_difference, recovery
from hwkit.model import DriftMachine, EnergyModel
from tests.statistics import deviation


def test_boards_generate_on_common_noise_and_failures_count(trained):
    board = DriftMachine.of(trained.model)
    lost = DriftMachine(1e4 * board.J, board.b, board.onsite, n_visible=64)
    found = board_quality(
        [board, board, lost, on_hardware(trained.model, Cosh(), None)],
        trained.patterns,
        Generation(t_final=2.5, dt=5e-3, samples=64, seed=2),
    )
    assert found.share[0] == found.share[1] > 0.85
    assert found.share[2] == 0
    assert found.class_shares[2].sum() < 0.5
    np.testing.assert_allclose(found.class_shares[0].sum(), 1.0)
    assert found.share[3] > 0.5


def test_a_paired_difference_leaves_out_what_boards_share():
    rng = np.random.default_rng(0)
    plain = rng.random(20)
    better = plain + 0.1 + 0.01 * rng.standard_normal(20)
    found = paired_difference(plain, better)
    assert found.low < 0.1 < found.high
    assert found.high - found.low < 0.02
    assert found.mean / found.stderr == pytest.approx(deviation(better - plain, 0.0))
    with pytest.raises(DataError, match="the same two or more boards"):
        paired_difference(plain, better[:3])


def test_intervals_cover_as_often_as_they_say():
    rng = np.random.default_rng(1)
    hits = 0
    for _ in range(400):
        found = paired_difference(np.zeros(6), 0.3 + rng.standard_normal(6))
        hits += found.low < 0.3 < found.high
    assert 0.92 < hits / 400 < 0.98


def test_recovery_is_the_part_of_a_loss_that_is_won_back():
    found = recovery(np.array([1.0, 1.0, 0.8]), np.array([0.5, 1.0, 0.6]), np.array([0.9, 1, 0.9]))
    assert found[0] == pytest.approx(0.8)
    assert np.isnan(found[1])
    assert found[2] == pytest.approx(1.5)


def test_an_energy_model_of_no_couplings_shows_nothing(trained):
    nothing = EnergyModel(np.zeros((128, 128)), np.zeros(128), n_visible=64)
    found = board_quality(
        [DriftMachine.of(nothing)], trained.patterns, Generation(dt=5e-3, samples=32)
    )
    assert found.share[0] == 0
