"""U(x) = J2 x^2 + J4 x^4, the onsite energy of arXiv 2506.15121 (there J2 = J4 = 1)."""

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hwkit.errors import DataError
from hwkit.model.onsite.base import Onsite, first_unit, parameter

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Quartic(Onsite):
    """U(x) = J2 x^2 + J4 x^4 with J4 >= 0."""

    J2: FloatArray = field(default_factory=lambda: np.array(1.0))
    J4: FloatArray = field(default_factory=lambda: np.array(1.0))

    kind: ClassVar[str] = "quartic"
    names: ClassVar[tuple[str, ...]] = ("J2", "J4")

    def __init__(self, J2: ArrayLike = 1.0, J4: ArrayLike = 1.0) -> None:
        object.__setattr__(self, "J2", parameter("J2", J2))
        object.__setattr__(self, "J4", parameter("J4", J4))
        if np.any(self.J4 < 0):
            unit = first_unit(self.J4 < 0)
            raise DataError(
                f"J4 of unit {unit} is {np.atleast_1d(self.J4)[unit]:g}: the energy is unbounded "
                "below; J4 must be >= 0"
            )

    def energy(self, x: FloatArray) -> FloatArray:
        """Return J2 x^2 + J4 x^4."""
        square = x * x
        return square * (self.J2 + self.J4 * square)

    def slope(self, x: FloatArray) -> FloatArray:
        """Return 2 J2 x + 4 J4 x^3."""
        return x * (2 * self.J2 + 4 * self.J4 * (x * x))

    def curvature(self, x: FloatArray) -> FloatArray:
        """Return 2 J2 + 12 J4 x^2."""
        return 2 * self.J2 + 12 * self.J4 * (x * x)

    def confining(self, n_units: int) -> NDArray[np.bool_]:
        """Return where J4 > 0."""
        return np.broadcast_to(self.J4 > 0, (n_units,))
