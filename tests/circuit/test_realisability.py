import numpy as np
import pytest

from hwkit import EnergyModel, Quartic, Scale, compile_model
from tests.machines import random_machine


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


def test_a_trained_machine_is_not_passively_realisable(trained):
    numbers = compile_model(trained.model).realisability
    assert 3 < numbers.coupling_sum_mean < 7
    assert 8 < numbers.coupling_sum_max < 14
    assert not numbers.passive
    assert numbers.n_elements == 5 * 128 + 2 * (64 * 64 + 64 * 63 // 2)
