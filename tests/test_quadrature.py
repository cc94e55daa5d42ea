"""The reference values that other tests lean on, against the literature."""

import numpy as np
import pytest

from hwkit import Quartic
from tests.quadrature import BACKWARD_EULER, averages, even_moments


@pytest.mark.parametrize(
    ("J2", "J4", "kT", "second", "fourth"),
    [
        (1, 1, 1.0, 0.233960, 0.133020),
        (1, 1, 0.1, 0.040878, 0.004561),
        (0, 1, 1.0, 0.337989, 0.25),
        (-1, 1, 0.1, 0.435681, 0.242841),
    ],
)
def test_moments_of_a_quartic_unit(J2, J4, kT, second, fourth):
    x2, x4 = even_moments(Quartic(J2, J4), kT)
    assert x2 == pytest.approx(second, abs=5e-7)
    assert x4 == pytest.approx(fourth, abs=5e-7)
    assert 2 * J2 * x2 + 4 * J4 * x4 == pytest.approx(kT)  # virial


def test_first_order_bias_of_a_spring():
    k, kT, h = 3.0, 0.2, 1e-3
    spring = Quartic(k / 2, 0.0)
    assert even_moments(spring, kT, h)[0] == pytest.approx(kT / k * (1 + k * h / 2))
    assert even_moments(spring, kT, h, BACKWARD_EULER)[0] == pytest.approx(kT / k * (1 - k * h / 2))


def test_a_force_shifts_the_mean_of_a_spring():
    [mean] = averages([lambda x: x], Quartic(1.0, 0.0), 0.3, force=1.5)
    assert mean == pytest.approx(0.75)
    assert averages([np.ones_like], Quartic(), 0.3) == [pytest.approx(1.0)]
