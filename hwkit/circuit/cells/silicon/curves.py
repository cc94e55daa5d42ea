"""The extracted curves of a design's cells, and the machine that they make of it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hwkit.circuit.cells.silicon.noise import OFFSETS
from hwkit.circuit.cells.silicon.pair import PairFit, fit_pair
from hwkit.circuit.coupling_curves import CouplingCurves
from hwkit.circuit.design import Design
from hwkit.circuit.scale import Scale
from hwkit.deferred import deferred
from hwkit.model import CurveMachine, Tabulated, TabulatedTransfer

if TYPE_CHECKING:
    from scipy import interpolate
else:
    interpolate = deferred("scipy.interpolate")


FloatArray = NDArray[np.float64]

_FUNCTIONS = 6
_STENCIL = np.array([1.0, -8.0, 0.0, 8.0, -1.0]) / 12


@dataclass(frozen=True, eq=False)
class SiliconCurves(CouplingCurves):
    """Curves of couplings, as in `CouplingCurves`, and of the pair.

    Attributes:
        onsite: current of a pair, (P,), A.
    """

    onsite: FloatArray

    def fit(self) -> PairFit:
        """Return V0, I0 and the deviations of the pair from 2 x + 4 x^3."""
        return fit_pair(self.volts, self.onsite)

    def onsite_energy(self, scale: Scale) -> Tabulated:
        """Return the pair as an onsite energy."""
        return Tabulated(self.volts / scale.volt, self.onsite / scale.ampere)

    def transfer(self, scale: Scale, tail_ampere: float) -> TabulatedTransfer:
        """Return the curve of couplings with a tail current, slope 1 at 0 and 0 there."""
        self.check(np.array([tail_ampere]))
        relative = interpolate.CubicSpline(np.log(self.tails), self.relative(True))
        current = np.asarray(relative(np.log(tail_ampere)) * tail_ampere)
        middle = self.volts.size // 2
        values = (current - current[middle]) / (self._slopes(current) * scale.volt)
        return TabulatedTransfer(self.volts / scale.volt, values)

    def tail_for(self, siemens: float) -> float:
        """Return the tail current of a coupling with a conductance at 0 V, A."""
        curve = interpolate.PchipInterpolator(np.log(self._slopes(self.rising)), np.log(self.tails))
        return float(np.exp(curve(np.log(siemens))))

    def _slopes(self, currents: FloatArray) -> FloatArray:
        """Return the slope at 0 V of curves (..., P), S."""
        middle, step = self.volts.size // 2, self.volts[1] - self.volts[0]
        return np.asarray(currents[..., middle - 2 : middle + 3] @ _STENCIL / step)

    def machine(self, design: Design, n_functions: int = _FUNCTIONS) -> CurveMachine:
        """Return the machine of a design, each coupling with its own curve.

        Args:
            design: of family silicon.
            n_functions: functions of the expansion, for each sign.

        Raises:
            DesignError: if a tail current of the design was not extracted.
        """
        scale = design.scale
        bias = sum(design.currents(role) for role in _biases(design)) + _noise_mean(design)
        matrices = [coupling_matrices(design, self, sign, n_functions) for sign in (True, False)]
        return CurveMachine(
            np.concatenate(matrices) / scale.ampere,
            self.volts / scale.volt,
            np.hstack([self.functions(sign, n_functions) for sign in (True, False)]),
            np.asarray(bias / scale.ampere),
            self.onsite_energy(scale),
            design.machine.kT,
            design.machine.mobility,
            design.machine.n_visible,
            coupling_loads(design, self) / scale.siemens,
        )


def coupling_matrices(
    design: Design, curves: CouplingCurves, positive: bool, n_functions: int
) -> FloatArray:
    """Return how much of each function the couplings of one sign have, (n_functions, N, N), A."""
    driven, driving, tails = directions(design, positive)
    n = design.machine.n_units
    matrices = np.zeros((n_functions, n, n))
    matrices[:, driven, driving] = curves.amounts(positive, n_functions, tails).T
    return matrices


def coupling_loads(design: Design, curves: CouplingCurves) -> FloatArray:
    """Return the output conductance of all couplings that drive each unit, (N,), S."""
    total = np.zeros(design.machine.n_units)
    for positive in (True, False):
        driven, _, tails = directions(design, positive)
        np.add.at(total, driven, curves.loads(tails))
    return total


def directions(
    design: Design, positive: bool
) -> tuple[NDArray[np.intp], NDArray[np.intp], FloatArray]:
    """Return driven and driving unit, and tail current, of a design's couplings of one sign.

    Each is (n_couplings,), currents in A. They are read from where the transistors are, not from
    the machine that was asked for.
    """
    groups = {group.role: group for group in design.transistors}
    if "coupling-near" not in groups:
        nothing = np.zeros(0, dtype=np.intp)
        return nothing, nothing, np.zeros(0)
    near, far = groups["coupling-near"].nodes, groups["coupling-far"].nodes
    tails = design.currents("tail-bias")
    own = near[:, 1] >= 0 if positive else far[:, 1] >= 0
    gates = near if positive else far
    return near[own, 0], gates[own, 1], tails[own]


def _noise_mean(design: Design) -> FloatArray | float:
    """Return what one-bit noise sources draw on average, (N,), A, where a unit's code has it."""
    for coded in design.coded:
        if coded.role == "noise-bias":
            return OFFSETS["mirrors"] * coded.values
    return 0.0


def _biases(design: Design) -> list[str]:
    return [role for role in ("bias", "offset-correction", "unit-bias") if design.carries(role)]
