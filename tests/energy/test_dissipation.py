"""Energy of circuits in SPICE: known answers, Tellegen's sum, convergence, ngspice's account."""

import numpy as np
import pytest

import hwkit
from hwkit.circuit import Parts, family_options
from hwkit.energy import Recording, dissipation, probe, record
from hwkit.energy.laws import across, conducted, drawn_at_nodes
from hwkit.units import THERMAL_VOLT
from hwkit.wiener import increments

from ..machines import family_machine, spring, springs

OPTIONS = {
    "rc": {"saturation_volt": 0.3, "driver_second": 1e-8, "output_ohm": 1e7, "supply_volt": 0.05},
    "resistive": {"bias": "resistor", "common_mode": 0.5},
}


def design_of(cell, n=4, **options):
    scale = hwkit.Scale(0.0896 if cell == "resistive" else 0.1)
    machine = family_machine(cell, n, 1)
    return hwkit.compile_model(machine, cell, scale, family_options(cell, options))


def group(kind, value, **parameters):
    fixed = {name: np.array(number) for name, number in parameters.items()}
    return Parts("x", kind, np.array([[0, 1]]), np.array([value]), fixed)


@pytest.mark.parametrize(
    ("parts", "current"),
    [
        (group("resistor", 2e3), 0.2 / 2e3),
        (group("resistor", -2e3), -0.2 / 2e3),
        (group("transconductor", 1e-3), 1e-3 * 0.1),
        (group("transcubic", 1e-3), 1e-3 * 0.1**3),
        (group("saturating", 1e-3, volt=0.05, offset=0.02), 5e-5 * np.tanh(1.6)),
        (group("cubic", 1e-3), 1e-3 * 0.2**3),
        (group("diode", 1e-9, emission=1.5), 1e-9 * np.expm1(0.2 / 1.5 / THERMAL_VOLT)),
        (group("limiter", 1e-3, volt=0.15), 1e-3 * 0.05),
        (group("current", 1e-6), 1e-6),
    ],
)
def test_currents_follow_the_laws_of_parts(parts, current):
    volts = np.array([[0.3, 0.1], [0.3, 0.1]])
    assert conducted(parts, volts) == pytest.approx(np.full((2, 1), current))
    port = 0.3 if "trans" in parts.kind or parts.kind == "saturating" else 0.2
    assert across(parts, volts) == pytest.approx(np.full((2, 1), port))
    drawn = drawn_at_nodes(parts, conducted(parts, volts), 2)
    other = 0.0 if port == 0.3 else -current
    assert drawn == pytest.approx(np.tile([current, other], (2, 1)))


def test_one_resistor_that_discharges_a_capacitor_takes_up_what_was_stored():
    design = hwkit.compile_model(spring(k=2.0), "rc")
    h, steps, v0 = 1e-9, 4000, 0.1
    rate = design.group("onsite-linear").values[0] / design.scale.farad
    volts = v0 / (1 + rate * h) ** np.arange(steps + 1.0)  # backward Euler
    found = dissipation(design, Recording(h, volts[None, :, None], np.zeros((1, steps, 1))))
    stored = design.scale.farad * (v0**2 - volts[-1] ** 2) / 2
    assert found.of("capacitor") == pytest.approx(-stored, rel=1e-12)
    assert found.of("onsite-linear") == pytest.approx(stored, rel=1e-12)
    assert found.imbalance < 1e-12
    assert found.second == pytest.approx(steps * h)


@pytest.mark.spice
@pytest.mark.parametrize("cell", ["rc", "resistive"])
@pytest.mark.parametrize("real", [False, True])
def test_energies_of_all_classes_add_up_to_nothing(cell, real):
    design = design_of(cell, **(OPTIONS[cell] if real else {}))
    runs = record(design, 0.5, 5e-3, 2, seed=7, x0=np.full((2, 4), 0.5))
    found = dissipation(design, runs)
    assert np.all(found.imbalance < 2e-6)
    # A forgotten class and a wrong sign do not go unnoticed.
    for role in found.roles:
        share = np.abs(found.of(role)) / np.abs(found.joule).sum(axis=1)
        assert np.all(share > 1e-6) or np.all(share == 0)
        if np.all(share > 0):
            assert np.all(found.without(role).imbalance > 0.5 * share)
            assert np.all(found.reversed(role).imbalance > share)


@pytest.mark.spice
def test_linear_circuits_balance_to_rounding_of_the_solver():
    design = hwkit.compile_model(springs(), "rc")
    found = dissipation(design, record(design, 0.5, 5e-3, 2, seed=1))
    assert np.all(found.imbalance < 1e-9)


@pytest.mark.spice
def test_units_of_a_recording_are_those_of_the_simulation():
    design = design_of("resistive")
    x0 = np.linspace(-0.5, 0.5, 8).reshape(2, 4)
    runs = record(design, 0.25, 5e-3, 2, seed=3, x0=x0)
    same = hwkit.simulate_spice(design, 0.25, 5e-3, 2, seed=3, x0=x0, save_every=1, tight=True)
    plus, minus = design.terminals.T
    units = (runs.volts[:, :, plus] - runs.volts[:, :, minus]) / design.scale.volt
    np.testing.assert_allclose(units, same.x, atol=1e-9)


@pytest.mark.spice
@pytest.mark.parametrize("cell", ["rc", "resistive"])
def test_the_two_rules_approach_each_other_as_the_step_shrinks(cell):
    design = design_of(cell)
    gaps = []
    for halvings in range(2):
        dt = 1e-2 / 2**halvings
        path = increments(5, range(3), 100, 4, 1e-2, halvings)  # the same Wiener paths
        runs = record(design, 1.0, dt, 3, x0=np.full((3, 4), 0.5), increments=path)
        gaps.append(dissipation(design, runs).step_error)
    slopes = np.log2(np.divide(gaps[:-1], gaps[1:]))
    assert np.all((slopes > 0.6) & (slopes < 1.5))


@pytest.mark.spice
@pytest.mark.parametrize("cell", ["rc", "resistive"])
@pytest.mark.parametrize("real", [False, True])
def test_powers_are_those_that_ngspice_reports(cell, real):
    options = {"saturation_volt": 0.3, "output_ohm": 1e7, "supply_volt": 0.5}
    design = design_of(cell, 3, **(options if real and cell == "rc" else {}))
    found = probe(design, x0=np.full(3, 0.5), seed=2)
    assert found.error < 1e-6
    assert found.imbalance < 1e-3  # ngspice's own powers, at its own tolerance
    for role in dict.fromkeys(found.roles):
        own = [k for k, name in enumerate(found.roles) if name == role]
        if np.any(found.ngspice[own]):
            assert found.without(role).imbalance > 5e-3
    swapped = found.ngspice.copy()
    swapped[0] *= -1
    assert np.abs(swapped - found.ours).max() > 0.1 * np.abs(found.ngspice).max()


@pytest.mark.spice
def test_circuits_whose_energy_is_not_known_are_refused():
    inductive = hwkit.compile_model(family_machine("rlc", 2, 1), "rlc")
    with pytest.raises(hwkit.DesignError, match="inductor does not follow"):
        record(inductive, 0.1)
    large = hwkit.compile_model(family_machine("rc", 30, 1), "rc")
    with pytest.raises(hwkit.DesignError, match="give a smaller machine"):
        probe(large)
