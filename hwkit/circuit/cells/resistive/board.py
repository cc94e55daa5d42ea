"""What all parts of a resistive design have in common: nodes, and terminals to ground."""

from dataclasses import dataclass

import numpy as np

from hwkit.circuit.cells.resistive.options import ResistiveOptions
from hwkit.circuit.nodes import safe_nodes
from hwkit.circuit.parts import GROUND, IndexArray
from hwkit.circuit.scale import Scale
from hwkit.model import EnergyModel


@dataclass(frozen=True)
class Board:
    """A machine on its way to a design, and the nodes of its parts."""

    model: EnergyModel
    scale: Scale
    options: ResistiveOptions

    @property
    def rails(self) -> tuple[IndexArray, IndexArray]:
        """The + and the - rail of each unit, (N,) each."""
        n = self.model.n_units
        return np.arange(n), n + np.arange(n)

    @property
    def amplifiers(self) -> tuple[IndexArray, IndexArray]:
        """Half of each amplifier's output voltage, and its inputs' difference, (N,) each."""
        n = self.model.n_units
        return 2 * n + np.arange(n), 3 * n + np.arange(n)

    @property
    def supplies(self) -> tuple[int, int]:
        """The positive and the negative supply of the bias resistors."""
        first = self.model.n_units * (2 if self.options.ideal_converter else 4)
        return first, first + 1

    @property
    def names(self) -> tuple[str, ...]:
        """Name of every node."""
        units, options = safe_nodes(self.model.unit_names), self.options
        kinds = ["p", "n"] if options.ideal_converter else ["p", "n", "amplifier", "error"]
        names = tuple(f"{unit}__{kind}" for kind in kinds for unit in units)
        return names + (("hwkit__vdd", "hwkit__vss") if options.bias == "resistor" else ())


def grounded(nodes: IndexArray) -> IndexArray:
    """Return terminals (n, 2) of elements from nodes (n,) to ground."""
    return np.stack([nodes, np.full_like(nodes, GROUND)], axis=1)
