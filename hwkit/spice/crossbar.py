"""The crossbar of the mixed level: what is beside ngspice's cells, as good or bad as you like.

    current that leaves unit i = sum_j g_ij phi(v_j - d) + sum_k sum_j m^k_ij f_k(v_j) + offset_i
    phi(v) = s tanh(v / s)

with s the saturation voltage of the drivers (infinite: phi(v) = v), d their input offset, and f_k
curves that a family expands its couplings in. What a family's couplings compute is its own
`separate`; mismatch, input offsets and saturation are laid over that.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hwkit.circuit import CELLS, CurvedTerm, Design, Separation
from hwkit.circuit.separation import separate_transconductors
from hwkit.errors import DesignError
from hwkit.model.dense import check_dense
from hwkit.wiener import child_seed

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Crossbar:
    """Currents between cells; SI units.

    Attributes:
        conductance: g, (N, N), row = driven node, S.
        offset: constant current that leaves each node, (N,), A.
        saturation: voltage at which a driver's output levels off, V; infinite if it does not.
        shift: input offset that all drivers have, V.
        curved: further terms, each a matrix and a curve; saturation and shift don't touch them.
    """

    conductance: FloatArray
    offset: FloatArray
    saturation: float = np.inf
    shift: float = 0.0
    curved: tuple[CurvedTerm, ...] = ()

    def __post_init__(self) -> None:
        n = self.offset.size
        if self.conductance.shape != (n, n):
            raise DesignError(
                f"crossbar: conductances of shape {self.conductance.shape} for {n} offsets"
            )
        if not self.saturation > 0:
            raise DesignError(f"crossbar: saturation is {self.saturation!r} V; it must be above 0")
        for name, values in (("conductance", self.conductance), ("offset", self.offset)):
            if not np.all(np.isfinite(values)):
                where = np.argwhere(~np.isfinite(values))[0].tolist()
                raise DesignError(f"crossbar: {name} {where} is not a finite number")
        for number, term in enumerate(self.curved):
            if term.matrix.shape != (n, n) or not np.all(np.isfinite(term.matrix)):
                raise DesignError(
                    f"crossbar: the matrix of curve {number} must be {n} x {n} finite numbers, not "
                    f"of shape {term.matrix.shape}"
                )

    @property
    def n_units(self) -> int:
        """Number of units."""
        return int(self.offset.size)

    def current(self, volts: FloatArray) -> FloatArray:
        """Return the current that leaves each node at node voltages (N,), A."""
        driven = volts - self.shift
        if np.isfinite(self.saturation):
            driven = self.saturation * np.tanh(driven / self.saturation)
        total = self.conductance @ driven + self.offset
        for term in self.curved:
            total = total + term.matrix @ term.curve(volts)
        return np.asarray(total)

    def watched(self) -> list[tuple[str, str]]:
        """Return the voltages that are read beside those of the units: none."""
        return []

    def mismatched(self, sigma: float, seed: int) -> "Crossbar":
        """Give each coupling an independent normal relative error, standard deviation sigma."""
        _check_spread("gain", sigma)
        generator = np.random.Generator(np.random.Philox(child_seed(seed, "fabrication", "gain")))
        factor = 1 + sigma * generator.standard_normal(self.conductance.shape)
        curved = tuple(replace(term, matrix=term.matrix * factor) for term in self.curved)
        return replace(self, conductance=self.conductance * factor, curved=curved)

    def with_input_offsets(self, volt: float, seed: int) -> "Crossbar":
        """Give each coupling an independent normal input offset of standard deviation volt."""
        _check_spread("offset", volt)
        generator = np.random.Generator(np.random.Philox(child_seed(seed, "fabrication", "offset")))
        shifts = volt * generator.standard_normal(self.conductance.shape)
        slope = sum((term.matrix * term.curve.slope(0.0) for term in self.curved), self.conductance)
        return replace(self, offset=self.offset + np.sum(slope * shifts, axis=1))

    def saturating(self, volt: float) -> "Crossbar":
        """Let the drivers saturate at a voltage."""
        return replace(self, saturation=volt)


def separated(design: Design) -> Separation:
    """Take a design apart as its family says: cells, and what its couplings compute.

    Raises:
        DesignError: if the family's couplings can't be beside ngspice.
    """
    check_dense(
        design.machine.n_units, "a crossbar beside ngspice", "run this design at level 'full'"
    )
    family = CELLS.get(design.cell)
    return (separate_transconductors if family is None else family.separate)(design)


def ideal_crossbar(design: Design) -> Crossbar:
    """Return the crossbar that a design's coupling parts make.

    Raises:
        DesignError: if the family's couplings can't be beside ngspice.
    """
    parts = separated(design)
    offset = np.zeros(design.machine.n_units)
    return Crossbar(parts.conductance, offset, parts.saturation, parts.shift, parts.curved)


def _check_spread(what: str, sigma: float) -> None:
    if not 0 <= sigma < np.inf:
        raise DesignError(
            f"crossbar: the standard deviation of the {what} is {sigma!r}; give a number >= 0"
        )
