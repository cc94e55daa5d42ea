import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwkit import DesignError
from hwkit.circuit.preferred import preferred, series_values


@pytest.mark.parametrize("series", ["E12", "E24", "E48", "E96", "E192"])
def test_a_series_has_its_number_of_values(series):
    values = series_values(series)
    assert len(values) == len(set(values)) == int(series[1:])
    assert values == tuple(sorted(values))
    assert values[0] == 1.0
    assert values[-1] < 10


def test_values_of_the_standard():
    assert series_values("E12") == (1.0, 1.2, 1.5, 1.8, 2.2, 2.7, 3.3, 3.9, 4.7, 5.6, 6.8, 8.2)
    assert {1.05, 2.26, 4.87, 9.53} <= set(series_values("E48"))
    assert {1.02, 4.99, 9.76} <= set(series_values("E96"))
    assert {9.20, 9.88} <= set(series_values("E192"))
    assert set(series_values("E48")) < set(series_values("E96")) < set(series_values("E192"))


def test_values_are_snapped_by_ratio_with_their_sign():
    snapped = preferred([4.6e-12, -101.0, 0.0, 9.9e3, 1.095], "E12")
    assert snapped.tolist() == [4.7e-12, -100.0, 0.0, 1e4, 1.0]


@given(st.floats(1e-15, 1e12), st.sampled_from(["E12", "E24", "E48", "E96", "E192"]), st.booleans())
def test_snapping_errs_by_half_a_step_at_most_and_stays(value, series, negative):
    signed = -value if negative else value
    [snapped] = preferred([signed], series)
    ladder = np.array([*series_values(series), 10.0])
    widest = np.max(ladder[1:] / ladder[:-1])
    assert abs(np.log(snapped / signed)) <= np.log(widest) / 2 * (1 + 1e-9)
    assert preferred([snapped], series)[0] == snapped


def test_an_unknown_series_is_refused():
    with pytest.raises(DesignError, match="'E6' of preferred values is unknown; choose one of E12"):
        preferred([1.0], "E6")
