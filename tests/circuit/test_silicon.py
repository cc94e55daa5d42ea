"""Family silicon without a simulator: sizes, wiring, refusals."""

import numpy as np
import pytest

import hwkit
from hwkit import DesignError
from hwkit.circuit import Scale, SiliconOptions, assess_families, compile_model
from hwkit.circuit.cells.silicon.curves import directions
from hwkit.circuit.cells.silicon.pair import fit_pair
from hwkit.circuit.cells.silicon.sizes import choose_pair, coupling_table
from hwkit.circuit.variation.drawing import Drawing
from hwkit.model import DriftMachine
from hwkit.netlist import bill_of_materials, render, render_kicad, render_veriloga
from hwkit.twin import simulate_boards

SCALE = Scale(0.131, 1e-6, 2e-12)


def machine(J12=0.8, J21=-0.6):
    return DriftMachine(np.array([[0, J12], [J21, 0]]), np.array([0.2, 0.0]), hwkit.Quartic())


@pytest.fixture(scope="module")
def design():
    return compile_model(machine(), "silicon", SCALE)


def test_a_unit_is_two_transistors_and_a_coupling_six(design):
    assert design.n_transistors == 2 * 2 + 2 + 2 * 6
    assert design.realisability.n_transistors == 18
    assert "18, " in design.realisability.describe()


def test_the_scale_decides_sizes_and_currents():
    small, large = (choose_pair(0.131, ampere) for ampere in (1e-7, 4e-7))
    assert large.sizes.onsite_n[0] / small.sizes.onsite_n[0] == pytest.approx(4, rel=0.1)
    assert large.sizes.bias_ampere / small.sizes.bias_ampere == pytest.approx(4, rel=0.05)
    assert choose_pair(0.125, 1e-7).sizes.bias_ampere < small.sizes.bias_ampere * 1.05
    assert small.odd < 0.01
    assert small.even < 0.01


def test_couplings_have_the_sign_and_tail_asked_for(design):
    table = coupling_table()
    for positive, J in ((True, 0.8), (False, 0.6)):
        driven, driving, tails = directions(design, positive)
        assert (driven.tolist(), driving.tolist()) == (([0], [1]) if positive else ([1], [0]))
        siemens = np.interp(tails, table.tail, table.siemens)
        assert siemens == pytest.approx(J * SCALE.siemens, rel=0.02)


def test_capacitors_make_room_for_the_transistors(design):
    built = design.group("capacitor").values
    assert np.all(built < SCALE.farad)
    assert np.all(built > 0.95 * SCALE.farad)


def test_offsets_of_couplings_are_taken_out(design):
    correction = design.group("offset-correction").values
    tails = [directions(design, sign)[2][0] for sign in (True, False)]
    assert correction == pytest.approx(0.042 * np.array(tails), rel=0.1)


def bad_inputs():
    quartic, J = hwkit.Quartic(), np.array([[0.0, 0.5], [0.5, 0.0]])
    model = hwkit.EnergyModel(J, [0, 0], quartic)
    weak = hwkit.EnergyModel(1e-3 * J, [0, 0], quartic)
    dense = hwkit.EnergyModel(0.5 * (1 - np.eye(60)), np.zeros(60), quartic)
    cosh = hwkit.EnergyModel(J, [0, 0], hwkit.Cosh(1.0, 2.0))
    spring = hwkit.EnergyModel(J, [0, 0], hwkit.Quartic(1, 0))
    return {
        "V0 from": lambda: compile_model(model, "silicon", Scale(0.3, 1e-6, 2e-12)),
        "I0 from": lambda: compile_model(model, "silicon", Scale(0.131, 1e-9, 2e-12)),
        "outside the extracted range": lambda: compile_model(weak, "silicon", SCALE),
        "too much for C": lambda: compile_model(dense, "silicon", Scale(0.131, 2.5e-7, 5e-13)),
        "not 'cosh'": lambda: compile_model(cosh, "silicon", SCALE),
        "J2 > 0 and J4 > 0": lambda: compile_model(spring, "silicon", SCALE),
        "corner 'tt' is unknown": lambda: SiliconOptions(corner="tt"),
        "the models are for -40 to 125": lambda: SiliconOptions(celsius=300.0),
        "decoupling_farad is -1": lambda: SiliconOptions(decoupling_farad=-1.0),
        "takes family silicon": lambda: compile_model(machine(), "rc"),
    }


@pytest.mark.parametrize("part", bad_inputs())
def test_bad_input_is_one_sentence(part):
    with pytest.raises(DesignError, match=part) as caught:
        bad_inputs()[part]()
    assert ". " not in str(caught.value)


def test_what_knows_no_transistors_says_so(design):
    for call in (
        lambda: list(bill_of_materials(design)),
        lambda: render_kicad(design),
        lambda: render_veriloga(design),
        lambda: simulate_boards(design, 0.1, 0.01),
        lambda: hwkit.circuit.with_fault(design, "dead node"),
        lambda: Drawing(design, None, 0),
    ):
        with pytest.raises(DesignError, match=r"transistors|directed|unknown"):
            call()
    with pytest.raises(hwkit.NetlistError, match="transistors"):
        render(design, dialect="ltspice")


def test_a_directed_machine_has_no_energy(design):
    with pytest.raises(DesignError, match="directed couplings"):
        _ = design.model


def test_remarks_say_what_does_not_come_out_as_asked():
    model = hwkit.EnergyModel(np.zeros((2, 2)), [0, 0])
    options = SiliconOptions(decoupling_farad=0.0)
    remarks = compile_model(model, "silicon", Scale(0.1, 1e-6, 1e-12), options).remarks
    assert any("not within 1 %" in remark for remark in remarks)
    assert any("couple through them" in remark for remark in remarks)
    assert compile_model(model, "silicon", SCALE).remarks == ()


def test_families_are_compared_with_silicon():
    model = hwkit.EnergyModel([[0, 0.5], [0.5, 0]], [0, 0])
    assert assess_families(model, SCALE)[-1].cell == "silicon"
    assert assess_families(model, SCALE)[-1].realisable


def test_the_fit_finds_the_quartic_it_is_given():
    volts = np.linspace(-0.3, 0.3, 241)
    x = volts / 0.13
    fit = fit_pair(volts, 2e-7 * (2 * x + 4 * x**3 + 0.05 * x**2))
    assert fit.volt == pytest.approx(0.13, rel=1e-4)
    assert fit.ampere == pytest.approx(2e-7, rel=1e-3)
    assert fit.odd < 1e-4
    assert fit.even == pytest.approx(0.05 * 1.2**2 / (2.4 + 4 * 1.2**3), rel=1e-3)
