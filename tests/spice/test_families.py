"""Circuits of every family against their own law: drift, paths, and the options that spoil them."""

import numpy as np
import pytest

import hwkit
from hwkit.circuit import RcOptions, ResistiveOptions, with_fault
from hwkit.circuit.faults import scale_role
from hwkit.fidelity import drift_residual
from hwkit.fidelity.distribution import distribution_metrics
from hwkit.langevin import simulate_backward_euler
from hwkit.spice import measure_gradient, measure_onsite
from tests.machines import family_machine

pytestmark = pytest.mark.spice

N = 5
SCALE = hwkit.Scale(volt=0.0896)
EXACT = [
    pytest.param("rc", None, id="rc"),
    pytest.param("resistive", None, id="resistive"),
    pytest.param("resistive", ResistiveOptions(bias="resistor"), id="resistive-bias-resistors"),
    pytest.param("resistive", ResistiveOptions(common_mode=3.0), id="resistive-common-mode"),
]
SPOILT = [
    pytest.param("rc", RcOptions(output_ohm=1e8), id="output-resistance"),
    pytest.param("rc", RcOptions(saturation_volt=0.5), id="saturation"),
    pytest.param("rc", RcOptions(offset_volt=1e-3), id="offset"),
    pytest.param("rc", RcOptions(supply_volt=0.05), id="supply"),
    pytest.param("resistive", ResistiveOptions(series="E96"), id="E96"),
    pytest.param("resistive", ResistiveOptions(converter_error=0.01), id="converter"),
    pytest.param(
        "resistive",
        ResistiveOptions(gain_bandwidth=1e9, amplifier_offset=1e-3),
        id="amplifier-offset",
    ),
]


def design(cell, options=None):
    machine = family_machine(cell, N, 3, n_visible=3)
    return hwkit.compile_model(machine, cell, SCALE, options)


def drift_error(built):
    states = 0.6 * np.random.default_rng(1).standard_normal((12, N))
    onsite = measure_onsite(built, states) if built.has("onsite-diode") else None
    return np.abs(
        drift_residual(built.model, states, measure_gradient(built, states), onsite)
    ).max()


@pytest.mark.parametrize(("cell", "options"), EXACT)
def test_without_imperfections_the_force_is_the_family_s_own_law(cell, options):
    assert drift_error(design(cell, options)) < 1e-6


@pytest.mark.parametrize(("cell", "options"), SPOILT)
def test_each_imperfection_shows_in_the_force(cell, options):
    """The controls of the test above."""
    assert drift_error(design(cell, options)) > 1e-5


def path_error(built, dt, reference=hwkit.simulate_langevin, **arguments):
    x0 = 0.3 * np.random.default_rng(2).standard_normal((20, N))
    increments = fine_increments(dt)
    runs = {"n_trajectories": 20, "seed": 1, "x0": x0, "increments": increments}
    real = hwkit.simulate_spice(built, 1.0, dt, **runs, **arguments)
    ideal = reference(built.model, 1.0, dt, **runs)
    return real.final - ideal.final


def fine_increments(dt, finest=0.01):
    """One Wiener path on every grid."""
    fine = np.sqrt(finest) * np.random.default_rng(3).standard_normal((20, round(1 / finest), N))
    return fine.reshape(20, round(1 / dt), -1, N).sum(axis=2)


@pytest.mark.parametrize(("cell", "options"), EXACT)
def test_paths_meet_the_reference_at_first_order(cell, options):
    built = design(cell, options)
    coarse, fine = (np.sqrt(np.mean(path_error(built, dt, tight=True) ** 2)) for dt in (0.02, 0.01))
    assert 1.6 < coarse / fine < 2.5
    assert fine < 0.02


@pytest.mark.parametrize(("cell", "options"), EXACT)
def test_tight_paths_are_backward_euler_s(cell, options):
    built = design(cell, options)
    away = np.abs(path_error(built, 0.01, simulate_backward_euler, tight=True)).max()
    assert away < (1e-6 if cell == "rc" else 2e-5)  # ngspice's diode lies 5e-5 off the exponential


@pytest.mark.parametrize("share", [0.1, 0.05])
def test_parasitic_capacitance_slows_the_machine(share):
    """Extra capacitance is a longer time unit and weaker noise: known exactly."""
    slow = design("rc", RcOptions(parasitic_farad=share * SCALE.farad))
    away = path_error(
        slow,
        0.01,
        lambda model, t, dt, increments, **runs: simulate_backward_euler(
            mobile(model, 1 / (1 + share)),
            t,
            dt,
            increments=increments / np.sqrt(1 + share),
            **runs,
        ),
        tight=True,
    )
    assert np.abs(away).max() < 1e-5
    assert np.abs(path_error(slow, 0.01, simulate_backward_euler, tight=True)).max() > 1e-3


def mobile(model, mobility):
    return hwkit.EnergyModel(model.J, model.b, model.onsite, model.kT, mobility, model.n_visible)


def test_a_slow_driver_lags_and_a_fast_one_does_not():
    def lag(second):
        built = design("rc", RcOptions(driver_second=second * SCALE.second))
        return np.abs(path_error(built, 0.01, simulate_backward_euler, tight=True)).max()

    slow, fast, faster = lag(0.1), lag(1e-3), lag(1e-4)
    assert slow > 30 * fast > 60 * faster


def test_amplifiers_of_the_converter_lag_by_their_bandwidth_and_slew():
    def lag(**limits):
        built = design("resistive", ResistiveOptions(**limits))
        return np.abs(path_error(built, 0.01, simulate_backward_euler, tight=True)).max()

    ideal, fast, slow = lag(), lag(gain_bandwidth=1e10), lag(gain_bandwidth=1e8)
    slewing = lag(gain_bandwidth=1e8, slew_rate=1e4)
    assert ideal < fast < slow / 10
    assert slewing > 2 * slow


def test_the_supply_clamps_a_node():
    machine = hwkit.EnergyModel([[0.0]], [-100.0], hwkit.Quartic(1.0, 0.0), kT=0.1)
    built = hwkit.compile_model(machine, "rc", SCALE, RcOptions(supply_volt=0.2))
    end = hwkit.simulate_spice(built, 2.0, 0.01, n_trajectories=2, seed=1).final * SCALE.volt
    assert np.all((end > 0.2) & (end < 0.22))


def test_the_mixed_level_saturates_like_the_full_netlist():
    built = design("rc", RcOptions(saturation_volt=0.05, offset_volt=2e-3))
    x0 = 0.3 * np.random.default_rng(2).standard_normal((4, N))
    runs = {"n_trajectories": 4, "seed": 1, "x0": x0}
    ends = [
        hwkit.simulate_spice(built, 1.0, 1e-3, level=level, **runs).final
        for level in ("full", "mixed")
    ]
    linear = hwkit.simulate_spice(design("rc"), 1.0, 1e-3, **runs).final
    assert np.abs(ends[0] - ends[1]).max() < 2e-3
    assert np.abs(ends[0] - linear).max() > 2e-2


def test_a_family_without_a_crossbar_refuses_the_mixed_level():
    with pytest.raises(hwkit.HwkitError, match="run it at level 'full'"):
        hwkit.simulate_spice(
            hwkit.compile_model(family_machine("rlc", 4, 1), "rlc"), 0.1, 0.01, level="mixed"
        )


def test_the_distribution_of_resistors_and_diodes_is_not_rejected():
    machine = family_machine("resistive", N, 3, n_visible=3)
    built = hwkit.compile_model(machine, "resistive", SCALE)
    t, h = 2.0, 0.05
    saved = (19, 20, 39)  # pairs of neighbouring steps, for the variance of increments
    ideal = hwkit.simulate_langevin(machine, t, h, 1500, seed=11, save_every=saved)
    both = [
        simulate(machine, t, h, 1500, seed=12, save_every=saved)
        for simulate in (simulate_backward_euler, hwkit.simulate_langevin)
    ]

    def rejected(circuit):
        runs = hwkit.simulate_spice(circuit, t, h, 400, seed=13, save_every=saved, tight=True)
        rows = distribution_metrics(
            ideal, runs, machine, schemes=(both[0], both[1]), resolution=None
        )
        return [row.name for row in rows if not row.passed]

    assert rejected(built) == []
    assert "distribution: increment variance" in rejected(scale_role("noise", 1.3)(built))
    assert rejected(with_fault(built, "dead-node"))
