"""From a machine to a board: every element becomes a part that can be ordered.

Rails, couplings, biases and amplifiers are those of `hwkit.circuit.converters`. A noise resistor
goes to a net of its own, `noise3+`, where its bit stream is. What the machine as such does
not have (supplies, switches, connectors) is in `around`.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from hwkit.circuit.board.around import around, bias_supply, decoupling
from hwkit.circuit.board.designators import designator, part_of, parted, with_designators
from hwkit.circuit.board.nets import GROUND_NET, net_of, noise_net, supply_pads, unit_sheet
from hwkit.circuit.board.pieces import Board, Piece, package, two_pads
from hwkit.circuit.board.stream_source import SHEET as NOISE_SHEET
from hwkit.circuit.catalogue import (
    Catalogue,
    choose_amplifier,
    choose_capacitor,
    choose_diode,
    choose_plain,
    choose_resistor,
)
from hwkit.circuit.design import Design
from hwkit.circuit.parts import Parts
from hwkit.circuit.streams import bit_streams
from hwkit.errors import DesignError

_RESISTORS = ("common-mode", "bias", "coupling", "converter-input", "converter-feedback")
_COUPLINGS = "couplings"
_DIELECTRIC = "C0G"  # of the capacitors that are the machine's; others change with voltage


class Choices(NamedTuple):
    """What is asked of the parts: the supply, V, and part numbers, or how they start, if any."""

    supply_volt: float = 2.5
    diode: str = ""
    amplifier: str = ""


_USUAL = Choices()


def assemble_board(design: Design, catalogue: Catalogue, choices: Choices = _USUAL) -> Board:
    """Return a machine as a board of parts that can be ordered.

    Args:
        design: of family resistive with converters of amplifiers.
        catalogue: the parts.
        choices: supply, and parts to prefer.

    Raises:
        DesignError: if a part is missing, naming the nearest, or there are too many units for the
            bit streams.
    """
    named = _as_bought(with_designators(design), catalogue, choices)
    streams = bit_streams(named.model.n_units)
    pieces: list[Piece] = [
        *_two_terminal_parts(named, catalogue),
        *_diodes(named, catalogue, choices.diode),
        *_amplifiers(named, catalogue, choices),
        *around(named, catalogue, choices.supply_volt, choices.amplifier, streams),
    ]
    pieces += decoupling(pieces, catalogue, choices.supply_volt)
    ordered = tuple(sorted(pieces, key=lambda piece: parted(piece.designator)))
    return Board(named, ordered, choices.supply_volt, _sheets(named), streams)


def _sheets(design: Design) -> dict[str, str]:
    names = design.model.unit_names
    units = {
        unit_sheet(k): " ".join(f"unit {k + 1}: {name}".split()) for k, name in enumerate(names)
    }
    return {
        **units,
        _COUPLINGS: "couplings",
        "supplies": "supplies and biases",
        "reset": "reset",
        NOISE_SHEET: "bit streams",
        "connectors": "connectors",
    }


def _as_bought(design: Design, catalogue: Catalogue, choices: Choices) -> Design:
    """Return the design with the bandwidth of its amplifiers and the bias supply as they come."""
    hertz = _gain_bandwidth(design)
    amplifier = choose_amplifier(catalogue, 2 * choices.supply_volt, hertz, choices.amplifier)
    ratio = amplifier.value("gain_bandwidth") / hertz
    groups = []
    for group in design.parts:
        if group.role == "amplifier-gain":
            group = replace(group, values=group.values * ratio)
        elif group.role == "supply":
            trimmer = choose_plain(catalogue, "trimmer").value("ohm")
            divider = bias_supply(choices.supply_volt, float(group.values[0]), trimmer)
            group = replace(group, values=divider.volt * np.sign(group.values))
        groups.append(group)
    return replace(design, parts=tuple(groups))


def _gain_bandwidth(design: Design) -> float:
    gain, farad = (design.group(f"amplifier-{what}").values[0] for what in ("gain", "capacitor"))
    return float(gain / (2 * np.pi * farad))


def _nets(design: Design, group: Parts) -> Iterator[tuple[str, str]]:
    names = [*design.nodes, "0"]
    for a, b in group.nodes.tolist():
        yield net_of(names[a]), net_of(names[b])


def _two_terminal_parts(design: Design, catalogue: Catalogue) -> Iterator[Piece]:
    """Yield resistors and the rails' capacitors; noise resistors end at the noise nets."""
    n = design.model.n_units
    for group in design.parts:
        if group.role not in (*_RESISTORS, "converter", "capacitor"):
            continue
        ends = list(_nets(design, group))
        if group.role == "common-mode":
            ends = [(rail, noise_net(k % n, k // n)) for k, (rail, _) in enumerate(ends)]
        for name, value, pair in zip(group.references, group.values.tolist(), ends, strict=True):
            if group.role == "capacitor":
                part = choose_capacitor(catalogue, value, _DIELECTRIC)
            else:
                part = choose_resistor(catalogue, value)
            sheet = _COUPLINGS if group.role == "coupling" else _sheet_of(name)
            piece = two_pads(name, group.role, part, value, pair, sheet)
            yield replace(piece, elements=(name,))


def _sheet_of(name: str) -> str:
    """Return the sheet of a unit's part: its number starts with the unit's."""
    return unit_sheet(int(name[1:]) // 100 - 1)


def _diodes(design: Design, catalogue: Catalogue, name: str) -> Iterator[Piece]:
    group, n = design.group("onsite-diode"), design.model.n_units
    emission = float(group.parameter("emission")[0])
    nets = list(_nets(design, group))
    for unit in range(n):
        both = (unit, n + unit)
        amperes = group.values[list(both)]
        if amperes[0] != amperes[1]:
            raise DesignError(f"the two diodes of unit {unit + 1} differ; a package has equal ones")
        part = choose_diode(catalogue, float(amperes[0]), emission, name)
        pads: dict[str, str] = {}
        for half, k in zip("AB", both, strict=True):
            pads[part.pins[f"{half}.anode"]] = nets[k][0]
            pads[part.pins[f"{half}.cathode"]] = nets[k][1]
        names = tuple(group.references[k] for k in both)
        yield package(part_of(names[0])[0], "onsite-diode", part, pads, names, unit_sheet(unit))


def _amplifiers(design: Design, catalogue: Catalogue, choices: Choices) -> Iterator[Piece]:
    n, names = design.model.n_units, [*design.nodes, "0"]
    feedback = design.group("converter-feedback").nodes.tolist()
    hertz = _gain_bandwidth(design)
    part = choose_amplifier(
        catalogue, 2 * choices.supply_volt, hertz * (1 - 1e-9), choices.amplifier
    )
    groups = [design.group(f"amplifier-{what}") for what in ("capacitor", "gain", "offset")]
    for unit in range(n):
        pads = supply_pads(part, choices.supply_volt)
        for half, k in zip("AB", (unit, n + unit), strict=True):
            output, inverting = feedback[k]
            pads[part.pins[f"{half}.plus"]] = GROUND_NET
            pads[part.pins[f"{half}.minus"]] = net_of(names[inverting])
            pads[part.pins[f"{half}.out"]] = net_of(names[output])
        elements = tuple(g.references[k] for k in (unit, n + unit) for g in groups)
        yield package(designator("U", unit, 1), "amplifier", part, pads, elements, unit_sheet(unit))
