"""What simulators ask of a machine, and machines turned into simpler ones that do the same.

    dx_i = mu F_i(x) dt + sqrt(2 mu kT) dW_i

`EnergyModel`, `DriftMachine` and `GatedMachine` are such `Forces`. A `SegmentedMachine` is several
that take turns; `machine_parts` lists what a run of any machine goes through.
"""

from typing import Protocol

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from hwkit.errors import DataError
from hwkit.model.drift import DriftMachine
from hwkit.model.energy import EnergyModel
from hwkit.model.gated import GatedMachine, SegmentedMachine
from hwkit.model.onsite import Onsite

FloatArray = NDArray[np.float64]
Machine = EnergyModel | DriftMachine | GatedMachine | SegmentedMachine


class Forces(Protocol):
    """Units in a heat bath, under a force that their state alone tells."""

    @property
    def n_units(self) -> int:
        """Number of units, N."""
        ...

    @property
    def onsite(self) -> Onsite:
        """Energy of a unit alone."""
        ...

    @property
    def kT(self) -> float:  # noqa: N802  the field's own symbol
        """Temperature in units of energy."""
        ...

    @property
    def mobility(self) -> float:
        """Mobility, mu."""
        ...

    def force(self, x: FloatArray) -> FloatArray:
        """Return F, (..., N), for states of that shape."""
        ...


def machine_parts(machine: Machine) -> tuple[EnergyModel | DriftMachine | GatedMachine, ...]:
    """Return what holds in equal shares of a run, in order: one part unless it is segmented."""
    return machine.segments if isinstance(machine, SegmentedMachine) else (machine,)


def uncoupled(machine: GatedMachine | SegmentedMachine) -> EnergyModel:
    """Return the units of a machine alone: neither couplings nor biases."""
    n = machine.n_units
    none = sp.csr_array((n, n))
    return EnergyModel(
        none, np.zeros(n), machine.onsite, machine.kT, machine.mobility, machine.n_visible
    )


def gated(model: EnergyModel) -> GatedMachine:
    """Return a pairwise machine as a gated one without experts; its force is the same."""
    J = DriftMachine.of(model).J
    return GatedMachine(J, model.b, (), model.onsite, model.kT, model.mobility, model.n_visible)


def simplified(
    machine: GatedMachine | SegmentedMachine,
) -> EnergyModel | GatedMachine | SegmentedMachine:
    """Return the simplest machine with the same force.

    One segment becomes the machine itself; a machine without experts whose couplings are symmetric
    and have no diagonal becomes pairwise.
    """
    if isinstance(machine, SegmentedMachine):
        return machine if len(machine.segments) > 1 else simplified(machine.segments[0])
    return machine if _obstacle(machine) else pairwise(machine)


def pairwise(machine: GatedMachine | SegmentedMachine) -> EnergyModel:
    """Return a machine as an EnergyModel.

    Raises:
        DataError: if it has segments or experts, or its couplings are no pairs.
    """
    if len(machine.segments) > 1:
        raise DataError(
            f"the machine has {len(machine.segments)} segments; a pairwise machine has one set of "
            "couplings"
        )
    one = machine.segments[0]
    obstacle = _obstacle(one)
    if obstacle:
        raise DataError(f"the machine is not pairwise: {obstacle}; use it as a gated machine")
    return EnergyModel(one.J, one.b, one.onsite, one.kT, one.mobility, n_visible=one.n_visible)


def _obstacle(machine: GatedMachine) -> str:
    """Say why a machine is not pairwise; empty if it is."""
    if machine.groups:
        return f"it has {sum(group.n_experts for group in machine.groups)} experts"
    if np.any(np.diagonal(machine.J)):
        return "units couple to themselves"
    if not np.array_equal(machine.J, machine.J.T):
        return "J is not symmetric"
    return ""
