"""Everything that asks ngspice something can be given a limit of time, and keeps to it.

A limit shorter than the start of a worker stands for a simulator that never answers.
"""

import numpy as np
import pytest

import hwkit
from hwkit.netlist.foreign import foreign_netlist
from hwkit.netlist.reading import read_netlist
from hwkit.spice import measure_gradient, measure_onsite, session
from hwkit.spice.foreign import foreign_circuit
from hwkit.spice.gaussian import sample_gaussian
from hwkit.spice.spectra import Sweep, measure_noise, measure_transfer
from hwkit.spice.sweep import saturating_transconductor, sweep_device
from tests.machines import family_machine, random_machine

pytestmark = pytest.mark.spice

SHORT = 0.01
STATE = np.zeros((1, 3))


def design(cell):
    return hwkit.compile_model(family_machine(cell, 3, 1), cell)


def foreign(folder, cell="rc"):
    path = folder / "machine.cir"
    path.write_text(hwkit.render(design(cell)).text)
    machine = random_machine(3, 1)
    netlist = foreign_netlist(read_netlist(path), machine.unit_names)
    return foreign_circuit(netlist, machine, timeout=SHORT)


ENTRIES = {
    "runs": lambda folder: hwkit.simulate_spice(design("rc"), 0.1, 0.01, timeout=SHORT),
    "samples": lambda folder: sample_gaussian(design("spu"), 8, timeout=SHORT),
    "force": lambda folder: measure_gradient(design("rc"), STATE, timeout=SHORT),
    "force at fluxes": lambda folder: measure_gradient(design("rlc"), STATE, timeout=SHORT),
    "diodes": lambda folder: measure_onsite(design("resistive"), STATE, timeout=SHORT),
    "transfer": lambda folder: measure_transfer(design("rc"), Sweep(1e3, 1e6), timeout=SHORT),
    "noise": lambda folder: measure_noise(design("rc"), Sweep(1e3, 1e6), 300.0, timeout=SHORT),
    "capacitances": foreign,
    "coils": lambda folder: foreign(folder, "rlc"),
    "sweep": lambda folder: sweep_device(
        saturating_transconductor(1e-6, 0.1), 1.0, 5, timeout=SHORT
    ),
}


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_simulator_that_never_answers_is_given_up(entry, tmp_path):
    with pytest.raises(hwkit.SimulationError, match=r"took longer than 0\.01 s, 2 times"):
        ENTRIES[entry](tmp_path)


def test_so_are_the_version_and_the_doctor(monkeypatch):
    monkeypatch.setattr(session, "_ANSWER_SECONDS", SHORT)
    session._asked.cache_clear()  # a process that has asked before knows
    with pytest.raises(hwkit.SimulationError, match="ngspice does not start: took longer than"):
        hwkit.spice.ngspice_version()
