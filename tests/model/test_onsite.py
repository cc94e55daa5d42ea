import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwkit import DataError, Quartic

numbers = st.floats(-3, 3)


@given(J2=numbers, J4=st.floats(0, 3), x=numbers)
def test_quartic_by_the_book(J2, J4, x):
    onsite, x = Quartic(J2, J4), np.array([x])
    assert onsite.energy(x) == pytest.approx(J2 * x**2 + J4 * x**4)
    assert onsite.slope(x) == pytest.approx(2 * J2 * x + 4 * J4 * x**3)
    assert onsite.curvature(x) == pytest.approx(2 * J2 + 12 * J4 * x**2)


def test_slope_and_curvature_are_derivatives():
    onsite = Quartic([-1.0, 2.0], [0.5, 0.0])
    x, h = np.array([[0.3, -1.2], [2.0, 0.0]]), 1e-5
    slope = (onsite.energy(x + h) - onsite.energy(x - h)) / (2 * h)
    np.testing.assert_allclose(onsite.slope(x), slope, rtol=1e-8, atol=1e-8)
    curvature = (onsite.slope(x + h) - onsite.slope(x - h)) / (2 * h)
    np.testing.assert_allclose(onsite.curvature(x), curvature, rtol=1e-8, atol=1e-8)


def test_the_default_is_the_papers():
    assert Quartic().J2 == 1
    assert Quartic().J4 == 1


def test_only_a_quartic_term_confines():
    assert Quartic(1.0, [0.0, 1e-9, 2.0]).confining(3).tolist() == [False, True, True]
    assert Quartic(-5.0, 1.0).confining(2).tolist() == [True, True]


@pytest.mark.parametrize(("J4", "unit"), [(-0.1, 0), ([1.0, 0.0, -2.0], 2)])
def test_a_negative_quartic_term_is_refused(J4, unit):
    with pytest.raises(
        DataError, match=rf"J4 of unit {unit} is .* unbounded below; J4 must be >= 0"
    ):
        Quartic(1.0, J4)


@pytest.mark.parametrize("name", ["J2", "J4"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_parameters_must_be_finite(name, value):
    with pytest.raises(DataError, match=rf"{name} of unit 1 is {value}; give a finite number"):
        Quartic(**{name: [1.0, value]})


@pytest.mark.parametrize("name", ["J2", "J4"])
def test_parameters_are_numbers_or_one_per_unit(name):
    with pytest.raises(DataError, match=rf"{name} must be a number or one number per unit"):
        Quartic(**{name: np.ones((2, 2))})
    for value in ("strong", 1j, [1.0, "x"], object()):
        with pytest.raises(DataError, match=rf"{name} must hold real numbers only"):
            Quartic(**{name: value})
