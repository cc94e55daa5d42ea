"""What a board has beside the machine itself: supplies, biases, reset, connectors, test points.

biases      a divider with a trimmer from either supply and a dual amplifier as follower: VB+, VB-
decoupling  100 nF from each supply pin to ground, 10 uF where the supplies come in
reset       a switch between the rails of each unit, closed while `reset` is at the + supply
noise       a shift register and exclusive-ors: a bit stream for each unit, see `stream_source`
connectors  supplies; clock, start and reset; the amplifiers' outputs
test points both rails of every unit, supplies, biases, ground
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from hwkit.circuit.board.designators import decoupling_of, designator
from hwkit.circuit.board.nets import (
    BIAS_NETS,
    CLOCK_NET,
    DIVIDER_NETS,
    GROUND_NET,
    RESET_NET,
    START_NET,
    TRIMMER_NETS,
    net_of,
    supply_nets,
    supply_pads,
    unit_sheet,
)
from hwkit.circuit.board.pieces import Piece, package, two_pads
from hwkit.circuit.board.stream_source import next_package, stream_source
from hwkit.circuit.catalogue import (
    Catalogue,
    choose_amplifier,
    choose_capacitor,
    choose_plain,
    choose_resistor,
    choose_supplied,
)
from hwkit.circuit.design import Design
from hwkit.circuit.preferred import preferred
from hwkit.circuit.streams import BitStreams
from hwkit.errors import DesignError

_DIVIDER_OHM = 953.0  # with half the trimmer about 1 kohm
_DECOUPLING, _BULK = 1e-7, 1e-5
_QUARTERS = "ABCD"
_UNITS_OF_HEADER = 12  # two pins each, and two more


@dataclass(frozen=True)
class BiasSupply:
    """A divider: a resistor to the supply, a trimmer, a resistor to ground.

    Attributes:
        top, trimmer, bottom: ohm.
        supply_volt: what is divided, V.
    """

    top: float
    trimmer: float
    bottom: float
    supply_volt: float

    def at(self, turned: float) -> float:
        """Return the voltage at the wiper, V; `turned` from 0, towards ground, to 1."""
        whole = self.top + self.trimmer + self.bottom
        return self.supply_volt * (self.bottom + turned * self.trimmer) / whole

    @property
    def volt(self) -> float:
        """The voltage with the wiper in the middle, V."""
        return self.at(0.5)


def bias_supply(supply_volt: float, volt: float, trimmer: float) -> BiasSupply:
    """Return the divider, of preferred values, whose middle comes nearest to a bias voltage.

    Args:
        supply_volt, volt: what is divided, and the bias voltage, V.
        trimmer: ohm.

    Raises:
        DesignError: if the supply is not above the bias voltage, or the trimmer does not reach it.
    """
    if not 0 < volt < supply_volt:
        raise DesignError(
            f"the bias supply is {volt:g} V, but it is divided from {supply_volt:g} V; choose a "
            "lower bias voltage"
        )
    below = _DIVIDER_OHM + trimmer / 2
    least = max(below * (supply_volt / volt - 1) - trimmer / 2, 1.0)
    divider = BiasSupply(float(preferred(least, "E96")), trimmer, _DIVIDER_OHM, supply_volt)
    if not divider.at(0) < volt < divider.at(1):
        raise DesignError(
            f"the bias supply is {volt:g} V, but its divider reaches {divider.at(0):.4g} to "
            f"{divider.at(1):.4g} V from {supply_volt:g} V; choose another bias voltage"
        )
    return divider


def around(
    design: Design, catalogue: Catalogue, supply_volt: float, amplifier: str, streams: BitStreams
) -> list[Piece]:
    """Return what the board has beside the machine, without decoupling.

    Args:
        design: the circuit as bought.
        catalogue: the parts.
        supply_volt: of either supply, V.
        amplifier: part number of amplifiers, or how it starts.
        streams: the bit streams, one for each unit.
    """
    pieces = [*_reset(design, catalogue, supply_volt), *_bulk(catalogue, supply_volt)]
    if design.has("supply"):
        pieces += _biases(design, catalogue, supply_volt, amplifier)
    pieces += stream_source(streams, catalogue, supply_volt, next_package(pieces))
    pieces += _connectors(design, catalogue, supply_volt)
    return [*pieces, *_test_points(design, supply_volt)]


def decoupling(pieces: list[Piece], catalogue: Catalogue, supply_volt: float) -> Iterator[Piece]:
    """Yield two capacitors beside every package with supply pins, numbered after it."""
    part = choose_capacitor(catalogue, _DECOUPLING)
    nets = supply_nets(supply_volt)
    for piece in pieces:
        if piece.part is None or "supply.plus" not in piece.part.pins:
            continue
        for name, net in zip(decoupling_of(piece.designator), nets, strict=True):
            yield two_pads(name, "decoupling", part, _DECOUPLING, (net, GROUND_NET), piece.sheet)


def _bulk(catalogue: Catalogue, supply_volt: float) -> Iterator[Piece]:
    part = choose_capacitor(catalogue, _BULK)
    for k, net in enumerate(supply_nets(supply_volt), start=1):
        yield two_pads(f"C{k}", "bulk", part, _BULK, (net, GROUND_NET), "supplies")


def _biases(design: Design, catalogue: Catalogue, supply_volt: float, name: str) -> Iterator[Piece]:
    group = design.group("supply")
    trimmer = choose_plain(catalogue, "trimmer")
    divider = bias_supply(supply_volt, float(abs(group.values[0])), trimmer.value("ohm"))
    amplifier = choose_amplifier(catalogue, 2 * supply_volt, 0.0, name)
    pads = supply_pads(amplifier, supply_volt)
    for k, supply in enumerate(supply_nets(supply_volt)):
        half, output = "AB"[k], net_of(design.nodes[int(group.nodes[k, 0])])
        (high, low), middle = TRIMMER_NETS[k], DIVIDER_NETS[k]
        for number, ohm, ends in (
            (1, divider.top, (high, supply)),
            (2, divider.bottom, (low, GROUND_NET)),
        ):
            part = choose_resistor(catalogue, ohm)
            yield two_pads(f"R{2 * k + number}", "divider", part, ohm, ends, "supplies")
        turned = {
            trimmer.pins[pin]: net
            for pin, net in zip(("high", "wiper", "low"), (high, middle, low), strict=True)
        }
        yield package(f"RV{k + 1}", "trimmer", trimmer, turned, (), "supplies")
        pads[amplifier.pins[f"{half}.plus"]] = middle
        pads[amplifier.pins[f"{half}.minus"]] = output
        pads[amplifier.pins[f"{half}.out"]] = output
    yield package("U1", "follower", amplifier, pads, group.references, "supplies")


def _reset(design: Design, catalogue: Catalogue, supply_volt: float) -> Iterator[Piece]:
    part, n = choose_supplied(catalogue, "quad-switch", 2 * supply_volt), design.model.n_units
    names = [net_of(node) for node in design.nodes]
    for first in range(0, n, 4):
        pads = supply_pads(part, supply_volt)
        for quarter, unit in zip(_QUARTERS, range(first, first + 4), strict=True):
            used = unit < n
            ends = [names[k] for k in design.terminals[unit]] if used else [GROUND_NET] * 2
            control = RESET_NET if used else supply_nets(supply_volt)[1]
            for pin, net in zip(("a", "b", "control"), (*ends, control), strict=True):
                pads[part.pins[f"{quarter}.{pin}"]] = net
        yield package(f"U{2 + first // 4}", "reset", part, pads, (), "reset")


def _connectors(design: Design, catalogue: Catalogue, supply_volt: float) -> Iterator[Piece]:
    plus, minus = supply_nets(supply_volt)
    terminal = choose_plain(catalogue, "terminal")
    for k, (what, nets) in enumerate(
        (("supplies", (plus, GROUND_NET, minus)), ("control", (CLOCK_NET, START_NET, RESET_NET)))
    ):
        pads = {str(pad): net for pad, net in enumerate(nets, start=1)}
        yield package(f"J{k + 1}", what, terminal, pads, (), "connectors")
    n, header, numbers = design.model.n_units, choose_plain(catalogue, "header"), count(3)
    if len(header.pins) < 2 * _UNITS_OF_HEADER + 2:
        raise DesignError(
            f"the header {header.number} has {len(header.pins)} pins; the board needs "
            f"{2 * _UNITS_OF_HEADER + 2}: take 61302621121"
        )
    outputs = [net_of(design.nodes[a]) for a, _ in design.group("converter-feedback").nodes]
    for first in range(0, n, _UNITS_OF_HEADER):
        units = range(first, min(first + _UNITS_OF_HEADER, n))
        pads = dict.fromkeys(header.pins.values(), GROUND_NET)  # those without a unit, too
        driven = (outputs[k + side * n] for k in units for side in (0, 1))
        pads |= {str(place): net for place, net in enumerate(driven, start=1)}
        yield package(f"J{next(numbers)}", "outputs", header, pads, (), "connectors")


def _test_points(design: Design, supply_volt: float) -> Iterator[Piece]:
    names = design.model.unit_names
    for unit, ends in enumerate(design.terminals.tolist()):
        for side, node in enumerate(ends):
            name, net = designator("TP", unit, 1 + side), net_of(design.nodes[node])
            yield _test_point(name, f"{names[unit]} {'+-'[side]}", net, unit_sheet(unit))
    nets = [GROUND_NET, *supply_nets(supply_volt)]
    nets += BIAS_NETS if design.has("supply") else ()
    for k, net in enumerate(nets, start=1):
        yield _test_point(f"TP{k}", net, net, "supplies")


def _test_point(name: str, text: str, net: str, sheet: str) -> Piece:
    shown = " ".join(text.split())  # a unit's name may hold anything
    return Piece(name, "test-point", None, "", shown, None, {"1": net}, (), sheet)
