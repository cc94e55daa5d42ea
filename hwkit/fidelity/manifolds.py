"""How far two clouds of points are from each other: Frechet distance, precision, recall.

    FD^2 = |m1 - m2|^2 + tr(S1 + S2 - 2 (S1^1/2 S2 S1^1/2)^1/2)

is the distance between normals of means m and covariances S (Dowson and Landau 1982; Heusel et al.
2017 call FD^2 their distance, and so does this module). It falls with the number of points even for
equal clouds: compare figures of equal counts only.

Precision is the share of generated points that lie in the manifold of real ones, recall the share
of real points in the manifold of generated ones. The manifold of a cloud is the union of balls
around its points, each as large as the distance to the k-th nearest other point (Kynkaanniemi et
al. 2019, k = 5).
"""

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import DataError

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

NEIGHBOURS = 5


def frechet_distance(a: FloatArray, b: FloatArray) -> float:
    """Return FD^2 of the normals fitted to two clouds, (n, D) and (m, D)."""
    return gaussian_distance(*mean_and_covariance(a), *mean_and_covariance(b))


def mean_and_covariance(points: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the mean (D,) and the covariance (D, D) of a cloud (n, D)."""
    mean = points.mean(axis=0)
    away = points - mean
    return mean, away.T @ away / (len(points) - 1)


def gaussian_distance(
    mean_a: FloatArray, covariance_a: FloatArray, mean_b: FloatArray, covariance_b: FloatArray
) -> float:
    """Return FD^2 of two normals, of means (N,) and covariances (N, N)."""
    root = _root(covariance_a)
    inner = np.linalg.eigvalsh(root @ covariance_b @ root)
    shared = float(np.sum(np.sqrt(np.maximum(inner, 0.0))))
    apart = float(np.sum((mean_a - mean_b) ** 2))
    return apart + float(np.trace(covariance_a) + np.trace(covariance_b)) - 2 * shared


def inside(points: FloatArray, cloud: FloatArray, k: int = NEIGHBOURS) -> BoolArray:
    """Return which points (n, D) lie in the manifold of a cloud (m, D), (n,).

    Raises:
        DataError: if the cloud has no k-th neighbours.
    """
    if len(cloud) <= k:
        raise DataError(f"{len(cloud)} pictures have no {k} nearest others; give at least {k + 1}")
    own = squared_distances(cloud, cloud)
    np.fill_diagonal(own, np.inf)
    radii = np.partition(own, k - 1, axis=1)[:, k - 1]
    return np.asarray(np.any(squared_distances(points, cloud) <= radii, axis=1))


def nearest_distance(points: FloatArray, cloud: FloatArray) -> FloatArray:
    """Return how far each point (n, D) is from the nearest one of a cloud (m, D), (n,)."""
    return np.asarray(np.sqrt(squared_distances(points, cloud).min(axis=1)))


def squared_distances(a: FloatArray, b: FloatArray) -> FloatArray:
    """Return squared distances between all pairs, (n, m)."""
    own = np.einsum("nd,nd->n", a, a)[:, None] + np.einsum("md,md->m", b, b)
    return np.asarray(np.maximum(own - 2 * a @ b.T, 0.0))


def _root(covariance: FloatArray) -> FloatArray:
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray((vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T)
