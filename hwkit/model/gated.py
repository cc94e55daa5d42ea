"""A machine whose couplings are chosen by its state: experts behind softmax gates.

    dx_i = -mu [ U'(x_i) + b_i + sum_j J_ij x_j
                 + sum_g sum_r p_gr(x) ( b^gr_i + sum_j J^gr_ij x_j ) ] dt + sqrt(2 mu kT) dW_i
    p_gr(x) = exp(w_gr . x + c_gr) / sum_q exp(w_gq . x + c_gq)

A group g reads some units and drives some; exactly one expert of a group is on where the gate is
sharp. In weak inversion N transistors that share one tail current divide it as this softmax, and a
coupling's transconductance follows its tail current: p_r J^r x is what such a circuit computes.

Couplings are directed and may have a diagonal. The force is not the gradient of an energy: there is
no Boltzmann distribution, and no heat that depends on the end states alone.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import DataError
from hwkit.model.numbers import doubles
from hwkit.model.onsite import Onsite
from hwkit.model.showing import summary_of
from hwkit.showing import Shown, Summary

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.intp]

NEGLIGIBLE = 1e-6  # an expert of a smaller weight is left out of the field
_LARGEST_FIELD = 1e100  # beyond which gates overflow at states that a run reaches
_MANY = 0.3  # share of experts at work above which one product for all of them is faster


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

    def __post_init__(self) -> None:
        for name in ("w", "c", "b", "J", "class_shares"):
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, _finite(name, value))
        for name in ("reads", "drives"):
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, _units(name, value))
        n_experts = self.w.shape[0] if self.w.ndim == 2 else 0
        shapes = {
            "w": (n_experts, self.n_reads),
            "c": (n_experts,),
            "b": (n_experts, self.n_drives),
            "J": (n_experts, self.n_drives, self.n_reads),
            "class_shares": (n_experts, self.n_classes),
        }
        for name, shape in shapes.items():
            value = getattr(self, name)
            if value is not None and value.shape != shape:
                raise DataError(f"{name} of the experts has shape {value.shape}; give {shape}")
        if not n_experts:
            raise DataError("a group of experts is empty; give at least one expert")
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
    def n_classes(self) -> int:
        """Number of classes of the pictures, 0 if they had no labels."""
        return 0 if self.class_shares is None else int(self.class_shares.shape[-1])

    @property
    def n_couplings(self) -> int:
        """Number of directed couplings that are not zero."""
        return 0 if self.J is None else int(np.count_nonzero(self.J))

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
            if np.count_nonzero(p) > _MANY * p.size:
                rows = signal @ self.J.reshape(-1, self.n_reads).T
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


@dataclass(frozen=True, eq=False, repr=False)
class GatedMachine(Shown):
    """Couplings that are always on, groups of experts, onsite energy and temperature.

    Attributes:
        J: (N, N), directed; row i holds what drives unit i. A diagonal is allowed.
        b: biases, (N,).
        groups: experts; none make it a directed pairwise machine.
        onsite: energy of a unit alone.
        kT, mobility, n_visible: as for EnergyModel.

    Raises:
        DataError: if shapes don't fit, an entry is not finite or a group names a unit that is not
            there.
    """

    J: FloatArray
    b: FloatArray
    groups: tuple[ExpertGroup, ...]
    onsite: Onsite
    kT: float = 0.1
    mobility: float = 1.0
    n_visible: int | None = None

    def __post_init__(self) -> None:
        J, b = _finite("J", self.J), _finite("b", self.b)
        if b.ndim != 1 or J.shape != (b.size, b.size):
            raise DataError(f"J has shape {J.shape} and b {b.shape}; give (N, N) and (N,)")
        object.__setattr__(self, "J", J)
        object.__setattr__(self, "b", b)
        object.__setattr__(self, "groups", tuple(self.groups))
        for index, group in enumerate(self.groups):
            _check_group(group, index, b.size)
        for name, value in (("kT", self.kT), ("mobility", self.mobility)):
            if not np.isfinite(value) or value <= 0:
                raise DataError(f"{name} is {value!r}; it must be a number above 0")
        self.onsite.check_units(b.size)
        if self.n_visible is None:
            object.__setattr__(self, "n_visible", b.size)

    @property
    def n_units(self) -> int:
        """Number of units, N."""
        return int(self.b.size)

    @property
    def n_couplings(self) -> int:
        """Number of directed couplings that are not zero, those of all experts included."""
        return int(np.count_nonzero(self.J)) + sum(group.n_couplings for group in self.groups)

    @property
    def segments(self) -> tuple["GatedMachine", ...]:
        """The machine itself: it holds from the start of a run to its end."""
        return (self,)

    def summary(self) -> Summary:
        """Return what a gated machine shows of itself; J is what all experts share."""
        return summary_of(self, self.describe().partition(", ")[2])

    def describe(self) -> str:
        """Return size and parts in a line."""
        parts = [f"{self.n_units} units", f"{self.n_couplings:,} couplings"]
        for group in self.groups:
            what = "prototypes" if group.J is None else "experts"
            parts.append(f"{group.n_experts} {what}")
        return ", ".join(parts)

    def coupling_field(self, x: FloatArray) -> FloatArray:
        """Return J x + b and what the experts add, (..., N)."""
        flat = np.ascontiguousarray(x, dtype=np.float64).reshape(-1, self.n_units)
        field = flat @ self.J.T + self.b
        for group in self.groups:
            group.add_field(flat, field)
        return np.asarray(field.reshape(np.shape(x)))

    def force(self, x: FloatArray) -> FloatArray:
        """Return the drift over the mobility, (..., N)."""
        return np.asarray(-(self.onsite.slope(x) + self.coupling_field(x)))

    def jacobian(self, x: FloatArray) -> FloatArray:
        """Return d(coupling field)_i / dx_j at one state x (N,), dense (N, N)."""
        total = self.J.copy()
        for group in self.groups:
            reads = np.arange(self.n_units) if group.reads is None else group.reads
            drives = np.arange(self.n_units) if group.drives is None else group.drives
            p = group.weights(x[None])[0]
            rows = group.b if group.J is None else group.b + group.J @ x[reads]
            slopes = p[:, None] * (group.w - p @ group.w)  # dp_r / dx_j
            block = rows.T @ slopes
            if group.J is not None:
                block += np.tensordot(p, group.J, axes=1)
            total[np.ix_(drives, reads)] += block
        return total

    def circulation(self, x: FloatArray) -> float:
        """Return how far the force is from a gradient: |A| / |S| of the field's Jacobian.

        A and S are the antisymmetric and symmetric parts, in the root mean square over states
        x (n, N); 0 for an energy, 1 for an antisymmetric Jacobian.
        """
        odd = even = 0.0
        for state in x:
            jacobian = self.jacobian(state)
            odd += float(np.sum((jacobian - jacobian.T) ** 2))
            even += float(np.sum((jacobian + jacobian.T) ** 2))
        return float(np.sqrt(odd / even)) if even else 0.0


@dataclass(frozen=True, eq=False, repr=False)
class SegmentedMachine(Shown):
    """Machines that take turns: the k-th of S holds from k/S to (k + 1)/S of the run.

    Attributes:
        segments: machines of one size, onsite energy, temperature and mobility.

    Raises:
        DataError: if there is none, or they differ.
    """

    segments: tuple[GatedMachine, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "segments", tuple(self.segments))
        if not self.segments:
            raise DataError("a segmented machine has no segments; give at least one")
        first = self.segments[0]
        for index, each in enumerate(self.segments):
            for name in ("n_units", "n_visible", "kT", "mobility"):
                a, b = getattr(first, name), getattr(each, name)
                if a != b:
                    raise DataError(
                        f"{name} of segment {index} is {b}, of segment 0 {a}; all need the same"
                    )

    @property
    def n_units(self) -> int:
        """Number of units, N."""
        return self.segments[0].n_units

    @property
    def n_visible(self) -> int | None:
        """Number of visible units."""
        return self.segments[0].n_visible

    @property
    def onsite(self) -> Onsite:
        """Energy of a unit alone."""
        return self.segments[0].onsite

    @property
    def kT(self) -> float:  # noqa: N802  the field's own symbol
        """Temperature in units of energy."""
        return self.segments[0].kT

    @property
    def mobility(self) -> float:
        """Mobility, mu."""
        return self.segments[0].mobility

    @property
    def n_couplings(self) -> int:
        """Number of directed couplings that are not zero, in all segments."""
        return sum(each.n_couplings for each in self.segments)

    def summary(self) -> Summary:
        """Return what a segmented machine shows of itself: one line a segment."""
        lines = [segment.describe() for segment in self.segments]
        return Summary(f"SegmentedMachine: {len(lines)} segments, in the order of a run", (), lines)

    def describe(self) -> str:
        """Return size and parts in a line."""
        return f"{len(self.segments)} segments, the first of {self.segments[0].describe()}"


def softmax(fields: FloatArray) -> FloatArray:
    """Return exp(fields) over their sum along the last axis, whatever the size of the fields."""
    shifted = np.exp(fields - fields.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True))


def _finite(name: str, value: object) -> FloatArray:
    array = doubles(name, value)
    if not np.all(np.isfinite(array)):
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise DataError(f"{name}{list(where)} is {array[where]}; give finite numbers")
    array.setflags(write=False)
    return array


def _units(name: str, value: object) -> IndexArray:
    units = np.array(value)
    if units.ndim != 1 or units.dtype.kind not in "iu" or np.unique(units).size != units.size:
        raise DataError(f"{name} of a group must be a list of different unit numbers")
    units = units.astype(np.intp)
    units.setflags(write=False)
    return units


def _check_group(group: ExpertGroup, index: int, n_units: int) -> None:
    for name in ("reads", "drives"):
        units, count = getattr(group, name), getattr(group, f"n_{name}")
        if units is None and count != n_units:
            raise DataError(
                f"group {index} {name} {count} units, but the machine has {n_units}; name them"
            )
        if units is not None and units.size and not (units.min() >= 0 and units.max() < n_units):
            raise DataError(
                f"group {index} {name} unit {int(units.max())}; the machine has units 0 to "
                f"{n_units - 1}"
            )
