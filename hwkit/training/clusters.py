"""Clusters of pictures by k-means, the same ones on every processor.

Lloyd, IEEE Trans. Inf. Theory 28, 129: each picture goes to the nearest centre, each centre to the
mean of its pictures, until no picture moves. Starts are those of k-means++ (Arthur and
Vassilvitskii, SODA 2007), greedy: of a few pictures drawn with their squared distance from the
centres so far, the one that leaves the least sum of squared distances. Draws are scikit-learn's,
and so are the clusters where nothing is tied; a picture midway between two centres, which pictures
of few grey values often are, goes to the first of them.
"""

import numpy as np
from numpy.typing import NDArray

from hwkit.ordering import falling, largest_of_rows, smallest

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.intp]

_MOST_ROUNDS = 300
_STILL = 1e-4  # of the pictures' mean variance: centres that move by less square distance rest


def clusters(pictures: FloatArray, count: int, seed: int) -> IndexArray:
    """Return the cluster of each picture, (P,), from 0 to `count` - 1.

    Args:
        pictures: (P, N).
        count: number of clusters.
        seed: of the first centres.
    """
    x = pictures - pictures.mean(axis=0)
    centres = _starts(x, count, np.random.RandomState(seed % 2**32))
    still = _STILL * float(np.mean(np.var(x, axis=0)))
    labels = _nearest(x, centres)
    for _ in range(_MOST_ROUNDS):
        moved, last = _means(x, labels, centres), labels
        shift = float(np.sum((moved - centres) ** 2))
        centres, labels = moved, _nearest(x, moved)
        if shift <= still or np.array_equal(labels, last):
            break
    return labels


def _starts(x: FloatArray, count: int, draw: np.random.RandomState) -> FloatArray:
    n, tries = len(x), 2 + int(np.log(count))
    chosen = [int(draw.choice(n, p=np.full(n, 1 / n)))]
    left = _squares(x, x[chosen])[:, 0]
    for _ in range(1, count):
        at = np.searchsorted(np.cumsum(left), draw.uniform(size=tries) * left.sum())
        drawn = np.minimum(at, n - 1)
        after = np.minimum(left[:, None], _squares(x, x[drawn]))
        best = smallest(after.sum(axis=0))
        chosen.append(int(drawn[best]))
        left = after[:, best]
    return x[chosen]


def _nearest(x: FloatArray, centres: FloatArray) -> IndexArray:
    return largest_of_rows(-_squares(x, centres))


def _means(x: FloatArray, labels: IndexArray, centres: FloatArray) -> FloatArray:
    """Return the mean picture of each cluster; an empty one gets a picture far from its centre."""
    counts = np.bincount(labels, minlength=len(centres))
    empty = np.flatnonzero(counts == 0)
    if empty.size:
        left = np.sum((x - centres[labels]) ** 2, axis=1)
        labels = labels.copy()
        labels[falling(left)[: empty.size]] = empty
        counts = np.bincount(labels, minlength=len(centres))
    columns = (np.bincount(labels, column, len(centres)) for column in x.T)
    sums = np.stack(list(columns), axis=1)  # picture after picture, as `counts`
    means = sums / np.maximum(counts, 1)[:, None]
    return np.asarray(np.where(counts[:, None] > 0, means, centres))


def _squares(x: FloatArray, centres: FloatArray) -> FloatArray:
    """Return the squared distance of each picture from each centre, (P, K)."""
    cross = x @ centres.T
    own = np.einsum("pn,pn->p", x, x)[:, None] + np.einsum("kn,kn->k", centres, centres)
    return np.asarray(np.maximum(own - 2 * cross, 0.0))
