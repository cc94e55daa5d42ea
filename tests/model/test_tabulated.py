import pickle

import numpy as np
import pytest

from hwkit import Cosh, DataError, EnergyModel, Quartic, Tabulated, load_model, save_model
from hwkit.model import clamp_units, load_parameters, save_parameters


def table(onsite, points=201, reach=2.0, wall=1.0):
    x = np.linspace(-reach, reach, points)
    return Tabulated(x, onsite.slope(x), wall)


@pytest.mark.parametrize("onsite", [Quartic(), Cosh(1.0, 3.0), Quartic(-1.0, 1.0)])
def test_a_fine_table_is_the_curve_it_was_taken_from(onsite):
    x = np.linspace(-1.9, 1.9, 777)
    found = table(onsite, 2001)
    scale = np.max(np.abs(onsite.slope(x)))
    np.testing.assert_allclose(found.slope(x), onsite.slope(x), atol=1e-5 * scale)
    np.testing.assert_allclose(found.energy(x), onsite.energy(x), atol=1e-5 * scale)
    np.testing.assert_allclose(
        found.curvature(x), onsite.curvature(x), atol=5e-3 * np.max(onsite.curvature(x))
    )


def test_the_error_falls_with_the_third_power_of_the_spacing_or_faster():
    x, onsite = np.linspace(-1.5, 1.5, 500), Cosh(1.0, 2.0)
    errors = [np.max(np.abs(table(onsite, n).slope(x) - onsite.slope(x))) for n in (51, 101, 201)]
    assert errors[0] / errors[1] > 7
    assert errors[1] / errors[2] > 7


def test_a_rising_table_never_falls():
    x = np.array([-1.0, -0.5, -0.4, 0.0, 0.1, 1.0])
    onsite = Tabulated(x, [-9.0, -8.9, -1.0, 0.0, 5.0, 5.1])
    assert np.all(np.diff(onsite.slope(np.linspace(-3, 3, 5000))) >= 0)


def test_derivatives_hold_inside_and_beyond_the_table():
    onsite, h = table(Cosh(1.0, 2.0), reach=1.0, wall=0.7), 1e-5
    x = np.array([[-1.8, -0.73], [0.211, 1.4]])
    slope = (onsite.energy(x + h) - onsite.energy(x - h)) / (2 * h)
    np.testing.assert_allclose(onsite.slope(x), slope, rtol=1e-6)
    curvature = (onsite.slope(x + h) - onsite.slope(x - h)) / (2 * h)
    np.testing.assert_allclose(onsite.curvature(x), curvature, rtol=1e-5)
    assert onsite.energy(np.zeros(1)) == 0
    assert onsite.covers(x).tolist() == [[False, True], [True, False]]


def test_beyond_the_table_stands_the_wall():
    onsite = table(Quartic(1.0, 0.0), reach=1.0, wall=0.5)
    assert onsite.slope(np.array(3.0)) == pytest.approx(2 * 3.0 + 4 * 0.5 * 2.0**3)
    assert table(Quartic(1.0, 0.0), reach=1.0, wall=0.0).slope(np.array(3.0)) == pytest.approx(6.0)
    assert onsite.confining(2).tolist() == [True, True]
    assert not table(Quartic(), wall=0.0).confining(1)[0]


def test_it_serves_any_number_of_units_and_goes_through_files(tmp_path):
    onsite = table(Cosh(1.0, 3.0), 41)
    model = EnergyModel([[0.0, 5.0, 0.0], [5.0, 0.0, 0.1], [0.0, 0.1, 0.0]], np.ones(3), onsite)
    save_model(model, tmp_path / "model.npz")
    save_parameters(model, tmp_path / "model.txt")
    x = np.linspace(-3, 3, 7)
    others = [
        load_model(tmp_path / "model.npz"),
        load_parameters(tmp_path / "model.txt"),
        pickle.loads(pickle.dumps(model)),
    ]
    for back in others:
        assert isinstance(back.onsite, Tabulated)
        assert np.array_equal(back.onsite.slope(x), onsite.slope(x))
    assert clamp_units(model, {1: 0.5}).onsite is onsite


@pytest.mark.parametrize(
    ("x", "slopes", "wall", "words"),
    [
        ([-1.0, 0.0, 1.0], [-1.0, 0.0, 1.0], 1.0, r"of shape \(3,\) .* at least 4"),
        ([-1.0, 0.0, 1.0, 2.0], [-1.0, 0.0, 1.0], 1.0, r"give the same number of each"),
        ([-1.0, 0.0, 0.0, 1.0], [-1.0, 0.0, 0.0, 1.0], 1.0, r"point 2 .* sort the points by x"),
        ([0.0, 1.0, 2.0, 3.0], [0.0, 1.0, 2.0, 3.0], 1.0, r"points on both sides of 0"),
        ([-1.0, 0.0, 1.0, 2.0], [-1.0, np.nan, 1.0, 2.0], 1.0, r"point 1 .* slopes nan"),
        ([-1.0, 0.0, 1.0, 2.0], [-1.0, 0.0, 1.0, 2.0], -1.0, r"wall is -1.0; .* at least 0"),
    ],
)
def test_what_is_no_curve_is_refused(x, slopes, wall, words):
    with pytest.raises(DataError, match=words):
        Tabulated(x, slopes, wall)
