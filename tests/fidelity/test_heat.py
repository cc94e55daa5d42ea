import numpy as np
import pytest

import hwkit
from hwkit.circuit import with_fault
from hwkit.fidelity.heat import heat_metrics
from hwkit.fidelity.thermodynamics import boundary_heat, kinetic_energy
from tests.machines import random_machine, springs
from tests.statistics import LIMIT

MODEL = random_machine(8, seed=1, size=0.8, n_visible=4)


def ideal(n, seed, model=MODEL):
    return hwkit.simulate_langevin(model, 1.0, 0.01, n, seed)


def test_heat_has_one_distribution_under_two_seeds_and_not_at_two_temperatures():
    rows = heat_metrics(ideal(400, 1), ideal(400, 2), MODEL)
    assert [row.name for row in rows] == ["heat: mean", "heat: spread", "heat: shape"]
    assert all(row.passed for row in rows)
    warm = hwkit.EnergyModel(MODEL.J, MODEL.b, MODEL.onsite, 1.3 * MODEL.kT)
    assert not all(row.passed for row in heat_metrics(ideal(400, 1), ideal(400, 2, warm), MODEL))


@pytest.mark.spice
def test_heat_in_spice_is_that_of_the_ideal_machine():
    """At half the step the circuit's known O(dt) is small beside the errors of 200 runs."""
    design, reference = hwkit.compile_model(MODEL), ideal(800, 1)

    def circuit(design):
        return hwkit.simulate_spice(design, 1.0, 0.005, 200, 3)

    assert all(row.passed for row in heat_metrics(reference, circuit(design), MODEL))
    faulty = circuit(with_fault(design, "swap"))
    assert not all(row.passed for row in heat_metrics(reference, faulty, MODEL))


def test_heat_with_inertia_is_the_loss_of_potential_and_kinetic_energy():
    mass, model = 0.5, springs()
    v0 = np.full((2000, 3), 2.0)
    runs = hwkit.simulate_underdamped(model, 20.0, 0.1, 2000, 4, mass=mass, v0=v0)
    heat = boundary_heat(runs, model)
    lost = model.heat(runs.x[:, 0], runs.final)
    assert np.allclose(heat, lost + mass / 2 * np.sum(v0**2 - runs.v[:, -1] ** 2, axis=1))
    for found in kinetic_energy(runs):
        assert found.distance(model.kT) < LIMIT
        assert found.distance(1.2 * model.kT) > LIMIT
    with pytest.raises(hwkit.DataError, match="no velocities"):
        kinetic_energy(ideal(10, 1))


def test_few_runs_have_no_distribution():
    with pytest.raises(hwkit.DataError, match="circuit's side has 5 completed runs"):
        heat_metrics(ideal(20, 1), ideal(5, 2), MODEL)
