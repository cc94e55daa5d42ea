import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwkit import DesignError, Scale
from hwkit.units import BOLTZMANN

positive = st.floats(1e-15, 1e3)


def test_derived_units():
    scale = Scale(volt=0.2, second=1e-6, farad=3e-12)
    assert scale.siemens == pytest.approx(3e-6)
    assert scale.ampere == pytest.approx(6e-7)
    assert scale.joule == pytest.approx(1.2e-13)


def test_the_worked_example():
    """1 pF, 0.1 V, kT = 0.1: 7.24e7 K."""
    scale = Scale(volt=0.1, second=1e-6, farad=1e-12)
    assert scale.noise_temperature(0.1) == pytest.approx(7.24e7, rel=1e-3)
    assert scale.noise_psd(0.1) == pytest.approx(4 * 0.1 * 1e-14 * 1e-6)


@given(positive, positive, positive, st.floats(1e-3, 10))
def test_the_noise_is_that_of_a_resistor_at_the_noise_temperature(volt, second, farad, kT):
    """Johnson noise of 1/G0: one-sided 4 k_B T G0."""
    scale = Scale(volt, second, farad)
    johnson = 4 * BOLTZMANN * scale.noise_temperature(kT) * scale.siemens
    assert scale.noise_psd(kT) == pytest.approx(johnson, rel=1e-12)


@given(positive, positive, positive, st.floats(1e-3, 10), st.floats(0.1, 5))
def test_a_spring_has_the_model_s_variance_in_volts(volt, second, farad, kT, k):
    """White noise S (two-sided S/2) into g || C gives <v^2> = (S/2) / (2 g C), and x = v / V0."""
    scale = Scale(volt, second, farad)
    variance = scale.noise_psd(kT) / 4 / (k * scale.siemens * farad)
    assert variance / volt**2 == pytest.approx(kT / k, rel=1e-12)


@pytest.mark.parametrize("name", ["volt", "second", "farad"])
@pytest.mark.parametrize("value", [0.0, -1e-3, np.nan, np.inf])
def test_a_scale_that_is_no_size_is_refused(name, value):
    with pytest.raises(DesignError, match=rf"scale: {name} is .*; it must be a number above 0"):
        Scale(**{name: value})


def test_people_read_engineering_notation():
    text = "V0 = 100 mV, tau = 1 us, C = 1 pF, G0 = 1 uS, I0 = 100 nA"
    assert Scale().describe() == text
