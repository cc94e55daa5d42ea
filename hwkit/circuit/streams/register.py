"""One long shift register whose stages, added in pairs, give each unit a bit stream of its own.

    s_t = 1 + sum over the taps of s_{t-k}       the bit that is shifted in, modulo 2
    u_t = s_{t-p} + s_{t-q}                      the stream of a unit, from stages p and q

The polynomial of the taps is primitive: with n stages the register passes through 2^n - 1 states
(Golomb, Shift Register Sequences, 1967). The one state that it never comes to, and would never
leave, is all ones; it starts from all zeros. The sum of two stages is the same sequence again,
shifted: by how much is known only from the polynomial, and far apart is what is wanted.

The distances q - p are different odd numbers. A sum of two is even, so that no three streams depend
on each other through the pairs alone. The lengths are exponents of Mersenne primes: an irreducible
polynomial is then primitive.
"""

from dataclasses import dataclass

import numpy as np

from hwkit.circuit.parts import FloatArray
from hwkit.circuit.streams.polynomials import is_irreducible, power
from hwkit.errors import DesignError

_MERSENNE = (3, 5, 7, 13, 17, 19, 31, 61, 89)
# Taps without three-point relations of 15, 30 or 44 streams within 2,000, 700 or 700 clocks.
_TAPS = {31: (5, 14, 25, 31), 61: (2, 32, 45, 61), 89: (11, 36, 52, 89)}
LARGEST_STREAMS = 44


@dataclass(frozen=True)
class BitStreams:
    """A shift register and the pairs of its stages that are added.

    Attributes:
        length: number of stages.
        taps: stages that are fed back, counted from 1; the last one is among them.
        pairs: the two stages of each stream.
    """

    length: int
    taps: tuple[int, ...]
    pairs: tuple[tuple[int, int], ...]

    def __post_init__(self) -> None:
        if self.length not in _MERSENNE:
            lengths = ", ".join(map(str, _MERSENNE))
            raise DesignError(f"a register of {self.length} stages; choose one of {lengths}")
        stages = {*self.taps, *(stage for pair in self.pairs for stage in pair)}
        beyond = [stage for stage in stages if not 1 <= stage <= self.length]
        if beyond:
            raise DesignError(f"stage {beyond[0]} is beyond a register of 1 to {self.length}")
        if len(self.taps) % 2 or not is_irreducible(self.polynomial):
            raise DesignError(
                f"taps {self.taps} of a register of {self.length} stages do not pass through all "
                "its states; choose an even number of taps of a primitive polynomial"
            )
        if any(p == q for p, q in self.pairs):
            raise DesignError("a stage added to itself is always 0; choose two stages")

    @property
    def period(self) -> int:
        """Number of clocks after which everything repeats."""
        return (1 << self.length) - 1

    @property
    def polynomial(self) -> int:
        """Polynomial of the taps over GF(2), bit k the coefficient of x^k; x is one clock on."""
        return (1 << self.length) | sum(1 << (self.length - tap) for tap in self.taps)

    def sums(self) -> list[int]:
        """Return each stream as a sum of bits of the sequence, a polynomial like `polynomial`."""
        n = self.length
        return [(1 << (n - p)) ^ (1 << (n - q)) for p, q in self.pairs]

    def state(self, clocks: int) -> int:
        """Return the stages, stage k in bit n - k, so many clocks after all zeros.

        By a jump: x^clocks modulo the polynomial says which of the first bits to add.
        """
        n, f = self.length, self.polynomial
        ahead, found = power(2, clocks, f), 0
        for k in range(n):  # the complement of the sequence starts with all ones
            found |= (1 ^ (ahead.bit_count() & 1)) << k
            ahead = ahead << 1 if not ahead >> (n - 1) else (ahead << 1) ^ f
        return found

    def bits(self, first: int, count: int) -> FloatArray:
        """Return the streams as +-1, (count, number of streams), from a clock on."""
        n = self.length
        state = self.state(first)
        sequence = np.empty(n + count, dtype=np.int8)
        sequence[:n] = [state >> k & 1 for k in range(n)]
        for t in range(n, n + count):
            sequence[t] = 1 ^ (sum(int(sequence[t - tap]) for tap in self.taps) & 1)
        sums = [
            sequence[n - p : n - p + count] ^ sequence[n - q : n - q + count] for p, q in self.pairs
        ]
        return np.stack(sums, axis=1) * 2.0 - 1.0


def bit_streams(count: int) -> BitStreams:
    """Return the shortest register of those listed that gives so many streams.

    Raises:
        DesignError: if there are more than `LARGEST_STREAMS`.
    """
    for length, taps in _TAPS.items():
        if count <= length // 2:
            return BitStreams(length, taps, tuple((1, 2 * k) for k in range(1, count + 1)))
    raise DesignError(
        f"{count} bit streams; the longest register listed gives {LARGEST_STREAMS}: divide the "
        "machine"
    )
