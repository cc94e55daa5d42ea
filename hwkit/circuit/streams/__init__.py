"""Bit streams of one shift register, one for each unit, and how nearly independent they are."""

from hwkit.circuit.streams.correlations import largest_correlation, three_point
from hwkit.circuit.streams.register import LARGEST_STREAMS, BitStreams, bit_streams

__all__ = ["LARGEST_STREAMS", "BitStreams", "bit_streams", "largest_correlation", "three_point"]
