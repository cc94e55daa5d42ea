"""The catalogue: rows that can be checked, parts that fit, sentences where none does."""

import re

import pytest

from hwkit import ConfigError, DesignError
from hwkit.circuit.catalogue import (
    ROLES,
    choose_amplifier,
    choose_capacitor,
    choose_diode,
    choose_resistor,
    choose_supplied,
    read_catalogue,
    resistance_code,
)
from hwkit.netlist.kicad_project.footprints import footprint

CATALOGUE = read_catalogue()
MINE = """
[[part]]
role = "capacitor"
number = "FILM-3N3"
maker = "anyone"
package = "0805"
dielectric = "C0G"
price = 0.12
pins = { a = "2", b = "1" }
values = { farad = 3.3e-9, tolerance = 0.01, volt = 63 }
"""


def test_every_role_has_a_part_with_pads_of_its_footprint():
    assert {row.role for row in CATALOGUE} == set(ROLES)
    for row in CATALOGUE:
        pads = {pad.number for pad in footprint(row.package).pads}
        assert set(row.pins.values()) == pads, row.number


def test_rows_say_where_they_can_be_checked_or_that_nobody_did():
    for row in CATALOGUE:
        assert row.source is None or all((row.source.document, row.source.revision))
        assert row.source is not None or row.doubts == ("everything",)
        known = {"number", "package", "pins", "values", *row.values}
        assert set(row.unverified) <= known, row.number


@pytest.mark.parametrize(
    ("ohm", "code"),
    [(97.6, "97R6"), (4700, "4K7"), (61.9e3, "61K9"), (681e3, "681K"), (1e6, "1M"), (9.76, "9R76")],
)
def test_resistances_are_coded_as_the_data_sheet_does(ohm, code):
    assert resistance_code(ohm) == code
    assert choose_resistor(CATALOGUE, ohm).ordered_as(ohm) == f"RC0805FR-07{code}L"


@pytest.mark.parametrize(
    ("choose", "words"),
    [
        (lambda: choose_resistor(CATALOGUE, 70.3e3), "nearest is 69.8 kohm (RC0805FR-0769K8L)"),
        (lambda: choose_resistor(CATALOGUE, 47e6), "the nearest is 10 Mohm"),
        (lambda: choose_capacitor(CATALOGUE, 3.3e-9, "C0G"), "no C0G capacitor of 3.3 nF; the"),
        (lambda: choose_diode(CATALOGUE, 1e-9, 1.016), "nearest is 211.7 nA (BAT54S)"),
        (lambda: choose_diode(CATALOGUE, 2.117e-7, 1.1), "no dual diode with n = 1.1; BAT54S"),
        (lambda: choose_diode(CATALOGUE, 2.117e-7, 1.016, "BAT54C"), "can't be antiparallel"),
        (lambda: choose_diode(CATALOGUE, 2.117e-7, 1.016, "1N4148"), "'1N4148'; it has BAT54S"),
        (lambda: choose_amplifier(CATALOGUE, 12, 1e6), "OPA2376AIDR, for 2.2 to 5.5 V"),
        (lambda: choose_amplifier(CATALOGUE, 5, 1e9), "the nearest is OPA2320AIDR with 20 MHz"),
        (lambda: choose_supplied(CATALOGUE, "quad-switch", 15), "CD74HC4066M96, for 2 to 10 V"),
    ],
)
def test_what_is_not_there_is_told_with_the_nearest(choose, words):
    with pytest.raises(DesignError, match=re.escape(words)):
        choose()


def test_parts_of_the_user_come_first(tmp_path):
    (tmp_path / "mine.toml").write_text(MINE)
    mine = read_catalogue(tmp_path / "mine.toml")
    row = choose_capacitor(mine, 3.3e-9, "C0G")
    assert (row.number, row.price, row.doubts) == ("FILM-3N3", 0.12, ("everything",))
    assert mine[1:] == CATALOGUE


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"capacitor"', '"capacitr"', "'capacitr'; choose one of"),
        ("tolerance = 0.01, ", "", "lacks the value 'tolerance'"),
        ('a = "2", ', "", "lacks the pin 'a'"),
        ("price = 0.12", "prize = 0.12", "unknown field 'prize'"),
        ("price = 0.12", "price = -1", "price is -1"),
        ('maker = "anyone"', "", "field 'maker' is missing"),
        ("[[part]]", "[part]", "no [[part]] tables"),
        ("[[part]]", "[[part]", "is not valid TOML"),
        ("63 }", "63 }\nx = " + 5000 * "[", "too deeply"),
        ('"2"', "2", "pins is"),
        ('b = "1"', 'b = "2"', "pad '2' for"),
        ("3.3e-9", "nan", "has farad = nan"),
        ("3.3e-9", "-1e-9", "has farad = -1e-09"),
        ("3.3e-9", "true", "has farad = True"),
        ("tolerance = 0.01", "tolerance = 5", "has tolerance = 5"),
        ("price = 0.12", "price = true", "price is True"),
        ('"FILM-3N3"', '"FILM\\n3N3"', "can't be ordered"),
        ('"FILM-3N3"', '""', "can't be ordered"),
    ],
)
def test_tables_that_are_wrong_are_refused_by_name(tmp_path, old, new, words):
    (tmp_path / "mine.toml").write_text(MINE.replace(old, new))
    with pytest.raises(ConfigError, match=re.escape(words)):
        read_catalogue(tmp_path / "mine.toml")


@pytest.mark.parametrize("content", [None, bytes(range(256)), b"a=" + b"[" * 5000 + b"]" * 5000])
def test_what_is_no_text_is_one_sentence(tmp_path, content):
    if content is not None:
        (tmp_path / "mine.toml").write_bytes(content)
    for path in (tmp_path / "mine.toml", tmp_path):
        with pytest.raises(ConfigError, match="catalogue"):
            read_catalogue(path)
