import numpy as np
import pytest

from hwkit import DataError, recognise
from hwkit.training import balanced_share, normalized_patterns

PATTERNS = normalized_patterns(np.random.default_rng(0).random((3, 30)))


def test_a_pattern_is_recognised_whatever_its_scale_offset_and_hidden_part():
    states = np.hstack([0.4 * PATTERNS[[2, 0, 1, 2]] - 1.0, np.full((4, 5), 9.0)])
    found = recognise(states, PATTERNS)
    assert found.best.tolist() == [2, 0, 1, 2]
    np.testing.assert_allclose(found.correlation, 1.0)
    assert found.share == 1.0
    assert found.class_shares.tolist() == [0.25, 0.25, 0.5]


def test_correlations_are_pearsons_and_the_limit_is_strict():
    rng = np.random.default_rng(1)
    states = rng.standard_normal((200, 30)) + PATTERNS[rng.integers(0, 3, 200)]
    found = recognise(states, PATTERNS)
    table = np.corrcoef(np.vstack([states, PATTERNS]))[:200, 200:]
    np.testing.assert_allclose(found.correlation, table.max(axis=1), rtol=1e-12)
    assert np.array_equal(found.best, table.argmax(axis=1))
    assert found.share == np.mean(table.max(axis=1) > 0.7)
    assert 0 < found.share < 1


def test_a_reversed_picture_is_not_recognised():
    assert recognise(-PATTERNS, PATTERNS).share == 0.0


def test_failed_samples_count_as_not_recognised_and_match_no_class():
    states = np.vstack([PATTERNS[0], PATTERNS[1], np.full(30, np.nan), PATTERNS[1]])
    states[1, 3] = np.nan
    found = recognise(states, PATTERNS)
    assert found.best.tolist() == [0, -1, -1, 1]
    assert found.correlation[[1, 2]].tolist() == [0, 0]
    assert found.share == 0.5
    assert found.class_shares.tolist() == [0.25, 0.25, 0.0]


def test_a_constant_state_is_not_recognised():
    assert recognise(np.ones((1, 30)), PATTERNS).share == 0.0


def test_states_with_too_few_units_are_refused():
    with pytest.raises(
        DataError, match=r"states have shape \(2, 29\), but patterns have 30 pixels"
    ):
        recognise(np.zeros((2, 29)), PATTERNS)
    with pytest.raises(DataError, match=r"states have shape \(30,\)"):
        recognise(np.zeros(30), PATTERNS)


def test_a_balanced_share_takes_off_what_the_rarest_class_falls_short_of_half_of_1_over_p():
    assert balanced_share(0.9, np.array([0.3, 0.3, 0.4])) == 0.9
    assert balanced_share(0.9, np.array([0.0, 0.5])) == pytest.approx(0.65)
    assert balanced_share(0.0, np.array([0.0, 1.0])) == pytest.approx(-0.25)
