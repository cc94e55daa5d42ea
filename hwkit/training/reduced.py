"""Gated machines with less hardware: couplings of few bits, fewer couplings, parts that differ.

    of few bits      couplings into each unit on levels of one full scale, the one at which rounding
                     loses least; those of units into themselves, which are far larger, on levels
                     of theirs; so are gates; biases as they are
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
from hwkit.ordering import falling
from hwkit.training.levels import Levels
from hwkit.wiener import child_seed

FloatArray = NDArray[np.float64]
Gated = GatedMachine | SegmentedMachine

_SCALES = np.linspace(0.3, 1.0, 15)  # of the largest value, tried as full scale


def of_few_bits(machine: Gated, bits: int | None = None, gate_bits: int | None = None) -> Gated:
    """Return the machine with couplings and gates on levels of so many bits; None leaves them."""

    def part(group: ExpertGroup) -> ExpertGroup:
        J = None if group.J is None else _rounded(group.J, bits)
        basis = None if group.basis is None else _rounded(group.basis.T, bits).T
        w = _rounded(group.w.ravel(), gate_bits).reshape(group.w.shape)
        return replace(group, w=w, c=_rounded(group.c, gate_bits), J=J, basis=basis)

    def always(J: FloatArray) -> FloatArray:
        own = np.diag(J)
        return _rounded(J - np.diag(own), bits) + np.diag(_rounded(own, bits))

    return _changed(machine, always, part)


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
    """Return values (..., n) on levels of a full scale for each row, that which loses least."""
    if bits is None:
        return values
    rounded, least = values, np.full((*values.shape[:-1], 1), np.inf)
    largest = np.abs(values).max(axis=-1, keepdims=True, initial=0.0)
    for scale in _SCALES:
        levels = Levels(bits, 1.0)
        unit = np.divide(values, largest * scale, out=np.zeros_like(values), where=largest > 0)
        tried = levels.nearest(unit) * largest * scale
        lost = np.square(tried - values).sum(axis=-1, keepdims=True)
        rounded, least = np.where(lost < least, tried, rounded), np.minimum(lost, least)
    return rounded


def _largest(values: FloatArray, share: float) -> FloatArray:
    kept = falling(np.abs(values).ravel())[: round(share * values.size)]
    thin = np.zeros(values.size)
    thin[kept] = values.ravel()[kept]
    return thin.reshape(values.shape)
