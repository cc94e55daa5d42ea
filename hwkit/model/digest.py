"""A digest that tells machines apart: the same for the same couplings, dense or sparse."""

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import scipy.sparse as sp

from hwkit.model.drift import DriftMachine
from hwkit.model.energy import EnergyModel
from hwkit.model.forces import Forces, Machine, machine_parts
from hwkit.model.gated import GatedMachine

_CHARACTERS = 16
_OF_GROUP = ("w", "c", "b", "J", "reads", "drives")
_PROBES = np.linspace(-2.0, 2.0, 81)


def model_digest(model: Machine) -> str:
    """Return a digest of all that decides how a machine moves; names and layers don't."""
    digest = hashlib.sha256()
    for part in machine_parts(model):
        _update(digest, part, _gated(part) if isinstance(part, GatedMachine) else _pairs(part))
    return digest.hexdigest()[:_CHARACTERS]


def _pairs(machine: EnergyModel | DriftMachine) -> dict[str, Any]:
    """Return couplings and biases, and a transfer curve by its values."""
    couplings = sp.csr_array(machine.J, copy=True)
    couplings.sum_duplicates()
    couplings.eliminate_zeros()
    curve = machine.transfer if isinstance(machine, DriftMachine) else None
    return {
        "J_data": couplings.data,
        "J_indices": couplings.indices.astype(np.int64),
        "J_indptr": couplings.indptr.astype(np.int64),
        "b": machine.b,
        **({} if curve is None else {"transfer": curve(_PROBES)}),
    }


def _gated(machine: GatedMachine) -> dict[str, Any]:
    arrays: dict[str, Any] = {"J": machine.J, "b": machine.b}
    for g, group in enumerate(machine.groups):
        own = {name: getattr(group, name) for name in _OF_GROUP}
        arrays |= {f"{g} {name}": value for name, value in own.items() if value is not None}
    return arrays


def _update(digest: "hashlib._Hash", model: Forces, arrays: Mapping[str, Any]) -> None:
    every = {
        **arrays,
        "kT": np.float64(model.kT),
        "mobility": np.float64(model.mobility),
        **model.onsite.parameters(),
    }
    digest.update(model.onsite.kind.encode())
    for name, value in sorted(every.items()):
        array = np.asarray(value) + 0  # a negative zero is a zero
        digest.update(f"{name} {array.dtype.name} {array.shape}".encode())
        digest.update(array.tobytes())
