"""Bit streams of a shift register: counted over the whole period where it is short."""

from itertools import combinations_with_replacement

import numpy as np
import pytest

from hwkit import DesignError
from hwkit.circuit.streams import (
    LARGEST_STREAMS,
    BitStreams,
    bit_streams,
    largest_correlation,
    three_point,
)
from hwkit.circuit.streams.correlations import cancelling

SMALL = BitStreams(7, (4, 5, 6, 7), ((3, 4), (2, 5), (1, 6)))
MIDDLE = BitStreams(13, (1, 3, 4, 13), ((6, 7), (5, 8), (4, 9), (3, 10)))
SAMPLE = 314  # clocks of the bench study's samples


def stepped(streams, count):
    """The register as a circuit has it: stages that hand their bits on, from all zeros."""
    stages, rows = [0] * streams.length, []
    for _ in range(count):
        rows.append([stages[p - 1] ^ stages[q - 1] for p, q in streams.pairs])
        fed = 1 ^ (sum(stages[tap - 1] for tap in streams.taps) & 1)
        stages = [fed, *stages[:-1]]
    return np.array(rows) * 2.0 - 1.0


def filtered(bits, h):
    """Every filtered value over the period, (P, streams), over its rms for independent bits."""
    shifted = sum(weight * np.roll(bits, lag, axis=0) for lag, weight in enumerate(h))
    return shifted / np.sqrt(np.sum(h**2))


@pytest.mark.parametrize("streams", [SMALL, MIDDLE, bit_streams(12), bit_streams(40)])
def test_bits_are_those_of_the_register_also_after_a_jump(streams):
    wanted = stepped(streams, 400)
    np.testing.assert_array_equal(streams.bits(0, 400), wanted)
    np.testing.assert_array_equal(streams.bits(137, 100), wanted[137:237])


def test_the_register_comes_through_all_states_but_one_and_never_to_that():
    states, state = set(), SMALL.state(0)
    for k in range(SMALL.period):
        assert SMALL.state(k) == state
        states.add(state)
        fed = 1 ^ (sum(state >> (7 - tap) & 1 for tap in SMALL.taps) & 1)
        state = state >> 1 | fed << 6
    assert len(states) == SMALL.period
    assert 0 in states
    assert 0b1111111 not in states
    assert SMALL.state(SMALL.period) == SMALL.state(0)


@pytest.mark.parametrize(("streams", "lags"), [(SMALL, 3), (MIDDLE, 20), (MIDDLE, 4000)])
def test_correlations_are_those_counted_over_the_period(streams, lags):
    bits = stepped(streams, streams.period)
    spectra = np.fft.fft(bits, axis=0)
    largest = 0.0
    for i, j in combinations_with_replacement(range(len(streams.pairs)), 2):
        every = np.fft.ifft(spectra[:, i].conj() * spectra[:, j]).real / streams.period
        near = every[np.arange(-lags, lags + 1)]
        if i == j:
            near[lags] = 0
        largest = max(largest, np.abs(near).max())
    assert largest_correlation(streams, lags) == pytest.approx(largest, rel=1e-6)


@pytest.mark.parametrize("taps", [MIDDLE.taps, (5, 6, 10, 13)])
def test_three_point_moments_are_those_counted_over_the_period(taps):
    streams = BitStreams(13, taps, MIDDLE.pairs)
    h = np.exp(-np.arange(60) / 20)
    x = filtered(stepped(streams, streams.period), h)
    moments = np.einsum("ti,tj,tk->ijk", x, x, x, optimize=True) / streams.period
    assert three_point(streams, h) == pytest.approx(np.abs(moments).max(), rel=1e-9)


def test_streams_of_a_board_are_independent_for_longer_than_a_sample():
    streams = bit_streams(12)
    assert streams.period > 1000 * SAMPLE
    assert largest_correlation(streams, SAMPLE) < 1e-9
    h = np.exp(-np.arange(SAMPLE) / 125)
    assert three_point(streams, h) < 1e-5
    assert not list(cancelling(streams, SAMPLE))


def test_taps_that_are_too_close_are_correlated():
    """Controls: equal distances are one stream a few clocks later; so is what adds up."""
    good = bit_streams(3)
    close = BitStreams(31, good.taps, ((3, 10), (5, 12), (1, 31)))
    assert largest_correlation(close, 1) < 1e-9
    assert largest_correlation(close, 2) == 1.0
    rows = close.bits(1000, 500)
    np.testing.assert_array_equal(rows[:-2, 0], rows[2:, 1])
    h = np.exp(-np.arange(SAMPLE) / 125)
    adding = BitStreams(31, good.taps, ((3, 10), (10, 15), (3, 15)))
    assert largest_correlation(adding, SAMPLE) < 1e-9
    assert three_point(adding, h) > 0.08
    trinomial = BitStreams(31, (3, 31), good.pairs)
    assert three_point(trinomial, h) > 0.08  # each alone: s_t = 1 + s_{t-3} + s_{t-31}


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ((8, (4, 5, 6, 8), ((1, 2),)), "8 stages"),
        ((7, (1, 2, 4, 7), ((1, 2),)), "do not pass through all"),
        ((7, (4, 5, 7), ((1, 2),)), "even number"),
        ((7, (4, 5, 6, 7), ((1, 8),)), "stage 8 is beyond a register of 1 to 7"),
        ((7, (4, 5, 6, 7), ((3, 3),)), "added to itself"),
    ],
)
def test_registers_that_give_no_streams_are_refused(given, match):
    with pytest.raises(DesignError, match=match):
        BitStreams(*given)


def test_as_many_streams_as_asked_or_a_sentence():
    for count in (1, 15, 16, 30, 31, LARGEST_STREAMS):
        assert len(bit_streams(count).pairs) == count
    with pytest.raises(DesignError, match="45 bit streams"):
        bit_streams(45)
