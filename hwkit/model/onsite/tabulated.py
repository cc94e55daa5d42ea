"""An onsite energy from a measured current-voltage curve: a table of U'(x), one for all units.

    |x| inside the table:   U'(x) by monotone piecewise cubics (PCHIP) through the points
    beyond its end x_e:     U'(x_e) + U''(x_e) d + 4 wall d^3,   d = x - x_e

The interpolation never overshoots: where the points rise, so does the curve. What lies beyond the
table was not measured; the wall, a quartic energy from the end on, only keeps a unit from leaving,
as every real circuit's supply does. Results that reach it say nothing about the device: sweep
wider. U(0) = 0.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hwkit.deferred import deferred
from hwkit.errors import DataError
from hwkit.model.onsite.base import Onsite, parameter
from hwkit.numbers import doubles

if TYPE_CHECKING:
    from scipy import interpolate
else:
    interpolate = deferred("scipy.interpolate")

FloatArray = NDArray[np.float64]

_FEWEST = 4


@dataclass(frozen=True, eq=False)
class Tabulated(Onsite):
    """U from points (x, U'(x)); `wall` >= 0 is the quartic coefficient beyond the table.

    Raises:
        DataError: if the points are no curve around x = 0, or the wall is negative.
    """

    x: FloatArray
    slopes: FloatArray
    wall: FloatArray

    kind: ClassVar[str] = "tabulated"
    names: ClassVar[tuple[str, ...]] = ("x", "slopes", "wall")

    def __init__(self, x: ArrayLike, slopes: ArrayLike, wall: ArrayLike = 1.0) -> None:
        points, values = _checked(doubles("x", x), doubles("slopes", slopes))
        height = parameter("wall", wall)
        if height.ndim or height < 0:
            raise DataError(f"wall is {wall!r}; it must be one number of at least 0")
        for name, entry in (("x", points), ("slopes", values), ("wall", height)):
            object.__setattr__(self, name, entry)

    @property
    def is_shared(self) -> bool:
        """Whether all units have the same energy: always."""
        return True

    def of_units(self, units: ArrayLike) -> Self:
        """Return itself: all units have the same energy."""
        return self

    def check_units(self, n_units: int) -> None:
        """Accept any number of units."""

    def covers(self, x: FloatArray) -> NDArray[np.bool_]:
        """Return which states lie inside the table, in their shape."""
        return np.asarray((x >= self.x[0]) & (x <= self.x[-1]))

    def energy(self, x: FloatArray) -> FloatArray:
        """Return U(x), 0 at 0."""
        inside, beyond = self._split(x)
        energy, slope, bend = self._end(beyond)
        middle = self._energies(inside) - self._energies(0.0)
        with np.errstate(over="ignore"):
            outside = energy + beyond * (slope + beyond * (bend / 2 + self.wall * beyond * beyond))
        return np.where(beyond == 0, middle, outside)

    def slope(self, x: FloatArray) -> FloatArray:
        """Return U'(x)."""
        inside, beyond = self._split(x)
        values = np.asarray(self._slopes(inside))
        if not np.any(beyond):
            return values
        with np.errstate(over="ignore"):
            _, slope, bend = self._end(beyond)
            outside = slope + beyond * (bend + 4 * self.wall * beyond * beyond)
        return np.where(beyond == 0, values, outside)

    def curvature(self, x: FloatArray) -> FloatArray:
        """Return U''(x)."""
        inside, beyond = self._split(x)
        with np.errstate(over="ignore"):
            outside = self._end(beyond)[2] + 12 * self.wall * beyond * beyond
        return np.where(beyond == 0, self._curvatures(inside), outside)

    def confining(self, n_units: int) -> NDArray[np.bool_]:
        """Return whether there is a wall, for every unit."""
        return np.full(n_units, bool(self.wall > 0))

    def _split(self, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the nearest states inside the table, and how far beyond its end x lies."""
        inside = np.clip(x, self.x[0], self.x[-1])
        return inside, np.asarray(x - inside)

    def _end(self, beyond: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return U, U', U'' at the end that each state is beyond."""
        side = (np.asarray(beyond) > 0).astype(np.intp)
        energy, slope, bend = (values[side] for values in self._ends)
        return energy, slope, bend

    @cached_property
    def _slopes(self) -> "interpolate.PchipInterpolator":
        return interpolate.PchipInterpolator(self.x, self.slopes)

    @cached_property
    def _curvatures(self) -> "interpolate.PPoly":
        return self._slopes.derivative()

    @cached_property
    def _energies(self) -> "interpolate.PPoly":
        return self._slopes.antiderivative()

    @cached_property
    def _ends(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        ends = self.x[[0, -1]]
        height = self._energies(ends) - self._energies(0.0)
        return np.asarray(height), self.slopes[[0, -1]], np.asarray(self._curvatures(ends))


def _checked(x: FloatArray, slopes: FloatArray) -> tuple[FloatArray, FloatArray]:
    if x.ndim != 1 or x.shape != slopes.shape or x.size < _FEWEST:
        raise DataError(
            f"the table has x of shape {x.shape} and slopes of shape {slopes.shape}; give the same "
            f"number of each, at least {_FEWEST}"
        )
    for name, values in (("x", x), ("slopes", slopes)):
        if not np.all(np.isfinite(values)):
            point = int(np.argmin(np.isfinite(values)))
            raise DataError(f"point {point} of the table has {name} {values[point]}; leave it out")
    if not np.all(np.diff(x) > 0):
        point = int(np.argmin(np.diff(x) > 0)) + 1
        raise DataError(
            f"point {point} of the table has x = {x[point]:g} after {x[point - 1]:g}; sort the "
            "points by x, each x once"
        )
    if not x[0] < 0 < x[-1]:
        raise DataError(
            f"the table reaches from x = {x[0]:g} to {x[-1]:g}; it must have points on both sides "
            "of 0"
        )
    for values in (x, slopes):
        values.setflags(write=False)
    return x, slopes
