import numpy as np
import pytest

from hwkit import EnergyModel, Quartic, Scale, compile_model
from hwkit.circuit import CELLS, assess_families
from hwkit.model.speed import faster
from tests.machines import family_machine, random_machine


def test_the_worked_example():
    """1 pF, 0.1 V, kT = 0.1: 7.24e7 K; thermal noise at 300 K alone allows 204 uV."""
    numbers = compile_model(random_machine(3, 0), scale=Scale()).realisability
    assert numbers.noise_temperature == pytest.approx(7.24e7, rel=1e-3)
    assert numbers.thermal_volt == pytest.approx(203.5e-6, rel=1e-3)
    assert numbers.joule == pytest.approx(1e-14)
    assert numbers.noise_psd == pytest.approx(4e-21)
    text = numbers.describe()
    assert "7.24e+07 K" in text
    assert "V0 = 204 uV" in text
    assert "energy unit        10 fJ" in text


def test_at_the_thermal_volt_the_noise_is_that_of_room_temperature():
    model = random_machine(3, 0, kT=0.3)
    volt = compile_model(model, scale=Scale(farad=5e-12)).realisability.thermal_volt
    scale = Scale(volt=volt, farad=5e-12)
    assert scale.noise_temperature(0.3) == pytest.approx(300.0)


def test_coupling_sums_are_held_against_the_restoring_curvature():
    J = np.array([[0, 0.5, -1.0], [0.5, 0, 0], [-1.0, 0, 0]])
    numbers = compile_model(EnergyModel(J, np.zeros(3), Quartic([1.0, 0.8, 1.0]))).realisability
    assert numbers.coupling_sum_mean == pytest.approx(1.0)
    assert numbers.coupling_sum_max == pytest.approx(1.5)
    assert numbers.restoring == pytest.approx(1.6)
    assert numbers.passive
    assert "affordable" in numbers.describe()
    strong = compile_model(EnergyModel(2 * J, np.zeros(3))).realisability
    assert not strong.passive
    assert "must be cancelled or avoided" in strong.describe()


def test_signs_spread_range_and_power():
    J = np.array([[0, 0.5, -1.0], [0.5, 0, 0], [-1.0, 0, 0]])
    model = EnergyModel(J, [0.0, 0.2, 0.0], Quartic(1.0, 1.0), kT=0.1)
    numbers = compile_model(model, scale=Scale(0.1, 1e-6, 1e-12)).realisability
    assert (numbers.n_positive, numbers.n_negative) == (1, 1)
    assert numbers.value_spread["coupling"] == pytest.approx(2.0)
    assert "capacitor" not in numbers.value_spread
    # Unit 0 rests farthest out if 2 x + 4 x^3 = 1.5 x; unit 1 if 2 x + 4 x^3 = 0.5 x + 0.2.
    root = np.roots([4, 0, 1.5, -0.2])
    outermost = float(np.max(root[np.isreal(root)].real))
    assert numbers.swing == pytest.approx(max(outermost, 3 * np.sqrt(0.1 / 2)), rel=1e-6)
    thermal = np.sqrt(1.380649e-23 * 300 / 1e-12)
    assert numbers.dynamic_range_db == pytest.approx(20 * np.log10(0.1 * numbers.swing / thermal))
    siemens = 1e-6 * (2 * 3 + 2 * 1.5)
    expected = 1.8 * (siemens * 0.1 * numbers.swing + 0.2e-7)
    assert numbers.power == pytest.approx(expected)
    assert numbers.noise_gain_db == pytest.approx(10 * np.log10(7.243e7 / 300), rel=1e-3)


def test_a_faster_machine_swings_as_far_at_more_power(trained):
    slow = compile_model(trained.model).realisability
    fast = compile_model(faster(trained.model, 8.0)).realisability
    assert fast.swing == pytest.approx(slow.swing, rel=1e-12)
    assert fast.power == pytest.approx(8 * slow.power, rel=1e-12)
    hot = compile_model(faster(trained.model, 8.0, energy=False)).realisability
    assert hot.swing > slow.swing  # control: hotter alone, the noise reaches farther


def test_a_verdict_for_every_family(trained):
    verdicts = {verdict.cell: verdict for verdict in assess_families(trained.model)}
    assert set(verdicts) == set(CELLS)
    assert verdicts["rc"].realisable
    assert "noise must be amplified by 54 dB" in verdicts["rc"].remedies[0]
    assert not verdicts["resistive"].realisable
    assert "Cosh.from_quartic" in verdicts["resistive"].remedies[0]
    assert not verdicts["spu"].realisable


def test_what_resistors_and_diodes_would_need():
    machine = family_machine("resistive", 6, 1, size=2.0)
    [verdict] = [v for v in assess_families(machine, Scale(volt=1.0)) if v.cell == "resistive"]
    assert verdict.realisable
    assert any("converters must cancel up to" in remedy for remedy in verdict.remedies)
    assert any("choose V0 = 0.0896 V" in remedy for remedy in verdict.remedies)


def test_a_trained_machine_is_not_passively_realisable(trained):
    numbers = compile_model(trained.model).realisability
    assert 3 < numbers.coupling_sum_mean < 7
    assert 8 < numbers.coupling_sum_max < 14
    assert not numbers.passive
    assert numbers.n_elements == 5 * 128 + 2 * (64 * 64 + 64 * 63 // 2)
