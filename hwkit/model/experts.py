"""Experts and the softmax gate that weighs them: what a group adds to the field of its units.

sum_r p_r(x) ( b^r_i + sum_j J^r_ij x_j ),    p_r(x) = exp(w_r . x + c_r) / sum_q exp(w_q . x + c_q)

Experts of low rank share a few sums of what they read, z = P^T x, and couple to those: J^r z.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import DataError
from hwkit.numbers import finite

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.intp]

NEGLIGIBLE = 1e-6  # an expert of a smaller weight is left out of the field
_LARGEST_FIELD = 1e100  # beyond which gates overflow at states that a run reaches
_MANY = 0.3  # share of experts at work above which one product for all of them is faster
_SMALL = 1000  # couplings of an expert below which it always is, as for those of tiles


@dataclass(frozen=True, eq=False)
class ExpertGroup:
    """R experts and the gate that weighs them.

    Attributes:
        w: what the gate's fields read, (R, n_reads).
        c: constant of each field, (R,).
        b: biases of each expert, (R, n_drives).
        J: couplings of each expert, (R, n_drives, n_reads); row i holds what drives the i-th driven
            unit. None if the experts have biases only ("prototypes").
        reads: units that gate and couplings read, (n_reads,); None for all.
        drives: units that the experts drive, (n_drives,); None for all.
        class_shares: share of each class among the pictures of each expert, (R, C); None if the
            pictures had no labels. `restrict_to_class` reads it, the force does not.
        basis: P, (n_reads, K): couplings multiply the K sums P^T x, so J is (R, n_drives, K). None
            if they multiply what the group reads.

    Raises:
        DataError: if shapes don't fit, an entry is not finite or a unit is named twice.
    """

    w: FloatArray
    c: FloatArray
    b: FloatArray
    J: FloatArray | None = None
    reads: IndexArray | None = None
    drives: IndexArray | None = None
    class_shares: FloatArray | None = None
    basis: FloatArray | None = None

    def __post_init__(self) -> None:
        for name in ("w", "c", "b", "J", "class_shares", "basis"):
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, finite(name, value))
        for name in ("reads", "drives"):
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, _units(name, value))
        n_experts = self.w.shape[0] if self.w.ndim == 2 else 0
        shapes = {
            "w": (n_experts, self.n_reads),
            "c": (n_experts,),
            "b": (n_experts, self.n_drives),
            "J": (n_experts, self.n_drives, self.n_features),
            "class_shares": (n_experts, self.n_classes),
            "basis": (self.n_reads, self.n_features),
        }
        for name, shape in shapes.items():
            value = getattr(self, name)
            if value is not None and value.shape != shape:
                raise DataError(f"{name} of the experts has shape {value.shape}; give {shape}")
        if not n_experts:
            raise DataError("a group of experts is empty; give at least one expert")
        if self.basis is not None and self.J is None:
            raise DataError("a group of experts has a basis but no couplings; give J or no basis")
        with np.errstate(over="ignore"):
            reach = np.abs(self.w).sum(axis=1) + np.abs(self.c)
        if not np.all(reach < _LARGEST_FIELD):
            r = int(np.argmax(reach))
            raise DataError(
                f"the gate of expert {r} has a field of {reach[r]:.3g} at states of size 1, above "
                f"the limit of {_LARGEST_FIELD:g}; scale the gates' fields down"
            )

    @property
    def n_experts(self) -> int:
        """Number of experts, R."""
        return int(self.w.shape[0])

    @property
    def n_reads(self) -> int:
        """Number of units that the group reads."""
        return int(self.w.shape[-1] if self.reads is None else self.reads.size)

    @property
    def n_drives(self) -> int:
        """Number of units that the group drives."""
        return int(self.b.shape[-1] if self.drives is None else self.drives.size)

    @property
    def n_features(self) -> int:
        """Number of sums or units that the couplings multiply."""
        if self.basis is None:
            return self.n_reads
        return int(self.basis.shape[1]) if self.basis.ndim == 2 else 0

    @property
    def n_classes(self) -> int:
        """Number of classes of the pictures, 0 if they had no labels."""
        return 0 if self.class_shares is None else int(self.class_shares.shape[-1])

    @property
    def n_couplings(self) -> int:
        """Number of directed couplings that are not zero, those of the basis included."""
        parts = (part for part in (self.J, self.basis) if part is not None)
        return sum(int(np.count_nonzero(part)) for part in parts)

    def expanded(self) -> "ExpertGroup":
        """Return the same experts without a basis: each with all its couplings, J P^T."""
        if self.J is None or self.basis is None:
            return self
        return replace(self, J=self.J @ self.basis.T, basis=None)

    def scaled(self, gain: float) -> "ExpertGroup":
        """Return the experts with what they add times a gain; gates are as they are."""
        return replace(self, b=gain * self.b, J=None if self.J is None else gain * self.J)

    def weights(self, x: FloatArray) -> FloatArray:
        """Return p, (n, R), for states of all units, (n, N)."""
        return softmax(self._read(x) @ self.w.T + self.c)

    def add_field(self, x: FloatArray, field: FloatArray) -> None:
        """Add sum_r p_r (b^r + J^r x) to a field (n, N) in place; states x are (n, N)."""
        signal = self._read(x)
        p = softmax(signal @ self.w.T + self.c)
        p[p < NEGLIGIBLE] = 0.0
        drive = p @ self.b
        if self.J is not None:
            signal = signal if self.basis is None else signal @ self.basis
            small = self.n_drives * self.n_features < _SMALL
            if small or (self.basis is None and np.count_nonzero(p) > _MANY * p.size):
                rows = signal @ self.J.reshape(-1, self.n_features).T
                drive += np.einsum("nr,nrd->nd", p, rows.reshape(len(x), self.n_experts, -1))
            else:
                for r, couplings in enumerate(self.J):
                    at = np.flatnonzero(p[:, r])
                    if at.size:
                        drive[at] += p[at, r, None] * (signal[at] @ couplings.T)
        if self.drives is None:
            field += drive
        else:
            field[:, self.drives] += drive

    def _read(self, x: FloatArray) -> FloatArray:
        return x if self.reads is None else x[:, self.reads]


def softmax(fields: FloatArray) -> FloatArray:
    """Return exp(fields) over their sum along the last axis, whatever the size of the fields."""
    shifted = np.exp(fields - fields.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True))


def _units(name: str, value: object) -> IndexArray:
    units = np.array(value)
    if units.ndim != 1 or units.dtype.kind not in "iu" or np.unique(units).size != units.size:
        raise DataError(f"{name} of a group must be a list of different unit numbers")
    units = units.astype(np.intp)
    units.setflags(write=False)
    return units
