"""A design: the circuit that stands for a machine, ready to be rendered, simulated or perturbed."""

from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwkit.circuit.parts import GROUND, FloatArray, IndexArray, Parts
from hwkit.circuit.realisability import Realisability, assess
from hwkit.circuit.scale import Scale
from hwkit.errors import DesignError
from hwkit.model import EnergyModel


def _no_followers() -> IndexArray:
    return np.zeros((0, 2), dtype=np.intp)


@dataclass(frozen=True, eq=False)
class Design:
    """A compiled machine.

    Attributes:
        model: the machine it stands for.
        cell: name of the circuit family.
        scale: volts, seconds and farads per model unit.
        nodes: name of every node, (M,).
        terminals: the nodes between which each unit's voltage V0 x stands, (N, 2).
        parts: groups of elements, in netlist order.
        followers: (node, unit) of further nodes that start at a unit's voltage, (m, 2).
    """

    model: EnergyModel
    cell: str
    scale: Scale
    nodes: tuple[str, ...]
    terminals: IndexArray
    parts: tuple[Parts, ...]
    followers: IndexArray = field(default_factory=_no_followers)

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

    def has(self, role: str) -> bool:
        """Return whether there are parts with a role."""
        return any(parts.role == role for parts in self.parts)

    @property
    def n_elements(self) -> int:
        """Number of circuit elements, noise sources included."""
        return sum(len(parts) for parts in self.parts)

    @property
    def differential(self) -> NDArray[np.bool_]:
        """Which units stand between two rails, (N,); the others stand against ground."""
        return np.asarray(self.terminals[:, 1] != GROUND)

    @property
    def ground_farads(self) -> FloatArray:
        """Capacitance of each node to ground, (M,), F.

        Raises:
            DesignError: if a capacitor lies between two nodes.
        """
        ground = np.zeros(len(self.nodes))
        for parts in self.parts:
            if parts.kind == "capacitor":
                _check_grounded(parts)
                np.add.at(ground, parts.nodes[:, 0], parts.values)
        return ground

    @property
    def charge_farads(self) -> FloatArray:
        """Charge that a source between a unit's terminals must move for 1 V between them, (N,), F.

        Between two rails of capacitance C each that is C/2.
        """
        ground, (plus, minus) = self.ground_farads, self.terminals.T
        elastance = 1 / ground[plus] + np.where(self.differential, 1 / ground[minus], 0.0)
        return np.asarray(1 / elastance)

    @property
    def force_amperes(self) -> FloatArray:
        """Current between a unit's terminals that a force of 1 stands for, (N,), A."""
        return np.where(self.differential, 0.5, 1.0) * self.scale.ampere

    def start_volts(self, x: FloatArray) -> FloatArray:
        """Return the node voltages (M,) of a start state (N,); NaN where a node is free."""
        volts = np.full(len(self.nodes), np.nan)
        across = x * self.scale.volt
        plus, minus = self.terminals.T
        volts[plus] = np.where(self.differential, across / 2, across)
        volts[minus[self.differential]] = -across[self.differential] / 2
        node, unit = self.followers.T
        volts[node] = across[unit]
        return volts

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


def _check_grounded(parts: Parts) -> None:
    if np.any(parts.nodes[:, 1] != GROUND):
        raise DesignError(f"{parts.role}: this needs capacitors to ground only")
