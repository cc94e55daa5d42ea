"""Input offsets of amplifiers: the same circuit however they are asked for."""

import numpy as np
import pytest

import hwkit
from hwkit.circuit import ResistiveOptions, compile_model
from hwkit.circuit.variation import Spread, Variation
from hwkit.circuit.variation.distributions import Normal
from hwkit.circuit.variation.drawing import Drawing
from hwkit.twin import Boards, bind
from hwkit.twin.field import field_of
from tests.machines import family_machine

STATES = np.random.default_rng(1).uniform(-1, 1, (4, 3))
OFFSET = Spread("offset", "converter.offset", Normal(1e-3), relative=False)


@pytest.fixture(scope="module")
def machine():
    return family_machine("resistive", 3, 2)


def currents(design, values=None):
    boards = Boards({name: row[None] for name, row in (values or {}).items()}, 1)
    return field_of(bind(design), boards, STATES)[0][0]


def test_an_offset_needs_no_bandwidth_and_is_a_current_of_each_unit(machine):
    ideal = compile_model(machine, "resistive")
    off = compile_model(machine, "resistive", options=ResistiveOptions(amplifier_offset=1e-3))
    assert not off.has("amplifier-gain")
    ohm = -ideal.group("converter").values
    np.testing.assert_allclose(off.group("amplifier-offset").values, -2e-3 / ohm)
    assert np.abs(currents(off) - currents(ideal)).max() == pytest.approx(2e-3 / ohm.min())


def test_a_board_with_offsets_is_the_design_that_was_compiled_with_them(machine):
    ideal = compile_model(machine, "resistive")
    drawing = Drawing(ideal, Variation((OFFSET,)), 3)
    values, volts = drawing.board(0), drawing.deviations(OFFSET, 0)["converter.offset"]
    assert set(values) == {"bias"}
    by_hand = 2 * volts / ideal.group("converter").values
    np.testing.assert_allclose(values["bias"], ideal.group("bias").values + by_hand)
    options = ResistiveOptions(amplifier_offset=float(volts[0]))
    compiled = compile_model(machine, "resistive", options=options)
    first = ideal.terminals[0, 0]
    np.testing.assert_allclose(
        currents(ideal, values)[:, first], currents(compiled)[:, first], rtol=1e-9
    )


def test_offsets_of_amplifiers_with_a_bandwidth_move_their_inputs(machine):
    design = compile_model(machine, "resistive", options=ResistiveOptions(gain_bandwidth=1e9))
    drawing = Drawing(design, Variation((OFFSET,)), 3)
    volts = drawing.deviations(OFFSET, 0)["converter.offset"]
    np.testing.assert_allclose(drawing.board(0)["amplifier-offset"], -1e-3 * volts)


def test_a_board_without_a_source_for_offsets_says_what_to_compile(machine):
    design = compile_model(machine, "resistive", options=ResistiveOptions(bias="resistor"))
    with pytest.raises(hwkit.ConfigError, match="compile with bias = 'current', or with an ampl"):
        Drawing(design, Variation((OFFSET,)), 3).board(0)


def test_a_relative_offset_of_0_volts_is_refused(machine):
    design = compile_model(machine, "resistive")
    relative = Spread("offset", "converter.offset", Normal(1e-3))
    with pytest.raises(hwkit.ConfigError, match="is 0 V as designed, so a relative deviation"):
        Drawing(design, Variation((relative,)), 3)
