"""The crossbar of the mixed level: what is beside ngspice's cells, as good or bad as you like.

    current that leaves node i = sum_j g_ij phi(v_j - d) + offset_i,     phi(v) = s tanh(v / s)

with s the saturation voltage of the drivers (infinite: phi(v) = v) and d their input offset. The
design's own coupling parts give the ideal crossbar; mismatch, input offsets and saturation are laid
over it.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hwkit.circuit import Design
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
    """

    conductance: FloatArray
    offset: FloatArray
    saturation: float = np.inf
    shift: float = 0.0

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

    @property
    def n_units(self) -> int:
        """Number of units."""
        return int(self.offset.size)

    def current(self, volts: FloatArray) -> FloatArray:
        """Return the current that leaves each node at node voltages (N,), A."""
        driven = volts - self.shift
        if np.isfinite(self.saturation):
            driven = self.saturation * np.tanh(driven / self.saturation)
        return np.asarray(self.conductance @ driven + self.offset)

    def mismatched(self, sigma: float, seed: int) -> "Crossbar":
        """Give each conductance an independent normal relative error, standard deviation sigma."""
        _check_spread("gain", sigma)
        generator = np.random.Generator(np.random.Philox(child_seed(seed, "fabrication", "gain")))
        factor = 1 + sigma * generator.standard_normal(self.conductance.shape)
        return replace(self, conductance=self.conductance * factor)

    def with_input_offsets(self, volt: float, seed: int) -> "Crossbar":
        """Give each conductance an independent normal input offset of standard deviation volt."""
        _check_spread("offset", volt)
        generator = np.random.Generator(np.random.Philox(child_seed(seed, "fabrication", "offset")))
        shifts = volt * generator.standard_normal(self.conductance.shape)
        return replace(self, offset=self.offset + np.sum(self.conductance * shifts, axis=1))

    def saturating(self, volt: float) -> "Crossbar":
        """Let the drivers saturate at a voltage."""
        return replace(self, saturation=volt)


def ideal_crossbar(design: Design) -> Crossbar:
    """Return the crossbar that a design's coupling parts make.

    Raises:
        DesignError: if they are more than transconductors from unit to unit, all of one saturation.
    """
    parts, n = design.group("coupling"), design.model.n_units
    if parts.kind not in ("transconductor", "saturating") or np.any(parts.nodes >= n):
        raise DesignError(
            f"the couplings of this {design.cell} design are not transconductors from unit to unit "
            "that could be beside ngspice; run it at level 'full'"
        )
    check_dense(n, "a crossbar beside ngspice", "run this design at level 'full'")
    matrix = np.zeros((n, n))
    np.add.at(matrix, (parts.nodes[:, 0], parts.nodes[:, 1]), parts.values)
    if parts.kind == "transconductor":
        return Crossbar(matrix, np.zeros(n))
    saturation, shift = (np.unique(parts.parameter(name)) for name in ("volt", "offset"))
    if saturation.size > 1 or shift.size > 1:
        raise DesignError(
            "the couplings' saturation or offset differs from element to element; run this design "
            "at level 'full'"
        )
    return Crossbar(matrix, np.zeros(n), float(saturation[0]), float(shift[0]))


def _check_spread(what: str, sigma: float) -> None:
    if not 0 <= sigma < np.inf:
        raise DesignError(
            f"crossbar: the standard deviation of the {what} is {sigma!r}; give a number >= 0"
        )
