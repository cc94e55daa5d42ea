"""A digest that tells machines apart: the same for the same couplings, dense or sparse."""

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import scipy.sparse as sp

from hwkit.model.energy import EnergyModel
from hwkit.model.gated import GatedMachine, SegmentedMachine

_CHARACTERS = 16
_OF_GROUP = ("w", "c", "b", "J", "reads", "drives")


def model_digest(model: EnergyModel | GatedMachine | SegmentedMachine) -> str:
    """Return a digest of all that decides how a machine moves; names and layers don't."""
    digest = hashlib.sha256()
    if isinstance(model, EnergyModel):
        couplings = sp.csr_array(model.J, copy=True)
        couplings.sum_duplicates()
        couplings.eliminate_zeros()
        arrays = {
            "J_data": couplings.data,
            "J_indices": couplings.indices.astype(np.int64),
            "J_indptr": couplings.indptr.astype(np.int64),
            "b": model.b,
        }
        _update(digest, model, arrays)
        return digest.hexdigest()[:_CHARACTERS]
    for segment in model.segments if isinstance(model, SegmentedMachine) else (model,):
        arrays = {"J": segment.J, "b": segment.b}
        for g, group in enumerate(segment.groups):
            own = {name: getattr(group, name) for name in _OF_GROUP}
            arrays |= {f"{g} {name}": value for name, value in own.items() if value is not None}
        _update(digest, segment, arrays)
    return digest.hexdigest()[:_CHARACTERS]


def _update(
    digest: "hashlib._Hash", model: EnergyModel | GatedMachine, arrays: Mapping[str, Any]
) -> None:
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
