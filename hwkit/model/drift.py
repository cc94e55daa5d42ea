"""A machine whose drift need not be the gradient of an energy: a real board.

    dx_i = -mu [U'(x_i) + b_i + sum_j J_ij f(x_j)] dt + sqrt(2 mu kT) dW_i

Where J is symmetric and f(x) = x this is an EnergyModel. Otherwise there is no energy: no Boltzmann
distribution to relax to, and no heat that depends on the end states alone.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from hwkit.errors import DataError
from hwkit.model.energy import EnergyModel
from hwkit.model.onsite import Onsite
from hwkit.model.showing import summary_of
from hwkit.model.transfer import Transfer
from hwkit.numbers import doubles
from hwkit.showing import Shown, Summary

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class DriftMachine(Shown):
    """Couplings of each direction, biases, onsite energy and transfer curve; dense.

    Attributes:
        J: (N, N); row i holds what drives unit i. The diagonal is zero.
        b: biases, (N,).
        onsite: energy of a unit alone.
        transfer: f, or None for f(x) = x.
        kT, mobility, n_visible: as for EnergyModel.

    Raises:
        DataError: if shapes don't fit or an entry is not finite.
    """

    J: FloatArray
    b: FloatArray
    onsite: Onsite
    transfer: Transfer | None = None
    kT: float = 0.1
    mobility: float = 1.0
    n_visible: int | None = None

    def __post_init__(self) -> None:
        J, b = doubles("J", self.J), doubles("b", self.b)
        if J.ndim != 2 or J.shape != (b.size, b.size) or b.ndim != 1:
            raise DataError(f"J has shape {J.shape} and b {b.shape}; give (N, N) and (N,)")
        for name, values in (("J", J), ("b", b)):
            if not np.all(np.isfinite(values)):
                where = tuple(int(i) for i in np.argwhere(~np.isfinite(values))[0])
                raise DataError(f"{name}{list(where)} is {values[where]}; give finite numbers")
            values.setflags(write=False)
            object.__setattr__(self, name, values)
        if np.any(np.diagonal(J)):
            raise DataError("the diagonal of J must be zero; a unit's own force is the onsite's")
        for name, value in (("kT", self.kT), ("mobility", self.mobility)):
            if not np.isfinite(value) or value <= 0:
                raise DataError(f"{name} is {value!r}; it must be a number above 0")
        self.onsite.check_units(b.size)
        if self.n_visible is None:
            object.__setattr__(self, "n_visible", b.size)

    @classmethod
    def of(cls, model: EnergyModel, transfer: Transfer | None = None) -> "DriftMachine":
        """Return an ideal machine, or one whose couplings saturate, in this form."""
        J = model.J.toarray() if sp.issparse(model.J) else model.J
        return cls(
            np.asarray(J),
            model.b,
            model.onsite,
            transfer,
            model.kT,
            model.mobility,
            model.n_visible,
        )

    def energy_model(self) -> EnergyModel:
        """Return couplings, biases and onsite energy as an EnergyModel, to compile it.

        The transfer curve is not part of it: it is the circuit's.

        Raises:
            DataError: if J is not symmetric.
        """
        return EnergyModel(
            self.J, self.b, self.onsite, self.kT, self.mobility, n_visible=self.n_visible
        )

    def summary(self) -> Summary:
        """Return what a machine shows of itself."""
        return summary_of(self, f"{np.count_nonzero(self.J):,} directed couplings")

    def plot(self) -> "Figure":
        """Return a figure of the couplings, (N, N)."""
        from hwkit.plotting.values import draw_matrix

        return draw_matrix(self.J, "J", "driving unit", "driven unit")

    @property
    def n_units(self) -> int:
        """Number of units, N."""
        return int(self.b.size)

    @property
    def names(self) -> None:
        """Units of a drift machine have no names of their own."""
        return

    @property
    def unit_names(self) -> tuple[str, ...]:
        """Name of each unit: x0, x1, ..."""
        return tuple(f"x{i}" for i in range(self.n_units))

    def force(self, x: FloatArray) -> FloatArray:
        """Return the drift over the mobility, (..., N)."""
        signal = x if self.transfer is None else self.transfer(x)
        return np.asarray(-(self.onsite.slope(x) + self.b + signal @ self.J.T))

    def circulation(self, x: FloatArray, step: float = 1e-5) -> float:
        """Return how far the force is from a gradient: |A| / |S| of its couplings' Jacobian.

        A and S are the antisymmetric and symmetric parts, in the root mean square over states
        x (n, N); 0 for an energy, 1 for couplings that are antisymmetric.
        """
        gain = np.ones(x.shape)
        if self.transfer is not None:
            gain = (self.transfer(x + step) - self.transfer(x - step)) / (2 * step)
        odd = even = 0.0
        for row in gain:
            jacobian = self.J * row
            odd += float(np.sum((jacobian - jacobian.T) ** 2))
            even += float(np.sum((jacobian + jacobian.T) ** 2))
        return float(np.sqrt(odd / even)) if even else 0.0
