"""Weighted linear regression from second moments, with a penalty chosen on samples kept aside.

    minimise  < p |theta^T f - y|^2 > + sum_k lambda_k |theta_k|^2 ,    (A + diag(lambda)) theta = B

A = <p f f^T>, B = <p f y^T>, averages over all samples. Sums are kept apart for the samples of the
fit and for those aside, so choosing the penalty takes no second pass over them.
"""

from collections.abc import Sequence

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from hwkit.ordering import TIE

FloatArray = NDArray[np.float64]
Reals = NDArray[np.float32] | NDArray[np.float64]


class Moments:
    """Sums over samples: features f (n, F), targets y (n, D), weights p (n,)."""

    def __init__(self, n_features: int, n_targets: int) -> None:
        self._sums = [_Sums(n_features, n_targets), _Sums(n_features, n_targets)]  # fit, aside

    def add(self, f: Reals, y: Reals, p: Reals | None, aside: NDArray[np.bool_]) -> None:
        """Take in samples; p None for equal weights, `aside`, (n,), which are kept aside.

        Products have the precision of the samples, sums are of double precision.
        """
        for sums, rows in zip(self._sums, (~aside, aside), strict=True):
            sums.add(f[rows], y[rows], None if p is None else p[rows])

    @property
    def weight(self) -> float:
        """Sum of all weights."""
        return sum(sums.weight for sums in self._sums)

    def solve(self, penalty: FloatArray) -> tuple[FloatArray, float]:
        """Return theta (F, D) of all samples and its largest gradient relative to |B|."""
        A, B = (sum_a + sum_b for sum_a, sum_b in zip(*(s.pair for s in self._sums), strict=True))
        A, B = A / self.weight + np.diag(penalty), B / self.weight
        theta = scipy.linalg.solve(A, B, assume_a="pos")
        return theta, float(np.max(np.abs(A @ theta - B)) / np.max(np.abs(B), initial=1e-300))

    def aside_loss(self, penalty: FloatArray) -> float:
        """Return the sum of p |theta^T f - y|^2 over samples aside, less that of y alone.

        theta is that of the other samples, with a penalty (F,).
        """
        fit, aside = self._sums
        if not fit.weight:
            return 0.0
        A = fit.features / fit.weight + np.diag(penalty)
        theta = scipy.linalg.solve(A, fit.products / fit.weight, assume_a="pos")
        return float(np.sum(theta * (aside.features @ theta - 2 * aside.products)))

    def aside_losses(self, ridges: Sequence[float]) -> list[float]:
        """Return `aside_loss` of penalties that are the same for all features, one for each ridge.

        One eigenvalue problem A = U L U^T of the fit's moments serves all ridges:
        theta = U (L + ridge)^-1 U^T B.
        """
        fit, aside = self._sums
        if not fit.weight:
            return [0.0] * len(ridges)
        values, U = scipy.linalg.eigh(fit.features / fit.weight)
        B = U.T @ (fit.products / fit.weight)
        features, products = U.T @ aside.features @ U, U.T @ aside.products
        thetas = (B / (np.maximum(values, 0.0) + ridge)[:, None] for ridge in ridges)
        return [float(np.sum(theta * (features @ theta - 2 * products))) for theta in thetas]


class _Sums:
    def __init__(self, n_features: int, n_targets: int) -> None:
        self.features = np.zeros((n_features, n_features))
        self.products = np.zeros((n_features, n_targets))
        self.weight = 0.0

    @property
    def pair(self) -> tuple[FloatArray, FloatArray]:
        return self.features, self.products

    def add(self, f: Reals, y: Reals, p: Reals | None) -> None:
        if p is not None:
            root = np.sqrt(p)[:, None]
            f, y = f * root, y * root
        self.features += f.T @ f  # of an array with itself: half the products
        self.products += f.T @ y
        self.weight += float(len(f) if p is None else p.sum(dtype=np.float64))


def best_ridge(
    moments: Sequence[Moments], penalties: Sequence[FloatArray], ridges: Sequence[float]
) -> float:
    """Return the factor of the penalties with the least loss aside, over all moments together.

    Penalties are (F,) of each of the moments. Of factors whose losses are tied the largest is
    taken.
    """
    losses = [
        sum(each.aside_loss(ridge * p) for each, p in zip(moments, penalties, strict=True))
        for ridge in ridges
    ]
    return _least(ridges, losses)


def best_even_ridge(moments: Sequence[Moments], ridges: Sequence[float]) -> float:
    """Return `best_ridge` of penalties that are 1 for all features, with one solve for all."""
    losses = [sum(each) for each in zip(*(m.aside_losses(ridges) for m in moments), strict=True)]
    return _least(ridges, losses or [0.0] * len(ridges))


def _least(ridges: Sequence[float], losses: Sequence[float]) -> float:
    least = min(losses)
    return max(
        ridge
        for ridge, loss in zip(ridges, losses, strict=True)
        if loss <= least + TIE * abs(least)
    )
