"""Order and choose by value where equal values differ in their last digits.

Units that a symmetry makes equal come out of a solver with last digits of their own, and other
digits on another processor. A choice among them (the strongest, the median, the first ten) must not
hang on those. Here values that differ by rounding have the same rank, and the lowest index comes
first.

Sorted values are of one rank as long as neighbours lie closer than TIE times the largest size of
all. Values at random fall so close with a chance of some 1e-9 each; rounding moves none across such
a gap, since it is a million times smaller.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

IndexArray = NDArray[np.intp]

TIE = 1e-9  # of the largest size: solvers agree to 1e-10, processors to 1e-14


def ranks(values: ArrayLike) -> IndexArray:
    """Return the rank of each value, 0 for the smallest; equal for values that a tie joins.

    NaN come last; infinities are ranks of their own.
    """
    x = np.asarray(values, dtype=np.float64).ravel()
    order = np.argsort(x, kind="stable")
    ordered = x[order]
    finite = np.isfinite(ordered)
    size = float(np.max(np.abs(ordered[finite]), initial=0.0))
    with np.errstate(invalid="ignore"):  # inf - inf
        gap = np.diff(ordered)
    apart = np.where(finite[1:] & finite[:-1], gap > TIE * size, ordered[1:] != ordered[:-1])
    apart &= ~(np.isnan(ordered[1:]) & np.isnan(ordered[:-1]))
    found = np.zeros(x.size, dtype=np.intp)
    found[order[1:]] = np.cumsum(apart)
    return found


def rising(values: ArrayLike) -> IndexArray:
    """Return indices by rising value, the lowest index first among ties."""
    return np.argsort(ranks(values), kind="stable")


def falling(values: ArrayLike) -> IndexArray:
    """Return indices by falling value, the lowest index first among ties; NaN come last."""
    return rising(-np.asarray(values, dtype=np.float64))


def smallest(values: ArrayLike) -> int:
    """Return the index of the smallest value, the lowest among ties."""
    return int(np.argmin(ranks(values)))


def largest(values: ArrayLike) -> int:
    """Return the index of the largest value that is not NaN, the lowest among ties."""
    return smallest(-np.asarray(values, dtype=np.float64))
