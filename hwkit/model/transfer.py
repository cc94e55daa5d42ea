"""Transfer curves: what a coupling puts out for the state of the unit that drives it.

    force on i = -sum_j J_ij f(x_j)

An ideal transconductor has f(x) = x. A differential pair saturates, f(x) = tanh(g x) / g; any other
one is given by a table of measured points. Slope 1 at 0 keeps the meaning of J.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hwkit.deferred import deferred
from hwkit.errors import DataError
from hwkit.numbers import doubles

if TYPE_CHECKING:
    from scipy import interpolate
else:
    interpolate = deferred("scipy.interpolate")

FloatArray = NDArray[np.float64]


class Transfer(Protocol):
    """A function of the state, elementwise."""

    def __call__(self, x: FloatArray, /) -> FloatArray:
        """Return f(x)."""


@dataclass(frozen=True)
class Saturating:
    """f(x) = tanh(g x) / g: linear for |x| << 1/g, at most 1/g."""

    g: float

    def __post_init__(self) -> None:
        if not np.isfinite(self.g) or self.g <= 0:
            raise DataError(f"g is {self.g!r}; a saturating coupling needs a number above 0")

    def __call__(self, x: FloatArray) -> FloatArray:
        """Return tanh(g x) / g."""
        return np.asarray(np.tanh(self.g * x) / self.g)


@dataclass(frozen=True, eq=False, init=False)
class TabulatedTransfer:
    """f through measured points, monotone in between (PCHIP), constant beyond the ends."""

    x: FloatArray
    y: FloatArray

    def __init__(self, x: ArrayLike, y: ArrayLike) -> None:
        points, values = doubles("x", x), doubles("y", y)
        if points.ndim != 1 or points.shape != values.shape or points.size < 2:
            raise DataError(
                f"the transfer curve has x of shape {points.shape} and y of shape {values.shape}; "
                "give the same number of each, at least 2"
            )
        if not (np.all(np.isfinite(points)) and np.all(np.isfinite(values))):
            raise DataError("the transfer curve has points that are not finite; leave them out")
        if not np.all(np.diff(points) > 0):
            raise DataError("the transfer curve's x must increase; sort the points, each x once")
        for name, array in (("x", points), ("y", values)):
            array.setflags(write=False)
            object.__setattr__(self, name, array)

    def __call__(self, x: FloatArray) -> FloatArray:
        """Return f(x)."""
        return np.asarray(self._curve(np.clip(x, self.x[0], self.x[-1])))

    @cached_property
    def _curve(self) -> "interpolate.PchipInterpolator":
        return interpolate.PchipInterpolator(self.x, self.y)
