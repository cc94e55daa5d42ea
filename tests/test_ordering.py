import numpy as np
import pytest

from hwkit.ordering import falling, largest, ranks, rising, smallest


def tied(seed):
    """Twelve values, four of them three times, each with last digits of its own."""
    values = np.repeat([2.5, -1.0, 0.3, 4.0], 3)[np.random.default_rng(0).permutation(12)]
    noise = np.random.default_rng(seed).uniform(-1, 1, 12)
    return values, values * (1 + 1e-14 * noise)


@pytest.mark.parametrize("choose", [ranks, rising, falling, smallest, largest])
def test_last_digits_decide_nothing(choose):
    exact, _ = tied(0)
    for seed in range(50):
        np.testing.assert_array_equal(choose(tied(seed)[1]), choose(exact))


def test_without_it_last_digits_do_decide():  # the control
    assert len({int(np.argmax(tied(seed)[1])) for seed in range(50)}) > 1
    assert len({tuple(np.argsort(tied(seed)[1], kind="stable")) for seed in range(50)}) > 1


def test_values_apart_are_sorted_as_they_are():
    values = np.random.default_rng(1).standard_normal(1000)
    np.testing.assert_array_equal(rising(values), np.argsort(values))
    np.testing.assert_array_equal(falling(values), np.argsort(-values))
    assert largest(values) == np.argmax(values)
    assert smallest(values) == np.argmin(values)


def test_a_difference_that_counts_is_none_of_rounding():
    assert largest([1.0, 1.0 + 1e-8]) == 1
    assert largest([1.0, 1.0 + 1e-10]) == 0
    assert smallest([1.0, 1.0 - 1e-10]) == 0
    assert largest([1e-20, 2e-20]) == 1


def test_what_is_no_number_comes_last():
    values = [np.nan, 1.0, np.inf, -np.inf, np.nan, np.inf]
    assert rising(values).tolist() == [3, 1, 2, 5, 0, 4]
    assert falling(values).tolist() == [2, 5, 1, 3, 0, 4]
    assert largest(values) == 2
    assert smallest(values) == 3
    assert smallest([np.nan, np.nan]) == 0
