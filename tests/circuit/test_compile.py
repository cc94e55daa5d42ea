import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwkit import DesignError, EnergyModel, Onsite, Scale, compile_model
from hwkit.circuit import GROUND, Parts
from tests.machines import machines, random_machine


def leaving(design, v):
    """Current that leaves each node at voltages v, from the law of each kind of part."""
    total = np.zeros(len(design.nodes))
    for parts in design.parts:
        node, value = parts.nodes[:, 0], parts.values
        if parts.kind == "transconductor":
            np.add.at(total, node, value * v[parts.nodes[:, 1]])
        elif parts.kind == "cubic":
            np.add.at(total, node, value * v[node] ** 3)
        elif parts.kind == "current":
            np.add.at(total, node, value)
    return total


@given(
    machines(largest=15),
    st.floats(1e-4, 10),
    st.floats(1e-9, 1),
    st.floats(1e-15, 1e-6),
    st.integers(0, 2**32 - 1),
)
def test_the_currents_of_the_parts_are_the_force_of_the_model(model, volt, second, farad, seed):
    design = compile_model(model, scale=Scale(volt, second, farad))
    x = np.random.default_rng(seed).standard_normal(model.n_units)
    current = leaving(design, x * volt) / (farad / second * volt)
    scale = 1 + np.max(np.abs(model.force(x)))
    np.testing.assert_allclose(current, -model.force(x), rtol=1e-9, atol=1e-9 * scale)


def test_every_node_has_its_capacitor_and_its_noise():
    model = random_machine(6, 0, kT=0.2)
    design = compile_model(model, scale=Scale(farad=2e-12))
    capacitors, noise = design.group("capacitor"), design.group("noise")
    assert capacitors.nodes.tolist() == [[i, GROUND] for i in range(6)]
    assert np.all(capacitors.values == 2e-12)
    assert noise.nodes[:, 0].tolist() == list(range(6))
    np.testing.assert_allclose(noise.values, design.scale.noise_psd(0.2))


def test_each_direction_of_a_coupling_is_an_element():
    model = random_machine(8, 1, density=0.4)
    couplings = compile_model(model).group("coupling")
    assert len(couplings) == 2 * len(model.pairs()[0])
    assert len({tuple(pair) for pair in couplings.nodes.tolist()}) == len(couplings)


def test_elements_are_counted_with_noise_sources():
    model = random_machine(5, 1)
    assert compile_model(model).n_elements == 5 * 5 + 2 * 10


def test_an_unknown_family_is_refused():
    with pytest.raises(DesignError, match=r"circuit family 'abacus' is unknown; choose one of rc"):
        compile_model(random_machine(2, 0), cell="abacus")


class Other(Onsite):
    kind = "other"

    def energy(self, x):
        return x**2

    def slope(self, x):
        return 2 * x

    def curvature(self, x):
        return 2 + 0 * x

    def parameters(self):
        return {}

    def confining(self, n_units):
        return np.zeros(n_units, dtype=bool)


def test_an_energy_that_the_family_cannot_realise_is_refused():
    model = EnergyModel(np.zeros((2, 2)), np.zeros(2), Other())
    with pytest.raises(DesignError, match=r"family rc needs a quartic onsite energy, not 'other'"):
        compile_model(model)


def test_a_role_that_is_not_there_is_refused():
    design = compile_model(random_machine(2, 0))
    with pytest.raises(
        DesignError, match=r"no parts with the role 'diode'; it has capacitor, onsite"
    ):
        design.group("diode")


def test_parts_check_their_shapes_and_values():
    nodes = np.zeros((3, 2), dtype=np.intp)
    with pytest.raises(DesignError, match=r"links: nodes have shape \(3, 2\), expected \(2, 2\)"):
        Parts("links", "transconductor", nodes, np.ones(2))
    with pytest.raises(DesignError, match=r"links: a saturating has the parameters \['volt', 'off"):
        Parts("links", "saturating", nodes, np.ones(3), {"volt": np.array(1.0)})
    with pytest.raises(DesignError, match=r"links 1 has the value nan; it must be finite"):
        Parts("links", "transconductor", nodes, np.array([1, np.nan, 2]))


def test_a_coupling_too_large_for_its_scale_is_refused():
    model = EnergyModel([[0, 1e300], [1e300, 0]], [0, 0])
    with pytest.raises(DesignError, match=r"coupling 0 has the value inf; it must be finite"):
        compile_model(model, scale=Scale(second=1e-12, farad=1.0))
