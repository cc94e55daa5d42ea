"""Boards from their records: faults named, limits, anchors, false alarms."""

from dataclasses import replace

import numpy as np
import pytest

import hwkit
from hwkit.errors import DataError
from hwkit.measured import Measurement
from hwkit.measured.calibration import calibrate_channels
from hwkit.measured.coefficients import expected
from hwkit.measured.distribution import compare_distributions
from hwkit.measured.estimated import Question
from hwkit.measured.faults import all_faults, each_applied
from hwkit.measured.judgement import judge_board
from hwkit.measured.readout import converter_step, resolved_bits
from hwkit.measured.setup import Setup
from hwkit.measured.specification import Tolerances, too_short
from hwkit.measured.wells import unvisited_wells
from tests.measured.boards import linear_states, machine, measurement, moments_of, states

MODEL = machine()
ASKED = Question(bits=12, readout=0.0)


@pytest.fixture(scope="module")
def nominal():
    return states(MODEL, 11)


def faults(x, question=ASKED, **arguments):
    return judge_board(measurement(x, **arguments), MODEL, question).faults


def test_a_board_as_intended_shows_nothing(nominal):
    board = judge_board(measurement(nominal), MODEL, ASKED)
    assert board.faults == ()
    assert board.inside is None  # nothing is specified
    z = [(row.value - row.intended) / row.stderr for row in board.quantities.rows]
    assert np.abs(z).max() < board.quantities.simultaneous(0.99)


def test_a_board_of_which_nothing_moves_is_a_sentence(nominal):
    with pytest.raises(DataError, match="no channel moves"):
        faults(0 * nominal)


def test_gaps_everywhere_are_told_as_gaps(nominal):
    x = nominal.copy()
    x.reshape(-1, x.shape[-1])[::3, 0] = np.nan
    with pytest.raises(DataError, match="samples in a row"):
        faults(x)


def test_a_coupling_of_the_wrong_sign_is_named():
    J = np.array(MODEL.J)
    J[0, 2] = J[2, 0] = -J[0, 2]
    wrong = hwkit.EnergyModel(J, MODEL.b, MODEL.onsite, MODEL.kT)
    [words] = faults(states(wrong, 12))
    assert words.startswith("coupling 0-2 has the wrong sign")


def test_a_hot_unit_is_named_and_not_its_channels_gain():
    [words] = faults(states(MODEL, 13, hot=3))
    assert words.startswith("noise of unit 3 ")
    assert "% hot" in words


def test_gain_and_offset_of_channels_are_named(nominal):
    gain, offset = np.array([1, 1.06, 1, 1]), np.array([0, 0, 0.06, 0])
    named = faults(nominal, gain=gain, offset=offset)
    assert len(named) == 2
    assert any(words.startswith("gain of channel CH2 ") for words in named)
    assert any(words.startswith("offset of channel CH3: +0.0") for words in named)


def test_pick_up_of_all_channels_is_named(nominal):
    common = 0.015 * np.random.default_rng(21).standard_normal((*nominal.shape[:2], 1))
    assert faults(nominal + common) == ("pick-up common to all channels",)


def test_a_noisy_readout_is_named_and_not_the_units_noise(nominal):
    noisy = nominal.copy()
    noisy[..., 1] += 0.05 * np.random.default_rng(5).standard_normal(nominal.shape[:2])
    [words] = faults(noisy)
    assert words.startswith("readout noise of channel CH2: 0.05")
    assert "lags by -" not in words  # which would explain it as well
    rows = judge_board(measurement(noisy), MODEL, ASKED).quantities.rows
    doubted = {row.places for row in rows if "readout" not in row.anchor}
    assert doubted == {places for row in rows if 1 in (places := row.places)}


def test_many_setups_are_expected_as_each_of_them():
    setup = Setup.of(MODEL)
    kinds = all_faults(setup, False, True)
    sizes = [0.01 * k for k in range(len(kinds))]
    moved = [fault.apply(setup, size) for fault, size in zip(kinds, sizes, strict=True)]
    together = expected(each_applied(setup, kinds, sizes))
    assert together == pytest.approx(np.array([expected(each) for each in moved]), abs=1e-14)


def test_calibration_records_take_gains_and_offsets_out(nominal):
    gain, offset = np.array([1, 1.06, 1, 1]), np.array([0, 0, 0.06, 0])
    held = measurement(nominal, calibrations=(-1.0, 1.0), gain=gain, offset=offset)
    calibration = calibrate_channels(held, np.full(4, 4 / 2**12))
    assert np.abs((calibration.gain - gain) / calibration.gain_stderr).max() < 4
    assert np.abs((calibration.offset - offset) / calibration.offset_stderr).max() < 4
    assert calibration.readout == pytest.approx(1e-4, rel=0.1)
    assert judge_board(held, MODEL, replace(ASKED, anchor="calibration")).faults == ()


def test_a_coarse_readout_is_named_by_its_bits(nominal):
    named = faults(nominal, bits=6)
    assert [words[:37] for words in named] == [
        f"readout of channel CH{k} resolves 6 bits"[:37] for k in (1, 2, 3, 4)
    ]
    assert converter_step(np.random.default_rng(0).normal(size=5000)) == 0
    assert resolved_bits(4 / 64, 4) == 6


def test_a_dead_unit_is_named_and_the_others_are_still_judged():
    J, b = np.array(MODEL.J), MODEL.b
    J[1] = J[:, 1] = 0
    x = states(hwkit.EnergyModel(J, b, MODEL.onsite, MODEL.kT), 14)
    x[..., 1] = 0.0  # shorted: the others feel it there
    assert faults(x) == ("unit 1 is dead, or its channel is",)


def test_limits_have_three_answers_and_need_an_anchor(nominal):
    def findings(tolerances, **changes):
        question = replace(ASKED, tolerances=tolerances, **changes)
        board = judge_board(measurement(nominal), MODEL, question)
        return board, {answer.finding for answer in board.answers}

    board, found = findings(Tolerances(coupling=1.0, noise=0.5))
    assert found == {"inside"}
    assert board.inside
    board, found = findings(Tolerances(coupling=1e-3))
    assert "can't tell" in found
    assert all(answer.longer > 1 for answer in board.answers if answer.finding == "can't tell")
    with pytest.raises(DataError, match="nothing fixes them"):
        findings(Tolerances(noise=0.1), anchor="none")
    with pytest.raises(DataError, match="no record fixes the gain"):
        findings(Tolerances(noise=0.1), anchor="calibration")
    with pytest.raises(DataError, match="needs an anchor that measures it"):
        findings(Tolerances(gain=0.1))
    board, _ = findings(Tolerances(), anchor="none")
    assert "gain^2 kT of unit 0" in {row.name for row in board.quantities.rows}


def test_the_intended_curve_is_an_anchor_of_quartic_machines_alone(nominal):
    asked = replace(ASKED, anchor="intended curve", tolerances=Tolerances(gain=0.5))
    board = judge_board(measurement(nominal), MODEL, asked)
    gains = [row for row in board.quantities.rows if row.kind == "gain"]
    assert all(abs(row.value - 1) < 4 * row.stderr for row in gains)
    linear = machine(J4=0.0, size=0.2)
    with pytest.raises(DataError, match="fixes no gain"):
        judge_board(measurement(linear_states(linear, 1)), linear, asked)


def test_a_short_record_says_how_much_longer_it_must_be(nominal):
    asked = replace(ASKED, wanted=0.02)
    short, long = (judge_board(measurement(nominal[:runs]), MODEL, asked) for runs in (8, 32))
    assert short.longer / long.longer == pytest.approx(4, rel=0.4)
    assert too_short(0.18, 0.1, 3.24) == (
        "this record resolves 18 % of kT; 10 % needs 3.2 times as long"
    )


def test_distributions_of_correlated_records_are_compared(nominal):
    record, same = moments_of(nominal), moments_of(states(MODEL, 15))
    assert compare_distributions(record, same)[0].p > 0.01
    hot = hwkit.EnergyModel(MODEL.J, MODEL.b, MODEL.onsite, 1.15 * MODEL.kT)
    assert compare_distributions(moments_of(states(hot, 16)), same)[0].p < 1e-3
    with pytest.raises(DataError, match="takes at least"):
        compare_distributions(moments_of(nominal[:1]), same)


def test_wells_that_are_never_visited_are_told():
    double = hwkit.EnergyModel(np.zeros((2, 2)), [0, 0], hwkit.Quartic(-2.0, 1.0), kT=0.05)
    stays = hwkit.simulate_langevin(double, 200.0, 2.5e-3, 1, 3, x0=[[1, 1]], save_every=20)
    assert unvisited_wells(double, moments_of(stays.x)) == 3
    assert unvisited_wells(MODEL, moments_of(states(MODEL, 17, runs=8))) == 0


def test_records_that_do_not_fit_are_refused(nominal):
    made = measurement(nominal)
    asked = Measurement(made.channels, made.records)
    with pytest.raises(DataError, match="how many seconds"):
        judge_board(asked, MODEL, ASKED)
    with pytest.raises(DataError, match="every unit needs a channel"):
        judge_board(made, machine(5), ASKED)
    held = measurement(nominal, calibrations=(0.5,))
    with pytest.raises(DataError, match="no record shows the running machine"):
        judge_board(Measurement(held.channels, held.records[1:], 1e-6), MODEL, ASKED)
    onsite = hwkit.Cosh.from_quartic(1.0, 1.0)
    with pytest.raises(DataError, match="quadratic or quartic"):
        judge_board(made, hwkit.EnergyModel(MODEL.J, MODEL.b, onsite), ASKED)
