"""Family rlc in ngspice: forces at held fluxes, paths, Johnson noise, the limit of no mass."""

import subprocess

import numpy as np
import pytest

import hwkit
from hwkit.circuit import with_fault
from hwkit.circuit.cells.rlc import RlcOptions
from hwkit.fidelity.inertia import inertial_covariance
from hwkit.langevin import simulate_backward_euler
from hwkit.netlist import read_raw
from hwkit.spice import find_program, measure_gradient
from hwkit.units import BOLTZMANN
from hwkit.wiener import increments
from tests.machines import family_machine, random_machine, same_machine
from tests.statistics import agrees

pytestmark = pytest.mark.spice

KINDS = ["mutual", "transconductor"]
SCALE = hwkit.Scale(farad=1e-10)  # mass 0.1


def compiled(model, couplings="mutual", scale=SCALE):
    return hwkit.compile_model(model, "rlc", scale, RlcOptions(couplings=couplings))


@pytest.mark.parametrize("couplings", KINDS)
def test_static_currents_at_held_fluxes_are_the_force(couplings):
    model = family_machine("rlc", 5, 1, mobility=1.3)
    states = np.random.default_rng(2).normal(size=(4, 5))
    force = model.force(states)
    for design, right in ((compiled(model, couplings), True), (faulty(model, couplings), False)):
        error = np.max(np.abs(measure_gradient(design, states) + force)) / np.max(np.abs(force))
        assert (error < 1e-9) == right


def faulty(model, couplings):
    return with_fault(compiled(model, couplings), "sign-flip")


@pytest.mark.parametrize("couplings", KINDS)
@pytest.mark.parametrize("J4", [0.0, 1.0])
def test_paths_are_those_of_backward_euler(couplings, J4):
    base = random_machine(5, 3, size=0.2, mobility=1.2)
    model = hwkit.EnergyModel(base.J, base.b, hwkit.Quartic(1.0, J4), base.kT, 1.2)
    x0 = np.random.default_rng(4).normal(size=(2, 5))
    arguments = {"n_trajectories": 2, "seed": 5, "x0": x0, "save_every": 10}
    design = compiled(model, couplings)
    real = hwkit.simulate_spice(design, 1.0, 0.01, tight=True, **arguments)
    ideal = simulate_backward_euler(model, 1.0, 0.01, mass=design.mass, **arguments)
    assert real.attributes["mass"] == design.mass
    assert np.max(np.abs(real.x - ideal.x)) < (1e-6 if J4 else 1e-12)
    light = simulate_backward_euler(model, 1.0, 0.01, mass=0.5 * design.mass, **arguments)
    assert np.max(np.abs(real.x - light.x)) > 0.01  # control: another mass


def test_the_path_error_is_of_first_order():
    model = family_machine("rlc", 4, 6)
    design, errors = compiled(model), []
    for halvings in (0, 1):
        path = increments(7, range(12), 50, 4, 0.02, halvings)
        h = 0.02 / 2**halvings
        real = hwkit.simulate_spice(design, 1.0, h, 12, increments=path)
        ideal = hwkit.simulate_underdamped(model, 1.0, h, 12, increments=path, mass=design.mass)
        errors.append(np.sqrt(np.mean((real.final - ideal.final) ** 2)))
    assert 1.6 < errors[0] / errors[1] < 2.4


def test_a_standalone_netlist_starts_with_its_fluxes(tmp_path):
    model, x0 = family_machine("rlc", 4, 14), np.array([1.0, -0.5, 0.7, 0.0])
    design = compiled(model)
    netlist = hwkit.render(design, noise="pwl", t_final=0.3, dt=0.005, x0=x0, seed=15)
    assert same_machine(hwkit.extract_model(netlist.text), model, rtol=1e-9)
    (tmp_path / "cells.cir").write_text(netlist.text)
    subprocess.run(
        [find_program(), "-r", "cells.raw", "-b", "cells.cir"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    [plot] = read_raw(tmp_path / "cells.raw")
    end = np.array([plot[f"v({node})"][-1] for node in netlist.nodes]) / design.scale.volt
    arguments = {"seed": 15, "mass": design.mass}
    ideal = hwkit.simulate_underdamped(model, 0.3, 0.005, x0=x0[None], **arguments).final[0]
    assert np.max(np.abs(end - ideal)) < 0.03
    other = hwkit.simulate_underdamped(model, 0.3, 0.005, **arguments).final[0]
    assert np.max(np.abs(end - other)) > 0.2  # control: another start


def test_johnson_noise_at_300_kelvin_gives_equipartition():
    """<C v^2> = k_B T and <x^2> = kT/(2 J2), but for what backward Euler is known to take off."""
    n, h, every = 20, 0.02, 250
    cells = hwkit.EnergyModel(np.zeros((n, n)), np.zeros(n), hwkit.Quartic(1.0, 0.0), kT=0.1)
    design = compiled(cells)
    steps = sorted({k - lag for k in range(every, 11 * every, every) for lag in (0, 1)})
    runs = hwkit.simulate_spice(
        design, 10 * every * h, h, 110, seed=8, save_every=tuple(steps), tight=True
    )
    x = runs.x[:, 1:].reshape(110, -1, 2, n)
    weber = RlcOptions().weber(SCALE, 0.1)
    volt = (x[:, :, 1] - x[:, :, 0]) / h * weber / SCALE.second
    energies = (SCALE.farad * volt**2 / (BOLTZMANN * 300)).ravel()
    unit = hwkit.EnergyModel([[0.0]], [0.0], hwkit.Quartic(1.0, 0.0), kT=0.1)
    known = inertial_covariance(unit, design.mass, h, "backward-euler")
    expected = known[1, 1] * design.mass / 0.1
    assert 0.8 < expected < 1
    assert energies.std() / energies.mean() / np.sqrt(energies.size) < 0.01
    assert agrees(energies, expected)
    assert not agrees(energies, 1.06 * expected)
    assert agrees(x[:, :, 1].ravel() ** 2, known[0, 0])
    assert not agrees(x[:, :, 1].ravel() ** 2, 1.06 * known[0, 0])


def test_the_overdamped_limit_is_reached_as_mass_goes_to_nothing():
    model, h = family_machine("rlc", 4, 9), 0.002
    path = increments(10, range(10), 250, 4, h)
    bare = simulate_backward_euler(model, 0.5, h, 10, increments=path).final
    distances = []
    for mass in (0.1, 0.01):
        design = compiled(model, scale=hwkit.Scale(farad=mass * 1e-9))
        assert design.mass == pytest.approx(mass)
        real = hwkit.simulate_spice(design, 0.5, h, 10, increments=path).final
        distances.append(np.sqrt(np.mean((real - bare) ** 2)))
    assert distances[1] == pytest.approx(np.sqrt(model.kT * 0.01), rel=0.25)
    design = compiled(model, scale=hwkit.Scale(farad=1e-17))  # mass 1e-8
    real = hwkit.simulate_spice(design, 0.5, h, 10, increments=path, tight=True).final
    assert np.sqrt(np.mean((real - bare) ** 2)) < 1e-4 * distances[0]


def test_the_distribution_of_a_coupled_quartic_machine_is_not_rejected():
    """Moments against backward Euler with inertia on other noise: means, squares, products."""
    model = family_machine("rlc", 4, 11)
    design, times = compiled(model), (2.0, 0.02)
    reference = simulate_backward_euler(model, *times, 1500, 12, mass=design.mass).final

    def rejected(design):
        x = hwkit.simulate_spice(design, *times, 300, 13, tight=True).final
        scores = []
        for moment in (lambda x: x, lambda x: x**2, lambda x: x[:, :-1] * x[:, 1:]):
            a, b = moment(reference), moment(x)
            stderr = np.sqrt(a.var(axis=0) / len(a) + b.var(axis=0) / len(b))
            scores.append(np.abs(a.mean(axis=0) - b.mean(axis=0)) / stderr)
        return np.max(np.concatenate(scores)) > 4

    assert not rejected(design)
    hot = hwkit.circuit.faults.scale_role("noise", 2.0)(design)
    assert rejected(hot)
