import numpy as np
import pytest

from hwkit import DesignError, EnergyModel, compile_model, extract_model, render
from hwkit.circuit import FAULTS, with_fault
from tests.machines import dense, random_machine

N = 7


@pytest.fixture(scope="module")
def machine():
    return random_machine(N, 4, density=0.8, n_visible=4)


@pytest.fixture(scope="module")
def design(machine):
    return compile_model(machine)


def built(design):
    """The machine that the parts make, read back from the netlist."""
    return extract_model(render(design).text)


def changed_parts(before, after):
    """Role -> which of its elements are not what they were."""
    changed = {}
    for old, new in zip(before.parts, after.parts, strict=True):
        assert (old.role, old.kind, len(old)) == (new.role, new.kind, len(new))
        same = np.all(old.nodes == new.nodes, axis=1) & (old.values == new.values)
        if not same.all():
            changed[old.role] = np.flatnonzero(~same)
    return changed


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_leaves_the_meaning_alone(design, fault):
    faulty = with_fault(design, fault)
    assert faulty.model is design.model
    assert faulty.nodes == design.nodes
    assert changed_parts(design, design) == {}
    assert changed_parts(design, faulty) != {}


def test_sign_flip_turns_both_directions_of_the_median_coupling(machine, design):
    faulty = with_fault(design, "sign-flip")
    [(role, hit)] = changed_parts(design, faulty).items()
    assert role == "coupling"
    assert len(hit) == 2
    nodes = design.group("coupling").nodes[hit]
    assert np.array_equal(nodes[0], nodes[1][::-1])
    i, j = nodes[0]
    expected = dense(machine).copy()
    expected[i, j] = expected[j, i] = -expected[i, j]
    np.testing.assert_allclose(dense(built(faulty)), expected, rtol=1e-12)
    sizes = np.abs(dense(machine)[np.triu_indices(N, 1)])
    sizes = np.sort(sizes[sizes > 0])
    assert np.searchsorted(sizes, abs(expected[i, j])) in (len(sizes) // 2, (len(sizes) - 1) // 2)


def test_dead_node_shorts_the_most_strongly_coupled_visible_unit(machine, design):
    faulty = with_fault(design, "dead-node")
    [(role, hit)] = changed_parts(design, faulty).items()
    assert role == "onsite-linear"
    assert hit.tolist() == [np.argmax(np.abs(dense(machine)).sum(axis=1)[:4])]
    J2 = np.broadcast_to(built(faulty).onsite.J2, N)
    assert J2[hit[0]] > 1e3
    np.testing.assert_allclose(np.delete(J2, hit), 1.0)


def test_swap_exchanges_the_wiring_of_two_visible_units(machine, design):
    faulty = with_fault(design, "swap")
    assert set(changed_parts(design, faulty)) == {"bias", "coupling"}
    back = built(faulty)
    moved = np.flatnonzero(np.abs(back.b - machine.b) > 1e-12)
    assert len(moved) == 2
    assert np.all(moved < 4)
    order = np.arange(N)
    order[moved] = moved[::-1]
    np.testing.assert_allclose(back.b, machine.b[order], rtol=1e-12)
    np.testing.assert_allclose(dense(back), dense(machine)[np.ix_(order, order)], rtol=1e-12)


def test_temperature_raises_every_noise_by_a_tenth(design):
    faulty = with_fault(design, "temperature")
    [(role, hit)] = changed_parts(design, faulty).items()
    assert role == "noise"
    assert len(hit) == N
    np.testing.assert_allclose(faulty.group("noise").values, 1.1 * design.group("noise").values)


def test_designs_without_a_place_for_the_fault_are_refused(design):
    lone = compile_model(EnergyModel(np.zeros((2, 2)), np.zeros(2), n_visible=1))
    with pytest.raises(DesignError, match="no couplings to flip"):
        with_fault(lone, "sign-flip")
    with pytest.raises(DesignError, match="swapping takes two visible units, but the design has 1"):
        with_fault(lone, "swap")
    with pytest.raises(DesignError, match="fault 'gremlin' is unknown; choose one of sign-flip, "):
        with_fault(design, "gremlin")
    for fault in ("dead-node", "temperature"):  # control: these two have one
        assert changed_parts(lone, with_fault(lone, fault)) != {}
