"""Circuits of gated machines, without a simulator of circuits: parts, needs, equations."""

from dataclasses import replace

import numpy as np
import pytest

import hwkit
from hwkit.circuit import (
    GATE_FAULTS,
    RcOptions,
    compile_cells,
    compile_model,
    compile_segments,
    with_fault,
    with_start_up,
)
from hwkit.circuit.gated import segment_ends
from hwkit.circuit.parts import Parts
from hwkit.langevin import simulate_gated, simulate_gated_implicit
from hwkit.model import GatedMachine
from hwkit.netlist.bom import bill_of_materials
from hwkit.netlist.veriloga import render_veriloga
from hwkit.spice import expert_crossbar
from hwkit.twin import bind, simulate_boards
from tests.gated_machines import small_gated, small_segmented

N = 4


@pytest.fixture(scope="module")
def machine():
    return small_gated()


@pytest.fixture(scope="module")
def design(machine):
    return compile_model(machine)


def test_every_coupling_is_an_element_and_every_expert_a_branch(machine, design):
    whole, part = machine.groups
    assert len(design.group("gate-branch")) == whole.n_experts + part.n_experts
    assert len(design.group("gate-tail")) == 2
    assert len(design.group("gate-field")) == whole.w.size + part.w.size
    assert len(design.group("expert-coupling")) == whole.J.size + part.J.size
    assert len(design.group("coupling")) + len(design.group("self-coupling")) == N * N
    names = [
        line.split()[0] for line in hwkit.render(design).text.splitlines() if line[0].isalpha()
    ]
    assert len(set(names)) == len(names)  # the diagonal of J is no second onsite conductance


def test_a_netlist_has_all_couplings_of_experts_of_low_rank(machine):
    whole, part = machine.groups
    basis = np.random.default_rng(0).standard_normal((N, 2))
    few = replace(machine, groups=(replace(whole, J=whole.J @ basis, basis=basis), part))
    design = compile_model(few)
    assert len(design.group("expert-coupling")) == whole.J.size + part.J.size
    cells = compile_cells(few)
    x = 0.5 * np.random.default_rng(1).standard_normal((3, N))
    current = expert_crossbar(cells).current(x * cells.scale.volt)
    np.testing.assert_allclose(current / cells.scale.ampere, few.coupling_field(x), atol=1e-12)


@pytest.mark.parametrize("seed", [0, 3])
def test_the_twin_of_the_netlist_is_backward_euler_of_the_machine(seed):
    machine = small_gated(seed, prototypes=seed > 0)
    design = compile_model(machine)
    bound, x0 = bind(design), 0.5 * np.random.default_rng(1).standard_normal((3, N))
    arguments = {"n_trajectories": 3, "seed": 5, "x0": x0}
    twin = simulate_boards(design, 0.5, 0.01, mode="implicit", bound=bound, **arguments)
    reference = simulate_gated_implicit(machine, 0.5, 0.01, **arguments)
    np.testing.assert_allclose(twin.x[0, :, -1], reference.final, rtol=0, atol=1e-7)
    ideal = simulate_gated(machine, 0.5, 0.01, **arguments)
    # The reference leaves experts of a weight below 1e-6 out.
    assert 1e-4 < np.abs(reference.final - ideal.final).max() < 0.1


@pytest.mark.parametrize("fault", GATE_FAULTS)
def test_the_twin_sees_faults_of_gates(machine, design, fault):
    faulty = with_fault(design, fault)
    assert faulty.machine is machine
    arguments = {"n_trajectories": 3, "seed": 5}
    paths = [simulate_boards(d, 0.5, 0.01, mode="implicit", **arguments).x[0, :, -1]
             for d in (design, faulty)]  # fmt: skip
    assert np.abs(paths[1] - paths[0]).max() > 0.02


def test_the_parts_beside_ngspice_are_the_machine_s(machine, design):
    volts = 0.1 * np.random.default_rng(2).standard_normal(N)
    crossbar = expert_crossbar(design)
    own = machine.coupling_field(volts / design.scale.volt) - machine.b  # biases are in the netlist
    np.testing.assert_allclose(crossbar.current(volts), own * design.scale.ampere, rtol=1e-12)
    weights = np.hstack([g.weights(np.atleast_2d(volts / 0.1)[:, _reads(g)])[0]
                         if g.reads is None else _weights(g, volts / 0.1)
                         for g in machine.groups])  # fmt: skip
    np.testing.assert_allclose(
        crossbar.current(volts, weights), own * design.scale.ampere, rtol=1e-12
    )
    assert crossbar.watched()[-1] == ("gate1__weight1", "0")
    cells = compile_cells(machine, gates=False)
    assert expert_crossbar(cells).weights == ()
    np.testing.assert_allclose(
        expert_crossbar(cells).current(volts),
        machine.coupling_field(volts / 0.1) * design.scale.ampere,
        rtol=1e-12,
    )


def _reads(group):
    return slice(None) if group.reads is None else group.reads


def _weights(group, x):
    fields = group.w @ x[group.reads] + group.c
    return np.exp(fields - fields.max()) / np.exp(fields - fields.max()).sum()


def test_a_faulty_coupling_is_in_what_is_beside_ngspice(machine, design):
    volts = 0.1 * np.ones(N)
    flipped = expert_crossbar(with_fault(design, "sign-flip")).current(volts)
    assert (
        np.abs(flipped - expert_crossbar(design).current(volts)).max() > 0.01 * design.scale.ampere
    )


def test_segments_have_gates_sums_and_switches_of_their_own():
    design = compile_segments(small_segmented(), 1.5, hold=0.5)
    assert design.ends == (1.0, 1.5, 2.0) == segment_ends(3, 1.5, 0.5)
    switches = {p.role: float(p.parameter("second")[0]) * 1e6
                for p in design.parts if p.kind == "switch"}  # fmt: skip
    for role, time in (("segment0-on", 0.5), ("segment1-on", 1.0), ("segment1-off", 1.5),
                       ("segment2-on", 1.5)):  # fmt: skip
        assert time < switches[role] < time + 1e-6
    assert "segment2-off" not in switches
    driven = set(design.group("expert-coupling").nodes[:, 0].tolist())
    assert driven.isdisjoint(range(N))
    assert {design.nodes[node] for node in driven} == {
        f"x{i}__sum{k}" for i in range(N) for k in range(3)
    }
    assert "gate5__tail" in design.nodes


def test_what_gates_ask_for_is_counted(machine, design):
    needs = design.realisability
    couplings = machine.n_couplings
    assert needs.gates.n_shared + needs.gates.n_of_experts == couplings
    fields = sum(group.w.size for group in machine.groups)
    assert needs.gates.n_field_inputs == fields
    biases = N + sum(group.b.size for group in machine.groups)
    assert needs.gates.n_dacs == couplings + fields + biases + 5
    assert needs.n_positive + needs.n_negative == couplings
    assert needs.coupling_sum_max > np.abs(machine.J).sum(axis=1).max()
    assert 4 < needs.gates.gate_bits < needs.gates.coupling_bits < 12
    assert "bits" in needs.describe()
    assert (
        "bits"
        not in compile_model(
            hwkit.EnergyModel(np.zeros((2, 2)), np.zeros(2))
        ).realisability.describe()
    )
    turns = compile_segments(small_segmented(), 1.0).realisability
    assert turns.gates.n_dacs > 2 * needs.gates.n_dacs
    assert turns.power < 2 * needs.power  # one segment at a time


def test_the_power_of_a_gate_is_that_of_one_expert(machine):
    """Experts share one tail current: more of them cost fields, not couplings."""
    group = machine.groups[0]
    alone = GatedMachine(machine.J, machine.b, (group,), machine.onsite)
    twice = GatedMachine(machine.J, machine.b, (_doubled(group),), machine.onsite)
    one, two = (compile_model(m).realisability for m in (alone, twice))
    assert one.swing == two.swing
    assert 1 < two.power / one.power < 1.2


def _doubled(group):
    return type(group)(*(np.concatenate([getattr(group, name)] * 2) for name in "wcbJ"))


def test_other_exports(design):
    kinds = {row.kind for row in bill_of_materials(design)}
    assert {"gated", "exponential"} <= kinds
    assert hwkit.render(design, "spectre", "none").text.count("bsource") > 5
    assert "gate0__tail" in hwkit.render(design, form="hierarchy").text
    with pytest.raises(hwkit.NetlistError, match="gates are shared by all units"):
        render_veriloga(design)
    with pytest.raises(hwkit.NetlistError, match=r"'gate0__tail' are a gate.*no energy to extract"):
        hwkit.extract_model(hwkit.render(design).text)


@pytest.mark.parametrize(("make", "words"), [
    (lambda m: compile_model(m, "resistive"), "resistive has no gates; .* cell='rc'"),
    (lambda m: compile_model(m, options=RcOptions(series="E24")), "series is not modelled"),
    (lambda m: compile_model(small_segmented()), "compile_segments"),
    (lambda m: compile_cells(small_segmented()), "t_final is None; segments are switched"),
    (lambda m: compile_segments(small_segmented(), 1.0, hold=-1), "the hold is -1"),
    (lambda m: with_start_up(compile_segments(small_segmented(), 1.0), 1), "give compile_segments"),
    (lambda m: expert_crossbar(compile_segments(small_segmented(), 1.0)), "level 'full'"),
    (lambda m: with_fault(compile_cells(m, gates=False), "gate-stuck"), "holds no gates"),
    (lambda m: Parts("x", "gated", np.zeros((1, 2), int), np.ones(1)), "elements with gates"),
])  # fmt: skip
def test_what_can_t_be_is_refused(machine, make, words):
    with pytest.raises(hwkit.DesignError, match=words):
        make(machine)
