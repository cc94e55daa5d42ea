"""Nodes of family silicon as the rows of terminals that parts have."""

import numpy as np
from numpy.typing import ArrayLike

from hwkit.circuit.parts import IndexArray


def terminals(*nodes: ArrayLike) -> IndexArray:
    """Return a row of terminals for each element, (n, k), from k columns of n nodes or of one."""
    columns = np.broadcast_arrays(*(np.atleast_1d(each) for each in nodes))
    return np.stack(columns, axis=1).astype(np.intp)
