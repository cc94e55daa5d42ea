"""Boards to order: designators by place, every element a part, supplies around them."""

import csv
import io
import re

import numpy as np
import pytest

import hwkit
from hwkit import DesignError
from hwkit.circuit.board import (
    Choices,
    assemble_board,
    decoupling_of,
    order_csv,
    order_rows,
    part_of,
    value_of,
    value_text,
    with_designators,
)
from hwkit.circuit.board.around import bias_supply
from hwkit.netlist import bill_of_materials, render
from hwkit.study.kinds.breadboard.board import soldered_board
from hwkit.study.kinds.breadboard.plan import PartsPlan
from tests.boards import CATALOGUE, J, board_model, small_board


def names(board):
    return {piece.designator for piece in board.pieces}


def test_netlist_bill_and_board_have_one_name_for_a_part():
    board = small_board()
    text = render(board.design, noise="none").text
    written = {line.split()[0] for line in text.splitlines() if re.match("[RCDGIV]", line)}
    listed = {
        name
        for row in bill_of_materials(board.design, references=10_000)
        for name in row.references
    }
    assert written == listed
    assert {part_of(name)[0] for name in written} <= names(board)
    of_pieces = [name for piece in board.pieces for name in piece.elements]
    assert sorted(of_pieces) == sorted(written)  # each element once


def test_designators_do_not_depend_on_values():
    before = names(small_board())
    flipped = J.copy()
    flipped[0, 1] = flipped[1, 0] = -0.2
    assert names(small_board(flipped)) == before
    fewer = J.copy()
    fewer[0, 1] = fewer[1, 0] = 0
    assert before - names(small_board(fewer)) == {"R10201", "R10202"}


def test_designators_say_where_a_part_is():
    board = small_board()
    pieces = {piece.designator: piece for piece in board.pieces}
    assert pieces["R20301"].pads == {"1": "x1__p", "2": "x2__n"}  # J > 0: crossed
    assert pieces["R30402"].pads == {"1": "x2__n", "2": "x3__n"}  # J < 0: straight
    assert pieces["D301"].pads == {"1": "x2__p", "2": "x2__p", "3": "x2__n"}
    assert pieces["D301"].elements == ("D301A", "D301B")
    assert set(pieces["U301"].elements) == {f"{kind}U301{half}" for kind in "CGI" for half in "AB"}
    assert pieces["TP302"].pads == {"1": "x2__n"}
    assert {"R203", "R204"}.isdisjoint(pieces)  # unit 2 has no bias


def test_every_part_has_a_number_and_every_pad_a_net():
    board = small_board()
    for piece in board.pieces:
        assert piece.part is None or piece.number
        assert set(piece.pads) == ({"1"} if piece.part is None else set(piece.part.pins.values()))
        outputs = {piece.part.pins[p] for p in piece.part.pins if p[0] == "q"} if piece.part else {}
        assert all(net for pad, net in piece.pads.items() if pad not in outputs)
    nets = board.nets()
    assert all(len(pads) > 1 for pads in nets.values())
    assert {"GND", "+2V5", "-2V5", "VB+", "VB-", "reset", "noise4-"} <= set(nets)


def test_every_package_has_its_decoupling():
    board = small_board()
    pieces = {piece.designator: piece for piece in board.pieces}
    for name in [name for name in pieces if name.startswith("U")]:
        pair = [pieces[capacitor] for capacitor in decoupling_of(name)]
        assert [piece.pads["1"] for piece in pair] == ["+2V5", "-2V5"]
    assert decoupling_of("U301") == ("C303", "C304")
    assert decoupling_of("U2") == ("C5", "C6")


def test_the_bill_has_every_part_once_and_says_what_nobody_checked(tmp_path):
    board = small_board()
    rows = list(csv.DictReader(io.StringIO(order_csv(board.pieces))))
    listed = " ".join(row["designators"] for row in rows).split()
    assert sorted(listed) == sorted(p.designator for p in board.pieces if p.part is not None)
    assert all(int(row["quantity"]) == len(row["designators"].split()) for row in rows)
    by_number = {row["number"]: row for row in rows}
    assert by_number["GRM2195C1H103JA01D"]["unverified"] == "everything"
    assert "pins" in by_number["CD74HC4066M96"]["unverified"]
    assert by_number["BAT54S"]["unverified"] == ""
    assert {row.number for row in order_rows(board.pieces)} == set(by_number)


def test_the_machine_as_bought_has_the_amplifiers_bandwidth_and_the_dividers_voltage():
    design = soldered_board(PartsPlan(bias_volt=0.21), board_model())
    bought = assemble_board(design, CATALOGUE).design
    ratio = bought.group("amplifier-gain").values / design.group("amplifier-gain").values
    np.testing.assert_allclose(ratio, 5.5, rtol=1e-12)
    divider = bias_supply(2.5, 0.21, 100.0)
    supplies = bought.group("supply").values
    np.testing.assert_array_equal(supplies, [divider.volt, -divider.volt])
    assert divider.volt == pytest.approx(0.21, rel=0.015)
    assert (
        divider.at(0) < 0.96 * 0.21 < 1.04 * 0.21 < divider.at(1)
    )  # more than 1 % parts and supplies


@pytest.mark.parametrize("value", [61.9e3, 1e-8, 1e-7, 1e-5, 536e3, 1.18e6, 97.6, 4.7e-12, 2e-16])
def test_values_are_written_with_all_their_digits(value):
    assert value_of(value_text(value)) == value


@pytest.mark.parametrize("text", ["", "k", "10x", "1_0k", "61.9 k ohm"])
def test_texts_that_are_no_values_are_refused(text):
    with pytest.raises(ValueError, match="is not a value such as"):
        value_of(text)


@pytest.mark.parametrize(
    ("design", "choices", "words"),
    [
        (lambda: hwkit.compile_model(hwkit.EnergyModel(J, np.zeros(4))), Choices(), "family rc"),
        (
            lambda: hwkit.compile_model(board_model(), "resistive"),
            Choices(),
            "the current of 'bias' in family resistive",
        ),
        (
            lambda: hwkit.compile_model(
                board_model(), "resistive", options=hwkit.circuit.ResistiveOptions(bias="resistor")
            ),
            Choices(),
            "with_converters",
        ),
        (lambda: soldered_board(PartsPlan(), board_model()), Choices(0.15), "no dual amplifier"),
        (
            lambda: soldered_board(PartsPlan(farad=2.2e-8), board_model()),
            Choices(),
            "no C0G capacitor of 22 nF",
        ),
        (
            lambda: soldered_board(PartsPlan(smallest_bias=0.0), board_model(J, None)),
            Choices(diode="BAV99"),
            "no dual diode 'BAV99'",
        ),
    ],
)
def test_machines_that_can_not_be_ordered_are_refused(design, choices, words):
    with pytest.raises(DesignError, match=re.escape(words)):
        assemble_board(design(), CATALOGUE, choices)


def test_a_bias_above_the_supply_is_refused():
    with pytest.raises(DesignError, match=r"the bias supply is 3 V, but it is divided from 2\.5 V"):
        bias_supply(2.5, 3.0, 100.0)


def test_more_units_than_numbers_are_refused():
    many = board_model(np.zeros((100, 100)))
    with pytest.raises(DesignError, match="has 100 units, but a board's numbers end at 99"):
        with_designators(soldered_board(PartsPlan(), many))
