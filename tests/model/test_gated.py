from dataclasses import replace

import numpy as np
import pytest

from hwkit import DataError, Quartic
from hwkit.model import ExpertGroup, GatedMachine, SegmentedMachine, experts
from tests.machines import random_machine

N = 6


def random_group(seed, n_experts=4, reads=None, drives=None, couplings=True, sharpness=1.0):
    rng = np.random.default_rng(seed)
    r, d = (N if units is None else len(units) for units in (reads, drives))
    return ExpertGroup(
        sharpness * rng.standard_normal((n_experts, r)),
        rng.standard_normal(n_experts),
        rng.standard_normal((n_experts, d)),
        rng.standard_normal((n_experts, d, r)) if couplings else None,
        reads,
        drives,
    )


def low_rank_group(seed, sharpness=1.0, reads=None, drives=None, rank=2):
    """Experts that couple to two sums of what they read."""
    full = random_group(seed, reads=reads, drives=drives, sharpness=sharpness)
    rng = np.random.default_rng(seed)
    basis = rng.standard_normal((full.n_reads, rank))
    J = rng.standard_normal((full.n_experts, full.n_drives, rank))
    return replace(full, J=J, basis=basis)


def gated(*groups, seed=0):
    rng = np.random.default_rng(seed)
    J, b = rng.standard_normal((N, N)), rng.standard_normal(N)
    return GatedMachine(J, b, groups, Quartic())


def states(n=40, seed=1):
    return np.random.default_rng(seed).standard_normal((n, N))


def by_the_formula(machine, x):
    """The force, written out unit by unit."""
    force = np.empty_like(x)
    for state, out in zip(x, force, strict=True):
        total = 2 * state + 4 * state**3 + machine.b + machine.J @ state
        for group in machine.groups:
            reads = np.arange(N) if group.reads is None else group.reads
            drives = np.arange(N) if group.drives is None else group.drives
            weight = np.exp(group.w @ state[reads] + group.c)
            for p, b, r in zip(weight / weight.sum(), group.b, range(len(weight)), strict=True):
                couplings = 0.0 if group.J is None else group.J[r] @ state[reads]
                total[drives] += p * (b + couplings)
        out[:] = -total
    return force


def test_without_experts_it_is_the_pairwise_machine():
    model = random_machine(N, 3)
    machine = GatedMachine(model.J, model.b, (), model.onsite, model.kT)
    np.testing.assert_allclose(machine.force(states()), model.force(states()), rtol=1e-13)
    assert machine.circulation(states(5)) == 0


@pytest.mark.parametrize("small", [0, 1000])  # expert after expert where gates are sharp, or never
@pytest.mark.parametrize("sharpness", [0.1, 30.0])  # all experts at work, or one at a time
def test_the_force_is_the_formula(sharpness, small, monkeypatch):
    monkeypatch.setattr(experts, "_SMALL", small)
    machine = gated(
        random_group(1, sharpness=sharpness),
        random_group(2, 7, couplings=False, sharpness=sharpness),
        random_group(3, 9, reads=[4, 0, 2], drives=[5, 1], sharpness=sharpness),
    )
    x = states()
    np.testing.assert_allclose(machine.force(x), by_the_formula(machine, x), atol=3e-5)
    # Control: the same experts behind other gates.
    other = gated(*(random_group(k, sharpness=sharpness) for k in (4, 5, 6)))
    assert np.max(np.abs(machine.force(x) - other.force(x))) > 0.1


@pytest.mark.parametrize("small", [0, 1000])
@pytest.mark.parametrize("sharpness", [0.1, 30.0])
def test_experts_of_low_rank_are_those_with_all_their_couplings(sharpness, small, monkeypatch):
    monkeypatch.setattr(experts, "_SMALL", small)
    machine = gated(low_rank_group(1, sharpness), low_rank_group(2, sharpness, [4, 0, 2], [5, 1]))
    x, whole = states(), machine.expanded()
    assert all(group.basis is None for group in whole.groups)
    assert whole.expanded() is whole
    np.testing.assert_allclose(machine.force(x), whole.force(x), atol=1e-12)
    np.testing.assert_allclose(machine.force(x), by_the_formula(whole, x), atol=3e-5)
    np.testing.assert_allclose(machine.jacobian(x[0]), whole.jacobian(x[0]), atol=1e-12)
    assert machine.n_couplings == N * N + (4 * N * 2 + N * 2) + (4 * 2 * 2 + 3 * 2)
    assert whole.n_couplings == N * N + 4 * N * N + 4 * 2 * 3
    assert SegmentedMachine((machine,)).expanded().n_couplings == whole.n_couplings


def test_states_of_any_shape():
    machine, x = gated(random_group(1)), states(12)
    deep = machine.force(x.reshape(3, 4, N))
    np.testing.assert_array_equal(deep.reshape(12, N), machine.force(x))
    np.testing.assert_allclose(machine.force(x[0]), machine.force(x)[0], rtol=1e-12)


def test_the_jacobian_is_that_of_the_field():
    machine = gated(random_group(1), random_group(3, 5, reads=[4, 0, 2], drives=[5, 1]))
    x, step = states(1)[0], 1e-6
    moves = step * np.eye(N)
    slopes = machine.coupling_field(x + moves) - machine.coupling_field(x - moves)
    np.testing.assert_allclose(machine.jacobian(x), slopes.T / (2 * step), atol=1e-5)
    assert machine.circulation(states(5)) > 0.1


def test_gates_of_large_fields_stay_finite():
    group = random_group(1, sharpness=1e4)
    p = group.weights(states())
    np.testing.assert_allclose(p.sum(axis=1), 1)
    assert np.all(np.isfinite(gated(group).force(states())))


def test_couplings_are_counted():
    local = random_group(3, 9, reads=[4, 0, 2], drives=[5, 1])
    assert gated(random_group(1), local).n_couplings == N * N + 4 * N * N + 9 * 2 * 3
    pair = SegmentedMachine((gated(local), gated()))
    assert pair.n_couplings == 2 * N * N + 54


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"w": np.zeros((0, N))}, "give at least one expert"),
        ({"c": np.zeros(3)}, r"c of the experts has shape \(3,\); give \(4,\)"),
        ({"b": np.zeros((4, 2))}, r"drives 2 units, but the machine has 6"),
        ({"J": np.full((4, N, N), np.nan)}, r"J\[0, 0, 0\] is nan"),
        ({"basis": np.zeros((N, 2))}, r"J of the experts has shape \(4, 6, 6\); give \(4, 6, 2\)"),
        ({"basis": np.zeros((3, N))}, r"basis of the experts has shape \(3, 6\); give \(6, 6\)"),
        ({"basis": np.zeros(N)}, r"J of the experts has shape"),
        ({"J": None, "basis": np.zeros((N, 2))}, "has a basis but no couplings"),
        ({"reads": [0, 0, 1, 2, 3, 4]}, "list of different unit numbers"),
        ({"reads": [0, 1, 2, 3, 4, 6]}, "reads unit 6; the machine has units 0 to 5"),
        ({"drives": [0.0, 1, 2, 3, 4, 5]}, "list of different unit numbers"),
    ],
)
def test_what_does_not_fit_is_refused(change, words):
    good = random_group(1)
    arguments = {"w": good.w, "c": good.c, "b": good.b, "J": good.J} | change
    if "b" in change:
        arguments["J"] = None
    if "w" in change:
        arguments |= {"c": np.zeros(0), "b": np.zeros((0, N)), "J": None}
    with pytest.raises(DataError, match=words):
        gated(ExpertGroup(**arguments))


def test_segments_are_alike():
    with pytest.raises(DataError, match="give at least one"):
        SegmentedMachine(())
    cold = GatedMachine(np.zeros((N, N)), np.zeros(N), (), Quartic(), kT=0.05)
    with pytest.raises(DataError, match=r"kT of segment 1 is 0\.05, of segment 0 0\.1"):
        SegmentedMachine((gated(), cold))


def test_another_temperature_changes_the_noise_alone():
    machine = SegmentedMachine((gated(random_group(1)), gated()))
    cold = machine.at_temperature(0.05)
    assert (cold.kT, machine.kT) == (0.05, 0.1)
    for one, other in zip(cold.segments, machine.segments, strict=True):
        np.testing.assert_array_equal(one.force(states()), other.force(states()))
    with pytest.raises(DataError, match="kT is -1; it must be a number above 0"):
        machine.at_temperature(-1)
