import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwkit import ConfigError, DataError
from hwkit.training import normalized_patterns, unit_fields


@given(st.integers(0, 2**32 - 1), st.floats(-50, 50), st.floats(0.01, 50))
def test_patterns_get_zero_mean_and_unit_variance_whatever_their_scale(seed, shift, scale):
    pixels = np.random.default_rng(seed).random((3, 20))
    patterns = normalized_patterns(pixels)
    np.testing.assert_allclose(patterns.mean(axis=1), 0, atol=1e-12)
    np.testing.assert_allclose((patterns**2).mean(axis=1), 1)
    np.testing.assert_allclose(normalized_patterns(shift + scale * pixels), patterns, atol=1e-6)


@pytest.mark.parametrize(
    ("patterns", "words"),
    [
        ([[1, 2, 3], [4, 4, 4]], r"pattern 1 is constant, too large or not finite"),
        ([[1, 2, np.nan]], r"pattern 0 is constant, too large or not finite"),
        ([[1e308, -1e308, 1]], r"pattern 0 is constant, too large or not finite"),
        ([[np.inf, 2, 1]], r"pattern 0 is constant, too large or not finite"),
        ([1, 2, 3], r"patterns have shape \(3,\); give one row of pixels per pattern"),
        ([[]], r"patterns have shape \(1, 0\)"),
        ("0 1 2", r"patterns must hold real numbers only"),
    ],
)
def test_patterns_that_cannot_be_normalised_are_refused(patterns, words):
    with pytest.raises(DataError, match=words):
        normalized_patterns(patterns)


def test_repeated_pixels_wrap_around():
    visible = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    fields = unit_fields(visible, 5)
    assert fields.tolist() == [[1, 2, 3, 1, 2, 3, 1, 2], [4, 5, 6, 4, 5, 6, 4, 5]]
    assert np.array_equal(unit_fields(visible, 0), visible)


def test_a_random_projection_is_linear_fixed_by_its_seed_and_of_unit_variance():
    visible = normalized_patterns(np.random.default_rng(0).random((2, 64)))
    fields = unit_fields(visible, 4000, "projection", projection_seed=3)
    assert np.array_equal(fields[:, :64], visible)
    assert np.array_equal(unit_fields(visible, 4000, "projection", 3), fields)
    assert not np.allclose(unit_fields(visible, 4000, "projection", 4), fields)
    total = unit_fields(visible.sum(axis=0, keepdims=True), 4000, "projection", 3)
    np.testing.assert_allclose(total[0], fields.sum(axis=0), atol=1e-12)
    code = fields[0, 64:]
    assert abs(code.mean()) < 4 / np.sqrt(4000)
    assert abs(code.var() - 1) < 4 * np.sqrt(2 / 4000)


def test_unknown_codes_are_refused():
    with pytest.raises(ConfigError, match=r"hidden field 'echo' is unknown; choose 'repeat' or"):
        unit_fields(np.ones((1, 3)), 2, "echo")
    with pytest.raises(ConfigError, match=r"n_hidden is -1; it must be 0 or more"):
        unit_fields(np.ones((1, 3)), -1)
