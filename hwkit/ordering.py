"""Order, choose and round values where equal ones differ in their last digits.

Units that a symmetry makes equal come out of a solver with last digits of their own, and other
digits on another processor. A choice among them (the strongest, the median, the first ten, the
nearest level) must not hang on those. Here values that differ by rounding are tied, and of tied
values the first counts.

    largest     the first within TIE * size of the largest
    ranks       sorted values have one rank as long as neighbours lie within TIE * size
    whole       the nearest whole number; halves to within TIE go to the smaller magnitude
    cleared     what is below TIE * size is 0

size is that of the largest value unless given. What a symmetry makes equal differs by 1e-13 after
rounding and by up to 1e-10 after a solver (`training.exact`), of the size. TIE is a hundred times
that: values in a tie stay in it. Values that nothing makes equal change places only if rounding
takes their distance across TIE * size; a distance so close to it is as rare as any other number.
Groups of ranks are chains: ten values, each within TIE of the next, have one rank, though the first
and the last are nine such steps apart.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.intp]

TIE = 1e-8  # of the largest size: a hundred times what solvers leave


def ranks(values: ArrayLike, size: float | None = None) -> IndexArray:
    """Return the rank of each value, 0 for the smallest; equal for values that a tie joins.

    Values are of any shape, ranks (values,). NaN come last; infinities are ranks of their own.
    """
    x = np.asarray(values, dtype=np.float64).ravel()
    order = np.argsort(x, kind="stable")
    ordered = x[order]
    finite = np.isfinite(ordered)
    with np.errstate(invalid="ignore"):  # inf - inf
        gap = np.diff(ordered)
    apart = gap > TIE * (_size(x) if size is None else size)
    apart = np.where(finite[1:] & finite[:-1], apart, ordered[1:] != ordered[:-1])
    apart &= ~(np.isnan(ordered[1:]) & np.isnan(ordered[:-1]))
    found = np.zeros(x.size, dtype=np.intp)
    found[order[1:]] = np.cumsum(apart)
    return found


def rising(values: ArrayLike, size: float | None = None) -> IndexArray:
    """Return indices (n,) by rising value, the lowest index first among ties; NaN come last."""
    return np.argsort(ranks(values, size), kind="stable")


def falling(values: ArrayLike, size: float | None = None) -> IndexArray:
    """Return indices (n,) by falling value, the lowest index first among ties; NaN come last."""
    return rising(-np.asarray(values, dtype=np.float64), size)


def largest(values: ArrayLike) -> int:
    """Return the index of the largest value, (n,), that is not NaN, the lowest among ties."""
    return int(largest_of_rows(np.asarray(values, dtype=np.float64).reshape(1, -1))[0])


def smallest(values: ArrayLike) -> int:
    """Return the index of the smallest value, (n,), that is not NaN, the lowest among ties."""
    return largest(-np.asarray(values, dtype=np.float64))


def largest_of_rows(values: FloatArray) -> IndexArray:
    """Return the index of the largest value of each row that is not NaN, the lowest among ties.

    Values are (rows, n), indices (rows,).
    """
    x = np.where(np.isnan(values), -np.inf, values)
    size = np.max(np.abs(x), axis=1, keepdims=True, where=np.isfinite(x), initial=0.0)
    near = x >= x.max(axis=1, keepdims=True) - TIE * size
    return np.asarray(np.argmax(near, axis=1), dtype=np.intp)


def whole(values: ArrayLike) -> FloatArray:
    """Return the nearest whole numbers, in the same shape; halves go to the smaller magnitude."""
    x = np.asarray(values, dtype=np.float64)
    return np.copysign(np.ceil(np.abs(x) - (0.5 + TIE)), x)


def cleared(*parts: FloatArray) -> tuple[FloatArray, ...]:
    """Return arrays with 0 in place of values that are rounding beside the largest of all.

    They may differ in shape; each keeps its shape.
    """
    size = max(_size(part) for part in parts)
    return tuple(np.where(np.abs(part) > TIE * size, part, 0.0) for part in parts)


def _size(x: FloatArray) -> float:
    return float(np.max(np.abs(x), where=np.isfinite(x), initial=0.0))
