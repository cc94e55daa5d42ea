import csv

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwkit import ConfigError, EnergyModel, Quartic, compile_model
from hwkit.netlist import bill_of_materials, write_bom
from hwkit.ordering import TIE
from tests.machines import machines, random_machine


def test_a_small_one():
    model = EnergyModel([[0, -0.5, 0.25], [-0.5, 0, 0], [0.25, 0, 0]], [0.1, 0, -0.1], Quartic())
    rows = list(bill_of_materials(compile_model(model)))
    assert [(r.role, r.quantity, r.value, r.sign) for r in rows] == [
        ("capacitor", 3, 1e-12, 1),
        ("onsite-linear", 3, 2e-6, 1),
        ("onsite-cubic", 3, 4e-4, 1),
        ("bias", 1, 1e-8, 1),
        ("bias", 1, 0.0, 0),
        ("bias", 1, 1e-8, -1),
        ("coupling", 2, 5e-7, -1),
        ("coupling", 2, 2.5e-7, 1),
    ]
    assert rows[-1].references == ("G0_2", "G2_0")
    assert [r.fitted for r in rows].count(False) == 1


@given(machines(20), st.integers(1, 17))
def test_every_part_is_in_one_row(model, digits):
    design = compile_model(model)
    rows = list(bill_of_materials(design, digits))
    for parts in design.parts:
        here = [r for r in rows if r.role == parts.role]
        assert sum(r.quantity for r in here) == (0 if parts.kind == "noise" else len(parts))
        assert sum(r.quantity for r in here if r.sign < 0) == (
            0 if parts.kind == "noise" else np.count_nonzero(parts.values < 0)
        )
    for r in rows:
        half = 0.5 * 10.0 ** (1 - digits) * r.value * (1 + 1e-9)  # of the last digit, at most,
        half += TIE * r.value if digits <= 6 else 0.0  # and a tie
        assert r.value - half <= r.smallest <= r.largest <= r.value + half
        assert len(r.references) == min(5, r.quantity)


def test_halves_go_down_whatever_their_last_digits_are():
    plain = set()
    for k in range(-4, 5):
        conductance = 0.125 * (1 + k * 2.0**-52)
        model = EnergyModel([[0, conductance], [conductance, 0]], [0, 0], Quartic())
        [row] = [r for r in bill_of_materials(compile_model(model), 2) if r.role == "coupling"]
        assert row.value == 1.2e-7
        plain.add(f"{row.largest:.1e}")
    assert plain == {"1.2e-07", "1.3e-07"}  # the control


def test_full_digits_keep_every_value():
    design = compile_model(random_machine(12, 0))
    rows = [r for r in bill_of_materials(design, 17) if r.role == "coupling"]
    assert {r.sign * r.value for r in rows} == set(design.group("coupling").values.tolist())
    assert all(r.smallest == r.value == r.largest for r in rows)


def test_the_file(tmp_path):
    design = compile_model(random_machine(6, 0))
    n = write_bom(design, tmp_path / "bom.csv", tolerance={"coupling": 0.01}, references=2)
    with (tmp_path / "bom.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == n
    assert [row["item"] for row in rows] == [str(i + 1) for i in range(n)]
    assert sum(int(row["quantity"]) for row in rows) == design.n_elements - 6  # without noise
    assert {row["tolerance"] for row in rows if row["role"] == "coupling"} == {"1 %"}
    assert {row["tolerance"] for row in rows if row["role"] != "coupling"} == {""}
    capacitors = rows[0]
    assert capacitors["reading"] == "1 pF"
    assert capacitors["references"] == "C0 C1 ..."
    assert (float(capacitors["value"]), capacitors["unit"]) == (1e-12, "F")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"digits": 0}, r"digits is 0; choose 1 to 17"),
        ({"tolerance": 1.5}, r"tolerance of capacitor is 1\.5; give a share between 0 and 1"),
        ({"tolerance": {"resistor": 0.1}}, r"no part has the role 'resistor'; there are capacitor"),
    ],
)
def test_what_is_refused(arguments, words):
    with pytest.raises(ConfigError, match=words):
        list(bill_of_materials(compile_model(random_machine(2, 0)), **arguments))
