import math

import pytest

from hwkit.units import BOLTZMANN, engineering


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1e-12, "1 pF"),
        (2.5e-6, "2.5 uF"),
        (-3.3e4, "-33 kF"),
        (1.0, "1 F"),
        (0.0, "0 F"),
        (999.4, "999 F"),
        (1e-18, "1 aF"),
        (1e-20, "0.01 aF"),
        (5e13, "5e+04 GF"),
        (math.inf, "inf F"),
    ],
)
def test_engineering_notation(value, text):
    assert engineering(value, "F") == text


def test_rounding_up_to_a_thousand_moves_to_the_next_prefix():
    assert engineering(999.9e-9, "s") == "1 us"


def test_boltzmann_constant_is_the_exact_si_value():
    assert BOLTZMANN == 1.380649e-23
