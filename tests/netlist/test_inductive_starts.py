"""What inductors carry at the start must be the start flux of their meters: else it is a bias."""

import re

import numpy as np
import pytest

from hwkit import NetlistError, compile_model, extract_model, render
from tests.machines import family_machine

START = np.array([0.4, -0.3])
REFUSED = "what the inductors carry at the start"


@pytest.fixture
def text():
    design = compile_model(family_machine("rlc", 2, 3), "rlc")
    return render(design, noise="pwl", t_final=0.03, dt=0.01, x0=START).text


def as_inductor_starts(text):
    """Write the start currents as `ic=` of the inductors, in place of sources."""
    for unit, ampere in re.findall(r"^Istart(\d+) .* (\S+)$", text, re.MULTILINE):
        text = re.sub(rf"^(L{unit} .*)$", rf"\1 ic={ampere}", text, flags=re.MULTILINE)
    return re.sub(r"^Istart.*\n", "", text, flags=re.MULTILINE)


def test_the_netlists_own_starts_are_no_bias(text):
    back = extract_model(text)
    assert back.b == pytest.approx(family_machine("rlc", 2, 3).b, abs=1e-9)
    assert np.array_equal(extract_model(as_inductor_starts(text)).b, back.b)


def test_meters_that_start_beside_inductors_without_currents_are_refused(text):
    with pytest.raises(NetlistError, match=REFUSED):
        extract_model(re.sub(r"^Istart.*\n", "", text, flags=re.MULTILINE))


def test_inductors_that_start_beside_meters_at_rest_are_refused(text):
    still = re.sub(r"^\.ic.*\n", "", text, flags=re.MULTILINE)
    with pytest.raises(NetlistError, match=REFUSED):
        extract_model(still)
    with pytest.raises(NetlistError, match=REFUSED):
        extract_model(as_inductor_starts(still))
    quiet = re.sub(r"^Istart.*\n", "", still, flags=re.MULTILINE)
    assert extract_model(quiet).b == pytest.approx(family_machine("rlc", 2, 3).b, abs=1e-9)


def test_a_reversed_inductor_starts_with_a_reversed_current(text):
    own = as_inductor_starts(text)
    turned = re.sub(r"^L0 (\S+) 0 (\S+) ic=(\S+)$", r"L0 0 \1 \2 ic={-(\3)}", own, flags=re.M)
    assert turned != own
    turned = re.sub(r"^(K.* )(\S+)$", r"\1{-(\2)}", turned, flags=re.M)
    assert extract_model(turned).b == pytest.approx(extract_model(own).b)


def test_an_lc_cell_with_a_start_current_is_refused():
    design = compile_model(family_machine("spu", 2, 3), "spu")
    text = render(design, noise="none", t_final=0.03, dt=0.01).text
    extract_model(text)
    with pytest.raises(NetlistError, match="neither a bias nor currents at the start"):
        extract_model(re.sub(r"^(L0 .*)$", r"\1 ic=1u", text, flags=re.MULTILINE))
