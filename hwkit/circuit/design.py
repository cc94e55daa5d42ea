"""A design: the circuit that stands for a machine, ready to be rendered, simulated or perturbed."""

from dataclasses import dataclass
from importlib import import_module
from typing import Any

from hwkit.circuit.parts import Parts
from hwkit.circuit.realisability import Realisability, assess
from hwkit.circuit.scale import Scale
from hwkit.errors import DesignError
from hwkit.model import EnergyModel


@dataclass(frozen=True, eq=False)
class Design:
    """A compiled machine.

    Attributes:
        model: the machine it stands for.
        cell: name of the circuit family.
        scale: volts, seconds and farads per model unit.
        nodes: name of each unit's node, in the order of the units.
        parts: groups of elements, in netlist order.
    """

    model: EnergyModel
    cell: str
    scale: Scale
    nodes: tuple[str, ...]
    parts: tuple[Parts, ...]

    def group(self, role: str) -> Parts:
        """Return the parts with a role.

        Raises:
            DesignError: if there is no such role.
        """
        for parts in self.parts:
            if parts.role == role:
                return parts
        known = ", ".join(parts.role for parts in self.parts)
        raise DesignError(f"the design has no parts with the role {role!r}; it has {known}")

    @property
    def n_elements(self) -> int:
        """Number of circuit elements, noise sources included."""
        return sum(len(parts) for parts in self.parts)

    def to_pyspice(self, dt: float = 2.5e-3) -> Any:
        """Return a PySpice Circuit of this design; see `hwkit.netlist.pyspice`.

        The one call upwards, for convenience: found at run time, since circuits stand below text.
        """
        bridge = import_module("hwkit.netlist.pyspice")
        return bridge.to_pyspice(self, dt)

    @property
    def realisability(self) -> Realisability:
        """What it takes to build this design."""
        return assess(self.model, self.scale, self.n_elements)
