"""Small digits: the mean picture of a class of scikit-learn's 8x8 digits, on fewer pixels.

Each pixel is the mean grey value over its share of the 8x8 picture's area. Small pictures resemble
each other: the correlation between patterns says how far "recognisable" tells classes apart.
"""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hwkit.deferred import deferred
from hwkit.errors import DataError

if TYPE_CHECKING:
    from sklearn import datasets
else:
    datasets = deferred("sklearn.datasets")

FloatArray = NDArray[np.float64]

_SIDE = 8


def glyph_patterns(classes: list[int], rows: int, columns: int) -> FloatArray:
    """Return the mean picture of each class on rows x columns pixels, (P, rows * columns).

    Raises:
        DataError: if a class is none of 0 to 9, is named twice, or fewer than two are named.
    """
    if len(classes) < 2 or len(set(classes)) < len(classes) or not set(classes) <= set(range(10)):
        raise DataError(f"classes are {classes}; name two or more of 0 to 9, each once")
    data = datasets.load_digits()
    means = np.stack([data.images[data.target == label].mean(axis=0) for label in classes])
    small = _shares(rows) @ means @ _shares(columns).T
    return np.asarray(small.reshape(len(classes), -1))


def first_pictures(classes: list[int], rows: int, columns: int) -> FloatArray:
    """Return the first picture of each class on rows x columns pixels, (P, rows * columns).

    They resemble each other less than the classes' means do.

    Raises:
        DataError: if a class is none of 0 to 9.
    """
    data = datasets.load_digits()
    if not set(classes) <= set(range(10)):
        raise DataError(f"classes are {classes}; name some of 0 to 9")
    first = [int(np.flatnonzero(data.target == label)[0]) for label in classes]
    small = _shares(rows) @ data.images[first] @ _shares(columns).T
    return np.asarray(small.reshape(len(classes), -1))


def largest_correlation(patterns: FloatArray) -> float:
    """Return the largest correlation between two patterns of (P, n_visible)."""
    between = np.asarray(np.corrcoef(patterns))
    return float(np.max(between[np.triu_indices(len(patterns), 1)]))


def _shares(n: int) -> FloatArray:
    """Return which share of each of n strips every one of the 8 lines makes up, (n, 8)."""
    edges = np.arange(n + 1) * _SIDE / n
    lines = np.arange(_SIDE)
    inside = np.minimum(edges[1:, None], lines + 1) - np.maximum(edges[:-1, None], lines)
    return np.asarray(np.clip(inside, 0.0, None) * n / _SIDE)
