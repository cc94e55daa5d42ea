"""The exact solve for few patterns, where G is low rank plus a diagonal: G = A^T A + diag(v).

Stationarity gives each coupling in terms of P = J A^T, an (N, R) matrix in place of N^2 couplings:

    J = w o (C - S P A - (S P A)^T),   w_ij = mask_ij / (v_i + v_j),   C = B + B^T - biases' share
    b = mask_b o (n - J m)

(S folds the trained biases in: they remove the mean from the second moments of their rows.) So
P = J A^T becomes a linear system, symmetric and positive definite,

    y + S K(S y) = S (w o C) A^T,   K(Q) = [w o (Q A + (Q A)^T)] A^T,   S y = S^2 P

solved by conjugate gradients. Preconditioner: what a row does to itself, one R x R block a row, or
with many directions one for all rows with the same mask.
Cost of an iteration: 6 N^2 R operations, less where the mask leaves out whole blocks; no N^2 vector
is kept but w.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from hwkit.training.statistics import NoisingStatistics
from hwkit.workers import available_cores

FloatArray = NDArray[np.float64]
Mask = NDArray[np.bool_]

_DROPPED = 1e-9  # singular values of A below this share of the largest are rounding in G
_SMALLEST_VARIANCE = 1e-6  # of the second moment; w grows without limit as it goes to 0
_ROWS_PER_TILE = 128
_ROW_SHARE = 8  # of the units: up to N/8 directions every row has a block of its own
_MOST_GROUPS = 4  # of rows with the same mask, beyond that


@dataclass(frozen=True, eq=False)
class LowRank:
    """The system above.

    Attributes:
        factor: A with orthogonal rows, (R, N).
        weights: w, (N, N).
        cross: C, (N, N).
        mean: u with A^T u = m, (R,).
        fold: how much of u each row loses in S, (N,): 0 where a bias is not trained.
    """

    factor: FloatArray
    weights: FloatArray
    cross: FloatArray
    mean: FloatArray
    fold: FloatArray

    @classmethod
    def of(cls, statistics: NoisingStatistics, mask: Mask, bias_mask: Mask) -> "LowRank | None":
        """Return the system, or None where it does not pay or a variance is not positive."""
        second = np.sum(statistics.factor**2, axis=0) + statistics.variance
        if np.any(statistics.variance <= _SMALLEST_VARIANCE * second):
            return None
        _, sizes, rows = np.linalg.svd(statistics.factor, full_matrices=False)
        kept = sizes > _DROPPED * sizes[0]
        factor = sizes[kept, None] * rows[kept]
        mean = rows[kept] @ statistics.mean / sizes[kept]
        inside = np.allclose(mean @ factor, statistics.mean, rtol=0, atol=_DROPPED * sizes[0])
        many = len(factor) * _ROW_SHARE > rows.shape[1]
        if not inside or (many and len(_groups(mask)) > _MOST_GROUPS):
            return None
        square = float(mean @ mean)
        share = (1 - sqrt(max(0.0, 1 - square))) / square if square > 0 else 0.0
        v = statistics.variance
        biases = np.outer(bias_mask * statistics.target_mean, statistics.mean)
        cross = statistics.cross - biases
        cross += cross.T.copy()
        fold = np.asarray(share * bias_mask, dtype=np.float64)
        return cls(factor, mask / (v[:, None] + v), cross, mean, fold)

    def folded(self, y: FloatArray) -> FloatArray:
        """Return S y, (N, R)."""
        return y - np.outer(self.fold * (y @ self.mean), self.mean)

    def couplings(self, q: FloatArray) -> FloatArray:
        """Return J, (N, N), for Q = S y, (N, R)."""
        J = np.zeros_like(self.weights)

        def fill(rows: slice, columns: slice) -> None:
            J[rows, columns] = self._pairs(None, rows, columns) - self._pairs(q, rows, columns)

        self._each_tile(fill)
        return np.asarray((J + J.T) / 2)  # rounding only

    def right_side(self) -> FloatArray:
        """Return S (w o C) A^T, (N, R)."""
        return self.folded(self._gathered(None))

    def apply(self, y: FloatArray) -> FloatArray:
        """Return y + S K(S y), in the shape of y, (N, R)."""
        return y + self.folded(self._gathered(self.folded(y)))

    def preconditioner(self) -> Callable[[FloatArray], FloatArray]:
        """Return what divides a residual (N, R) by an approximation to the system."""
        if len(self.factor) * _ROW_SHARE <= len(self.weights):
            return self._by_rows()
        return self._by_groups()

    def _by_rows(self) -> Callable[[FloatArray], FloatArray]:
        """Divide each row by 1 + S_i (sum_j w_ij a_j a_j^T) S_i, with a_j column j of A.

        In single precision, which is enough.
        """
        a = self.factor.astype(np.float32)
        r, n = a.shape
        first, second = np.triu_indices(r)
        products = (a[first] * a[second]).T
        blocks = np.empty((n, r, r), dtype=np.float32)
        blocks[:, first, second] = self.weights.astype(np.float32) @ products
        blocks[:, second, first] = blocks[:, first, second]
        fold, u = self.fold.astype(np.float32), self.mean.astype(np.float32)
        for axis in (2, 1):  # S from the right, then from the left
            blocks -= np.einsum(
                "i,i...,r->i...r", fold, np.moveaxis(blocks, axis, 2) @ u, u
            ).swapaxes(axis, 2)
        blocks[:, np.arange(r), np.arange(r)] += 1
        inverses = np.linalg.inv(blocks)

        def divide(rest: FloatArray) -> FloatArray:
            scale = float(np.max(np.abs(rest)))  # single precision holds no very small numbers
            single = (rest / scale).astype(np.float32)
            return np.asarray(scale * (inverses @ single[..., None])[..., 0].astype(np.float64))

        return divide

    def _by_groups(self) -> Callable[[FloatArray], FloatArray]:
        """The same with one block for rows of the same mask: their mean weights and fold."""
        groups = _groups(self.weights > 0)
        inverses = []
        for group in groups:
            folding = np.eye(self.mean.size) - self.fold[group].mean() * np.outer(
                self.mean, self.mean
            )
            weighted = (self.factor * self.weights[group].mean(axis=0)) @ self.factor.T
            inverses.append(np.linalg.inv(folding @ weighted @ folding + np.eye(self.mean.size)))

        def divide(rest: FloatArray) -> FloatArray:
            out = np.empty_like(rest)
            for group, inverse in zip(groups, inverses, strict=True):
                out[group] = rest[group] @ inverse
            return out

        return divide

    def gradient_norm(self, rest: FloatArray) -> float:
        """Return a bound on the norm of the pairs' gradient that a residual (N, R) means."""
        return 2 * float(np.linalg.norm(self.folded(rest) * self._sizes))

    @cached_property
    def start_norm(self) -> float:
        """Norm of the pairs' gradient at J = 0."""
        return float(np.linalg.norm(np.where(self.weights > 0, self.cross, 0.0)))

    @cached_property
    def _sizes(self) -> FloatArray:
        return np.asarray(np.linalg.norm(self.factor, axis=1), dtype=np.float64)

    def _gathered(self, q: FloatArray | None) -> FloatArray:
        """Return [w o (Q A + (Q A)^T)] A^T, or (w o C) A^T without Q."""
        out = np.zeros((self.factor.shape[1], self.factor.shape[0]))

        def gather(rows: slice, columns: slice) -> None:
            out[rows] = self._pairs(q, rows, columns) @ self.factor[:, columns].T

        self._each_tile(gather)
        return out

    def _pairs(self, q: FloatArray | None, rows: slice, columns: slice) -> FloatArray:
        """Return a tile of w o (Q A + (Q A)^T), or of w o C without Q."""
        weights = self.weights[rows, columns]
        if q is None:
            return weights * self.cross[rows, columns]
        left = np.hstack([q[rows], self.factor[:, rows].T])
        tile = left @ np.vstack([self.factor[:, columns], q[columns].T])
        tile *= weights
        return np.asarray(tile)

    def _each_tile(self, act: Callable[[slice, slice], None]) -> None:
        """Call act(rows, columns) on every tile; the threads write to different rows."""
        with ThreadPoolExecutor(available_cores()) as pool:
            list(pool.map(lambda tile: act(*tile), self._tiles))

    @cached_property
    def _tiles(self) -> list[tuple[slice, slice]]:
        """Rows, some at a time, with the columns between their first and last coupling."""
        tiles = []
        for first in range(0, len(self.weights), _ROWS_PER_TILE):
            rows = slice(first, first + _ROWS_PER_TILE)
            coupled = np.flatnonzero(np.any(self.weights[rows], axis=0))
            if coupled.size:
                tiles.append((rows, slice(int(coupled[0]), int(coupled[-1]) + 1)))
        return tiles


def _groups(mask: Mask) -> list[slice]:
    """Cut the units where the mask's rows change, but for the diagonal."""
    n = len(mask)
    differ = mask[:-1] != mask[1:]
    first = np.arange(n - 1)
    differ[first, first] = differ[first, first + 1] = False
    edges = [0, *(int(cut) + 1 for cut in np.flatnonzero(differ.any(axis=1))), n]
    return [slice(start, end) for start, end in pairwise(edges)]


def solve_low_rank(
    system: LowRank,
    tolerance: float,
    max_iterations: int,
    progress: Callable[[int, int], None] | None,
) -> tuple[FloatArray, list[float]]:
    """Return the couplings (N, N) and the relative gradient after each iteration.

    Stops at the tolerance or after max_iterations: the caller judges the couplings.
    """
    with threadpool_limits(1, "blas"):  # the tiles use the cores
        return _iterate(system, tolerance, max_iterations, progress)


def _iterate(
    system: LowRank,
    tolerance: float,
    max_iterations: int,
    progress: Callable[[int, int], None] | None,
) -> tuple[FloatArray, list[float]]:
    divided = system.preconditioner()
    rest = system.right_side()
    y, start = np.zeros_like(rest), system.start_norm
    residuals = [1.0] if start > 0 else [0.0]
    step, product = np.zeros_like(rest), 1.0
    while residuals[-1] > tolerance and len(residuals) <= max_iterations:
        fresh = divided(rest)
        product, previous = float(np.vdot(rest, fresh)), product
        step = fresh + product / previous * step
        image = system.apply(step)
        length = product / float(np.vdot(step, image))
        y += length * step
        rest -= length * image
        residuals.append(system.gradient_norm(rest) / start)
        if progress is not None:
            progress(len(residuals) - 1, max_iterations)
    return system.couplings(system.folded(y)), residuals
