"""A faster machine: the force field times the factor, and the same distribution in less time."""

import numpy as np
import pytest

import hwkit
from hwkit.model.speed import faster

J = np.array([[0.0, 0.8, -0.3], [0.8, 0.0, 0.5], [-0.3, 0.5, 0.0]])


@pytest.mark.parametrize("onsite", [hwkit.Quartic(1.0, 0.7), hwkit.Cosh.from_quartic()])
def test_energy_and_temperature_grow_together(onsite):
    model = hwkit.EnergyModel(J, [0.1, -0.2, 0.0], onsite, kT=0.1, n_visible=2)
    quick, x = faster(model, 4.0), np.linspace(-1, 1, 15).reshape(5, 3)
    np.testing.assert_allclose(quick.force(x), 4 * model.force(x), rtol=1e-13)
    assert (quick.kT, quick.mobility, quick.n_visible) == (0.4, 1.0, 2)


def test_the_same_path_in_a_quarter_of_the_time():
    model, quick = (m := hwkit.EnergyModel(J, [0.1, -0.2, 0.0], kT=0.1)), faster(m, 4.0)
    path = np.random.default_rng(1).standard_normal((5, 100, 3)) * 0.1
    slow = hwkit.simulate_langevin(model, 1.0, 0.01, 5, increments=path)
    fast = hwkit.simulate_langevin(quick, 0.25, 0.0025, 5, increments=path / 2)
    np.testing.assert_allclose(fast.final, slow.final, rtol=1e-12)
    for kept in ({"noise": False}, {"energy": False}):  # one side alone is another machine
        wrong = hwkit.simulate_langevin(
            faster(model, 4.0, **kept), 0.25, 0.0025, 5, increments=path / 2
        )
        assert np.max(np.abs(wrong.final - slow.final)) > 0.05


def test_what_cant_be_scaled_is_refused():
    model = hwkit.EnergyModel(J, np.zeros(3))
    with pytest.raises(hwkit.DataError, match="can't be sped up"):
        faster(model, 0.0)
    x = np.linspace(-2, 2, 9)
    curve = hwkit.EnergyModel(J, np.zeros(3), hwkit.model.Tabulated(x, x))
    with pytest.raises(hwkit.DataError, match="tabulated"):
        faster(curve, 2.0)
