import numpy as np
import pytest

from hwkit.ordering import (
    cleared,
    falling,
    largest,
    largest_of_rows,
    ranks,
    rising,
    smallest,
    whole,
)


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
    assert largest([1.0, 1.0 + 1e-7]) == 1
    assert largest([1.0, 1.0 + 1e-9]) == 0
    assert smallest([1.0, 1.0 - 1e-9]) == 0
    assert rising([2e-9, 1e-9, 1.0]).tolist() == [0, 1, 2]
    assert rising([2e-9, 1e-9, 1.0], size=0.01).tolist() == [1, 0, 2]
    assert largest([1e-20, 2e-20]) == 1


def test_what_is_no_number_comes_last():
    values = [np.nan, 1.0, np.inf, -np.inf, np.nan, np.inf]
    assert rising(values).tolist() == [3, 1, 2, 5, 0, 4]
    assert falling(values).tolist() == [2, 5, 1, 3, 0, 4]
    assert largest(values) == 2
    assert smallest(values) == 3
    assert smallest([np.nan, np.nan]) == 0


def test_a_chain_of_neighbours_has_a_first_but_not_a_largest():
    chain = 1 + 0.9e-8 * np.arange(10)
    assert set(ranks(chain)) == {0}
    assert largest(chain) == 8  # the first within TIE of the largest itself


def test_each_row_has_its_own_largest():
    rows = np.array([[1.0, 3.0, 3.0], [np.nan, -1e-12, 0.0], [5.0, -np.inf, np.inf], [np.nan] * 3])
    for seed in range(20):
        noise = 1 + 1e-14 * np.random.default_rng(seed).uniform(-1, 1, rows.shape)
        assert largest_of_rows(rows * noise).tolist() == [1, 2, 2, 0]
        assert largest_of_rows(rows[:1] * noise[:1]).tolist() == [largest(rows[0] * noise[0])]


def test_halves_go_to_the_smaller_magnitude_whatever_their_last_digits_are():
    halves = np.arange(-20, 20) + 0.5
    wanted = np.where(halves > 0, halves - 0.5, halves + 0.5)
    plain = set()
    for seed in range(20):
        noisy = halves * (1 + 1e-14 * np.random.default_rng(seed).uniform(-1, 1, halves.size))
        np.testing.assert_array_equal(whole(noisy), wanted)
        plain.add(tuple(np.round(noisy)))
    assert len(plain) > 1  # the control


def test_other_numbers_go_to_the_nearest_whole_one():
    values = np.random.default_rng(2).uniform(-1000, 1000, 10_000)
    np.testing.assert_array_equal(whole(values), np.round(values))
    np.testing.assert_array_equal(whole([0.0, 7.0, -7.0]), [0.0, 7.0, -7.0])
    assert not np.signbit(whole(0.2))
    assert np.isnan(whole(np.nan))


def test_what_is_rounding_beside_the_largest_of_all_is_0():
    J, b = cleared(np.array([[0.0, 2e-10], [1e-3, -1.0]]), np.array([1e-13, -2e-8]))
    assert J.tolist() == [[0.0, 0.0], [1e-3, -1.0]]
    assert b.tolist() == [0.0, -2e-8]
    assert cleared(np.zeros(3))[0].tolist() == [0.0] * 3
