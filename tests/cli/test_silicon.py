"""`hwkit compile --cell silicon`: what a designer takes along."""

import csv

import pytest

import hwkit

SILICON = ("--cell", "silicon", "--volt", "0.131", "--second", "2e-6", "--farad", "2e-12")


@pytest.fixture
def pair(tmp_path):
    model = hwkit.EnergyModel([[0, 0.5], [0.5, 0]], [0.1, 0])
    hwkit.save_model(model, tmp_path / "pair.npz")
    return tmp_path / "pair.npz"


@pytest.mark.spice
def test_compile_writes_subcircuits_and_the_table_of_transistors(cli, pair, tmp_path):
    lvs, devices, netlist = (tmp_path / name for name in ("lvs.cir", "devices.csv", "a.cir"))
    files = ("--lvs", lvs, "--devices", devices, "--out", netlist)
    form = ("--form", "hierarchy", "--models", "library", "--option", "models=foundry")
    answer = cli("compile", pair, *SILICON, *files, *form, "--json")
    assert answer.status == 0
    assert answer.json["lvs"] == str(lvs)
    assert ".subckt hwkit_machine x0 x1" in lvs.read_text()
    assert "Xonsite_n vdd gn x vss nfet_03v3 w=" in netlist.read_text()
    assert len(list(csv.DictReader(devices.read_text().splitlines()))) == 18


def test_subcircuits_are_for_transistors_and_the_library_for_its_own_numbers(cli, pair, tmp_path):
    answer = cli("compile", pair, "--lvs", tmp_path / "lvs.cir")
    assert answer.status == 2
    assert "use family silicon" in answer.complaint
    answer = cli("compile", pair, *SILICON, "--models", "library")
    assert answer.status == 2
    assert "compile with models = 'foundry'" in answer.complaint
    assert not (tmp_path / "lvs.cir").exists()
