"""Extract what the transistors do: the pair's current, a coupling's curve over its tail current.

One `.dc` sweep of the onsite bench, and one for each sign of a bench with a coupling for each tail
current. The curves i(v; I_t) / I_t, a matrix over v and I_t, are expanded in a few functions of v
(singular vectors) whose coefficients are smooth in log I_t: every coupling then has its own curve.
What the expansion leaves out is `residual`.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hwkit.circuit import Design, Scale
from hwkit.circuit.cells.silicon.bench import coupling_bench, onsite_bench
from hwkit.circuit.cells.silicon.pair import PairFit, fit_pair
from hwkit.circuit.cells.silicon.topology import Sizes
from hwkit.circuit.pdk import Process
from hwkit.deferred import deferred
from hwkit.errors import DesignError
from hwkit.model import CurveMachine, Tabulated, TabulatedTransfer
from hwkit.spice import measure_gradient
from hwkit.spice.devices import sweep_currents
from hwkit.units import ROOM_CELSIUS, engineering

if TYPE_CHECKING:
    from scipy import interpolate
else:
    interpolate = deferred("scipy.interpolate")

FloatArray = NDArray[np.float64]

TAILS = np.geomspace(1e-9, 1e-6, 25)
_LARGEST_VOLT = 0.3
_POINTS = 241
_FUNCTIONS = 6
_OUTPUT_STEP = 0.5  # of the bench's 0.1 V


@dataclass(frozen=True, eq=False)
class SiliconCurves:
    """Measured curves at one corner and temperature; currents leave the driven node, in A.

    Attributes:
        volts: of all curves, (P,), evenly spaced around 0.
        onsite: current of a pair, (P,).
        tails: tail currents, (T,).
        rising, falling: currents of couplings with J > 0 and J < 0, (T, P), offsets included.
        output_siemens: conductance of couplings at the driven node, (T,).
    """

    volts: FloatArray
    onsite: FloatArray
    tails: FloatArray
    rising: FloatArray
    falling: FloatArray
    output_siemens: FloatArray

    def fit(self) -> PairFit:
        """Return V0, I0 and the deviations of the pair from 2 x + 4 x^3."""
        return fit_pair(self.volts, self.onsite)

    def onsite_energy(self, scale: Scale) -> Tabulated:
        """Return the pair as an onsite energy."""
        return Tabulated(self.volts / scale.volt, self.onsite / scale.ampere)

    def transfer(self, scale: Scale, tail_ampere: float) -> TabulatedTransfer:
        """Return the curve of couplings with a tail current, slope 1 at 0 and 0 there."""
        current = self._curve(tail_ampere)
        middle, step = self.volts.size // 2, self.volts[1] - self.volts[0]
        slope = current[middle - 2 : middle + 3] @ [1.0, -8.0, 0.0, 8.0, -1.0] / (12 * step)
        values = (current - current[middle]) / (slope * scale.volt)
        return TabulatedTransfer(self.volts / scale.volt, values)

    def _curve(self, tail_ampere: float) -> FloatArray:
        self._check(np.array([tail_ampere]))
        relative = interpolate.CubicSpline(np.log(self.tails), self.rising / self.tails[:, None])
        return np.asarray(relative(np.log(tail_ampere)) * tail_ampere)

    def _check(self, tails: FloatArray) -> None:
        outside = (tails < self.tails[0]) | (tails > self.tails[-1])
        if np.any(outside):
            first = engineering(float(tails[outside][0]), "A")
            raise DesignError(
                f"a tail current of {first} is outside the extracted range of "
                f"{engineering(self.tails[0], 'A')} to {engineering(self.tails[-1], 'A')}; extract "
                "over a wider one"
            )

    def machine(self, design: Design, n_functions: int = _FUNCTIONS) -> CurveMachine:
        """Return the machine of a design, each coupling with its own curve.

        Args:
            design: of family silicon.
            n_functions: functions of the expansion, for each sign.

        Raises:
            DesignError: if a tail current of the design was not extracted.
        """
        scale, n = design.scale, design.machine.n_units
        functions, weights, load = [], [], np.zeros(n)
        for positive, curves in ((True, self.rising), (False, self.falling)):
            spans, coefficients = _expanded(curves / self.tails[:, None], n_functions)
            functions.append(spans)
            driven, driving, tails = directions(design, positive)
            self._check(tails)
            amounts = (
                interpolate.CubicSpline(np.log(self.tails), coefficients)(np.log(tails))
                * tails[:, None]
            )
            matrices = np.zeros((n_functions, n, n))
            matrices[:, driven, driving] = amounts.T / scale.ampere
            weights.append(matrices)
            np.add.at(load, driven, self._loading(tails) / scale.siemens)
        bias = sum(design.group(role).values for role in _biases(design)) / scale.ampere
        return CurveMachine(
            np.concatenate(weights),
            self.volts / scale.volt,
            np.hstack(functions),
            np.asarray(bias),
            self.onsite_energy(scale),
            design.machine.kT,
            design.machine.mobility,
            design.machine.n_visible,
            load,
        )

    def _loading(self, tails: FloatArray) -> FloatArray:
        """Return the output conductance of couplings with tail currents, S."""
        curve = interpolate.CubicSpline(np.log(self.tails), self.output_siemens / self.tails)
        return np.asarray(curve(np.log(tails)) * tails)

    def residual(self, n_functions: int = _FUNCTIONS) -> float:
        """Return the largest error of the expansion, relative to the tail current."""
        relative = self.rising / self.tails[:, None]
        spans, coefficients = _expanded(relative, n_functions)
        return float(np.max(np.abs(coefficients @ spans.T - relative)))

    def tail_for(self, siemens: float) -> float:
        """Return the tail current of a coupling with a conductance at 0 V, A."""
        middle, step = self.volts.size // 2, self.volts[1] - self.volts[0]
        stencil = np.array([1.0, -8.0, 0.0, 8.0, -1.0]) / (12 * step)
        slopes = self.rising[:, middle - 2 : middle + 3] @ stencil
        curve = interpolate.PchipInterpolator(np.log(slopes), np.log(self.tails))
        return float(np.exp(curve(np.log(siemens))))


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
    tails = design.group("tail-bias").values
    own = near[:, 1] >= 0 if positive else far[:, 1] >= 0
    gates = near if positive else far
    return near[own, 0], gates[own, 1], tails[own]


def _biases(design: Design) -> list[str]:
    return [role for role in ("bias", "offset-correction") if design.has(role)]


def _expanded(relative: FloatArray, n_functions: int) -> tuple[FloatArray, FloatArray]:
    """Return functions (P, K) and coefficients (T, K) whose products are curves (T, P)."""
    left, sizes, right = np.linalg.svd(relative, full_matrices=False)
    return right[:n_functions].T, left[:, :n_functions] * sizes[:n_functions]


def extract_curves(
    sizes: Sizes, process: Process, celsius: float = ROOM_CELSIUS, tails: FloatArray = TAILS
) -> SiliconCurves:
    """Measure the cells of some sizes in ngspice.

    Args:
        sizes: of the cells.
        process: the transistors' models, at a corner or of a lot.
        celsius: temperature.
        tails: tail currents at which couplings are measured, (T,), A.

    Raises:
        SimulationError: if ngspice is missing or finds no solution.
    """
    pair = onsite_bench(sizes, process, celsius)
    both = [coupling_bench(sizes, tails, sign, process, celsius) for sign in (True, False)]
    volts, found = sweep_currents([pair, *both], 0, _LARGEST_VOLT, _POINTS)
    rising, falling = (each[:, 1:].T for each in found[1:])
    output = _output_siemens(both[0], tails.size)
    return SiliconCurves(volts, found[0][:, 0], tails, rising, falling, output)


def _output_siemens(bench: Design, count: int) -> FloatArray:
    """Return the slope of the current at each driven node, all moved together, (T,), S."""
    states = np.hstack(
        [np.zeros((2, 1)), _OUTPUT_STEP * np.array([[1.0], [-1.0]]) * np.ones(count)]
    )
    currents = measure_gradient(bench, states)[:, 1:] * bench.scale.ampere
    return np.asarray((currents[0] - currents[1]) / (2 * _OUTPUT_STEP * bench.scale.volt))


def curves_of(design: Design) -> SiliconCurves:
    """Measure the cells of a design of family silicon, at its corner and temperature."""
    if design.process is None or not design.transistors:
        raise DesignError(f"a {design.cell} design has no transistors to extract; use silicon")
    groups = {group.role: (group.width, group.length) for group in design.transistors}
    bias = float(design.group("replica-bias").values[0])
    sizes = Sizes(groups["onsite-n"], groups["onsite-p"], bias)
    return extract_curves(sizes, design.process, design.celsius)
