"""Generation that takes its time: a machine that is slower than the noising it reverses.

Where noising has no force its drift is -U', and with p the density of noised pictures,

    dx = -mu ( s U' + (1 + s)/2 phi ) dt + sqrt(2 s mu kT) dW

has the same densities backwards for any s > 0. phi is the field of couplings, biases and experts
that was trained for s = 1, where -U' - phi = U' + 2 kT grad log p. So a machine may take s times as
long, with all of phi times (1 + s)/(2 s), gates as they are. A larger s is nearer to equilibrium
with each p in turn, and gives more time to forget what went wrong before.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import ConfigError
from hwkit.model import GatedMachine, SegmentedMachine
from hwkit.training.protocol import Protocol

Gated = GatedMachine | SegmentedMachine


def turns(protocol: Protocol, n_segments: int, times: int) -> NDArray[np.intp]:
    """Return how many turns each segment takes in generation, (S,), in the order of a run.

    Args:
        protocol: the noising.
        n_segments: equal parts of it.
        times: turns where noising has no force, at the middle of the segment.
    """
    if times < 1:
        raise ConfigError(f"generation is to take {times} times as long; give at least 1")
    middles = (np.arange(n_segments)[::-1] + 0.5) * protocol.t_final / n_segments
    return np.where(protocol.force_scale(middles) > 0, 1, times)


def slowed(machine: Gated, protocol: Protocol, times: int) -> tuple[Gated, float]:
    """Return a machine that takes its time where noising has no force, and how long its run is.

    Args:
        machine: trained with this protocol.
        protocol: the noising.
        times: as long as its reversal; 1 changes nothing.

    Returns:
        The machine, whose slower segments take several turns, and the duration of its run, in
        model time.

    Raises:
        ConfigError: if it is to be faster.
    """
    parts, counts = machine.segments, turns(protocol, len(machine.segments), times)
    segments = [
        each
        for part, count in zip(parts, counts.tolist(), strict=True)
        for each in [_weaker(part, count)] * count
    ]
    slow = machine if len(segments) == len(parts) else SegmentedMachine(tuple(segments))
    return slow, protocol.t_final * len(segments) / len(parts)


def _weaker(part: GatedMachine, times: int) -> GatedMachine:
    """Return the machine with its couplings, biases and experts times (1 + s)/(2 s)."""
    if times == 1:
        return part
    gain = (1 + times) / (2 * times)
    groups = tuple(group.scaled(gain) for group in part.groups)
    return replace(part, J=gain * part.J, b=gain * part.b, groups=groups)
