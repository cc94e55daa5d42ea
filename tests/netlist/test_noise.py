"""The noise that a netlist states is the temperature of the machine that is read from it."""

import pytest

from hwkit import NetlistError, compile_model, extract_model, render
from hwkit.circuit import with_fault
from tests.machines import random_machine, same_machine
from tests.netlist.reader.test_lines import MACHINE

SIZE = 8.94427190999916e-07  # kT = 0.1 at 2.5 ns


def noisy(*sources):
    return extract_model("t\n" + MACHINE + "\n".join(sources) + "\n.end\n")


def trnoise(size=SIZE):
    return f"trnoise({size!r} 2.5e-09 0 0)"


@pytest.mark.parametrize(
    "source", ["{0} dc 3e-7", "dc 3e-7 {0}", "3e-7 {0}", "{0} ac 1 dc 3e-7", "dc=3e-7 {0}"]
)
def test_a_source_of_bias_and_noise_is_both_in_any_order(source):
    model = noisy(f"In0 0 x0 {source.format(trnoise())}", f"In1 0 x1 {trnoise()}")
    assert model.b == pytest.approx([0.1 - 3.0, -0.2])
    assert model.kT == 0.1


def test_a_bare_number_behind_the_noise_is_refused():
    with pytest.raises(NetlistError, match=r"'3e-7' after a waveform is not read; write dc 3e-7"):
        noisy(f"In0 0 x0 {trnoise()} 3e-7", f"In1 0 x1 {trnoise()}")


def test_noise_of_another_strength_is_another_temperature():
    near = noisy(*(f"In{i} 0 x{i} {trnoise(1.01 * SIZE)}" for i in (0, 1)))
    assert near.kT == pytest.approx(0.1 * 1.01**2)
    for other in (trnoise(2 * SIZE), "external"):
        with pytest.raises(NetlistError, match=r"kT = 0\.4, but hwkit_kt is 0\.1; correct one"):
            noisy(f"In0 0 x0 {trnoise(2 * SIZE)}", f"In1 0 x1 {other}")
    assert noisy(f"In0 0 x0 {trnoise()}", "In1 0 x1 external").kT == 0.1
    with pytest.raises(NetlistError, match="'x1' has no noise, but other units have"):
        noisy(f"In0 0 x0 {trnoise()}")
    assert noisy("In0 0 x0 external", "In1 0 x1 external").kT == 0.1
    split = (f"I{i}{k} 0 x{i} {trnoise(SIZE / 2**0.5)}" for i in (0, 1) for k in "ab")
    assert noisy(*split).kT == 0.1  # sources of one node add in power


def test_noise_of_two_temperatures_is_no_machine():
    with pytest.raises(NetlistError, match="a machine has one temperature"):
        noisy(f"In0 0 x0 {trnoise()}", f"In1 0 x1 {trnoise(1.01 * SIZE)}")
    with pytest.raises(NetlistError, match="between 'x0' and 'x1' joins two units"):
        noisy(f"In0 x0 x1 {trnoise()}")


@pytest.mark.parametrize("cell", ["rc", "resistive"])
def test_hwkit_s_own_noise_is_of_its_own_temperature(cell):
    from hwkit import Cosh, Scale

    onsite = {} if cell == "rc" else {"onsite": Cosh.from_quartic(1.0, 1.0)}
    model = random_machine(4, 1, **onsite)
    design = compile_model(model, cell, Scale(0.0896))
    assert same_machine(model, extract_model(render(design).text), rtol=1e-9)
    hot = extract_model(render(with_fault(design, "temperature")).text)
    assert hot.kT == pytest.approx(1.1 * model.kT, rel=1e-9)
