"""Gated machines with less hardware: couplings of few bits, fewer couplings, parts that differ.

    of few bits      each set of couplings on levels of its own full scale, the one at which
                     rounding loses least; gates on levels of theirs; biases as they are
    of low rank      J^r ~ sum_k u_k s_k v_k^T, k <= rank: rank (n_drives + n_reads) couplings
    sparse           the largest share of all couplings of a set, the others 0
    mismatched       each coupling, bias and gate field times 1 + sigma xi, xi a standard normal

None is trained again.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hwkit.model import ExpertGroup, GatedMachine, SegmentedMachine
from hwkit.ordering import falling, smallest
from hwkit.training.levels import Levels
from hwkit.wiener import child_seed

FloatArray = NDArray[np.float64]
Gated = GatedMachine | SegmentedMachine

_SCALES = np.linspace(0.3, 1.0, 15)  # of the largest value, tried as full scale


def of_few_bits(machine: Gated, bits: int | None = None, gate_bits: int | None = None) -> Gated:
    """Return the machine with couplings and gates on levels of so many bits; None leaves them."""

    def part(group: ExpertGroup) -> ExpertGroup:
        J = None if group.J is None else np.stack([_rounded(each, bits) for each in group.J])
        basis = None if group.basis is None else _rounded(group.basis, bits)
        w, c = _rounded(group.w, gate_bits), _rounded(group.c, gate_bits)
        return replace(group, w=w, c=c, J=J, basis=basis)

    return _changed(machine, lambda J: _rounded(J, bits), part)


def of_low_rank(machine: Gated, rank: int) -> Gated:
    """Return the machine with the couplings of each expert cut to a rank."""

    def part(group: ExpertGroup) -> ExpertGroup:
        if group.J is None:
            return group
        u, s, v = np.linalg.svd(group.J, full_matrices=False)
        return replace(group, J=(u[..., :rank] * s[:, None, :rank]) @ v[:, :rank])

    return _changed(machine, lambda J: J, part)


def sparse(machine: Gated, share: float) -> Gated:
    """Return the machine with a share of the couplings of each set, the largest."""

    def part(group: ExpertGroup) -> ExpertGroup:
        if group.J is None:
            return group
        return replace(group, J=np.stack([_largest(each, share) for each in group.J]))

    return _changed(machine, lambda J: _largest(J, share), part)


def mismatched(machine: Gated, sigma: float, seed: int) -> Gated:
    """Return a machine whose parts differ from what they should be by a relative sigma."""
    draw = np.random.Generator(np.random.Philox(child_seed(seed, "mismatch")))

    def off(values: FloatArray) -> FloatArray:
        return np.asarray(values * (1 + sigma * draw.standard_normal(values.shape)))

    def part(group: ExpertGroup) -> ExpertGroup:
        J = None if group.J is None else off(group.J)
        basis = None if group.basis is None else off(group.basis)
        return replace(group, w=off(group.w), c=off(group.c), b=off(group.b), J=J, basis=basis)

    return _changed(machine, off, part, off)


def couplings_of_rank(machine: Gated, rank: int) -> int:
    """Return the number of couplings if those of each expert are made of `rank` pairs of vectors.

    An expert whose full matrix takes fewer keeps it. Where experts share a basis, the sums that it
    makes count once.
    """
    total = 0
    for segment in machine.segments:
        total += int(np.count_nonzero(segment.J))
        for group in segment.groups:
            if group.J is not None:
                full = group.n_drives * group.n_features
                thin = rank * (group.n_drives + group.n_features)
                total += group.n_experts * min(full, thin)
                total += 0 if group.basis is None else int(np.count_nonzero(group.basis))
    return total


def _changed(
    machine: Gated,
    always: Callable[[FloatArray], FloatArray],
    part: Callable[[ExpertGroup], ExpertGroup],
    bias: Callable[[FloatArray], FloatArray] = lambda b: b,
) -> Gated:
    segments = tuple(
        replace(each, J=always(each.J), b=bias(each.b), groups=tuple(map(part, each.groups)))
        for each in machine.segments
    )
    return segments[0] if isinstance(machine, GatedMachine) else SegmentedMachine(segments)


def _rounded(values: FloatArray, bits: int | None) -> FloatArray:
    largest = float(np.max(np.abs(values), initial=0.0))
    if bits is None or not largest:
        return values
    tried = [Levels(bits, float(largest * scale)).nearest(values) for scale in _SCALES]
    return tried[smallest([float(np.sum((each - values) ** 2)) for each in tried])]


def _largest(values: FloatArray, share: float) -> FloatArray:
    kept = falling(np.abs(values).ravel())[: round(share * values.size)]
    thin = np.zeros(values.size)
    thin[kept] = values.ravel()[kept]
    return thin.reshape(values.shape)
