"""Reference designators of a machine in resistors, diodes and amplifiers: by place, not by value.

    part p of unit u        100 u + p                R301 is part 1 of unit 3
    coupling of u < v       10000 u + 100 v + 1, 2   R30701 starts at the + rail of unit 3
    everything around it    below 100

Units count from 1. A value, or the sign of a coupling, changes no designator; neither does a part
that is added or left out. The elements of the netlist carry these names, too: R301 is itself; D301A
and D301B are the two diodes of one package; CU301A, GU301A and IU301A are what stands for amplifier
A of U301 in a simulation, VU1A the supply that the first of the bias amplifiers makes.
"""

import re
from dataclasses import replace

from hwkit.circuit.design import Design
from hwkit.circuit.parts import Parts
from hwkit.errors import DesignError

LARGEST_UNITS = 99

# role -> SPICE letter, letter and number of the part on the + side, whether - has the next number
_OF_UNITS = {
    "capacitor": ("C", "", 1),
    "common-mode": ("R", "", 1),
    "bias": ("R", "", 3),
    "converter-input": ("R", "", 5),
    "converter-feedback": ("R", "", 7),
    "converter": ("R", "", 9),
    "amplifier-capacitor": ("C", "U", 1),
    "amplifier-gain": ("G", "U", 1),
    "amplifier-offset": ("I", "U", 1),
    "onsite-diode": ("D", "", 1),
}
_PACKAGES = ("onsite-diode", "amplifier-capacitor", "amplifier-gain", "amplifier-offset")
_NOT_PARTS = ("noise",)
_ELEMENT = re.compile(r"(?:[CGIV](?=U))?([RCDU]\d+)([A-D]?)", re.ASCII)


def with_designators(design: Design) -> Design:
    """Return a design of family resistive with amplifiers whose elements are called as on a board.

    Raises:
        DesignError: if it is another design, or has more units than there are numbers.
    """
    check_can_be_ordered(design)
    groups = [replace(group, references=_references(design, group)) for group in design.parts]
    return replace(design, parts=tuple(groups))


def check_can_be_ordered(design: Design) -> None:
    """Refuse a design that no board of resistors, diodes and amplifiers can be.

    Raises:
        DesignError: naming the part that can't be bought, and the nearest machine that can.
    """
    known = {*_OF_UNITS, *_NOT_PARTS, "coupling", "supply"}
    design.without_transistors("a board to order")
    for group in design.parts:
        if group.role not in known or (group.role == "bias" and group.kind != "resistor"):
            raise DesignError(
                f"no part that can be ordered is the {group.kind} of {group.role!r} in family "
                f"{design.cell}; the nearest machine is one of family resistive, with diodes "
                "(Cosh), bias='resistor' and converters of amplifiers (with_converters)"
            )
    if not design.has("amplifier-gain") or not design.has("onsite-diode"):
        raise DesignError(
            f"this design of family {design.cell} has no diodes, or negative resistors in place of "
            "amplifiers; train with onsite=Cosh and apply hwkit.circuit.converters.with_converters"
        )
    check_size(design.model.n_units)


def check_size(n_units: int) -> None:
    """Refuse a machine that is too large for a board's designators.

    Raises:
        DesignError: if it has more than `LARGEST_UNITS` units.
    """
    if n_units > LARGEST_UNITS:
        raise DesignError(
            f"the machine has {n_units} units, but a board's numbers end at {LARGEST_UNITS}; "
            "divide it"
        )


def part_of(element: str) -> tuple[str, str]:
    """Return the part that an element of the netlist is, or stands for, and its half: "U301", "A".

    Raises:
        DesignError: if no part has that name.
    """
    matched = _ELEMENT.fullmatch(element)
    if matched is None:
        raise DesignError(f"{element!r} is not an element of a board; names are like R301 or D301A")
    return matched.group(1), matched.group(2)


def parted(name: str) -> tuple[str, int]:
    """Return the letters and the number of a designator: "U", 301."""
    letters = name.rstrip("0123456789")
    return letters, int(name[len(letters) :])


def decoupling_of(package: str) -> tuple[str, str]:
    """Return the designators of the decoupling capacitors of a package.

    U301 has C303 and C304; U2 has C5 and C6.
    """
    _, number = parted(package)
    first = number + 2 if number > 99 else 2 * number + 1
    return f"C{first}", f"C{first + 1}"


def designator(letter: str, unit: int, number: int) -> str:
    """Return the designator of a part of a unit, both counted from 0 and from 1."""
    return f"{letter}{100 * (unit + 1) + number}"


def _references(design: Design, group: Parts) -> tuple[str, ...]:
    n, ends = design.model.n_units, group.nodes.tolist()
    if group.role in _NOT_PARTS:
        return ()
    if group.role == "supply":
        return tuple(f"VU1{half}" for half in "AB"[: len(group)])
    if group.role == "coupling":
        return tuple(_coupling(a % n, b % n, a // n) for a, b in ends)
    letter, package, number = _OF_UNITS[group.role]
    # Biases are where they are needed; all others are all + sides, then all - sides.
    places = [a for a, _ in ends] if group.role == "bias" else list(range(len(group)))
    if group.role in _PACKAGES:
        return tuple(letter + designator(package, k % n, number) + "AB"[k // n] for k in places)
    return tuple(designator(letter, k % n, number + k // n) for k in places)


def _coupling(a: int, b: int, side: int) -> str:
    low, high = min(a, b) + 1, max(a, b) + 1
    return f"R{10000 * low + 100 * high + 1 + side}"
