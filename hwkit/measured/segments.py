"""A record cut into segments of equal length, and sums over them that noise spectra are made of.

With w as of `moments`, h the time between samples and k the samples of a segment,

    r_k = x_{k+1} - x_k - theta . (w_k + w_{k+1}) h/2

is what a drift theta leaves of the increments. Between samples a path is a Brownian bridge, whose
integral by the trapezoid rule adds white noise of (a h)^2/12 relative, a the damping, and no
colour. Spectra of r are quadratic forms, and equations for theta linear ones, in the sums taken
here; groups of segments make errors possible.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.intp]
Blocks = Callable[[], Iterator[tuple[bool, FloatArray]]]

LONGEST, SHORTEST = 512, 64  # samples of a segment
MOST, FEWEST = 2048, 24  # segments
GROUPS = 60
_TOP = 0.5  # of half the sampling rate, up to which spectra are taken
_SETTLED = 0.1  # of a segment, after which what came before it is forgotten


@dataclass(frozen=True)
class Cut:
    """How a record is cut.

    Attributes:
        length: samples of a segment.
        count: segments that the record has, if no sample is missing.
        stride: one of so many is used.
        step: time between samples, in model time.
        memory: samples from w to the increment that it is multiplied with.
        powers: of a unit's state that w holds.
    """

    length: int
    count: int
    stride: int
    step: float
    memory: int
    powers: tuple[int, ...]

    @classmethod
    def of(
        cls, pieces: Sequence[int], step: float, memory: int, powers: Sequence[int]
    ) -> "Cut | None":
        """Return how pieces of so many samples are cut; None if they are too short."""
        length = min(LONGEST, int(np.median(pieces)) - 1, sum(pieces) // FEWEST)
        count = sum((samples - 1) // length for samples in pieces) if length >= SHORTEST else 0
        if count < FEWEST:
            return None
        return cls(length, count, -(-count // MOST), step, memory, tuple(powers))

    @property
    def groups(self) -> int:
        """Groups of segments."""
        return min(GROUPS, self.count // self.stride)

    @property
    def duration(self) -> float:
        """Model time of all segments."""
        return self.count * self.length * self.step

    @property
    def terms(self) -> int:
        """Increments of a segment."""
        return self.length - 1 - self.memory

    @property
    def bands(self) -> list[IndexArray]:
        """Harmonics of each band, (n,) each: the mean alone, then octaves."""
        top = int(_TOP * self.terms / 2)
        edges = [0, *(2**k for k in range(top.bit_length()) if 2**k < top), top + 1]
        return [np.arange(a, b) for a, b in pairwise(edges)]

    @property
    def freedom(self) -> FloatArray:
        """Degrees of freedom of each band in one segment, (bands,)."""
        return np.array([2.0 * len(band) - (band[0] == 0) for band in self.bands])


@dataclass(frozen=True, eq=False)
class Sums:
    """Sums over the segments of each group; y is (x_{k+1} - x_k, (w_k + w_{k+1}) h/2).

    Attributes:
        scores: of w_{k-memory} y_k, (groups, W, N + W).
        spectra: of the periodogram of y, mean of each band, over h and the terms, real part,
            (groups, bands, N + W, N + W).
        counts: segments, (groups,).
    """

    scores: FloatArray
    spectra: FloatArray
    counts: FloatArray

    def columns(self, unit: int, places: IndexArray) -> IndexArray:
        """Return the places in y of a unit's increment and its features, (1 + P,)."""
        n_units = self.scores.shape[2] - self.scores.shape[1]
        return np.concatenate([[unit], n_units + places])


def segment_sums(blocks: Blocks, cut: Cut, n_units: int) -> Sums:
    """Sum over a record.

    Args:
        blocks: makes whether a block starts a piece, and its states (rows, N); NaN is missing.
        cut: how it is cut.
        n_units: N.
    """
    width, groups, bands = 1 + len(cut.powers) * n_units, cut.groups, cut.bands
    scores = np.zeros((groups, width, n_units + width))
    spectra = np.zeros((groups, len(bands), n_units + width, n_units + width))
    counts = np.zeros(groups)
    for group, states in _segments(blocks(), cut):
        before, y = _terms(states, cut)
        scores[group] += before.T @ y
        waves = np.fft.rfft(y, axis=0)
        for place, band in enumerate(bands):
            part = waves[band]
            spectra[group, place] += (part.conj().T @ part).real / len(band)
        counts[group] += 1
    return Sums(scores, spectra / (cut.step * cut.terms), counts)


@dataclass(frozen=True, eq=False)
class Whitened:
    """Sums of one unit, for each whitening matrix K, over the segments of each group.

    Attributes:
        scores: of w_{k-memory} (K y)_k, (matrices, groups, P, 1 + P).
        squares: of (K z)_k (K z)_k, z = (x_{k+1} - x_k, h w_k), (matrices, groups, 1 + P, 1 + P).
    """

    scores: FloatArray
    squares: FloatArray


def whitened_sums(
    blocks: Blocks, cut: Cut, unit: int, places: IndexArray, whiteners: FloatArray
) -> Whitened:
    """Sum over a record.

    Args:
        blocks, cut: as above.
        unit: whose increments are taken.
        places: of the unit's features in w, (P,).
        whiteners: matrices K, (matrices, terms, terms).
    """
    size = places.size
    scores = np.zeros((len(whiteners), cut.groups, size, 1 + size))
    squares = np.zeros((len(whiteners), cut.groups, 1 + size, 1 + size))
    settled = int(_SETTLED * cut.terms)
    for group, states in _segments(blocks(), cut):
        before, y = _terms(states, cut)
        own = y[:, np.concatenate([[unit], states.shape[1] + places])]
        scores[:, group] += before[settled:, places].T @ (whiteners @ own)[:, settled:]
        z = np.column_stack(
            [own[:, 0], cut.step * _powers(states[cut.memory : -1], cut)[:, places]]
        )
        white = whiteners @ z
        squares[:, group] += white.transpose(0, 2, 1) @ white
    return Whitened(scores, squares)


def _powers(states: FloatArray, cut: Cut) -> FloatArray:
    ones = np.ones((len(states), 1))
    return np.concatenate([ones, *(states**power for power in cut.powers)], axis=1)


def _terms(states: FloatArray, cut: Cut) -> tuple[FloatArray, FloatArray]:
    """Return w_{k-memory}, (terms, W), and y_k, (terms, N + W)."""
    w = _powers(states, cut)
    moved = np.diff(states, axis=0)
    y = np.concatenate([moved, cut.step / 2 * (w[:-1] + w[1:])], axis=1)
    return w[: cut.terms], y[cut.memory :]


def _segments(
    blocks: Iterator[tuple[bool, FloatArray]], cut: Cut
) -> Iterator[tuple[int, FloatArray]]:
    """Yield segments without missing samples, (length, N), and the group of each."""
    left, number = np.empty((0, 0)), 0
    for starts, states in blocks:
        left = states if starts or not len(left) else np.concatenate([left, states])
        if starts and np.isnan(left[0]).any():  # no sample before it, to take a lag out
            left = left[1:]
        while len(left) >= cut.length:
            segment, left = left[: cut.length], left[cut.length :]
            if number % cut.stride == 0 and np.isfinite(segment).all():
                yield min(number * cut.groups // cut.count, cut.groups - 1), segment
            number += 1
