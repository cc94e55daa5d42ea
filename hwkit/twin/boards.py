"""Boards of one design: the same circuit with other values, one row a board.

The netlist of the design as drawn is read once; a board replaces the numbers of its elements. Which
number of which line belongs to which part follows from the order of the lines (one per part) and is
checked against the design's own values.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hwkit.circuit import Design, Parts
from hwkit.circuit.junctions import BOLTZMANN_OVER_CHARGE
from hwkit.errors import DesignError, NetlistError
from hwkit.netlist import render
from hwkit.showing import Shown, Summary, spread
from hwkit.twin.circuit import Circuit, read_circuit
from hwkit.units import THERMAL_KELVIN

FloatArray = NDArray[np.float64]

# Numbers of an element's line, in their order; "" is what no board changes.
_LAYOUT: dict[str, tuple[str, ...]] = {
    "capacitor": ("value",),
    "resistor": ("value",),
    "inductor": ("value",),
    "mutual": ("value",),
    "voltage": ("value",),
    "transconductor": ("value",),
    "transcubic": ("value",),
    "saturating": ("value", "volt", "offset", "volt"),
    "gated": ("value",),
    "exponential": ("value", "volt", "", "volt", "volt", ""),
    "cubic": ("value",),
    "diode": ("value", "", ""),
    "limiter": ("value", "volt", "", "volt", ""),
    "current": ("value",),
}
_THERMAL_VOLT = BOLTZMANN_OVER_CHARGE * THERMAL_KELVIN
_SAME = 1e-9  # relative difference of a number and the part's value that is still rounding

NOISE = "noise"


@dataclass(frozen=True, eq=False, repr=False)
class Boards(Shown):
    """Values of some boards; what is not named is as designed.

    Attributes:
        values: "role" or "role.parameter" -> values, (boards, parts of the role).
        count: number of boards.
    """

    values: Mapping[str, FloatArray]
    count: int

    def __post_init__(self) -> None:
        for name, values in self.values.items():
            if values.ndim != 2 or len(values) != self.count:
                raise DesignError(
                    f"boards: {name} has shape {values.shape}; expected ({self.count}, parts)"
                )

    def summary(self) -> Summary:
        """Return which values differ between the boards, in SI units."""
        facts = [
            (name, f"{values.shape[1]:,} values, {spread(values)}")
            for name, values in self.values.items()
        ]
        return Summary(f"Boards: {self.count:,}, in SI units; all else as designed", facts)

    def take(self, rows: slice) -> "Boards":
        """Return some of the boards."""
        count = len(range(*rows.indices(self.count)))
        return Boards({name: values[rows] for name, values in self.values.items()}, count)

    def design(self, design: Design, board: int) -> Design:
        """Return one board as a design of its own."""
        parts = tuple(self._parts(group, board) for group in design.parts)
        return replace(design, parts=parts)

    def _parts(self, group: Parts, board: int) -> Parts:
        own = {
            name: self.values[f"{group.role}.{name}"][board]
            for name in group.parameters
            if f"{group.role}.{name}" in self.values
        }
        values = self.values[group.role][board] if group.role in self.values else group.values
        return replace(group, values=values, parameters=dict(group.parameters) | own)


@dataclass(frozen=True, eq=False)
class Bound:
    """A design's circuit and where its parts' values are among the circuit's numbers.

    Attributes:
        places: "role" or "role.parameter" -> places, one array per appearance, (parts,) each.
        emissions: "role.emission" of diodes -> places of their n k T/e at 300.15 K, (parts,).
    """

    design: Design
    circuit: Circuit
    places: Mapping[str, tuple[NDArray[np.intp], ...]]
    emissions: Mapping[str, NDArray[np.intp]]

    def numbers(self, boards: Boards) -> FloatArray:
        """Return the circuit's numbers of each board, (boards, numbers).

        Raises:
            DesignError: if the boards name values that the design does not have.
        """
        numbers = np.tile(self.circuit.numbers, (boards.count, 1))
        for name, values in boards.values.items():
            if name == NOISE:
                continue
            if name in self.emissions:
                numbers[:, self.emissions[name]] = values * _THERMAL_VOLT
                continue
            if name not in self.places:
                raise DesignError(f"boards name {name!r}, which the design does not have")
            for places in self.places[name]:
                numbers[:, places] = values
        return numbers

    def noise(self, boards: Boards) -> FloatArray:
        """Return roots of the sources' two-sided densities, (boards, N), A/sqrt(Hz)."""
        nominal = np.tile(self.design.group(NOISE).values, (boards.count, 1))
        return np.sqrt(boards.values.get(NOISE, nominal) / 2)


def bind(design: Design) -> Bound:
    """Read the circuit of a design from its netlist and find its parts' values there.

    Raises:
        NetlistError: if a line is not understood, or its numbers are not the part's.
    """
    design.without_transistors("the circuit's twin")
    circuit = read_circuit(render(design, noise="external").text)
    places: dict[str, list[NDArray[np.intp]]] = {}
    emissions: dict[str, NDArray[np.intp]] = {}
    element = 0
    for parts in design.parts:
        if parts.kind == "noise":
            continue
        lines = circuit.first[element : element + len(parts)]
        if parts.kind == "diode":  # current, then n k T/e
            emissions[f"{parts.role}.emission"] = lines + 1
        element += len(parts)
        for offset, name in enumerate(_LAYOUT[parts.kind]):
            if not name:
                continue
            found = circuit.numbers[lines + offset]
            nominal = parts.values if name == "value" else parts.parameter(name)
            if not np.allclose(found, nominal, rtol=_SAME, atol=0.0):
                raise NetlistError(f"the netlist's lines for {parts.role} are not its parts'")
            key = parts.role if name == "value" else f"{parts.role}.{name}"
            places.setdefault(key, []).append(lines + offset)
    if element != circuit.first.size - 1:
        raise NetlistError(f"the netlist has {circuit.first.size - 1} elements, expected {element}")
    named = {name: tuple(found) for name, found in places.items()}
    return Bound(design, circuit, named, emissions)
