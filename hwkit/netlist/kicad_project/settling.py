"""Amplifiers taken to be fast: what inverting stages draw from the nodes around them.

At a summing node the currents of the resistors R_i from nodes i balance that of R_f from the
output, so the output is at y = -sum_i (R_f / R_i) v_i, whatever the amplifier is. Then

    R_i   from node i to the summing node   draws v_i / R_i, as a resistor to ground
    R_x   from the output to node r         draws v_r / R_x, and (R_f / R_i) v_i / R_x for each i

Amplifiers are recognised by the circuit alone: one is a capacitor, a transconductor and a current
source at one node.
"""

from collections.abc import Iterator

from hwkit.errors import NetlistError
from hwkit.netlist.reader import (
    GROUND,
    Capacitor,
    CurrentSource,
    Element,
    Elements,
    Resistor,
    Transconductor,
)


def settled_lines(elements: Elements, lines: tuple[str, ...]) -> list[str]:
    """Return lines of a netlist with its inverting amplifiers settled.

    Args:
        elements: as read from the lines.
        lines: one element or statement each.

    Raises:
        NetlistError: if an amplifier is not an inverting stage.
    """
    stages = {
        e.plus: e.control
        for e in elements.elements
        if isinstance(e, Transconductor) and e.reference == e.minus == GROUND
    }
    summing = {minus: out for out, minus in stages.items()}
    resistors = [e for e in elements.elements if isinstance(e, Resistor)]
    dropped = {e.name for e in elements.elements if _touches(e, stages)}
    dropped |= {r.name for r in resistors if {r.a, r.b} & {*stages, *summing}}
    kept = [line for line in lines if line.split()[0].lower() not in dropped]
    return [*kept, *_drawn_currents(resistors, stages, summing)]


def _touches(element: Element, stages: dict[str, str]) -> bool:
    """Say whether an element stands for an amplifier."""
    match element:
        case Capacitor(a=node, b=other):
            return node in stages and other == GROUND
        case Transconductor(plus=node) | CurrentSource(plus=node):
            return node in stages
    return False


def _drawn_currents(
    resistors: list[Resistor], stages: dict[str, str], summing: dict[str, str]
) -> Iterator[str]:
    gains: dict[str, list[tuple[str, float]]] = {out: [] for out in stages}
    back = {
        minus: r.ohm
        for r in resistors
        for minus, out in summing.items()
        if {r.a, r.b} == {minus, out}
    }
    for r in resistors:
        for minus, source in ((r.a, r.b), (r.b, r.a)):
            if minus in summing and source != summing[minus]:
                if minus not in back:
                    raise NetlistError(f"the amplifier at {minus!r} has no resistor across it")
                gains[summing[minus]].append((source, back[minus] / r.ohm))
                yield f"{r.name} {source} 0 {r.ohm!r}"
    for r in resistors:
        for out, node in ((r.a, r.b), (r.b, r.a)):
            if out in stages and node != stages[out]:
                yield f"{r.name} {node} 0 {r.ohm!r}"
                for k, (source, gain) in enumerate(gains[out]):
                    yield f"gsettled_{r.name}_{k} {node} 0 {source} 0 {gain / r.ohm!r}"
