"""Onsite energies U(x): what one unit would feel alone.

A member of the family gives U, its slope U' and its curvature U'' for states of shape (..., N), and
tells whether it confines a unit on its own or leaves that to the couplings.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hwkit.errors import DataError
from hwkit.model.numbers import doubles

FloatArray = NDArray[np.float64]


class Onsite(ABC):
    """Base of the onsite energies; parameters are scalars or arrays of shape (N,)."""

    kind: ClassVar[str]

    @abstractmethod
    def energy(self, x: FloatArray) -> FloatArray:
        """Return U(x), elementwise."""

    @abstractmethod
    def slope(self, x: FloatArray) -> FloatArray:
        """Return U'(x), elementwise; the force on a unit is its negative."""

    @abstractmethod
    def curvature(self, x: FloatArray) -> FloatArray:
        """Return U''(x), elementwise."""

    @abstractmethod
    def parameters(self) -> dict[str, FloatArray]:
        """Return the parameters by name, as they go into a model file."""

    @abstractmethod
    def confining(self, n_units: int) -> NDArray[np.bool_]:
        """Return, per unit, whether U grows faster than any quadratic form can fall."""


@dataclass(frozen=True, eq=False)
class Quartic(Onsite):
    """U(x) = J2 x^2 + J4 x^4, the onsite energy of arXiv 2506.15121 (there J2 = J4 = 1)."""

    J2: FloatArray = field(default_factory=lambda: np.array(1.0))
    J4: FloatArray = field(default_factory=lambda: np.array(1.0))

    kind: ClassVar[str] = "quartic"

    def __init__(self, J2: ArrayLike = 1.0, J4: ArrayLike = 1.0) -> None:
        object.__setattr__(self, "J2", _parameter("J2", J2))
        object.__setattr__(self, "J4", _parameter("J4", J4))
        if np.any(self.J4 < 0):
            unit = int(np.argmax(np.atleast_1d(self.J4) < 0))
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

    def parameters(self) -> dict[str, FloatArray]:
        """Return J2 and J4."""
        return {"J2": self.J2, "J4": self.J4}

    def confining(self, n_units: int) -> NDArray[np.bool_]:
        """Return where J4 > 0."""
        return np.broadcast_to(self.J4 > 0, (n_units,))


ONSITE_KINDS: dict[str, type[Quartic]] = {Quartic.kind: Quartic}


def _parameter(name: str, value: ArrayLike) -> FloatArray:
    array = doubles(name, value)
    if array.ndim > 1:
        raise DataError(f"{name} must be a number or one number per unit, not shape {array.shape}")
    if not np.all(np.isfinite(array)):
        unit = int(np.argmin(np.isfinite(np.atleast_1d(array))))
        raise DataError(
            f"{name} of unit {unit} is {np.atleast_1d(array)[unit]}; give a finite number"
        )
    array.setflags(write=False)
    return array
