"""What a designer gets: subcircuits with pins, the foundry's names, a table of transistors."""

import csv
import re

import numpy as np
import pytest

import hwkit
from hwkit import DesignError, NetlistError
from hwkit.circuit import Scale, SiliconOptions, compile_model
from hwkit.model import DriftMachine
from hwkit.netlist import render, render_subcircuits
from hwkit.spice.clamps import clamped
from hwkit.spice.drift import DRIFT_OPTIONS
from hwkit.spice.operating import device_table, devices_csv
from hwkit.spice.session import session
from hwkit.validation.silicon import mismatch_board, without_p

SCALE = Scale(0.131, 2e-6, 2e-12)


@pytest.fixture(scope="module")
def design():
    J = np.array([[0, 0.8, 0], [-0.6, 0, 1.1], [0, 0.4, 0]])
    machine = DriftMachine(J, np.array([0.2, 0.0, -0.1]), hwkit.Quartic())
    return compile_model(machine, "silicon", SCALE, SiliconOptions(models="foundry"))


def currents(design, form, models):
    text = render(design, noise="none", form=form, models=models, options=DRIFT_OPTIONS)
    simulator = session()
    simulator.load(clamped(text).text, [])
    simulator.commands([f"alter vclamp{i} dc = {v}" for i, v in enumerate((0.04, -0.1, 0.13))])
    simulator.command("op")
    found = np.array([simulator.vector(f"vclamp{i}#branch")[0] for i in range(3)])
    simulator.unload()
    return found


@pytest.mark.spice
def test_subcircuits_with_the_foundrys_names_run_on_its_library(design):
    flat = currents(design, "flat", "cards")
    largest = np.max(np.abs(flat))
    assert np.max(np.abs(currents(design, "hierarchy", "cards") - flat)) <= 1e-9 * largest
    assert np.max(np.abs(currents(design, "hierarchy", "library") - flat)) <= 1e-6 * largest


def test_every_transistor_is_in_the_subcircuits_once(design):
    text = render_subcircuits(design)
    defined = dict(re.findall(r"\.subckt (\w+)[^\n]*\n(.*?)\.ends", text, re.DOTALL))
    inside = {name: len(re.findall(r"\w+fet_03v3", body)) for name, body in defined.items()}
    machine = defined["hwkit_machine"].split()
    used = {name: machine.count(name) for name in inside}
    assert sum(inside[name] * used[name] for name in inside) == design.n_transistors
    assert set(re.findall(r"^(\w)", text, re.MULTILINE)) <= {"X"}  # devices and uses alone
    assert "w=2.15e-06 l=2e-06" in text


def test_what_subcircuits_cannot_say_is_refused(design):
    rc = hwkit.compile_model(hwkit.EnergyModel([[0, 0.5], [0.5, 0]], [0, 0]))
    for wrong, part in (
        (mismatch_board(design, 1, 0), "mismatch is each transistor's own"),
        (without_p(design, 1), "lacks a transistor of its pair"),
        (rc, "no transistors for a layout"),
    ):
        with pytest.raises(NetlistError, match=part):
            render_subcircuits(wrong)
    with pytest.raises(NetlistError, match="not written for vacask"):
        render(design, "vacask", form="hierarchy")
    with pytest.raises(DesignError, match="no transistors to list"):
        device_table(rc)


@pytest.mark.spice
def test_the_table_has_current_inversion_and_overdrive_of_each_transistor(design):
    rows = device_table(design)
    assert len(rows) == design.n_transistors
    bias = design.group("replica-bias").values[0]
    tails = design.group("tail-bias").values
    pairs = [row for row in rows if row.role == "onsite-n"]
    assert [row.ampere for row in pairs] == pytest.approx(
        [bias] * 3, rel=0.03
    )  # other drain voltages
    assert all(0.1 < row.inversion < 2 for row in pairs)  # moderate: that is the quartic
    assert all(row.overdrive < 0.05 for row in pairs)
    made = [row.ampere for row in rows if row.role == "tail"]
    assert made == pytest.approx(tails, rel=0.1)
    assert min(row.headroom for row in rows) > 0
    table = list(csv.DictReader(devices_csv(design).splitlines()))
    assert table[0]["name"] == "Mreplica_n_0"
    assert len(table) == len(rows)
