"""Find sizes and currents of the cells from what is asked for, by their measured characteristics.

The tables beside this file are measured in ngspice (`scripts/gf180mcu.py`, `scripts/sky130.py`) at
the typical corner and 27 C, where the cells are sized; other corners and temperatures then happen
to them. V0 decides I_b per width (how far the pair is from weak inversion), I0 the width, the
balance of n and p their ratio; a coupling's conductance decides its tail current.
"""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from hwkit.circuit.cells.silicon.kits import GF180MCU, Kit
from hwkit.circuit.cells.silicon.topology import Sizes
from hwkit.circuit.parts import FloatArray
from hwkit.circuit.scale import Scale
from hwkit.deferred import deferred
from hwkit.errors import DesignError
from hwkit.units import engineering

if TYPE_CHECKING:
    from scipy import interpolate
else:
    interpolate = deferred("scipy.interpolate")

GRID = 5e-9  # of layouts: widths are multiples of it


@dataclass(frozen=True)
class PairChoice:
    """Sizes of the onsite pair and what they are measured to give.

    Attributes:
        sizes: of all cells.
        odd: largest relative deviation of the odd part from 2 x + 4 x^3.
        even: largest even part, relative to that at its end.
        farad: capacitance of the pair at the unit's node, F.
    """

    sizes: Sizes
    odd: float
    even: float
    farad: float


def choose_pair(volt: float, ampere: float, kit: Kit = GF180MCU) -> PairChoice:
    """Return the pair with a V0 and an I0 on a process.

    Raises:
        DesignError: if no pair of the table has them.
    """
    table = {name: np.asarray(values) for name, values in kit.table["pairs"].items()}
    widths, densities = np.log(table["width"]), np.log(table["density"])
    lowest, highest = table["volt"][:, 0].max(), table["volt"][:, -1].min()
    if not lowest <= volt <= highest:
        low, best, high = kit.volts
        raise DesignError(
            f"family silicon's pair has a V0 from {engineering(lowest, 'V')} to "
            f"{engineering(highest, 'V')}, not {engineering(volt, 'V')}; within 1 % of the "
            f"quartic it is from {low:g} to {high:g} V, best at {best:g} V"
        )
    density = np.array(
        [
            interpolate.PchipInterpolator(np.log(row), densities)(np.log(volt))
            for row in table["volt"]
        ]
    )

    def at_volt(name: str) -> FloatArray:
        rows = zip(table[name], density, strict=True)
        return np.array(
            [np.exp(interpolate.PchipInterpolator(densities, np.log(r))(d)) for r, d in rows]
        )

    amperes = at_volt("ampere")
    if not amperes[0] <= ampere <= amperes[-1]:
        less = "lengthen tau or lower C" if ampere > amperes[-1] else "shorten tau or raise C"
        raise DesignError(
            f"family silicon's pair has an I0 from {engineering(amperes[0], 'A')} to "
            f"{engineering(amperes[-1], 'A')} at this V0, but V0 C / tau is "
            f"{engineering(ampere, 'A')}; {less}"
        )
    width = float(interpolate.PchipInterpolator(np.log(amperes), widths)(np.log(ampere)))

    def at_width(values: FloatArray) -> float:
        return float(np.exp(interpolate.PchipInterpolator(widths, np.log(values))(width)))

    n_width, ratio = float(np.exp(width)), at_width(at_volt("ratio"))
    bias = n_width * at_width(np.exp(density))
    sizes = Sizes(
        (_snapped(n_width), kit.n_length), (_snapped(ratio * n_width), kit.p_length), bias
    )
    return PairChoice(
        sizes, at_width(at_volt("odd")), at_width(at_volt("even")), at_width(at_volt("farad"))
    )


def _snapped(metres: float) -> float:
    return round(round(metres / GRID) * GRID, 12)


@dataclass(frozen=True, eq=False)
class CouplingTable:
    """What a coupling does as a function of its tail current I_t.

    Attributes:
        tail: currents of the table, A.
        siemens: conductance at 0 V.
        offset: current that leaves the driven node at 0 V, over I_t.
        output_farad: capacitance at the driven node.
        near_farad, far_farad: at the driving node, for J > 0 and J < 0.
    """

    tail: FloatArray
    siemens: FloatArray
    offset: FloatArray
    output_farad: FloatArray
    near_farad: float
    far_farad: float

    def tails(self, siemens: FloatArray) -> FloatArray:
        """Return the tail currents, A, that give conductances (n,), S.

        Raises:
            DesignError: if one lies outside the table.
        """
        low, high = self.siemens[0], self.siemens[-1]
        for k, value in enumerate(siemens.tolist()):
            if not low <= value <= high:
                raise DesignError(
                    f"coupling {k} needs {engineering(value, 'S')}, which takes a tail current "
                    f"outside the extracted range of {engineering(self.tail[0], 'A')} to "
                    f"{engineering(self.tail[-1], 'A')} ({engineering(low, 'S')} to "
                    f"{engineering(high, 'S')}); "
                    + ("leave it out or raise G0" if value < low else "lower G0")
                )
        curve = interpolate.PchipInterpolator(np.log(self.siemens), np.log(self.tail))
        return np.asarray(np.exp(curve(np.log(siemens))))

    def at(self, name: str, tail_ampere: FloatArray) -> FloatArray:
        """Return an attribute at tail currents, A, of any shape."""
        curve = interpolate.PchipInterpolator(np.log(self.tail), getattr(self, name))
        return np.asarray(curve(np.log(tail_ampere)))


@cache
def coupling_table(kit: Kit = GF180MCU) -> CouplingTable:
    """Return the measured table of couplings."""
    table = kit.table["couplings"]
    return CouplingTable(
        tail=np.array(table["tail"]),
        siemens=np.array(table["siemens"]),
        offset=np.array(table["offset"]),
        output_farad=np.array(table["output_farad"]),
        near_farad=table["near_farad"],
        far_farad=table["far_farad"],
    )


def weakest_coupling(scale: Scale, kit: Kit = GF180MCU) -> float:
    """Return the |J| that the smallest tail current makes at a scale."""
    return float(coupling_table(kit).siemens[0] / scale.siemens)


@cache
def leg_table() -> dict[str, FloatArray]:
    """Return what legs of GF180MCU's p mirrors carry over what their diode carries, (n,) each.

    "ampere" is that current, A; "tails" are those into a coupling's diode, "units" those into a
    unit's node.
    """
    return {name: np.array(values) for name, values in GF180MCU.table["legs"].items()}
