"""Correlations of bit streams over the whole period, exactly, without passing through it.

A product of streams as +-1 at given lags is one again, or a sum of bits of the sequence. Over the
period P = 2^n - 1 such a sum has one 1 more than it has 0s, unless its terms cancel. So the mean of
a product of two streams is -1/P, and 1 where the two are the same at these lags; of three it is
1/P, and -1 where they cancel. Whether they do is a comparison of polynomials.
"""

from collections import Counter
from collections.abc import Iterator
from math import factorial, prod

import numpy as np

from hwkit.circuit.parts import FloatArray
from hwkit.circuit.streams.register import BitStreams

Place = tuple[int, int]  # a stream, from 0, and clocks


def largest_correlation(streams: BitStreams, lags: int) -> float:
    """Return the largest correlation, in magnitude, of two streams up to a lag, over the period.

    A stream with itself counts from lag 1 on. It is 1 where two are the same, 1/P otherwise.

    Args:
        streams: the register.
        lags: the largest lag in clocks, in both directions.
    """
    places = _places(streams, lags)
    same = any(len(where) > 1 for where in places.values())
    return 1.0 if same else 1 / streams.period


def cancelling(streams: BitStreams, lags: int) -> Iterator[tuple[Place, Place, Place]]:
    """Yield every three bits whose sum vanishes always: sorted, the least lag 0.

    Args:
        streams: the register.
        lags: the largest lag in clocks.
    """
    places, found = _places(streams, lags), set()
    firsts = [(k, poly) for poly, where in places.items() for k, ahead in where if not ahead]
    for stream, first in firsts:
        for second, where in places.items():
            for a in where:
                for b in places.get(first ^ second, ()):
                    found.add(tuple(sorted(((stream, 0), a, b))))
    for bits in sorted(found):
        last = max(ahead for _, ahead in bits)
        p, q, r = sorted((stream, last - ahead) for stream, ahead in bits)
        yield p, q, r


def three_point(streams: BitStreams, response: FloatArray) -> float:
    """Return the largest third moment of filtered streams, in magnitude, over the period.

    x_i(t) = sum over l of h_l b_i(t - l), divided by its rms for independent bits; the moment is
    the mean of x_i x_j x_k for any three streams, or one of them twice or three times.

    Args:
        streams: the register.
        response: h, (L,), for as many clocks as the filter remembers.
    """
    h, period = np.asarray(response, dtype=np.float64), streams.period
    background = float(np.sum(h)) ** 3 / period
    moments: dict[tuple[int, ...], float] = {}
    for bits in cancelling(streams, len(h) - 1):
        units = tuple(stream for stream, _ in bits)
        left = len(h) - max(lag for _, lag in bits)
        shared = float(np.sum(np.prod([h[lag : lag + left] for _, lag in bits], axis=0)))
        orders = prod(factorial(count) for count in Counter(units).values())
        before = moments.get(units, background)
        moments[units] = before - orders * shared * (1 + 1 / period)
    largest = max((abs(moment) for moment in moments.values()), default=0.0)
    return float(max(largest, background) / np.sum(h**2) ** 1.5)


def _places(streams: BitStreams, lags: int) -> dict[int, list[Place]]:
    """Return where each polynomial occurs: streams, and clocks ahead from 0 to the largest lag."""
    n, f = streams.length, streams.polynomial
    places: dict[int, list[Place]] = {}
    for k, poly in enumerate(streams.sums()):
        for ahead in range(lags + 1):
            places.setdefault(poly, []).append((k, ahead))
            poly <<= 1
            if poly >> n & 1:
                poly ^= f
    return places
