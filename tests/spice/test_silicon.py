"""Family silicon in ngspice: models against the foundry's library, cells, drift, paths."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import hwkit
from hwkit import NetlistError
from hwkit.circuit import Scale, SiliconOptions, compile_model
from hwkit.circuit.cells.silicon.bench import coupling_bench, onsite_bench
from hwkit.circuit.cells.silicon.pair import fit_pair
from hwkit.circuit.cells.silicon.sizes import choose_pair, coupling_table
from hwkit.circuit.pdk import gf180mcu
from hwkit.langevin import simulate_drift_machines
from hwkit.model import DriftMachine
from hwkit.netlist import render
from hwkit.spice import simulate_spice
from hwkit.spice.devices import sweep_currents
from hwkit.spice.silicon import curves_of
from hwkit.validation.silicon.boards import at_corner, mismatch_board
from hwkit.validation.silicon.comparison import cell_drift, machine_drift
from hwkit.validation.silicon.faults import exchange_inputs, undecoupled, without_p

pytestmark = pytest.mark.spice

SCALE = Scale(0.131, 2e-6, 2e-12)
SIZES = choose_pair(SCALE.volt, SCALE.ampere).sizes
TAILS = np.array([2e-9, 3e-8, 4e-7])


@pytest.fixture(scope="module")
def design():
    J = np.array([[0, 0.8, 0], [-0.6, 0, 1.1], [0, 0.4, 0]])
    machine = DriftMachine(J, np.array([0.2, 0.0, -0.1]), hwkit.Quartic())
    return compile_model(machine, "silicon", SCALE)


@pytest.fixture(scope="module")
def curves(design):
    return curves_of(design)


def benches(corner, models):
    process = gf180mcu(corner, models)
    pair = onsite_bench(SIZES, process, 27.0)  # has the cards of both devices
    if corner != "typical":
        return [pair]
    return [pair, *(coupling_bench(SIZES, TAILS, sign, process, 27.0) for sign in (True, False))]


def test_flat_lines_of_embedded_numbers_are_the_foundrys_subcircuits():
    corners = ("typical", "sf")  # the numbers are compared at all of them
    flat = [bench for corner in corners for bench in benches(corner, "embedded")]
    theirs = [bench for corner in corners for bench in benches(corner, "foundry")]
    _, ours = sweep_currents(flat, 0, 0.25, 101)
    _, library = sweep_currents(theirs, 0, 0.25, 101, models="library")
    for first, second in zip(ours, library, strict=True):
        assert np.max(np.abs(first - second)) <= 1e-6 * np.max(np.abs(second))
    skewed = ours[-1][-1, 0]  # the control: corners do differ
    assert abs(ours[0][-1, 0] - skewed) > 0.002 * skewed


@pytest.mark.parametrize("models", ["embedded", "foundry"])
def test_the_library_is_included_only_where_it_says_the_same(models):
    lot = gf180mcu(models=models).of_lot(1, 1)
    with pytest.raises(NetlistError, match="the foundry's files hold its corners only"):
        render(onsite_bench(SIZES, lot, 27.0), noise="none", models="library")


def test_sizes_found_give_the_quartic_within_one_percent():
    asked = [(0.126, 8e-8), (0.131, 1.3e-7), (0.131, 5e-7), (0.137, 2e-7)]
    chosen = [choose_pair(*each) for each in asked]
    process = gf180mcu()
    volts, currents = sweep_currents([onsite_bench(c.sizes, process, 27.0) for c in chosen], 0, 0.3)
    for (volt, ampere), choice, current in zip(asked, chosen, currents, strict=True):
        fit = fit_pair(volts, current[:, 0])
        assert fit.volt == pytest.approx(volt, rel=0.005)
        assert fit.ampere == pytest.approx(ampere, rel=0.01)
        assert fit.odd <= 0.01
        assert fit.even <= 0.01
        assert fit.odd == pytest.approx(choice.odd, abs=0.003)


def test_couplings_have_the_conductance_of_the_table(curves):
    table = coupling_table()
    tail = curves.tail_for(1e-6)
    assert tail == pytest.approx(table.tails(np.array([1e-6]))[0], rel=1e-3)
    assert curves.residual(6) < 1e-4
    assert curves.residual(4) < 5e-4 < curves.residual(3)


def test_drift_is_that_of_the_extracted_curves(design, curves):
    states = np.array([[0.3, -0.7, 1.0], [-1.1, 0.2, 0.6], [0.0, 0.9, -0.4]])
    reference = curves.machine(design)
    assert machine_drift(design, reference, states) < 0.01
    alone = compile_model(hwkit.EnergyModel(np.zeros((3, 3)), np.zeros(3)), "silicon", SCALE)
    assert cell_drift(alone, curves.machine(alone), states) < 1e-4
    assert machine_drift(exchange_inputs(design, 2), reference, states) > 0.1
    assert machine_drift(without_p(design, 1), reference, states) > 0.1
    assert machine_drift(undecoupled(design), reference, states) < 0.01  # a fault of paths alone


def test_paths_start_where_asked_and_follow_the_curves(design, curves):
    starts = np.array([[0.5, -0.5, 0.0], [-1.0, 0.8, 0.3]])
    real = simulate_spice(design, 0.5, 1e-2, 2, 3, starts, save_every=10)
    [ideal] = simulate_drift_machines(
        [curves.machine(design)], 0.5, 1e-2, 2, 3, starts, save_every=10
    )
    assert np.max(np.abs(real.x[:, 0] - starts)) < 1e-9
    assert np.sqrt(np.mean((real.x - ideal) ** 2)) < 0.02
    assert np.sqrt(np.mean((real.x[:, 1:] + ideal[:, 1:]) ** 2)) > 0.1


def test_boards_and_corners_differ_and_come_again(design):
    state = np.array([[0.4, -0.2, 0.1]])
    first, again, other = (mismatch_board(design, 5, board) for board in (0, 0, 1))
    for one, same in zip(first.transistors, again.transistors, strict=True):
        assert np.array_equal(one.threshold, same.threshold)
    made = (first, other, at_corner(design, "ss", 85.0))
    drifts = [hwkit.measure_gradient(each, state) for each in made]
    assert np.max(np.abs(drifts[0] - drifts[1])) > 1e-3
    assert np.max(np.abs(drifts[0] - drifts[2])) > 1e-2


THREADS = """
import json, os
from hwkit.circuit.cells.silicon.bench import onsite_bench
from hwkit.circuit.cells.silicon.topology import Sizes
from hwkit.circuit.pdk import gf180mcu
from hwkit.netlist import render
from hwkit.spice.session import session

bench = onsite_bench(Sizes((2e-6, 2e-6), (7e-6, 2e-6), 25e-9), gf180mcu(), 27.0)
text = render(bench, noise="none").text.replace(".end\\n", "Vclamp0 x0 0 dc 0\\n.end\\n")
ngspice, counts = session(), []
for threads in (None, 5):
    if threads:
        ngspice.command(f"set num_threads={threads}")
    ngspice.load(text, [])
    ngspice.command("dc vclamp0 -0.1 0.1 0.05")
    counts.append(len(os.listdir("/proc/self/task")))
print(json.dumps(counts))
"""


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="counts threads as Linux does")
def test_transistor_models_start_no_threads():
    done = subprocess.run(
        [sys.executable, "-c", THREADS], capture_output=True, text=True, check=True, timeout=300
    )
    own, told = json.loads(done.stdout.splitlines()[-1])
    assert told == own + 4  # what ngspice does if it is not told to use one


def test_a_temperature_is_the_circuits(design):
    warm = compile_model(design.machine, "silicon", SCALE, SiliconOptions(celsius=85.0))
    assert ".temp 85.0" in render(warm, noise="none").text
