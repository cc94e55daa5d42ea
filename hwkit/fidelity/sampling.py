"""How good samples of a Gaussian are: covariance, inverse, linear solve, and the sampling floor.

n independent samples of covariance S give an estimate whose relative Frobenius error is

    rms |S_n - S| / |S| = sqrt(((tr S)^2 / tr S^2 + 1) / n)  <=  sqrt((d + 1) / n)

and no sampler can do better; correlated samples count as n / (2 tau_int) ones. What lies above the
floor is systematic. The inverse of a matrix A is the covariance of samples of precision A, and the
solution of A x = b the mean of s (s . b), without forming the inverse.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hwkit.errors import DataError
from hwkit.fidelity.verdict import Metric

FloatArray = NDArray[np.float64]

_FLOOR_ERRORS = 3.0  # standard errors
_FEWEST_BLOCKS = 5


def second_moments(samples: FloatArray) -> FloatArray:
    """Return <s s^T> of samples of mean 0, (n, N) -> (N, N): the inverse of their precision."""
    return np.asarray(samples.T @ samples / len(samples))


def solve_from_samples(samples: FloatArray, b: ArrayLike) -> FloatArray:
    """Return the solution of A x = b from samples of precision A, (n, N) -> (N,)."""
    weights = samples @ np.asarray(b, dtype=np.float64)
    return np.asarray(samples.T @ weights / len(samples))


def relative_error(found: FloatArray, expected: FloatArray) -> float:
    """Return |found - expected| / |expected|, Frobenius, of two arrays of the same shape."""
    return float(np.linalg.norm(found - expected) / np.linalg.norm(expected))


def sampling_floor(covariance: FloatArray, n: int) -> float:
    """Return the rms relative Frobenius error of a covariance (N, N) from n independent samples."""
    spread = np.trace(covariance) ** 2 / np.sum(covariance**2)
    return float(np.sqrt((spread + 1) / n))


def correlation_time(series: FloatArray) -> float:
    """Return the integrated autocorrelation time of the products s_i s_j together, in samples.

    1/2 for independent samples, (runs, T, N) of mean 0. Summed until no correlation is left.
    """
    products = series[..., :, None] * series[..., None, :]
    products = products - products.mean(axis=(0, 1))
    power, total = float(np.mean(products**2)), 0.5
    for lag in range(1, series.shape[1]):
        share = float(np.mean(products[:, lag:] * products[:, :-lag])) / power
        if share < 2 / np.sqrt(products.shape[0] * products.shape[1]):
            break
        total += share
    return total


def block_errors(samples: FloatArray, covariance: FloatArray, n: int) -> FloatArray:
    """Return the relative errors of the covariances of blocks of n samples, (blocks,).

    Samples are (samples, N), the covariance expected of them (N, N); what is left of the last block
    is not used.
    """
    blocks = samples[: len(samples) // n * n].reshape(-1, n, samples.shape[1])
    return np.array([relative_error(second_moments(block), covariance) for block in blocks])


def floor_metrics(
    name: str, samples: FloatArray, covariance: FloatArray, sizes: Sequence[int]
) -> list[Metric]:
    """Compare the error of sampled covariances with the floor, at several numbers of samples.

    Samples are (samples, N), the covariance expected of them (N, N). The number is the mean squared
    error over the floor's, minus 1, within 3 standard errors.

    Raises:
        DataError: if there are fewer than 5 blocks of a size.
    """
    rows = []
    for n in sizes:
        if len(samples) < _FEWEST_BLOCKS * n:
            raise DataError(
                f"{len(samples)} samples make fewer than {_FEWEST_BLOCKS} blocks of {n}; give more"
            )
        floor = sampling_floor(covariance, n)
        errors = block_errors(samples, covariance, n)
        ratios = (errors / floor) ** 2
        stderr = float(ratios.std(ddof=1) / np.sqrt(ratios.size))
        rows.append(
            Metric(
                f"{name}, {n} samples",
                "distribution",
                abs(float(ratios.mean()) - 1),
                _FLOOR_ERRORS * stderr,
                stderr=stderr,
                n=ratios.size,
                note=f"rms error {np.sqrt(np.mean(errors**2)):.4g}, sampling floor {floor:.4g}",
            )
        )
    return rows
