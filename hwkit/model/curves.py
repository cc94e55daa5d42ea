"""A machine whose couplings each have a curve of their own: extracted devices.

    dx_i = -mu [U'(x_i) + l_i x_i + b_i + sum_k sum_j W^k_ij f_k(x_j)] dt + sqrt(2 mu kT) dW_i

The functions f_k span the curves of all couplings; a matrix W^k says how much of each a coupling
has; l is how much they load the unit that they drive. There is no energy. With one function, W = J
and no load this is a `DriftMachine`.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hwkit.deferred import deferred
from hwkit.errors import DataError
from hwkit.model.onsite import Onsite
from hwkit.numbers import doubles

if TYPE_CHECKING:
    from scipy import interpolate
else:
    interpolate = deferred("scipy.interpolate")

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class CurveMachine:
    """Couplings as sums of tabulated functions.

    Attributes:
        weights: W, (K, N, N); row i holds what drives unit i.
        x: where the functions are tabulated, (P,), increasing; constant beyond its ends.
        functions: f, (P, K), joined by cubic splines.
        b: biases, (N,).
        onsite: energy of a unit alone.
        kT, mobility, n_visible: as for EnergyModel.
        load: l, (N,); None for zeros.

    Raises:
        DataError: if shapes don't fit or an entry is not finite.
    """

    weights: FloatArray
    x: FloatArray
    functions: FloatArray
    b: FloatArray
    onsite: Onsite
    kT: float = 0.1
    mobility: float = 1.0
    n_visible: int | None = None
    load: FloatArray | None = None

    def __post_init__(self) -> None:
        n, (points, count) = self.b.size, self.functions.shape
        if self.weights.shape != (count, n, n) or self.x.shape != (points,):
            raise DataError(
                f"weights have shape {self.weights.shape}, x {self.x.shape} and functions "
                f"{self.functions.shape}; give (K, N, N), (P,) and (P, K)"
            )
        load = np.zeros(n) if self.load is None else self.load
        if load.shape != (n,):
            raise DataError(f"load has shape {load.shape}; give one number for each of {n} units")
        given = {name: getattr(self, name) for name in ("weights", "x", "functions", "b")}
        for name, entry in (given | {"load": load}).items():
            values = doubles(name, entry)
            if not np.all(np.isfinite(values)):
                raise DataError(f"{name} has entries that are not finite")
            values.setflags(write=False)
            object.__setattr__(self, name, values)
        if self.n_visible is None:
            object.__setattr__(self, "n_visible", n)

    @property
    def n_units(self) -> int:
        """Number of units, N."""
        return int(self.b.size)

    def coupling_field(self, x: FloatArray) -> FloatArray:
        """Return what the couplings add to each unit's drift, (..., N)."""
        values = self._spline(np.clip(x, self.x[0], self.x[-1]))
        field = np.tensordot(values, self._columns, axes=([-2, -1], [1, 0]))
        return np.asarray(field if self.load is None else field + self.load * x)

    def force(self, x: FloatArray) -> FloatArray:
        """Return the drift over the mobility, (..., N)."""
        return np.asarray(-(self.onsite.slope(x) + self.b + self.coupling_field(x)))

    def uncoupled(self) -> "CurveMachine":
        """Return the same units with couplings and biases switched off."""
        n = self.n_units
        return replace(
            self,
            weights=np.zeros((1, n, n)),
            functions=np.zeros((self.x.size, 1)),
            b=np.zeros(n),
            load=None,
        )

    @cached_property
    def _spline(self) -> "interpolate.CubicSpline":
        return interpolate.CubicSpline(self.x, self.functions)

    @cached_property
    def _columns(self) -> FloatArray:
        return np.ascontiguousarray(self.weights.transpose(0, 2, 1))  # k, driving, driven
