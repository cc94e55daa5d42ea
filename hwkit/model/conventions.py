"""Conventions of coupling energies, and the way from each to hwkit's own.

hwkit:   V = sum_i U(x_i) + sum_i b_i x_i + sum_{i<j} J_ij x_i x_j

Others write the same energy with other numbers: E = sign * unit * ( sum_i b_i x_i + pairs ), where
`pairs` is one of

    once   sum_{i<j} J_ij x_i x_j        each pair counts once
    half   1/2 sum_{i != j} J_ij x_i x_j
    full   sum_{i != j} J_ij x_i x_j

`sign` is -1 where aligned units are meant to lower the energy, and `unit` is kT where the numbers
are those of the exponent, E/kT. The onsite energy is always given in hwkit's form.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike

from hwkit.errors import ConfigError, DataError
from hwkit.model.energy import Couplings, FloatArray
from hwkit.model.sparse import sparse_doubles
from hwkit.numbers import check_unlabelled, doubles


@dataclass(frozen=True)
class Convention:
    """How a source means its numbers.

    Attributes:
        pairs: how a matrix J counts each pair.
        sign: of the whole coupling and bias energy.
        in_kT: whether J and b are in units of kT.
    """

    pairs: Literal["once", "half", "full"] = "once"
    sign: Literal[1, -1] = 1
    in_kT: bool = False

    def __post_init__(self) -> None:
        known: tuple[object, ...] = ("once", "half", "full")
        if self.pairs not in known or self.sign not in (1, -1) or self.in_kT not in (True, False):
            raise ConfigError(
                f"{self} is not a convention; give pairs once, half or full, sign 1 or -1, and "
                "in_kT True or False"
            )

    def biases(self, b: ArrayLike, kT: float) -> FloatArray:
        """Return b, (N,), in hwkit's convention."""
        check_unlabelled("b", b)
        return np.asarray(self._factor(kT) * doubles("b", b))

    def couplings(self, J: Any, kT: float) -> Couplings:
        """Return J (dense or scipy sparse) in hwkit's convention: symmetric, each pair once.

        Raises:
            DataError: if each pair counts once and the matrix says two things about one.
        """
        sparse = bool(sp.issparse(J))
        check_unlabelled("J", J)
        given: Any = sparse_doubles("J", J) if sparse else doubles("J", J)
        if given.ndim != 2 or given.shape[0] != given.shape[1] or not given.shape[0]:
            raise DataError(f"J has shape {given.shape}; give a square matrix, one row per unit")
        matrix: sp.csr_array = sp.csr_array(given)
        if not np.all(np.isfinite(matrix.data)):
            raise DataError("J holds a value that is not finite; every coupling must be a number")
        if self.pairs == "once":
            symmetric = _each_once(matrix)
        else:
            symmetric = sp.csr_array(matrix + matrix.T) * (0.5 if self.pairs == "half" else 1.0)
        result = sp.csr_array(self._factor(kT) * symmetric)
        return result if sparse else result.toarray()

    def _factor(self, kT: float) -> float:
        return self.sign * (kT if self.in_kT else 1.0)


CONVENTIONS = {
    "hwkit": Convention(),
    "half-sum": Convention("half"),
    "full-sum": Convention("full"),
    "negative": Convention(sign=-1),
    "negative-half-sum": Convention("half", sign=-1),
    "in-kt": Convention(in_kT=True),
    "negative-in-kt": Convention(sign=-1, in_kT=True),
}


def find_convention(convention: Convention | str) -> Convention:
    """Return a convention by name.

    Raises:
        ConfigError: if there is none of that name.
    """
    if isinstance(convention, Convention):
        return convention
    if convention not in CONVENTIONS:
        known = ", ".join(CONVENTIONS)
        raise ConfigError(f"convention {convention!r} is unknown; choose one of {known}")
    return CONVENTIONS[convention]


def _each_once(matrix: sp.csr_array) -> sp.csr_array:
    """Accept a symmetric matrix, or one half of it with zeros in the other."""
    if abs(matrix - matrix.T).max() == 0:
        return matrix
    if sp.triu(matrix, 1).count_nonzero() and sp.tril(matrix, -1).count_nonzero():
        raise DataError(
            "J is neither symmetric nor triangular, so a pair that counts once has two values; "
            "say what is meant: convention 'half-sum' or 'full-sum'"
        )
    return sp.csr_array(matrix + matrix.T - sp.diags_array(matrix.diagonal()))
