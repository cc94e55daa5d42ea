"""A design taken apart for the mixed level: its cells, and what its couplings compute beside them.

    current that leaves unit i = sum_j g_ij phi(v_j - d) + sum_k sum_j m^k_ij f_k(v_j)

with v_j the voltage of unit j (between its rails, where it has two), phi(v) = s tanh(v / s) with s
the saturation of the drivers, d their offset, and f_k any curves. A family with couplings of curves
of their own, each a function of a tail current too, expands them in a few f_k. What couplings load
their cells with stays with the cells.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hwkit.circuit.design import Design
from hwkit.circuit.parts import GROUND, Parts
from hwkit.errors import DesignError

FloatArray = NDArray[np.float64]

Separate = Callable[[Design], "Separation"]

_REMEDY = "run it at level 'full'"


@dataclass(frozen=True, eq=False)
class Curve:
    """A function of a voltage: cubic between evenly spaced knots, straight lines beyond them.

    Attributes:
        first, step: voltage of the first knot, distance of the knots, V.
        values, slopes: at the knots, (K,), K >= 2.
    """

    first: float
    step: float
    values: FloatArray
    slopes: FloatArray

    def __post_init__(self) -> None:
        if self.values.ndim != 1 or self.values.size < 2 or self.slopes.shape != self.values.shape:
            raise DesignError(
                f"curve: values of shape {self.values.shape} and slopes of shape "
                f"{self.slopes.shape}; give one of each at two knots or more"
            )
        if not (np.isfinite(self.first) and 0 < self.step < np.inf):
            raise DesignError(
                f"curve: knots start at {self.first!r} V, {self.step!r} V apart; give finite "
                "numbers, and a distance above 0"
            )
        for name, values in (("value", self.values), ("slope", self.slopes)):
            if not np.all(np.isfinite(values)):
                knot = int(np.argmin(np.isfinite(values)))
                raise DesignError(f"curve: {name} {knot} is {values[knot]}; it must be finite")

    def __call__(self, volts: FloatArray) -> FloatArray:
        """Return the function at voltages of any shape."""
        place = (volts - self.first) / self.step
        knot = np.clip(np.floor(place), 0, self.values.size - 2).astype(int)
        t = np.clip(place - knot, 0.0, 1.0)
        a, b = self.values[knot], self.values[knot + 1]
        p, q = self.step * self.slopes[knot], self.step * self.slopes[knot + 1]
        inside = a + t * (p + t * (3 * (b - a) - 2 * p - q + t * (2 * (a - b) + p + q)))
        beyond = place - knot - t
        return np.asarray(inside + beyond * np.where(beyond < 0, p, q))

    def slope(self, volt: float) -> float:
        """Return the derivative at a voltage, by a central difference over a thousandth step."""
        d = 1e-3 * self.step
        high, low = self(np.array(volt + d)), self(np.array(volt - d))
        return float(high - low) / (2 * d)


@dataclass(frozen=True, eq=False)
class CurvedTerm:
    """Couplings of one curve: m_ij f(v_j).

    Attributes:
        matrix: m, (N, N), row = driven unit; times the curve's unit it is a current, A.
        curve: f.
    """

    matrix: FloatArray
    curve: Curve


@dataclass(frozen=True, eq=False)
class Separation:
    """Cells and what is computed beside them.

    Attributes:
        cells: the design without its couplings, but with what those load the cells with.
        conductance: g, (N, N), row = driven unit, S.
        saturation, shift: s and d, V; infinite and 0 where couplings are straight lines.
        curved: terms with curves of their own.
    """

    cells: Design
    conductance: FloatArray
    saturation: float = np.inf
    shift: float = 0.0
    curved: tuple[CurvedTerm, ...] = ()


def separate_transconductors(design: Design) -> Separation:
    """Take out couplings that are transconductors from unit to unit; they load nothing.

    Raises:
        DesignError: if they are anything else, or differ in saturation or offset.
    """
    parts, n = design.group("coupling"), design.machine.n_units
    if parts.kind not in ("transconductor", "saturating") or np.any(parts.nodes >= n):
        raise DesignError(
            f"the couplings of this {design.cell} design are not transconductors from unit to unit "
            f"that could be beside ngspice; {_REMEDY}"
        )
    matrix = np.zeros((n, n))
    np.add.at(matrix, (parts.nodes[:, 0], parts.nodes[:, 1]), parts.values)
    cells = _without_couplings(design)
    if parts.kind == "transconductor" or not len(parts):
        return Separation(cells, matrix)
    saturation, shift = (np.unique(parts.parameter(name)) for name in ("volt", "offset"))
    if saturation.size > 1 or shift.size > 1:
        raise DesignError(
            "the couplings' saturation or offset differs from element to element; run this design "
            "at level 'full'"
        )
    return Separation(cells, matrix, float(saturation[0]), float(shift[0]))


def separate_resistors(design: Design) -> Separation:
    """Take out couplings that are resistors between rails; what they load a rail with stays.

    A resistor of conductance g from rail a to rail b draws g (v_a - v_b) from a: g v_a stays with
    the cell as a resistor to ground, g v_b is the coupling's current. With the rails at half of
    plus and minus the unit's voltage, the source between the rails carries half the difference of
    both rails' currents; their sum, which would drive the common mode, is 0 for pairs of equals.

    Raises:
        DesignError: if a coupling is not a resistor between rails of two units.
    """
    parts, n = design.group("coupling"), design.machine.n_units
    if parts.kind != "resistor" or not np.all(design.differential):
        raise DesignError(
            f"the couplings of this {design.cell} design are not resistors between rails that "
            f"could be beside ngspice; {_REMEDY}"
        )
    unit, sign = np.full(len(design.nodes), -1), np.zeros(len(design.nodes))
    for rail, half in zip(design.terminals.T, (0.5, -0.5), strict=True):
        unit[rail], sign[rail] = np.arange(n), half
    a, b = parts.nodes.T
    if np.any(parts.nodes == GROUND) or np.any(unit[parts.nodes] < 0):
        raise DesignError(f"a coupling does not end at two units' rails; {_REMEDY}")
    siemens, matrix, load = 1 / parts.values, np.zeros((n, n)), np.zeros(len(design.nodes))
    for driven, driving in ((a, b), (b, a)):
        weight = -sign[driven] * sign[driving] * siemens
        np.add.at(matrix, (unit[driven], unit[driving]), weight)
        np.add.at(load, driven, siemens)
    rails = np.flatnonzero(load)
    grounded = np.stack([rails, np.full_like(rails, GROUND)], axis=1)
    loads = Parts("coupling-load", "resistor", grounded, 1 / load[rails])
    cells = _without_couplings(design)
    return Separation(replace(cells, parts=(*cells.parts, loads)), matrix)


def _without_couplings(design: Design) -> Design:
    return replace(design, parts=tuple(p for p in design.parts if p.role != "coupling"))
