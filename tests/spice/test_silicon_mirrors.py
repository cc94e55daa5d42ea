"""Family silicon with mirrors in ngspice: currents of codes, drift, paths, power, controls."""

import numpy as np
import pytest

import hwkit
from hwkit.circuit import Scale, SiliconOptions, compile_model
from hwkit.model import DriftMachine
from hwkit.spice import simulate_spice
from hwkit.spice.devices import measure_farads
from hwkit.spice.operating import device_table
from hwkit.spice.power import measure_power
from hwkit.spice.silicon import with_curves
from hwkit.validation.silicon import at_corner, machine_drift, mismatch_board, stuck_leg

pytestmark = pytest.mark.spice

SCALE = Scale(0.131, 2e-6, 2e-12)
STATES = np.array([[0.3, -0.7, 1.0], [-1.1, 0.2, 0.6]])


@pytest.fixture(scope="module")
def designs():
    J = np.array([[0, 0.8, 0], [-0.6, 0, 1.1], [0, 0.4, 0]])
    machine = DriftMachine(J, np.array([0.2, 0.0, -0.1]), hwkit.Quartic())
    options = (SiliconOptions(), SiliconOptions(bias="mirrors"))
    return [with_curves(compile_model(machine, "silicon", SCALE, each)) for each in options]


def errors(design):
    """Relative errors of tail, replica and unit currents against their codes, all units at 0 V."""
    rows = device_table(design)
    units = np.zeros(3)
    for row in rows:
        if row.role.startswith("raise-leg"):
            units[int(row.name.split("_")[-1])] -= row.ampere
        elif row.role == "lower-cascode":
            units[int(row.name.split("_")[-1])] += row.ampere
    made = {
        "tail-bias": np.array([row.ampere for row in rows if row.role == "tail-reference"]),
        "replica-bias": np.array([row.ampere for row in rows if row.role.startswith("replica")]),
        "unit-bias": units,
    }
    return {role: np.max(np.abs(each / design.currents(role) - 1)) for role, each in made.items()}


@pytest.mark.parametrize(
    ("corner", "celsius", "limits"),
    [
        ("typical", 27.0, (0.003, 0.01, 0.01)),
        ("ss", -20.0, (0.003, 0.03, 0.01)),
        ("ff", 85.0, (0.01, 0.01, 0.04)),  # what legs that are off leak, on the smallest code
    ],
)
def test_mirrors_make_the_currents_of_their_codes(designs, corner, celsius, limits):
    found = errors(at_corner(designs[1], corner, celsius))
    print(corner, celsius, found)  # the table of docs/silicon.md
    assert found["tail-bias"] < limits[0]
    assert found["replica-bias"] < limits[1]
    assert found["unit-bias"] < limits[2]


def test_drift_is_that_of_the_coded_currents_and_a_stuck_leg_is_seen(designs):
    ideal, design = designs
    coded = design.curves.machine(design)
    right = machine_drift(design, coded, STATES)
    assert right < 0.01
    assert machine_drift(design, ideal.curves.machine(ideal), STATES) < 0.02  # 6 bits
    assert machine_drift(stuck_leg(design, "tails", 2, 5), coded, STATES) > 0.03
    near = 0.2 * STATES  # a bias is seen where forces are small
    assert machine_drift(stuck_leg(design, "lower", 0, 5), coded, near) > 0.1
    assert machine_drift(mismatch_board(design, 1, 0), coded, STATES) > 2 * right
    assert machine_drift(design, coded, STATES, "mixed") < 0.01


def test_power_at_the_supplies_is_the_estimate(designs):
    for design in designs:
        measured = measure_power(design, np.zeros((1, 3)))
        assert measured == pytest.approx(design.realisability.power, rel=0.03)
    with pytest.raises(hwkit.DataError, match="expected"):
        measure_power(designs[1], np.zeros((1, 2)))


def test_a_node_has_the_capacitance_that_was_asked_for(designs):
    farads = measure_farads([designs[1]])[0]
    assert np.diag(farads) == pytest.approx(SCALE.farad, rel=2e-3)


def test_paths_are_those_of_ideal_sources(designs):
    starts = np.array([[0.5, -0.5, 0.0]])
    runs = [simulate_spice(each, 0.3, 1e-2, 1, 3, starts, save_every=10) for each in designs]
    assert np.sqrt(np.mean((runs[0].x - runs[1].x) ** 2)) < 0.01
    assert runs[1].failures == {}
