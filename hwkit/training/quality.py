"""Sample quality: which pattern does a generated state show, and is it recognisable?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import DataError
from hwkit.ordering import largest_of_rows

FloatArray = NDArray[np.float64]

RECOGNISABLE = 0.7  # Pearson correlation with the best training pattern


@dataclass(frozen=True, eq=False)
class Recognition:
    """Best pattern and correlation of each sample; failed samples (NaN) match none.

    Attributes:
        best: index of the best pattern, (n,); -1 for a failed sample.
        correlation: Pearson correlation with it, (n,); 0 for a failed sample.
    """

    best: NDArray[np.intp]
    correlation: FloatArray
    n_patterns: int

    @property
    def recognisable(self) -> NDArray[np.bool_]:
        """Which samples correlate above RECOGNISABLE, (n,)."""
        return self.correlation > RECOGNISABLE

    @property
    def share(self) -> float:
        """Recognisable share of all samples, failed ones included."""
        return float(np.mean(self.recognisable))

    @property
    def class_shares(self) -> FloatArray:
        """Share of all samples whose best pattern is each of the patterns, (P,)."""
        counts = np.bincount(self.best[self.best >= 0], minlength=self.n_patterns)
        return counts / self.best.size


def balanced_share(share: float, class_shares: FloatArray) -> float:
    """Return a recognisable share minus the rarest class's shortfall below half of 1/P.

    Args:
        share: of samples that are recognisable.
        class_shares: share of each class, (P,).
    """
    return float(share - max(0.0, 0.5 / class_shares.size - float(class_shares.min())))


def recognise(states: FloatArray, patterns: FloatArray) -> Recognition:
    """Correlate the visible part of states (n, N) with patterns (P, n_visible)."""
    n_visible = patterns.shape[1]
    if states.ndim != 2 or states.shape[1] < n_visible:
        raise DataError(f"states have shape {states.shape}, but patterns have {n_visible} pixels")
    visible = states[:, :n_visible]
    failed = np.any(~np.isfinite(visible), axis=1)
    visible = np.where(failed[:, None], 0.0, visible)
    correlation = _standardised(visible) @ _standardised(patterns).T / n_visible
    best = largest_of_rows(correlation)
    strength = correlation[np.arange(len(best)), best]
    return Recognition(np.where(failed, -1, best), np.where(failed, 0.0, strength), len(patterns))


def _standardised(rows: FloatArray) -> FloatArray:
    centered = rows - rows.mean(axis=1, keepdims=True)
    spread = centered.std(axis=1, keepdims=True)
    return np.asarray(centered / np.where(spread > 0, spread, 1.0))
