import numpy as np
import pytest

from hwkit import Cosh, DataError, EnergyModel, Quartic


def test_the_pair_of_diodes_by_the_book():
    onsite, x = Cosh(1.5, 2.0), np.array([-0.7, 0.0, 1.2])
    np.testing.assert_allclose(onsite.energy(x), 0.75 * (np.cosh(2 * x) - 1), rtol=1e-14)
    np.testing.assert_allclose(onsite.slope(x), 1.5 * np.sinh(2 * x), rtol=1e-15)
    np.testing.assert_allclose(onsite.curvature(x), 3 * np.cosh(2 * x), rtol=1e-15)


def test_slope_and_curvature_are_derivatives():
    onsite = Cosh([1.0, 2.0], [3.0, 0.5])
    x, h = np.array([[0.3, -1.2], [1.0, 0.0]]), 1e-5
    slope = (onsite.energy(x + h) - onsite.energy(x - h)) / (2 * h)
    np.testing.assert_allclose(onsite.slope(x), slope, rtol=1e-8, atol=1e-8)
    curvature = (onsite.slope(x + h) - onsite.slope(x - h)) / (2 * h)
    np.testing.assert_allclose(onsite.curvature(x), curvature, rtol=1e-8, atol=1e-8)


def test_matched_to_a_quartic_it_has_its_linear_and_cubic_force_and_is_steeper():
    quartic, diodes = Quartic(0.8, 1.3), Cosh.from_quartic(0.8, 1.3)
    assert diodes.r == pytest.approx(np.sqrt(12 * 1.3 / 0.8))
    x = np.array([0.01])
    assert diodes.slope(x) - 1.6 * x == pytest.approx(quartic.slope(x) - 1.6 * x, rel=1e-3)
    # At x = 1 with J2 = J4 = 1: 9.21 against 6.
    assert Cosh.from_quartic().slope(np.array(1.0)) == pytest.approx(9.21, abs=0.005)


def test_nothing_cancels_near_zero_and_nothing_warns_far_out():
    onsite = Cosh(1.0, 1.0)
    assert onsite.energy(np.array(1e-9)) == pytest.approx(1e-18, rel=1e-12)
    far = np.array([-1e4, 1e4, -np.inf, np.inf])
    assert np.all(onsite.energy(far) == np.inf)
    assert np.array_equal(onsite.slope(far), [-np.inf, np.inf, -np.inf, np.inf])
    assert np.all(onsite.curvature(far) == np.inf)


def test_it_confines_whatever_the_couplings():
    J = np.array([[0.0, 50.0], [50.0, 0.0]])
    EnergyModel(J, [0.0, 0.0], Cosh(0.1, 0.1))
    with pytest.raises(DataError, match="unbounded below"):  # control: springs do not
        EnergyModel(J, [0.0, 0.0], Quartic(0.1, 0.0))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Cosh(0.0, 1.0), r"J2 of unit 0 is 0; a pair of diodes needs a number above 0"),
        (lambda: Cosh(1.0, [1.0, -2.0]), r"r of unit 1 is -2"),
        (lambda: Cosh(1.0, np.nan), r"r of unit 0 is nan; give a finite number"),
        (lambda: Cosh.from_quartic(-1.0, 1.0), r"J2 of unit 0 is -1; .* matches a quartic"),
        (lambda: Cosh.from_quartic(1.0, 0.0), r"J4 of unit 0 is 0"),
        (lambda: EnergyModel(np.zeros((3, 3)), np.zeros(3), Cosh([1.0, 1.0], 1.0)), r"J2 has 2"),
    ],
)
def test_what_no_diodes_can_be_is_refused(make, words):
    with pytest.raises(DataError, match=words):
        make()
