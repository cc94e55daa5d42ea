"""Spectrum of the noise that drives each unit: what an estimated drift leaves of the increments.

A record is cut into segments of equal length. With w as of `moments`, h the time between samples,

    r_k = x_{k+1} - x_k - theta . (w_k + w_{k+1}) h/2        P(f) = |sum_k r_k e^{-2 pi i f k h}|^2

divided by h and by the terms of the sum: 2 D for white noise. The rule is the trapezoid's: between
samples the path is a Brownian bridge, whose integral adds white noise of a^2 h^2/12 relative, a
the damping, and no colour. theta solves sum_k w_{k-l} (K r)_k = 0 for l samples that outlast the
readout's memory, K a matrix that turns the noise of a segment into innovations (`shapes`); 1 for
white noise. All is a function of sums over groups of segments: leaving one group out at a time
(the jackknife) gives errors, and takes out the bias that an estimated theta has.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.intp]
Blocks = Iterator[tuple[bool, FloatArray]]

LONGEST, SHORTEST = 512, 64  # samples of a segment
GROUPS = 64
FEWEST = 24  # segments
_TOGETHER = 32  # segments whose transforms are held at a time
_TOP = 0.5  # of half the sampling rate, up to which the spectrum is used


@dataclass(frozen=True)
class Cut:
    """How a record is cut.

    Attributes:
        length: samples of a segment.
        count: number of segments, about.
        step: time between samples, in model time.
        memory: samples from the one that is multiplied with to the increment, l.
    """

    length: int
    count: int
    step: float
    memory: int

    @property
    def terms(self) -> int:
        """Increments of a segment."""
        return self.length - 1 - self.memory

    @property
    def bands(self) -> list[IndexArray]:
        """Harmonics of each band: the mean, then octaves, each to twice the frequency."""
        top = int(_TOP * self.terms / 2)
        edges = [0, *(2**k for k in range(top.bit_length()) if 2**k < top), top]
        return [np.arange(a, b) for a, b in zip(edges[:-1], edges[1:], strict=True) if b > a]

    @property
    def harmonics(self) -> FloatArray:
        """Degrees of freedom of each band in one segment, (bands,)."""
        return np.array([2.0 * len(band) - (band[0] == 0) for band in self.bands])


def cut(pieces: Sequence[int], step: float, memory: int) -> Cut | None:
    """Return how pieces of so many samples are cut; None if they are too short."""
    total = sum(pieces)
    length = min(LONGEST, int(np.median(pieces)) - 1, total // FEWEST)
    if length < SHORTEST:
        return None
    count = sum((samples - 1) // length for samples in pieces)
    return Cut(length, count, step, memory) if count >= FEWEST else None


@dataclass(frozen=True, eq=False)
class Sums:
    """Sums over the segments of each group.

    Attributes:
        scores: sum of w_{k-l} times the whitened (x_{k+1} - x_k, (w_k + w_{k+1}) h/2), for each
            whitening matrix, (matrices, groups, W, N + W).
        products: of the transforms of the latter, summed over each band, real part,
            (groups, bands, N + W, N + W).
        segments: in each group, (groups,).
    """

    scores: FloatArray
    products: FloatArray
    segments: FloatArray


def segment_sums(
    blocks: Callable[[], Blocks], how: Cut, powers: Sequence[int], whiteners: FloatArray | None
) -> Sums:
    """Sum over a record.

    Args:
        blocks: whether a block starts a piece, and its states (rows, N); NaN is missing.
        how: the record is cut.
        powers: of a unit's state that w holds.
        whiteners: matrices K, (matrices, terms, terms); None for one that is 1.
    """
    groups = min(GROUPS, how.count)
    sums: list[FloatArray] | None = None
    for first, states in _stacks(_segments(blocks(), how.length)):
        parts = _parts(states, how, powers, whiteners)
        if sums is None:
            shapes = (parts[0].shape[:1], *(part.shape[2:] for part in parts))
            sums = [np.zeros((shapes[0][0], groups, *shapes[1]))]
            sums += [np.zeros((groups, *shapes[2])), np.zeros(groups)]
        places = (first + np.arange(len(states))) * groups // how.count
        places = np.minimum(places, groups - 1)
        np.add.at(sums[0], (slice(None), places), parts[0])
        np.add.at(sums[1], places, parts[1][0])
        np.add.at(sums[2], places, 1.0)
    raise NotImplementedError
