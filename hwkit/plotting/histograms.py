"""Histograms whose independent unit is the run: bins, and each run's share in each of them."""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

_BINS = 36


def bin_edges(*samples: FloatArray, bins: int = _BINS) -> FloatArray:
    """Return the edges (bins + 1,) of bins of one width that hold all values, of any shape."""
    values = np.concatenate([side.ravel() for side in samples])
    low, high = float(values.min()), float(values.max())
    if high - low < 1e-9 * max(abs(low), abs(high), 1e-300):
        low, high = low - 0.5, high + 0.5
    return np.linspace(low, high, bins + 1)


def per_run(values: FloatArray, edges: FloatArray) -> FloatArray:
    """Return the share of each run's values in each bin, (runs, bins)."""
    last = len(edges) - 2
    bins = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, last)
    run = np.arange(len(values))[:, None]
    flat = np.bincount((run * (last + 1) + bins).ravel(), minlength=len(values) * (last + 1))
    return np.asarray(flat.reshape(len(values), last + 1) / values.shape[1])
