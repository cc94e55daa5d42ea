import numpy as np
import pytest

from hwkit import Cosh, DataError, EnergyModel, NetlistError, Scale, SimulationError
from hwkit.circuit import RcOptions, compile_model
from hwkit.langevin import simulate_drift_machines
from hwkit.model import DriftMachine, Saturating
from hwkit.spice import (
    Device,
    device_file,
    diode_pair,
    measure_gradient,
    saturating_transconductor,
    simulate_spice,
    sweep_device,
)
from hwkit.spice.sweep import Sweep
from hwkit.units import THERMAL_VOLT
from tests.machines import random_machine

SCALE = Scale(volt=12**0.5 * THERMAL_VOLT)


@pytest.mark.spice
def test_a_swept_pair_of_diodes_is_the_cosh_energy():
    """Known answer: I_s = J2 G0 V_T for J2 = 1; the reverse branch is off by up to 5e-5."""
    sweep = sweep_device(diode_pair(SCALE.siemens * THERMAL_VOLT), 1.5 * SCALE.volt, 601)
    assert sweep.volts[300] == 0
    onsite = sweep.onsite(SCALE)
    x = np.linspace(-1.5, 1.5, 500)
    expected = Cosh.from_quartic().slope(x)
    np.testing.assert_allclose(onsite.slope(x), expected, atol=1e-4 * expected.max())
    other = Cosh(1.0, 1.01 * 12**0.5).slope(x)  # control: 1 % in the voltage
    assert np.max(np.abs(onsite.slope(x) - other)) > 1e-2 * expected.max()


@pytest.mark.spice
def test_a_swept_transconductor_is_its_curve_and_conductance():
    sweep = sweep_device(saturating_transconductor(2e-6, 0.1), 0.3, 301)
    curve, siemens = sweep.transfer(Scale(volt=0.1))
    assert siemens == pytest.approx(2e-6, rel=1e-6)
    x = np.linspace(-3, 3, 200)
    np.testing.assert_allclose(curve(x), np.tanh(x), atol=1e-5)


@pytest.mark.spice
def test_a_file_of_ones_own_is_swept(tmp_path):
    file = tmp_path / "cell.cir"
    file.write_text(
        "my cell\n.subckt cell a b r=1k\nr1 a b {r}\nb1 a b i = 1e-3*v(a,b)*v(a,b)*v(a,b)\n"
        ".ends\n.subckt other a\nr1 a 0 1\n.ends\n.end\n"
    )
    sweep = sweep_device(device_file(file, "CELL"), 0.5, 11)
    np.testing.assert_allclose(sweep.amperes, 1e-3 * (sweep.volts + sweep.volts**3), atol=1e-15)


@pytest.mark.spice
def test_a_device_that_can_not_be_read_or_solved_is_reported():
    with pytest.raises(NetlistError, match=r"\(q1\.xdevice\): expected 3 to 5 nodes and a model"):
        sweep_device(Device(".subckt broken a b\nq1 a b\n.ends", "broken"), 0.1, 11)
    loop = Device(".subckt loop a b\nv1 a b 1\n.ends", "loop")  # of voltage sources
    with pytest.raises(SimulationError, match="device loop can't be swept"):
        sweep_device(loop, 0.1, 11)


@pytest.mark.parametrize(
    ("text", "name", "words"),
    [
        ("t\n.subckt a x y\n.ends\n.subckt b x y\n.ends\n", None, "subcircuits a, b; name the one"),
        ("t\n.subckt a x y\n.ends\n", "c", "no subcircuit 'c'; it has a"),
        ("t\n.subckt a x\n.ends\n", None, "has 1 terminals; a device has 2"),
        ("t\n.control\nshell ls\n.endc\n", None, "control"),
    ],
)
def test_files_that_hold_no_device_are_refused(tmp_path, text, name, words):
    (tmp_path / "cell.cir").write_text(text)
    with pytest.raises(NetlistError, match=words):
        device_file(tmp_path / "cell.cir", name)


def test_sweeps_that_make_no_sense_are_refused():
    with pytest.raises(DataError, match="points is 10; a sweep needs an odd number"):
        sweep_device(diode_pair(1e-9), 0.1, 10)
    with pytest.raises(DataError, match="largest_volt is 0"):
        sweep_device(diode_pair(1e-9), 0.0)
    volts = np.linspace(-1, 1, 11)
    with pytest.raises(DataError, match="it couples nothing"):
        Sweep(volts, volts**4).transfer(Scale())
    with pytest.raises(DataError, match="both sides of 0 V"):
        Sweep(volts + 2, volts).transfer(Scale())


@pytest.mark.spice
def test_a_board_with_saturating_couplings_is_its_circuit_in_spice():
    """The model of device-aware training against the compiled netlist: force, then paths."""
    model, scale, g = random_machine(6, 0, size=2.0), Scale(volt=0.1), 4.0
    board = DriftMachine.of(model, Saturating(g))
    design = compile_model(model, "rc", scale, RcOptions(saturation_volt=scale.volt / g))
    x = np.random.default_rng(0).standard_normal((5, 6))
    measured = measure_gradient(design, x)
    np.testing.assert_allclose(measured, -board.force(x), atol=1e-6 * np.abs(measured).max())
    linear = DriftMachine.of(model)
    assert np.max(np.abs(measured + linear.force(x))) > 0.01  # control: linear couplings
    found = simulate_spice(design, 0.5, 2.5e-3, 3, seed=4, x0=x[:3], level="full").final
    expected, control = simulate_drift_machines([board, linear], 0.5, 2.5e-3, 3, 4, x[:3])[:, :, -1]
    assert np.std(found - expected) < 0.01 < 0.1 < np.std(found - control)


@pytest.mark.spice
def test_a_machine_trained_on_a_sweep_is_its_circuit_of_diodes():
    """Table, then a machine on it, then rails with those diodes in SPICE, against the table."""
    sweep = sweep_device(diode_pair(SCALE.siemens * THERMAL_VOLT), 2 * SCALE.volt, 1001)
    measured = random_machine(4, 1, onsite=sweep.onsite(SCALE))
    diodes = EnergyModel(measured.J, measured.b, Cosh.from_quartic(), measured.kT)
    design = compile_model(diodes, "resistive", SCALE)
    x = np.random.default_rng(0).uniform(-1, 1, (5, 4))
    found = measure_gradient(design, x)
    np.testing.assert_allclose(found, -measured.force(x), atol=2e-4 * np.abs(found).max())
