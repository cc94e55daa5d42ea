"""Family silicon as subcircuits with pins: unit, replicas, coupling, and the machine of them.

    hwkit_unit      x gn gp vdd vss             the onsite pair
    hwkit_replicas  gn gp mid vdd vss           what sets the bias lines; mid is half the supply
    hwkit_coupling  out near far ib vdd vss     an amplifier; ib takes the tail current
    hwkit_machine   units, ib of each coupling, gn gp mid vdd vss

They hold transistors alone, by the names that the foundry's library has for them (`X... nfet_03v3
w= l=`), or as flat `M` lines on written-out cards. Nothing is global, so a layout is compared with
them pin by pin; capacitors and sources are outside.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from hwkit.circuit import Design, Transistors
from hwkit.circuit.pdk import Calls
from hwkit.errors import NetlistError
from hwkit.netlist.size import MAX_BYTES, Block, Rows, check_size, estimate

MACHINE = "hwkit_machine"
_MID = "0"  # the node of the top that is half the supply
_SUPPLIES = ("hwkit__vdd", "hwkit__vss")
_BIASES = ("hwkit__gn", "hwkit__gp")
_PER_LINE = 8


@dataclass(frozen=True)
class _Cell:
    """A subcircuit: its pins, and each device's role with the nodes of its terminals."""

    name: str
    pins: tuple[str, ...]
    devices: tuple[tuple[str, tuple[str, str, str, str]], ...]


_CELLS = (
    _Cell(
        "hwkit_unit",
        ("x", "gn", "gp", "vdd", "vss"),
        (("onsite-n", ("vdd", "gn", "x", "vss")), ("onsite-p", ("vss", "gp", "x", "vdd"))),
    ),
    _Cell(
        "hwkit_replicas",
        ("gn", "gp", "mid", "vdd", "vss"),
        (("replica-n", ("gn", "gn", "mid", "vss")), ("replica-p", ("gp", "gp", "mid", "vdd"))),
    ),
    _Cell(
        "hwkit_coupling",
        ("out", "near", "far", "ib", "vdd", "vss"),
        (
            ("coupling-far", ("m", "far", "t", "vss")),
            ("coupling-near", ("out", "near", "t", "vss")),
            ("mirror-in", ("m", "m", "vdd", "vdd")),
            ("mirror-out", ("out", "m", "vdd", "vdd")),
            ("tail", ("t", "ib", "vss", "vss")),
            ("tail-reference", ("ib", "ib", "vss", "vss")),
        ),
    ),
)


def subcircuit_blocks(design: Design, calls: Calls) -> Iterator[Block]:
    """Yield the definitions of cells and machine.

    Args:
        design: of family silicon, without mismatch.
        calls: how devices are named: the foundry's subcircuits, or cards.

    Raises:
        NetlistError: if transistors differ, or fit none of the cells.
    """
    groups = _checked(design)
    for cell in _CELLS:
        if cell.devices[0][0] in groups:
            yield Block.of(_definition(cell, groups, calls))
    yield Block.of(_continued(f".subckt {MACHINE}", machine_pins(design)))
    yield from _instances(design, groups)
    yield Block.of([f".ends {MACHINE}"])


def machine_line(design: Design) -> Block:
    """Return the use of the machine, whose pins are nodes of the same names."""
    ends = [_MID if pin == "mid" else pin for pin in machine_pins(design)]
    return Block.of(_continued("Xmachine", [*ends, MACHINE]))


def machine_pins(design: Design) -> list[str]:
    """Return the pins of the machine: nodes of the design, and `mid` for ground."""
    count = _count(design)
    references = [f"hwkit__ota{k}_reference" for k in range(count)]
    units = [design.nodes[node] for node in design.terminals[:, 0].tolist()]
    return [*units, *references, *_BIASES, "mid", *_SUPPLIES]


def render_subcircuits(design: Design, max_bytes: float = MAX_BYTES) -> str:
    """Return the subcircuits alone, with the foundry's devices: what a layout is compared with.

    Args:
        design: of family silicon, without mismatch.
        max_bytes: largest text that is written.

    Raises:
        NetlistError: if it has no transistors, or they have mismatch; if the text is too large.
    """
    if not design.transistors:
        raise NetlistError(
            f"a {design.cell} design has no transistors for a layout to be compared with; use "
            "family silicon"
        )
    if design.process is None:
        raise NetlistError("the design has transistors but no process that they belong to")
    blocks = list(subcircuit_blocks(design, design.process.technology.subcircuits))
    check_size("subcircuits", estimate(blocks), max_bytes)
    lines = [line for block in blocks for line in block.all()]
    return "\n".join(
        [f"* hwkit {design.cell} machine: subcircuits, the last is the whole", *lines, ""]
    )


def _checked(design: Design) -> dict[str, Transistors]:
    groups = {group.role: group for group in design.transistors}
    known = {role for cell in _CELLS for role, _ in cell.devices}
    if not set(groups) <= known:
        raise NetlistError(f"no subcircuit has transistors {sorted(set(groups) - known)[0]!r}")
    for role, group in groups.items():
        if np.any(group.threshold) or np.any(group.mobility != 1):
            raise NetlistError(
                f"{role}: mismatch is each transistor's own and subcircuits are shared; use form "
                "'flat'"
            )
    if len(groups.get("onsite-p", ())) != len(groups.get("onsite-n", ())):
        raise NetlistError("a unit lacks a transistor of its pair; use form 'flat'")
    return groups


def _definition(cell: _Cell, groups: dict[str, Transistors], calls: Calls) -> list[str]:
    lines = [f".subckt {cell.name} {' '.join(cell.pins)}"]
    for role, ends in cell.devices:
        group, name = groups[role], role.replace("-", "_")
        device, size = calls.device(group.device), calls.size(group.width, group.length)
        lines.append(f"{calls.letter}{name} {' '.join(ends)} {device} {size}")
    return [*lines, f".ends {cell.name}"]


def _instances(design: Design, groups: dict[str, Transistors]) -> Iterator[Block]:
    gate_n, gate_p = _BIASES
    shared = " ".join(_SUPPLIES)
    names = [*design.nodes, "mid"]
    if "onsite-n" in groups:
        units = groups["onsite-n"].nodes[:, 2].tolist()
        yield Block.of([f"Xreplicas {gate_n} {gate_p} mid {shared} hwkit_replicas"])
        yield Block.of(
            f"Xunit{k} {names[node]} {gate_n} {gate_p} {shared} hwkit_unit"
            for k, node in enumerate(units)
        )
    if "coupling-near" in groups:
        near, far = groups["coupling-near"].nodes, groups["coupling-far"].nodes
        references = groups["tail-reference"].nodes[:, 0]

        def lines(rows: Rows) -> Iterator[str]:
            numbers = np.arange(len(near))[rows].tolist()
            columns = (near[rows, 0], near[rows, 1], far[rows, 1], references[rows])
            ends = zip(*(column.tolist() for column in columns), strict=True)
            for k, (out, first, second, reference) in zip(numbers, ends, strict=True):
                pins = " ".join(names[node] for node in (out, first, second, reference))
                yield f"Xcoupling{k} {pins} {shared} hwkit_coupling"

        yield Block(len(near), lines)


def _count(design: Design) -> int:
    return sum(len(group) for group in design.transistors if group.role == "coupling-near")


def _continued(start: str, words: Sequence[str]) -> list[str]:
    """Return a line, continued by lines that begin with +."""
    rows = [words[k : k + _PER_LINE] for k in range(0, len(words), _PER_LINE)]
    return [f"{start} {' '.join(rows[0])}", *(f"+ {' '.join(row)}" for row in rows[1:])]
