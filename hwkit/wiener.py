"""Wiener increments: one frozen map from (seed, level, run, step, unit) to Gaussian noise.

Every simulator of the package draws its thermal noise here, so one seed means one path for all of
them. The map is counter-based, so any block of it can be made anywhere and in any order:

    words  = Philox4x32-10(counter = (unit, step // 4, run, level), key = SeedSequence(seed))
    u, a   = the 40 high bits (radius) and 24 low bits (angle) of each pair of words
    normal = sqrt(-2 ln u) (cos, sin)(2 pi a)                 four of them, for four steps in a row

Philox: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC11. The
Box-Muller transform rejects nothing and is exact to the resolution of u: tails reach 7.5 standard
deviations. Logarithm, sine and cosine are polynomials evaluated in float32 without fused
multiply-add, so that every IEEE machine makes the same bits.

The format is version 1 and frozen: a faster one will be a new version beside it.

Level 0 is the coarse path. Level l halves the step of level l - 1 by a Brownian bridge whose
normals are those of level l: coarse increments are the sums of fine ones.
"""

import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hwkit.compiling import kept, numba
from hwkit.errors import ConfigError
from hwkit.numbers import is_whole

FORMAT_VERSION = 1
STEPS_PER_BLOCK = 4

_BLOCKS_PER_FILL = 4
_MASK = np.uint64(0xFFFFFFFF)
_SHIFT = np.uint64(32)
_MULTIPLIER_0 = np.uint64(0xD2511F53)
_MULTIPLIER_1 = np.uint64(0xCD9E8D57)
_WEYL_0 = np.uint64(0x9E3779B9)
_WEYL_1 = np.uint64(0xBB67AE85)

FloatArray = NDArray[np.float64]
SingleArray = NDArray[np.float32]


def child_seed(seed: int, *path: int | str) -> int:
    """Derive the 64-bit seed of one stream, such as `child_seed(seed, "thermal", 3)`.

    Streams with different paths are independent (numpy's SeedSequence; words enter by CRC-32).
    """
    key = tuple(zlib.crc32(p.encode()) if isinstance(p, str) else int(p) for p in path)
    state = np.random.SeedSequence(checked_seed(seed), spawn_key=key).generate_state(2, np.uint32)
    return int(state[0]) | int(state[1]) << 32


def normals(
    seed: int, runs: Sequence[int] | range, n_steps: int, n_units: int, level: int = 0
) -> SingleArray:
    """Return the standard normals of steps 0 ... n_steps - 1, (n_steps, len(runs), n_units).

    Args:
        seed: root of the noise.
        runs: their numbers.
        n_steps: number of steps.
        n_units: number of units.
        level: how often the step has been halved; each level has normals of its own.
    """
    n_blocks = -(-n_steps // STEPS_PER_BLOCK)
    out = np.empty((n_blocks * STEPS_PER_BLOCK, len(runs), n_units), dtype=np.float32)
    return _Lanes(seed, runs, n_units, level).fill(0, out)[:n_steps]


def increments(
    seed: int, runs: Sequence[int] | range, n_steps: int, n_units: int, dt: float, halvings: int = 0
) -> FloatArray:
    """Return Wiener increments, (len(runs), n_steps * 2**halvings, n_units).

    Increments of a halved path sum to those of the coarser.

    Args:
        seed, runs, n_units: as for `normals`.
        n_steps: number of steps before halving.
        dt: the step before halving; increments have the variance dt / 2**halvings.
        halvings: how often every step is halved.
    """
    coarse = normals(seed, runs, n_steps, n_units).transpose(1, 0, 2)
    path: FloatArray = np.sqrt(dt) * np.ascontiguousarray(coarse, dtype=np.float64)
    for level in range(1, halvings + 1):
        path = _halved(path, dt / 2 ** (level - 1), seed, runs, level)
    return path


def _halved(
    path: FloatArray, dt: float, seed: int, runs: Sequence[int] | range, level: int
) -> FloatArray:
    n_runs, n_steps, n_units = path.shape
    bridge = normals(seed, runs, n_steps, n_units, level).transpose(1, 0, 2)
    first = 0.5 * path + 0.5 * np.sqrt(dt) * bridge
    return np.stack([first, path - first], axis=2).reshape(n_runs, 2 * n_steps, n_units)


class NoiseStream:
    """The normals of some runs, step after step, in constant memory."""

    def __init__(self, seed: int, runs: Sequence[int] | range, n_units: int) -> None:
        self._lanes = _Lanes(seed, runs, n_units, level=0)
        shape = (_BLOCKS_PER_FILL * STEPS_PER_BLOCK, len(runs), n_units)
        self._buffer = np.empty(shape, dtype=np.float32)
        self._filled = -1

    def at(self, step: int) -> SingleArray:
        """Return the normals of one step, (runs, units): a view that later calls overwrite."""
        fill, position = divmod(step, self._buffer.shape[0])
        if fill != self._filled:
            self._lanes.fill(fill * _BLOCKS_PER_FILL, self._buffer)
            self._filled = fill
        row: SingleArray = self._buffer[position]
        return row


class UnitNoise:
    """The same normals with the units before the runs, for kernels whose rows are units."""

    def __init__(self, seed: int, runs: Sequence[int] | range, n_units: int) -> None:
        self._lanes = _Lanes(seed, runs, n_units, level=0, units_first=True)

    def fill(self, first_block: int, out: SingleArray) -> SingleArray:
        """Write the normals from a block on into `out` (4 * blocks, units, runs) and return it."""
        return self._lanes.fill(first_block, out)


class _Lanes:
    """One lane per run and unit. Reused buffers save page faults, the larger cost."""

    def __init__(
        self,
        seed: int,
        runs: Sequence[int] | range,
        n_units: int,
        level: int,
        units_first: bool = False,
    ) -> None:
        self._key = np.random.SeedSequence(checked_seed(seed)).generate_state(2, np.uint32)
        numbers = np.asarray(runs, dtype=np.uint64), np.arange(n_units, dtype=np.uint64)
        lanes = np.meshgrid(*numbers, indexing="xy" if units_first else "ij")
        self._runs, self._units = (lane.ravel() for lane in lanes)
        self._level = np.uint64(level)

    def fill(self, first_block: int, out: SingleArray) -> SingleArray:
        """Write the normals from a block on into `out` (4 * blocks, runs, units) and return it."""
        _fill(
            np.uint64(self._key[0]),
            np.uint64(self._key[1]),
            self._units,
            self._runs,
            np.uint64(first_block),
            self._level,
            out.reshape(out.shape[0], -1),
        )
        return out


def checked_seed(seed: object) -> int:
    """Return a seed as a whole number.

    Raises:
        ConfigError: if it is none, or below 0.
    """
    if not is_whole(seed) or seed < 0:
        raise ConfigError(f"seed must be a whole number >= 0, not {seed!r}")
    return int(seed)


@numba.njit(inline="always")
def _philox(c0, c1, c2, c3, k0, k1):  # type: ignore[no-untyped-def]
    """Ten rounds on 32-bit words, held in 64-bit ones so that the products are exact."""
    for _ in range(10):
        product0 = _MULTIPLIER_0 * c0
        product1 = _MULTIPLIER_1 * c2
        c0 = (product1 >> _SHIFT) ^ c1 ^ k0
        c1 = product1 & _MASK
        c2 = (product0 >> _SHIFT) ^ c3 ^ k1
        c3 = product0 & _MASK
        k0 = (k0 + _WEYL_0) & _MASK
        k1 = (k1 + _WEYL_1) & _MASK
    return c0, c1, c2, c3


@numba.njit(inline="always")
def _log(u):  # type: ignore[no-untyped-def]
    """Natural logarithm of a positive float32; coefficients fitted at Chebyshev nodes."""
    bits = np.float32(u).view(np.int32)
    exponent = np.int32(
        (bits - np.int32(0x3F3504F3)) >> np.int32(23)
    )  # mantissa in [sqrt(1/2), sqrt(2))
    mantissa = bits - (exponent << np.int32(23))
    f = np.int32(mantissa).view(np.float32) - np.float32(1)
    p = np.float32(0.07146978378295898)
    p = p * f + np.float32(-0.11571795493364334)
    p = p * f + np.float32(0.11662944406270981)
    p = p * f + np.float32(-0.12411017715930939)
    p = p * f + np.float32(0.14249753952026367)
    p = p * f + np.float32(-0.16668477654457092)
    p = p * f + np.float32(0.20000715553760529)
    p = p * f + np.float32(-0.24999989569187164)
    p = p * f + np.float32(0.3333333134651184)
    square = f * f
    tail = f * square * p - np.float32(0.5) * square
    return np.float32(exponent) * np.float32(0.6931471805599453) + (f + tail)


@numba.njit(inline="always")
def _pair(w0, w1):  # type: ignore[no-untyped-def]
    """Turn 64 random bits into two standard normals (Box-Muller)."""
    high = np.int32(w0 >> np.uint64(12))
    low = np.int32(((w0 & np.uint64(0xFFF)) << np.uint64(8)) | (w1 & np.uint64(0xFF)))
    fraction = (np.float32(low) + np.float32(0.5)) * np.float32(2.0**-40)
    u = np.float32(high) * np.float32(2.0**-20) + fraction
    radius = np.sqrt(np.float32(-2) * _log(u))
    angle = np.int32(w1 >> np.uint64(8))
    quadrant = angle >> np.int32(22)
    offset = np.float32((angle & np.int32(0x3FFFFF)) - np.int32(0x200000)) + np.float32(0.5)
    t = offset * np.float32(2.0**-22)  # in (-1/2, 1/2), in units of a quarter turn
    z = t * t
    s = np.float32(0.00015820653061382473)
    s = s * z + np.float32(-0.004681266378611326)
    s = s * z + np.float32(0.07969257980585098)
    s = s * z + np.float32(-0.6459640860557556)
    s = (s * z + np.float32(1.5707963705062866)) * t
    c = np.float32(0.00090362987248227)
    c = c * z + np.float32(-0.02086007036268711)
    c = c * z + np.float32(0.25366920232772827)
    c = c * z + np.float32(-1.2337005138397217)
    c = c * z + np.float32(1)
    odd = (quadrant & np.int32(1)) != 0
    cosine = -s if odd else c
    sine = c if odd else s
    sign = np.float32(1) - np.float32(quadrant & np.int32(2))
    return radius * sign * cosine, radius * sign * sine


@kept(numba.njit, nogil=True)
def _fill(key0, key1, units, runs, first_block, level, out):  # type: ignore[no-untyped-def]
    """Two passes over the lanes of a block, each simple enough for the compiler to vectorise.

    Each is a function of its own: written out in this loop they are not, and take six times longer.
    """
    words = np.empty((4, out.shape[1]), dtype=np.uint32)
    for b in range(out.shape[0] // 4):
        block = first_block + np.uint64(b)
        _draw(key0, key1, units, runs, block, level, words[0], words[1], words[2], words[3])
        _transform(words[0], words[1], out[4 * b], out[4 * b + 1])
        _transform(words[2], words[3], out[4 * b + 2], out[4 * b + 3])


@numba.njit(nogil=True)
def _draw(key0, key1, units, runs, block, level, w0, w1, w2, w3):  # type: ignore[no-untyped-def]
    for lane in range(w0.size):
        v0, v1, v2, v3 = _philox(units[lane], block, runs[lane], level, key0, key1)
        w0[lane] = v0
        w1[lane] = v1
        w2[lane] = v2
        w3[lane] = v3


@numba.njit(nogil=True)
def _transform(first, second, cosines, sines):  # type: ignore[no-untyped-def]
    for lane in range(first.size):
        cosines[lane], sines[lane] = _pair(first[lane], second[lane])
