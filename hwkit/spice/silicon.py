"""Extract what the transistors do: the pair's current, a coupling's curve over its tail current.

One `.dc` sweep of the onsite bench, and one for each sign of a bench with a coupling for each tail
current; `coupling_curves` says how every coupling then has a curve of its own.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hwkit.circuit import Design
from hwkit.circuit.cells.silicon.bench import coupling_bench, onsite_bench
from hwkit.circuit.cells.silicon.curves import SiliconCurves
from hwkit.circuit.cells.silicon.topology import Sizes
from hwkit.circuit.pdk import Process
from hwkit.errors import DesignError
from hwkit.spice.devices import sweep_currents
from hwkit.spice.drift import measure_gradient
from hwkit.units import ROOM_CELSIUS

FloatArray = NDArray[np.float64]

TAILS = np.geomspace(1e-9, 1e-6, 25)
_LARGEST_VOLT = 0.3
_POINTS = 241
_OUTPUT_STEP = 0.5  # of the bench's 0.1 V


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
    return SiliconCurves(volts, tails, rising, falling, output, found[0][:, 0])


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
    bias = float(design.currents("replica-bias")[0])
    sizes = Sizes(groups["onsite-n"], groups["onsite-p"], bias)
    return extract_curves(sizes, design.process, design.celsius)


def with_curves(design: Design) -> Design:
    """Return a design that carries the curves of its couplings, measured if they are not there."""
    if not design.carries("tail-bias") or design.curves is not None:
        return design
    return replace(design, curves=curves_of(design))
