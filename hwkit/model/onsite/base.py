"""What every onsite energy can do."""

from abc import ABC, abstractmethod
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hwkit.errors import DataError
from hwkit.numbers import doubles

FloatArray = NDArray[np.float64]

LARGEST = 1e100  # of a parameter: products of a few such numbers are still numbers


class Onsite(ABC):
    """Base of the onsite energies; parameters are scalars or arrays of shape (N,), if not said."""

    kind: ClassVar[str]
    names: ClassVar[tuple[str, ...]]  # of the parameters, which are the constructor's too

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
    def confining(self, n_units: int) -> NDArray[np.bool_]:
        """Return, per unit, (N,), whether U grows faster than any quadratic form can fall."""

    def parameters(self) -> dict[str, FloatArray]:
        """Return the parameters by name, numbers or (N,), as they go into a model file."""
        return {name: getattr(self, name) for name in self.names}

    @property
    def is_shared(self) -> bool:
        """Whether all units have the same energy."""
        return all(value.ndim == 0 for value in self.parameters().values())

    def of_units(self, units: ArrayLike) -> Self:
        """Return the onsite energy of some units, by index (k,) or mask (N,), in that order."""
        chosen = {
            name: value if value.ndim == 0 else value[np.asarray(units)]
            for name, value in self.parameters().items()
        }
        return type(self)(**chosen)

    def check_units(self, n_units: int) -> None:
        """Refuse to serve as the onsite energy of `n_units` units.

        Raises:
            DataError: if a parameter has another number of entries.
        """
        for name, value in self.parameters().items():
            if value.ndim == 1 and value.size != n_units:
                raise DataError(
                    f"{name} has {value.size} entries, but the model has {n_units} units"
                )


def parameter(name: str, value: ArrayLike) -> FloatArray:
    """Return a parameter, a number or one for each unit, (N,), as a read-only array.

    Raises:
        DataError: if it is something else, or not finite.
    """
    array = doubles(name, value)
    if array.ndim > 1:
        raise DataError(f"{name} must be a number or one number per unit, not shape {array.shape}")
    wrong = ~(np.abs(array) <= LARGEST)
    if np.any(wrong):
        unit = first_unit(wrong)
        raise DataError(
            f"{name} of unit {unit} is {np.atleast_1d(array)[unit]}; give a finite number of at "
            f"most {LARGEST:g}"
        )
    array.setflags(write=False)
    return array


def first_unit(wrong: NDArray[np.bool_]) -> int:
    """Return the first unit for which a condition on a parameter, one or (N,), holds."""
    return int(np.argmax(np.atleast_1d(wrong)))
