"""Coefficients of drift and noise in one vector: as measured, and as expected of a setup."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwkit.measured.drift import Drift
from hwkit.measured.noise import Noise
from hwkit.measured.setup import Setup

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Coefficients:
    """Coefficients in one vector: theta by rows, then D_ij and e_ij of each pair i <= j.

    Attributes:
        values: (C,).
        influence: what each batch adds to their errors, (batches, C).
        n_units: units that were estimated.
        width: coefficients of a row of theta.
    """

    values: FloatArray
    influence: FloatArray
    n_units: int
    width: int

    @classmethod
    def of(cls, drift: Drift, noise: Noise) -> "Coefficients":
        """Return estimated coefficients."""
        n, width = drift.theta.shape
        first, second = np.triu_indices(n)
        batches = len(drift.influence)
        pairs = np.stack([noise.intensity, noise.excess])[:, first, second].T.ravel()
        moved = noise.influence[:, :, first, second].transpose(0, 2, 1).reshape(batches, -1)
        return cls(
            np.concatenate([drift.theta.ravel(), pairs]),
            np.concatenate([drift.influence.reshape(batches, -1), moved], axis=1),
            n,
            width,
        )

    @property
    def blocks(self) -> list[NDArray[np.intp]]:
        """Places of coefficients whose errors go together.

        These are rows of theta, (P,), and D and e of a pair, (2,).
        """
        rows = np.arange(self.n_units * self.width).reshape(self.n_units, -1)
        pairs = np.arange(rows.size, self.values.size).reshape(-1, 2)
        return [*rows, *pairs]

    @property
    def without_excess(self) -> NDArray[np.bool_]:
        """Which are not an excess variance e_ij, (C,)."""
        use = np.ones(self.values.size, dtype=bool)
        use[self.n_units * self.width + 1 :: 2] = False
        return use

    def without_excess_of(self, units: Sequence[int]) -> NDArray[np.bool_]:
        """Return which are not the excess variance e_ii of some units, (C,)."""
        first, second = np.triu_indices(self.n_units)
        use = np.ones(self.values.size, dtype=bool)
        use[self.n_units * self.width + 1 :: 2] = (first != second) | ~np.isin(first, units)
        return use

    def covariance(self) -> FloatArray:
        """Return their covariance, (C, C), between blocks zero: noises are independent.

        Weights that follow an estimated covariance cost precision: in a block of p coefficients
        from B batches about 1 + (p - 1)/(B - p) in variance, which is included.
        """
        matrix, batches = np.zeros((self.values.size, self.values.size)), len(self.influence)
        for block in self.blocks:
            moved, size = self.influence[:, block], block.size
            cost = 1 + (size - 1) / max(batches - size, 1)
            matrix[np.ix_(block, block)] = cost * (moved.T @ moved)
        return matrix


def expected(setup: Setup) -> FloatArray:
    """Return the coefficients of a setup in the order of `Coefficients`, (..., C)."""
    first, second = np.triu_indices(setup.b.shape[-1])
    theta, *pairs = setup.shown()
    batch = theta.shape[:-2]
    both = np.stack([each[..., first, second] for each in pairs], axis=-1)
    return np.concatenate([theta.reshape(*batch, -1), both.reshape(*batch, -1)], axis=-1)
