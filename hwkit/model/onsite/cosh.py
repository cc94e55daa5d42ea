"""U(x) = (2 J2 / r^2) (cosh(r x) - 1): a pair of antiparallel diodes.

    U'(x) = (2 J2 / r) sinh(r x),   r = V0 / (n V_T)

U''(0) = 2 J2 as for the quartic, and r = sqrt(12 J4 / J2) gives the quartic's cubic force too;
beyond that the diodes are steeper: at x = 1 (J2 = J4 = 1) 9.21 against 6.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hwkit.errors import DataError
from hwkit.model.onsite.base import Onsite, first_unit, parameter

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Cosh(Onsite):
    """U(x) = (2 J2 / r^2) (cosh(r x) - 1) with J2 > 0, r > 0; infinite where that overflows."""

    J2: FloatArray
    r: FloatArray

    kind: ClassVar[str] = "cosh"
    names: ClassVar[tuple[str, ...]] = ("J2", "r")

    def __init__(self, J2: ArrayLike = 1.0, r: ArrayLike = 12**0.5) -> None:
        for name, value in (("J2", parameter("J2", J2)), ("r", parameter("r", r))):
            object.__setattr__(self, name, value)
            if np.any(value <= 0):
                unit = first_unit(value <= 0)
                raise DataError(
                    f"{name} of unit {unit} is {np.atleast_1d(value)[unit]:g}; a pair of diodes "
                    "needs a number above 0"
                )

    @classmethod
    def from_quartic(cls, J2: ArrayLike = 1.0, J4: ArrayLike = 1.0) -> "Cosh":
        """Return the pair of diodes whose linear and cubic force are those of a quartic energy.

        J2 and J4 are numbers or (N,).

        Raises:
            DataError: if J2 or J4 is not above 0: no pair of diodes has such an energy.
        """
        J2, J4 = parameter("J2", J2), parameter("J4", J4)
        for name, value in (("J2", J2), ("J4", J4)):
            if np.any(value <= 0):
                unit = first_unit(value <= 0)
                raise DataError(
                    f"{name} of unit {unit} is {np.atleast_1d(value)[unit]:g}; a pair of diodes "
                    "matches a quartic energy with J2 and J4 above 0 only"
                )
        return cls(J2, np.sqrt(12 * J4 / J2))

    def energy(self, x: FloatArray) -> FloatArray:
        """Return (4 J2 / r^2) sinh(r x / 2)^2, which is U without the cancellation near 0."""
        with np.errstate(over="ignore"):
            root = np.sinh(0.5 * self.r * x)
            return np.asarray(4 * self.J2 / self.r**2 * root * root)

    def slope(self, x: FloatArray) -> FloatArray:
        """Return (2 J2 / r) sinh(r x)."""
        with np.errstate(over="ignore"):
            return np.asarray(2 * self.J2 / self.r * np.sinh(self.r * x))

    def curvature(self, x: FloatArray) -> FloatArray:
        """Return 2 J2 cosh(r x)."""
        with np.errstate(over="ignore"):
            return np.asarray(2 * self.J2 * np.cosh(self.r * x))

    def confining(self, n_units: int) -> NDArray[np.bool_]:
        """Return True for every unit."""
        return np.ones(n_units, dtype=bool)
