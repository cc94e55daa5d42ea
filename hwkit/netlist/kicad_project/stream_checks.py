"""The source of bit streams as drawn: what every net of it is, as a sum of stages of the register.

A sum is a whole number: bit k is stage k, bit 0 the constant 1. A gate's output is the exclusive-or
of its inputs, so the nets of the streams must come out as the board's pairs of stages, and what is
shifted in as the sum of the taps and 1.
"""

from collections.abc import Iterator, Mapping

from hwkit.circuit.board import Board
from hwkit.circuit.board.nets import CLOCK_NET, START_NET, noise_net, stage_net, supply_nets
from hwkit.circuit.board.stream_source import STAGES
from hwkit.circuit.catalogue import Catalogue
from hwkit.netlist.kicad_project.drawn import DrawnBoard
from hwkit.netlist.kicad_project.expansion import find_part

_Pins = Mapping[str, str]


def stream_findings(
    drawn: DrawnBoard, board: Board, catalogue: Catalogue
) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the drawn source of bit streams: the net or part, a sentence.

    Args:
        drawn: read from KiCad's files.
        board: as assembled.
        catalogue: of its parts.
    """
    registers = _of_role(drawn, catalogue, "shift-register")
    minus, plus = reversed(supply_nets(board.supply_volt))
    for name, pins in registers.items():
        for pin, net in (("clock", CLOCK_NET), ("clear", START_NET), ("in.b", plus)):
            if pins[pin] != net:
                yield name, f"its {pin} is at {pins[pin] or 'nothing'}; it belongs to {net}"
    sums = {minus: 0, plus: 1} | _stages(registers)
    _add(sums, _of_role(drawn, catalogue, "exclusive-or"))
    for net, wanted in _wanted(board).items():
        if sums.get(net) != wanted:
            yield net, f"it is {_named(sums.get(net))}; the board wants {_named(wanted)}"


def _of_role(drawn: DrawnBoard, catalogue: Catalogue, role: str) -> dict[str, _Pins]:
    """Return the nets of each pin of the drawn parts of a role, by part."""
    found: dict[str, _Pins] = {}
    for name, part in drawn.parts.items():
        row = find_part(part.number, catalogue)
        if row is not None and row.role == role:
            found[name] = {pin: part.pads.get(pad, "") for pin, pad in row.pins.items()}
    return found


def _stages(registers: Mapping[str, _Pins]) -> dict[str, int]:
    """Return the nets of the register's stages, from the one that is fed by no other."""
    by_input = {pins["in.a"]: pins for pins in registers.values()}
    lasts = {pins[f"q{STAGES - 1}"] for pins in registers.values()}
    net, stage = next((net for net in by_input if net not in lasts), ""), 1
    sums: dict[str, int] = {}
    while net in by_input:
        pins = by_input.pop(net)
        sums |= {pins[f"q{k}"]: 1 << (stage + k) for k in range(STAGES) if pins[f"q{k}"]}
        net, stage = pins[f"q{STAGES - 1}"], stage + STAGES
    return sums


def _add(sums: dict[str, int], packages: Mapping[str, _Pins]) -> None:
    """Add the outputs of all gates whose inputs are known to the sums."""
    gates = [(pins, gate) for pins in packages.values() for gate in "ABCD"]
    left = len(gates) + 1
    while len(gates) < left:
        left, waiting = len(gates), []
        for pins, gate in gates:
            a, b = (sums.get(pins[f"{gate}.{pin}"]) for pin in "ab")
            if a is None or b is None:
                waiting.append((pins, gate))
            else:
                sums[pins[f"{gate}.out"]] = a ^ b
        gates = waiting


def _wanted(board: Board) -> dict[str, int]:
    streams = board.streams
    wanted = {stage_net(0): 1 | sum(1 << tap for tap in streams.taps)}
    for unit, (p, q) in enumerate(streams.pairs):
        for side in (0, 1):
            wanted[noise_net(unit, side)] = 1 << p | 1 << q | side
    return wanted


def _named(total: int | None) -> str:
    if total is None:
        return "driven by nothing known"
    stages = [f"stage {k}" for k in range(1, total.bit_length()) if total >> k & 1]
    return " + ".join([*stages, *(["1"] if total & 1 or not stages else [])])
