"""The board's source of bit streams: a shift register, exclusive-ors, and what starts it.

    data of stage 1    the sum of the taps + 1
    noise of a unit    p + q to its + rail, the same + 1 to its - rail

All between the supplies, so that a bit is plus or minus the supply. The clock comes from outside.
`start` holds the register at all zeros while it is low, and a resistor holds it low until something
outside does not: the register starts from there, and never is at all ones.
"""

from collections.abc import Iterator
from itertools import count

from hwkit.circuit.board.designators import parted
from hwkit.circuit.board.nets import (
    CLOCK_NET,
    START_NET,
    noise_net,
    stage_net,
    supply_nets,
    supply_pads,
)
from hwkit.circuit.board.pieces import Piece, package, two_pads
from hwkit.circuit.catalogue import Catalogue, choose_resistor, choose_supplied
from hwkit.circuit.streams import BitStreams

SHEET = "noise"
STAGES = 8  # of a package
_GATES = "ABCD"
_HOLD_OHM = 1e5
_HOLD = "R5"  # after the dividers of the biases


def stream_source(
    streams: BitStreams, catalogue: Catalogue, supply_volt: float, first: int
) -> Iterator[Piece]:
    """Yield the parts of the source, but for decoupling.

    Args:
        streams: the register, one stream for each unit.
        catalogue: the parts.
        supply_volt: of either supply, V.
        first: number of the first package.
    """
    packages = count(first)
    yield from _register(streams, catalogue, supply_volt, packages)
    yield from _gates(streams, catalogue, supply_volt, packages)
    _, minus = supply_nets(supply_volt)
    part = choose_resistor(catalogue, _HOLD_OHM)
    yield two_pads(_HOLD, "start", part, _HOLD_OHM, (START_NET, minus), SHEET)


def next_package(pieces: list[Piece]) -> int:
    """Return the first number of a package around the machine that no piece has."""
    numbers = [parted(p.designator)[1] for p in pieces if p.designator.startswith("U")]
    return 1 + max((number for number in numbers if number < 100), default=0)


def _register(
    streams: BitStreams, catalogue: Catalogue, supply_volt: float, packages: Iterator[int]
) -> Iterator[Piece]:
    part = choose_supplied(catalogue, "shift-register", 2 * supply_volt)
    plus, _ = supply_nets(supply_volt)
    used = {*streams.taps, *(stage for pair in streams.pairs for stage in pair)}
    used |= set(range(STAGES, streams.length, STAGES))  # what goes on in the next package
    for before in range(0, streams.length, STAGES):
        pads = supply_pads(part, supply_volt)
        for pin, net in (("clock", CLOCK_NET), ("clear", START_NET), ("in.b", plus)):
            pads[part.pins[pin]] = net
        pads[part.pins["in.a"]] = stage_net(before)
        for k in range(STAGES):
            if before + k + 1 in used:
                pads[part.pins[f"q{k}"]] = stage_net(before + k + 1)
        yield package(f"U{next(packages)}", "register", part, pads, (), SHEET)


def _gates(
    streams: BitStreams, catalogue: Catalogue, supply_volt: float, packages: Iterator[int]
) -> Iterator[Piece]:
    part = choose_supplied(catalogue, "exclusive-or", 2 * supply_volt)
    plus, minus = supply_nets(supply_volt)
    sums = [*_feedback(streams, plus), *_outputs(streams, plus)]
    for k in range(0, len(sums), len(_GATES)):
        pads = supply_pads(part, supply_volt)
        for place, gate in enumerate(_GATES):
            left = (minus, minus, "") if k + place >= len(sums) else sums[k + place]
            for pin, net in zip(("a", "b", "out"), left, strict=True):
                pads[part.pins[f"{gate}.{pin}"]] = net
        yield package(f"U{next(packages)}", "exclusive-or", part, pads, (), SHEET)


def _feedback(streams: BitStreams, plus: str) -> Iterator[tuple[str, str, str]]:
    """Yield the sums of the taps: both inputs and the output of each gate."""
    total, *others = (stage_net(tap) for tap in streams.taps)
    for k, other in enumerate(others, start=1):
        yield total, other, f"sum{k}"
        total = f"sum{k}"
    yield total, plus, stage_net(0)


def _outputs(streams: BitStreams, plus: str) -> Iterator[tuple[str, str, str]]:
    for unit, (p, q) in enumerate(streams.pairs):
        yield stage_net(p), stage_net(q), noise_net(unit, 0)
        yield noise_net(unit, 0), plus, noise_net(unit, 1)
