"""Sparse couplings as callers give them, turned into doubles or refused."""

from typing import Any

import numpy as np
import scipy.sparse as sp

from hwkit.errors import DataError


def sparse_doubles(name: str, value: Any) -> sp.csr_array:
    """Return a copy of a scipy sparse matrix as CSR in float64; entries given twice add up.

    They add up as doubles: small whole numbers would wrap around.

    Raises:
        DataError: if it holds anything but real numbers.
    """
    if value.dtype.kind not in "biuf":
        raise DataError(f"{name} must hold real numbers only, not {value.dtype}")
    matrix = sp.csr_array(value.astype(np.float64), copy=True)
    matrix.sum_duplicates()
    return matrix
