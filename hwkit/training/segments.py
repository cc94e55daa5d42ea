"""The noised pictures of one segment: an equal part of the noising with parameters of its own.

Each (picture, step) is a sample. Samples are made anew, the same ones, each time they are gone
through, so memory does not grow with their number.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwkit.model import GatedMachine
from hwkit.training.noised_states import NoisedStates
from hwkit.wiener import child_seed, normals

FloatArray = NDArray[np.float64]
SingleArray = NDArray[np.float32]
Chunk = tuple[SingleArray, SingleArray, NDArray[np.bool_]]

_CHUNK = 4096  # samples at a time; a multiple of 4, as normals come
_ASIDE = 10  # every tenth picture is kept aside: it chooses ridges and gives the held-out loss


@dataclass(frozen=True, eq=False)
class SegmentNoising:
    """Noised pictures of one segment.

    Attributes:
        table: noised states of one unit.
        pictures: normalised, (P, N).
        steps: of the noising, in this segment.
        samples: noised states of each picture.
        seed: of their noise.
    """

    table: NoisedStates
    pictures: FloatArray
    steps: range
    samples: int
    seed: int

    @property
    def n_units(self) -> int:
        """Number of units, N."""
        return int(self.pictures.shape[1])

    def chunks(self) -> Iterator[Chunk]:
        """Yield states and targets (n, N), and which of them are of pictures kept aside (n,)."""
        total = self.samples * len(self.pictures)
        for first in range(0, total, _CHUNK):
            rows = np.arange(first, min(first + _CHUNK, total)) % len(self.pictures)
            n = len(rows)
            own = child_seed(self.seed, first)
            steps = np.random.Generator(np.random.Philox(own)).integers(
                self.steps.start, self.steps.stop, n
            )
            noise = normals(own, range(-(-n // 4)), 4, self.n_units)
            noise = noise.reshape(-1, self.n_units)[:n]
            x, y = self.table.at(self.pictures[rows], steps, noise)
            yield x, y, rows % _ASIDE == _ASIDE - 1

    def loss(self, machine: GatedMachine, everything: bool = False) -> float:
        """Return the mean square of y less the field, on pictures kept aside or on all."""
        squares, count = 0.0, 0
        for x, y, aside in self.chunks():
            rows = slice(None) if everything else aside
            left = y[rows] - machine.coupling_field(x[rows].astype(np.float64))
            squares += float(np.sum(left**2))
            count += left.size
        return squares / max(count, 1)


def noised_segments(
    table: NoisedStates, pictures: FloatArray, count: int, samples: int, seed: int
) -> list[SegmentNoising]:
    """Return the segments in the order of noising; their count divides its steps.

    Args:
        table: noised states of one unit.
        pictures: normalised, (P, N).
        count: number of segments.
        samples: noised states of each picture and segment.
        seed: root of their noise.
    """
    length = table.n_steps // count
    return [
        SegmentNoising(
            table,
            pictures,
            range(k * length, (k + 1) * length),
            samples,
            child_seed(seed, "noise", k),
        )
        for k in range(count)
    ]
