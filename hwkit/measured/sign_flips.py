"""The largest |z| of a family of faults where nothing differs, from a record's own batches.

Errors of coefficients are sums over batches, and so is their covariance. If nothing differs, a
batch adds what it adds with either sign: sums with random signs are as likely as the record's own.
Each z is made of such a sum as it is made of the record: with the covariance of that draw, whose
spread makes |z| larger than a normal number, the more the more coefficients go together and the
heavier the batches' tails are. No distribution is assumed; batches are independent, and symmetric.

With g the batches' influence on a block of coefficients, r = sum_b s_b g_b of signs s, n batches
and S = g^T g, the draw's covariance is that of g with its mean taken out, n/(n - 1) (S - r r^T/n);
signs leave S as it is. With c the cost of estimated weights (`coefficients`), in which W of

    W C W^T = 1        C = c S + (errors of the channels' calibration)

is what whitens, the inverse adds k W r (W r)^T c to that of S, k = 1/(n - r^T S^-1 r).
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from hwkit.measured.coefficients import Coefficients

FloatArray = NDArray[np.float64]

_DRAWS = 10_000
_SEED = 20_231  # always the same draws


def largest_by_signs(
    directions: FloatArray,
    whitener: FloatArray,
    measured: Coefficients,
    use: NDArray[np.bool_],
    extra: FloatArray | None,
) -> FloatArray:
    """Return draws of max |z| where nothing differs, (draws,): always the same ones.

    Args:
        directions: unit vectors of whitened coefficients, (F, U).
        whitener: W of the U coefficients that are used, (U, U).
        measured: all C coefficients.
        use: which are used, (C,).
        extra: covariance that is known beside the batches', (C, C); None for none.
    """
    g = measured.influence[:, use]
    batches = len(g)
    signs, normals = _drawn(batches, g.shape[1])
    moved = signs @ g
    drawn = moved if extra is None else moved + normals @ _root(extra[np.ix_(use, use)]).T
    back = directions @ whitener
    along, squares = drawn @ back.T, np.ones((len(signs), len(directions)))
    for places in _used(measured.blocks, use):
        touched = np.flatnonzero(np.any(back[:, places], axis=1))
        r, own = moved[:, places], g[:, places]
        inner = np.linalg.solve(own.T @ own, r.T).T
        # Without calibration r^T S^-1 r and c (W r)^T W r' are the same number.
        weight = 1 / (batches - np.sum(inner * r, axis=1))
        meeting = np.sum(inner * drawn[:, places], axis=1)
        seen = r @ back[np.ix_(touched, places)].T
        along[:, touched] += seen * (weight * meeting)[:, None]
        squares[:, touched] += measured.cost(places.size) * seen**2 * weight[:, None]
    largest = np.abs(along / np.sqrt(squares)).max(axis=1)
    return np.asarray(largest * np.sqrt((batches - 1) / batches))


def _used(blocks: Sequence[NDArray[np.intp]], use: NDArray[np.bool_]) -> list[NDArray[np.intp]]:
    """Return the places of each block's coefficients among those that are used."""
    place = np.cumsum(use) - 1
    return [place[block[use[block]]] for block in blocks if use[block].any()]


def _root(covariance: FloatArray) -> FloatArray:
    """Return R with R R^T a covariance that may be singular."""
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))


@lru_cache(maxsize=4)
def _drawn(batches: int, columns: int) -> tuple[FloatArray, FloatArray]:
    generator = np.random.Generator(np.random.Philox(_SEED))
    signs = 2.0 * generator.integers(0, 2, (_DRAWS, batches)) - 1
    return signs, generator.standard_normal((_DRAWS, columns))
