"""Family silicon's mirrors and converters, without a simulator: codes, wiring, mismatch, area."""

from dataclasses import replace

import numpy as np
import pytest

import hwkit
from hwkit import DesignError, NetlistError
from hwkit.circuit import Scale, SiliconOptions, compile_model, family_options, mismatched
from hwkit.circuit.cells.silicon.mirrors import UNIT
from hwkit.circuit.codes import CodedCurrents
from hwkit.model import DriftMachine
from hwkit.netlist import render, render_subcircuits
from hwkit.validation.silicon import stuck_leg

SCALE = Scale(0.131, 2e-6, 2e-12)
BITS = 6


def machine(weak=0.4):
    J = np.array([[0, 0.8, 0], [-0.6, 0, 1.1], [0, weak, 0]])
    return DriftMachine(J, np.array([0.2, 0.0, -0.1]), hwkit.Quartic())


def compiled(**options):
    return compile_model(machine(), "silicon", SCALE, SiliconOptions(**options))


@pytest.fixture(scope="module")
def ideal():
    return compiled()


@pytest.fixture(scope="module")
def design():
    return compiled(bias="mirrors")


def test_the_reference_is_the_only_current_source_left(design, ideal):
    sources = [parts for parts in design.parts if parts.kind == "current"]
    assert [parts.role for parts in sources] == ["reference"]
    assert sources[0].values.tolist() == [ideal.group("replica-bias").values[0]]
    assert {parts.kind for parts in design.parts} == {"capacitor", "voltage", "current", "noise"}


@pytest.mark.parametrize("bits", [3, 6, 8])
def test_codes_are_the_nearest_to_what_was_asked_for(bits, ideal):
    made = compiled(bias="mirrors", dac_bits=bits)
    asked = {
        "tail-bias": ideal.group("tail-bias").values,
        "unit-bias": ideal.group("bias").values + ideal.group("offset-correction").values,
    }
    for coded in made.coded[1:]:
        error = np.abs(coded.values - asked[coded.role])
        limit = 0.5 * coded.step * (1 + 1e-9)
        if coded.role == "unit-bias":
            limit += 0.05 * 2 * made.coded[1].step  # offsets of two rounded tail currents
        assert np.max(error) <= limit
        if bits < 8:  # there the smallest step is larger than what the range asks for
            assert np.max(np.abs(coded.codes)) > 0.8 * (2**bits - 1)


def test_more_bits_than_steps_are_refused():
    with pytest.raises(DesignError, match=r"code 9 does not fit 3 bits, which end at 7"):
        CodedCurrents("tail-bias", np.array([9]), 1e-9, 3)
    assert CodedCurrents.nearest("x", np.array([-20e-9, 2.6e-9]), 1e-9, 3).codes.tolist() == [-7, 3]


def test_legs_are_on_where_the_code_has_a_bit(design):
    groups = {group.role: group for group in design.transistors}
    for line, role, sign in (
        ("tails", "tail-bias", 1), ("raise", "unit-bias", -1), ("lower", "unit-bias", 1)
    ):  # fmt: skip
        coded = next(each for each in design.coded if each.role == role)
        legs = [groups[f"{line}-leg-{bit}"] for bit in range(BITS)]
        on = [(leg.nodes[:, 1] != leg.nodes[:, 3]) * leg.copies for leg in legs]
        assert np.sum(on, axis=0).tolist() == np.maximum(sign * coded.codes, 0).tolist()
        assert [leg.copies for leg in legs] == [1, 2, 4, 8, 16, 32]
        assert {(leg.width, leg.length) for leg in legs} == {UNIT}


def test_a_leg_has_the_area_of_its_unit_devices_and_their_mean_mismatch(design):
    groups = {group.role: group for group in design.transistors}
    largest = groups["tails-leg-5"]
    assert largest.area == pytest.approx(4 * 32 * UNIT[0] * UNIT[1])
    spread = {
        bit: np.std(
            [
                mismatched((groups[f"tails-leg-{bit}"],), design.process, 1, board)[0].threshold
                for board in range(200)
            ]
        )
        for bit in (0, 4)
    }
    expected = design.process.mismatch["pfet_03v3"].sigmas(*np.array(UNIT)[:, None])[0][0]
    assert spread[0] == pytest.approx(expected, rel=0.1)
    assert spread[4] == pytest.approx(expected / 4, rel=0.1)


def test_boards_keep_a_legs_mismatch_when_codes_change(design):
    other = stuck_leg(design, "tails", 0, 5)
    drawn = [mismatched(each.transistors, each.process, 3, 7) for each in (design, other)]
    for one, same in zip(*drawn, strict=True):
        assert np.array_equal(one.threshold, same.threshold)


def test_a_stuck_leg_is_one_gate_and_turns_back(design):
    stuck = stuck_leg(design, "tails", 2, 5)
    changed = [
        np.argwhere(a.nodes != b.nodes).tolist()
        for a, b in zip(design.transistors, stuck.transistors, strict=True)
        if not np.array_equal(a.nodes, b.nodes)
    ]
    assert changed == [[[2, 1]]]
    again = stuck_leg(stuck, "tails", 2, 5)
    pairs = zip(design.transistors, again.transistors, strict=True)
    assert all(np.array_equal(a.nodes, b.nodes) for a, b in pairs)
    with pytest.raises(DesignError, match="converter is 9; line 'tails' has 4"):
        stuck_leg(design, "tails", 9, 5)


def test_couplings_below_half_a_step_are_left_out_with_a_remark():
    options = SiliconOptions(bias="mirrors", dac_bits=3)
    made = compile_model(machine(0.03), "silicon", SCALE, options)
    assert made.currents("tail-bias").size == 3
    assert any("1 couplings are below half a step" in remark for remark in made.remarks)
    finer = compile_model(machine(0.03), "silicon", SCALE, replace(options, dac_bits=8))
    assert finer.currents("tail-bias").size == 4


def test_the_report_counts_mirrors_converters_and_capacitors(design, ideal):
    whole, plain = design.realisability, ideal.realisability
    legs = (4 + 2 * 3) * 63 * UNIT[0] * UNIT[1]
    assert whole.gate_area > plain.gate_area + legs
    assert whole.power > plain.power
    assert plain.capacitor_area == pytest.approx((2e-9 + 3 * 1.97e-12) / 2e-3, rel=1e-3)
    assert "at 2 fF/um^2, decoupling included" in whole.describe()
    assert "4 currents of 6 bits, step" in str(design.summary().facts)


def test_what_is_beyond_the_range_is_one_sentence():
    strong = DriftMachine(9 * machine().J, np.zeros(3), hwkit.Quartic())
    with pytest.raises(DesignError, match=r"beyond the .* of a converter of 2 bits") as caught:
        compile_model(strong, "silicon", SCALE, SiliconOptions(bias="mirrors", dac_bits=2))
    assert ". " not in str(caught.value)
    for wrong, part in (({"bias": "dac"}, "bias is 'dac'"), ({"dac_bits": 11}, "give 2 to 8")):
        with pytest.raises(DesignError, match=part):
            SiliconOptions(**wrong)


def test_options_by_name_take_whole_numbers():
    assert family_options("silicon", {"dac_bits": "5"}).dac_bits == 5
    with pytest.raises(DesignError, match=r"dac_bits is '5\.5'; it must be a whole number"):
        family_options("silicon", {"dac_bits": "5.5"})


def test_netlists_say_what_they_cannot_hold(design):
    with pytest.raises(NetlistError, match="devices in parallel are not written for dialect"):
        render(design, "vacask", noise="none")
    with pytest.raises(NetlistError, match="no subcircuit has transistors"):
        render_subcircuits(design)
    text = render(design, noise="none").text
    assert "Mtails_leg_5_2 " in text
    assert text.count(" m=32") == 4 + 2 * 3
    assert " m=" not in render(compiled(), noise="none").text
