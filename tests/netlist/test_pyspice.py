import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from hwkit import Quartic, Scale, compile_model, extract_model, render
from hwkit.netlist.pyspice import to_pyspice
from tests.machines import random_machine, same_machine

ROOT = Path(__file__).parents[2]
UNSEEDED = 5.0  # standard errors: this noise is another at every run


@pytest.fixture(scope="module")
def design():
    onsite = Quartic([1.0, 0.5, -0.2, 2.0], 0.7)
    machine = random_machine(4, 2, onsite=onsite, mobility=2.0, n_visible=3)
    return compile_model(machine, scale=Scale(volt=0.2, second=3e-6, farad=2e-12))


@pytest.fixture(scope="module")
def circuit(design):
    return to_pyspice(design, dt=0.01)


# ---- the circuit ---------------------------------------------------------------------------------


def test_cells_are_elements_with_names(design, circuit):
    scale, model = design.scale, design.model
    assert type(circuit).__module__.startswith("PySpice.")
    for i in range(4):
        assert float(circuit[f"C{i}"].capacitance) == scale.farad
        cell = circuit[f"G{i}_{i}"]
        assert float(cell.transconductance) == pytest.approx(2 * model.onsite.J2[i] * scale.siemens)
        assert [str(pin.node) for pin in cell.pins] == [f"x{i}", "0", f"x{i}", "0"]
        assert float(circuit[f"Ibias{i}"].dc_value) == pytest.approx(model.b[i] * scale.ampere)
        assert circuit[f"Bcubic{i}"].current_expression.count(f"v(x{i})") == 3
        assert [str(pin.node) for pin in circuit[f"In{i}"].pins] == ["0", f"x{i}"]


def test_the_circuit_as_a_whole_is_the_machine(design, circuit):
    """Read back from PySpice's own text; the units of x and t are not in a circuit."""

    def extracted(circuit):
        title, *lines = str(circuit).splitlines()
        units = [line for line in render(design).text.splitlines() if line.startswith(".param")]
        return extract_model("\n".join([title, *units, *lines]))

    assert same_machine(extracted(circuit), design.model, rtol=1e-12)
    changed = to_pyspice(design)
    changed.G0_0.transconductance = 1.001 * float(changed.G0_0.transconductance)
    assert not same_machine(extracted(changed), design.model, rtol=1e-12)  # control


def test_the_noise_has_the_step_and_the_power_of_the_netlist(design, circuit):
    wanted = [line for line in render(design, dt=0.01).text.splitlines() if "trnoise(" in line]
    assert [line for line in str(circuit).splitlines() if "trnoise(" in line] == wanted
    coarse = [line for line in str(to_pyspice(design, dt=0.02)).splitlines() if "trnoise(" in line]
    assert coarse != wanted


# ---- extended and run by a user ------------------------------------------------------------------

SCRIPT = """
import json, os, sys
import numpy as np
import hwkit
from hwkit.netlist.pyspice import to_pyspice
from hwkit.spice import find_library

os.environ["NGSPICE_LIBRARY_PATH"] = str(find_library())
n, dt, extra = 40, 0.02, float(sys.argv[1])
model = hwkit.EnergyModel(np.zeros((n, n)), np.full(n, 0.6), hwkit.Quartic(1.0, 0.0), kT=0.1)
design = hwkit.compile_model(model)
circuit = to_pyspice(design, dt=dt)
for i, node in enumerate(design.nodes):
    circuit.R(f"load{i}", node, circuit.gnd, 1 / (extra * design.scale.siemens))
simulator = circuit.simulator(simulator="ngspice-shared")
second = design.scale.second
waves = simulator.transient(
    step_time=dt * second, end_time=60 * second, use_initial_condition=True
)
grid = np.arange(3.0, 60.0, dt)
x = [
    np.interp(grid, np.asarray(waves.time) / second, np.asarray(waves[node]) / design.scale.volt)
    for node in design.nodes
]
print(json.dumps([np.mean(x, axis=1).tolist(), np.var(x, axis=1).tolist()]))
"""


def run_by_a_user(load):
    """Mean and variance of 40 springs of k = 2 with loads; PySpice takes a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(load)],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    return np.array(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.spice
def test_a_user_adds_resistors_and_runs_it():
    """trnoise can't be seeded: the limits have to hold for any noise."""
    k, b, kT, dt = 4.0, 0.6, 0.1, 0.02
    means, variances = run_by_a_user(load=2.0)
    assert np.all(np.isfinite([means, variances]))
    assert abs(means.mean() + b / k) < UNSEEDED * means.std(ddof=1) / np.sqrt(40)
    # Its knots, joined linearly, take 0.467 k dt off a variance; its power is known to 0.8 %.
    expected = kT / k * (1 - 0.467 * k * dt)
    error = np.hypot(variances.std(ddof=1) / np.sqrt(40), 0.008 * expected)
    assert error < 0.03 * expected
    assert abs(variances.mean() - expected) < UNSEEDED * error
    # Control: with hardly a load, the machine is the one that was compiled.
    means, variances = run_by_a_user(load=1e-6)
    assert abs(means.mean() + b / 2) < UNSEEDED * means.std(ddof=1) / np.sqrt(40)
    assert variances.mean() > 1.5 * expected
