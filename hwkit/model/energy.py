"""The ideal machine: an energy of real units, dimensionless (Whitelam, arXiv 2506.15121).

    V(x) = sum_i U(x_i) + sum_i b_i x_i + sum_{i<j} J_ij x_i x_j
    dx_i = -mu dV/dx_i dt + sqrt(2 mu kT) dW_i

Each pair counts once; the force on i from j is -J_ij x_j, so J_ij > 0 favours opposite signs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike, NDArray
from scipy.sparse.linalg import eigsh

from hwkit.errors import DataError
from hwkit.model.dense import check_dense
from hwkit.model.names import checked_names
from hwkit.model.onsite import Onsite, Quartic
from hwkit.model.showing import summary_of
from hwkit.model.sparse import sparse_doubles
from hwkit.numbers import check_unlabelled, doubles, positive
from hwkit.showing import Shown, Summary

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FloatArray = NDArray[np.float64]
Couplings = FloatArray | sp.csr_array

_SYMMETRY_TOLERANCE = 1e-12  # relative to the largest coupling: rounding, not physics
_DENSE_EIGENVALUES = 2000  # above this many units the smallest eigenvalue is found by Lanczos


@dataclass(frozen=True, eq=False, init=False, repr=False)
class EnergyModel(Shown):
    """Couplings, biases, onsite energy and temperature of a machine; immutable.

    Args:
        J: symmetric couplings with zero diagonal, (N, N), dense or scipy sparse.
        b: biases, (N,).
        onsite: energy of a unit alone.
        kT: temperature in units of energy, > 0.
        mobility: mu, > 0.
        n_visible: the first units are visible, the others hidden; None if all are visible.
        names: one for each unit, all different; None for x0, x1, ...

    Raises:
        DataError: if the numbers are no model: which entry, which value, what to do.
    """

    J: Couplings
    b: FloatArray
    onsite: Onsite
    kT: float
    mobility: float
    n_visible: int
    names: tuple[str, ...] | None

    def __init__(
        self,
        J: ArrayLike | sp.sparray | sp.spmatrix,
        b: ArrayLike,
        onsite: Onsite | None = None,
        kT: float = 0.1,
        mobility: float = 1.0,
        n_visible: int | None = None,
        names: Sequence[str] | None = None,
    ) -> None:
        couplings = _checked_couplings(J)
        n = couplings.shape[0]
        biases = _checked_biases(b, n)
        onsite = onsite if onsite is not None else Quartic()
        if not isinstance(onsite, Onsite):
            raise DataError(f"onsite is {onsite!r}; give an energy, such as hwkit.Quartic(1, 1)")
        kT, mobility = positive("kT", kT), positive("mobility", mobility)
        n_visible = n if n_visible is None else n_visible
        number = isinstance(n_visible, Real) and not isinstance(n_visible, bool)
        if not number or not 0 <= n_visible <= n or n_visible != int(n_visible):
            raise DataError(
                f"n_visible is {n_visible}, but the model has {n} units; give a whole number up to "
                f"{n}"
            )
        onsite.check_units(n)
        _check_bounded(couplings, onsite, n)
        for name, entry in (
            ("J", couplings),
            ("b", biases),
            ("onsite", onsite),
            ("kT", kT),
            ("mobility", mobility),
            ("n_visible", int(n_visible)),
            ("names", checked_names(names, n)),
        ):
            object.__setattr__(self, name, entry)

    @property
    def n_units(self) -> int:
        """Number of units, N."""
        return int(self.b.size)

    @property
    def unit_names(self) -> tuple[str, ...]:
        """Name of each unit: its own, or x0, x1, ..."""
        return self.names or tuple(f"x{i}" for i in range(self.n_units))

    @property
    def is_sparse(self) -> bool:
        """Whether J is stored as a CSR array."""
        return sp.issparse(self.J)

    def coupling_field(self, x: FloatArray) -> FloatArray:
        """Return J x for states of shape (..., N)."""
        if self.is_sparse:
            flat = x.reshape(-1, self.n_units)
            return np.ascontiguousarray((self.J @ flat.T).T).reshape(x.shape)
        return np.asarray(x @ self.J)

    def energy(self, x: FloatArray) -> FloatArray:
        """Return V(x), shape (...,), for states of shape (..., N)."""
        x = self._states(x)
        pairs = 0.5 * self.coupling_field(x) + self.b
        return np.asarray(np.sum(self.onsite.energy(x) + pairs * x, axis=-1))

    def force(self, x: FloatArray) -> FloatArray:
        """Return -dV/dx, shape (..., N)."""
        x = self._states(x)
        return np.asarray(-(self.onsite.slope(x) + self.b + self.coupling_field(x)))

    def heat(self, x0: FloatArray, x1: FloatArray) -> FloatArray:
        """Return V(x0) - V(x1), the heat that an overdamped run gives to the bath.

        States are (..., N), the heat (...), in units of energy.
        """
        return np.asarray(self.energy(x0) - self.energy(x1))

    def hessian(self, x: FloatArray) -> FloatArray:
        """Return the second derivatives of V at one state x (N,), dense (N, N).

        Raises:
            DesignError: if there are too many units for so many numbers.
        """
        check_dense(self.n_units, "a matrix of second derivatives")
        dense = self.J.toarray() if sp.issparse(self.J) else self.J
        curvature = np.broadcast_to(self.onsite.curvature(self._states(x)), (self.n_units,))
        return np.asarray(dense + np.diag(curvature))

    def pairs(self) -> tuple[NDArray[np.intp], NDArray[np.intp], FloatArray]:
        """Return rows, columns and values of the P non-zero couplings i < j, (P,), in row order."""
        upper = sp.triu(sp.csr_array(self.J), k=1).tocsr()
        upper.eliminate_zeros()
        upper.sort_indices()
        coo = upper.tocoo()
        rows, columns = (np.asarray(index, dtype=np.intp) for index in coo.coords)
        return rows, columns, np.asarray(coo.data)

    def summary(self) -> Summary:
        """Return what a machine shows of itself."""
        return summary_of(self, f"{self.pairs()[0].size:,} couplings")

    def plot(self) -> "Figure":
        """Return a figure of the couplings, (N, N)."""
        from hwkit.plotting.values import draw_matrix

        return draw_matrix(self.J, "J", "unit", "unit")

    def _states(self, x: FloatArray) -> FloatArray:
        if type(x) is not np.ndarray or x.dtype != np.float64:  # those are taken as they are
            check_unlabelled("a table of states", x, ("columns",))
            x = doubles("states", x)
        if x.ndim == 0 or x.shape[-1] != self.n_units:
            raise DataError(f"states have shape {x.shape}, but the model has {self.n_units} units")
        return x


def _checked_couplings(J: ArrayLike | sp.sparray | sp.spmatrix) -> Couplings:
    check_unlabelled("J", J)
    if sp.issparse(J):
        matrix: Couplings = sparse_doubles("J", J)
        values = matrix.data
    else:
        matrix = doubles("J", J)
        values = matrix
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or matrix.shape[0] == 0:
        raise DataError(f"J has shape {matrix.shape}; give a square matrix, one row per unit")
    if not np.all(np.isfinite(values)):
        i, j = _first_entry(matrix, lambda entries: ~np.isfinite(entries))
        raise DataError(f"J[{i}, {j}] is {matrix[i, j]}; every coupling must be a finite number")
    diagonal = matrix.diagonal()
    if np.any(diagonal):
        i = int(np.flatnonzero(diagonal)[0])
        raise DataError(
            f"J[{i}, {i}] is {diagonal[i]:g}, but the diagonal must be zero; "
            "a unit's own quadratic energy belongs into the onsite J2"
        )
    _check_symmetric(matrix, values)
    values.setflags(write=False)
    return matrix


def _check_symmetric(matrix: Couplings, values: FloatArray) -> None:
    difference: Any = matrix - matrix.T  # dense or sparse, as the matrix
    limit = _SYMMETRY_TOLERANCE * float(np.max(np.abs(values), initial=0.0))
    if abs(difference).max() > limit:
        i, j = _first_entry(difference, lambda entries: np.abs(entries) > limit)
        raise DataError(
            f"J is not symmetric: J[{i}, {j}] is {matrix[i, j]:g} but J[{j}, {i}] is "
            f"{matrix[j, i]:g}; give (J + J.T) / 2 if that is what you mean"
        )


def _first_entry(matrix: Couplings, test) -> tuple[int, int]:  # type: ignore[no-untyped-def]
    if sp.issparse(matrix):
        coo = matrix.tocoo()
        hit = int(np.flatnonzero(test(coo.data))[0])
        return int(coo.coords[0][hit]), int(coo.coords[1][hit])
    i, j = np.argwhere(test(matrix))[0]
    return int(i), int(j)


def _checked_biases(b: ArrayLike, n: int) -> FloatArray:
    check_unlabelled("b", b)
    biases = doubles("b", b)
    if biases.shape != (n,):
        raise DataError(f"b has shape {biases.shape}, but J has {n} rows; give shape ({n},)")
    if not np.all(np.isfinite(biases)):
        i = int(np.flatnonzero(~np.isfinite(biases))[0])
        raise DataError(f"b[{i}] is {biases[i]}; every bias must be a finite number")
    biases.setflags(write=False)
    return biases


def _check_bounded(couplings: Couplings, onsite: Onsite, n: int) -> None:
    """Refuse energies without a minimum.

    Where U outgrows any quadratic form the unit is safe. The others need a positive definite
    Hessian among themselves: then V, minimised over them, falls at most quadratically in the rest.
    """
    free = np.flatnonzero(~onsite.confining(n))
    if free.size == 0:
        return
    block = sp.csr_array(couplings)[free][:, free]
    curvature = np.broadcast_to(onsite.curvature(np.zeros(n)), (n,))[free]
    lowest = _smallest_eigenvalue(sp.csr_array(block + sp.diags_array(curvature)))
    if lowest <= 0:
        raise DataError(
            f"the energy is unbounded below: {free.size} units (first: unit {free[0]}) have no "
            f"quartic term and their Hessian has the eigenvalue {lowest:g}; it must be positive "
            "definite, so raise J2, add J4 or weaken J"
        )


def _smallest_eigenvalue(matrix: sp.csr_array) -> float:
    if matrix.shape[0] <= _DENSE_EIGENVALUES:
        return float(np.linalg.eigvalsh(matrix.toarray())[0])
    return float(eigsh(matrix, k=1, which="SA", return_eigenvectors=False)[0])
