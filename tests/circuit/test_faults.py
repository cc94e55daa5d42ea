import numpy as np
import pytest

from hwkit import DesignError, EnergyModel, NetlistError, compile_model, extract_model, render
from hwkit.circuit import FAULTS, with_fault
from tests.machines import dense, family_machine, random_machine

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
    """Role -> which of its elements are not what they were, or are new."""
    changed = {parts.role: np.arange(len(parts)) for parts in after.parts[len(before.parts) :]}
    for old, new in zip(before.parts, after.parts, strict=False):
        assert (old.role, old.kind, len(old)) == (new.role, new.kind, len(new))
        same = np.all(old.nodes == new.nodes, axis=1) & (old.values == new.values)
        if not same.all():
            changed[old.role] = np.flatnonzero(~same)
    return changed


@pytest.mark.parametrize("cell", ["rc", "resistive"])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_leaves_the_meaning_alone(fault, cell):
    design = compile_model(family_machine(cell, N, 4, density=0.8, n_visible=4), cell)
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
    assert role == "short"
    assert len(hit) == 1
    J2 = np.broadcast_to(built(faulty).onsite.J2, N)
    shorted = int(np.argmax(J2))
    assert shorted == np.argmax(np.abs(dense(machine)).sum(axis=1)[:4])
    assert J2[shorted] > 1e3
    np.testing.assert_allclose(np.delete(J2, shorted), 1.0)


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


@pytest.mark.parametrize("fault", ["sign-flip", "swap", "bias"])
def test_a_fault_of_resistors_makes_the_same_machine_as_one_of_transconductors(fault):
    first, second = (
        built(with_fault(compile_model(machine, cell), fault))
        for cell in ("rc", "resistive")
        for machine in [family_machine(cell, N, 4, density=0.8, n_visible=4)]
    )
    np.testing.assert_allclose(second.b, first.b, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(dense(second), dense(first), rtol=1e-9, atol=1e-12)


def test_a_row_of_weak_resistors_is_weak_both_ways_and_loads_less():
    machine = family_machine("resistive", N, 4, density=0.8, n_visible=4)
    design = compile_model(machine, "resistive")
    faulty = with_fault(design, "row")
    unit = int(np.argmax(np.abs(dense(machine)).sum(axis=1)[:4]))
    [(role, hit)] = changed_parts(design, faulty).items()
    ratio = design.group(role).values[hit] / faulty.group(role).values[hit]
    np.testing.assert_allclose(ratio, 0.9)
    assert len(hit) == 2 * np.count_nonzero(dense(machine)[unit])
    with pytest.raises(NetlistError, match=r"a conductance of .* G0 left beside its diodes"):
        built(faulty)


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
