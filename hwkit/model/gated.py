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

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import DataError
from hwkit.model.experts import ExpertGroup
from hwkit.model.onsite import Onsite
from hwkit.model.showing import summary_of
from hwkit.numbers import finite
from hwkit.showing import Shown, Summary

FloatArray = NDArray[np.float64]


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
        J, b = finite("J", self.J), finite("b", self.b)
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
    def names(self) -> None:
        """Units of a gated machine have no names of their own."""
        return

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

    def expanded(self) -> "GatedMachine":
        """Return the same machine with all couplings of experts of low rank; itself without."""
        if all(group.basis is None for group in self.groups):
            return self
        return replace(self, groups=tuple(group.expanded() for group in self.groups))

    def at_temperature(self, kT: float) -> "GatedMachine":
        """Return the same machine at another temperature, in units of energy."""
        return replace(self, kT=kT)

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
        for group in (each.expanded() for each in self.groups):
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
    def names(self) -> None:
        """Units of a gated machine have no names of their own."""
        return

    @property
    def n_couplings(self) -> int:
        """Number of directed couplings that are not zero, in all segments."""
        return sum(each.n_couplings for each in self.segments)

    def expanded(self) -> "SegmentedMachine":
        """Return the same machine with all couplings of experts of low rank; itself without."""
        segments = tuple(each.expanded() for each in self.segments)
        alike = all(new is old for new, old in zip(segments, self.segments, strict=True))
        return self if alike else SegmentedMachine(segments)

    def at_temperature(self, kT: float) -> "SegmentedMachine":
        """Return the same machine at another temperature, in units of energy."""
        return SegmentedMachine(tuple(each.at_temperature(kT) for each in self.segments))

    def summary(self) -> Summary:
        """Return what a segmented machine shows of itself: one line a segment."""
        lines = [segment.describe() for segment in self.segments]
        return Summary(f"SegmentedMachine: {len(lines)} segments, in the order of a run", (), lines)

    def describe(self) -> str:
        """Return size and parts in a line."""
        return f"{len(self.segments)} segments, the first of {self.segments[0].describe()}"


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
