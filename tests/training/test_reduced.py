from dataclasses import replace

import numpy as np

from hwkit.model import SegmentedMachine
from hwkit.training.reduced import (
    couplings_of_rank,
    mismatched,
    of_few_bits,
    of_low_rank,
    sparse,
)
from tests.model.test_gated import N, gated, low_rank_group, random_group, states

MACHINE = SegmentedMachine((gated(random_group(1), random_group(2, couplings=False)), gated()))


def distance(machine):
    pairs = zip(machine.segments, MACHINE.segments, strict=True)
    return max(np.max(np.abs(a.force(states()) - b.force(states()))) for a, b in pairs)


def test_more_bits_are_closer_and_have_so_many_levels():
    away = [distance(of_few_bits(MACHINE, bits)) for bits in (3, 6, 12)]
    assert away[0] > 2 * away[1] > 2 * away[2] > 0
    coarse = of_few_bits(MACHINE, 3).segments[0]
    own = np.diag(coarse.J)
    assert np.unique(own).size <= 7
    assert all(np.unique(row).size <= 7 for row in coarse.J - np.diag(own))
    assert all(np.unique(row).size <= 7 for J in coarse.groups[0].J for row in J)
    assert np.unique(coarse.J).size > 20  # each unit has a full scale of its own
    np.testing.assert_array_equal(coarse.groups[0].w, MACHINE.segments[0].groups[0].w)
    gates = of_few_bits(MACHINE, gate_bits=3).segments[0]
    assert np.unique(gates.groups[0].w).size <= 7
    np.testing.assert_array_equal(gates.J, MACHINE.segments[0].J)


def test_a_large_coupling_of_one_unit_costs_the_others_nothing():
    large = MACHINE.segments[0]
    J = large.J.copy()
    J[0, 1], J[2, 2] = 1e3, 1e4  # into another unit, and into itself
    segments = (replace(large, J=J), *MACHINE.segments[1:])
    rounded = of_few_bits(SegmentedMachine(segments), 6).segments[0].J
    usual = of_few_bits(MACHINE, 6).segments[0].J
    others = ~np.eye(N, dtype=bool)
    others[0] = False
    np.testing.assert_array_equal(rounded[others], usual[others])


def test_full_rank_and_all_couplings_change_nothing():
    assert distance(of_low_rank(MACHINE, N)) < 1e-10
    assert distance(sparse(MACHINE, 1.0)) == distance(mismatched(MACHINE, 0.0, 1)) == 0
    assert distance(of_low_rank(MACHINE, 1)) > 0.1  # control
    assert distance(mismatched(MACHINE, 0.1, 1)) > 0.1


def test_couplings_are_counted():
    half = sparse(MACHINE, 0.5)
    assert half.n_couplings == MACHINE.n_couplings // 2
    assert couplings_of_rank(MACHINE, 1) == 2 * N * N + 4 * 2 * N
    assert couplings_of_rank(MACHINE, N) == MACHINE.n_couplings
    assert np.linalg.matrix_rank(of_low_rank(MACHINE, 2).segments[0].groups[0].J[0]) == 2


def test_experts_of_low_rank_are_reduced_with_what_they_share():
    machine = gated(low_rank_group(1))
    group = machine.groups[0]
    coarse = of_few_bits(machine, 3).groups[0]
    rows = (*coarse.basis.T, *coarse.J.reshape(-1, coarse.J.shape[-1]))
    assert all(np.unique(row).size <= 7 for row in rows)
    assert np.all(mismatched(machine, 0.1, 1).groups[0].basis != group.basis)
    thin = of_low_rank(machine, 1)
    assert np.linalg.matrix_rank(thin.expanded().groups[0].J[0]) == 1
    assert couplings_of_rank(machine, 1) == N * N + 4 * (N + 2) + 2 * N
    assert couplings_of_rank(machine, 2) == machine.n_couplings


def test_boards_differ_by_their_seed():
    a, b, c = (mismatched(MACHINE, 0.1, s).segments[0].J for s in (1, 1, 2))
    np.testing.assert_array_equal(a, b)
    assert np.any(a != c)
