"""Know how large a file will be before it is written.

A file is a row of blocks of like lines; a few lines of each block, evenly spaced, tell its size.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import NetlistError

MAX_BYTES = 256e6  # the paper's machine, 532,224 couplings, takes 50 MB
_SAMPLE = 64

Rows = slice | NDArray[np.intp]


@dataclass(frozen=True)
class Block:
    """Lines for a number of like elements; `lines(rows)` yields those of some of them."""

    count: int
    lines: Callable[[Rows], Iterator[str]]

    @classmethod
    def of(cls, lines: Iterable[str]) -> "Block":
        """Return a block of given lines."""
        given = list(lines)
        return cls(1, lambda rows: iter(given))

    def all(self) -> Iterator[str]:
        """Yield all lines."""
        return self.lines(slice(None))

    def size(self) -> float:
        """Return the bytes that the block will take, line ends included."""
        if self.count <= _SAMPLE:
            return _length(self.all())
        rows = np.linspace(0, self.count - 1, _SAMPLE).astype(np.intp)
        return _length(self.lines(rows)) * self.count / _SAMPLE


def estimate(blocks: Iterable[Block]) -> float:
    """Return the bytes that blocks will take together."""
    return sum(block.size() for block in blocks)


def check_size(what: str, size: float, limit: float) -> None:
    """Refuse to write what is larger than the limit.

    Raises:
        NetlistError: with the estimated size.
    """
    if size > limit:
        raise NetlistError(
            f"the {what} would take about {size / 1e6:.3g} MB, above the limit of "
            f"{limit / 1e6:.3g} MB; raise the limit (max_bytes, --max-megabytes) to write it"
        )


def _length(lines: Iterable[str]) -> int:
    return sum(len(line) + 1 for line in lines)
