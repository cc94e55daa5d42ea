"""A digest that tells machines apart: the same for the same couplings, dense or sparse."""

import hashlib

import numpy as np
import scipy.sparse as sp

from hwkit.model.drift import DriftMachine
from hwkit.model.energy import EnergyModel

_CHARACTERS = 16
_PROBES = np.linspace(-2.0, 2.0, 81)


def model_digest(model: EnergyModel | DriftMachine) -> str:
    """Return a digest of all that decides how a machine moves; names and layers don't."""
    couplings = sp.csr_array(model.J, copy=True)
    couplings.sum_duplicates()
    couplings.eliminate_zeros()
    arrays = {
        "J_data": couplings.data,
        "J_indices": couplings.indices.astype(np.int64),
        "J_indptr": couplings.indptr.astype(np.int64),
        "b": model.b,
        "kT": np.float64(model.kT),
        "mobility": np.float64(model.mobility),
        **model.onsite.parameters(),
    }
    if isinstance(model, DriftMachine) and model.transfer is not None:
        transfer = model.transfer(_PROBES)  # a curve is told by its values
        arrays["transfer"] = np.asarray(transfer)
    digest = hashlib.sha256(model.onsite.kind.encode())
    for name, value in sorted(arrays.items()):
        array = np.asarray(value) + 0  # a negative zero is a zero
        digest.update(f"{name} {array.dtype.name} {array.shape}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()[:_CHARACTERS]
