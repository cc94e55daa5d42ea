"""Measure the cells of family silicon in ngspice: currents by `.dc` sweeps, capacitances by `.ac`.

Every unit's node of a design is held by a voltage source; one of them is swept, and the currents
that all of them deliver are read: what leaves the nodes, the sign of the node equation.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwkit.circuit import Design
from hwkit.errors import DataError, SimulationError
from hwkit.netlist import Netlist, render
from hwkit.netlist.transistors import Models
from hwkit.spice.clamps import clamped
from hwkit.spice.drift import DRIFT_OPTIONS
from hwkit.spice.library import find_library
from hwkit.spice.session import session
from hwkit.workers import Failure, run_tasks

FloatArray = NDArray[np.float64]

_HERTZ = 1e5  # far below the cells' own poles, far above nothing: capacitances are read here
_SECONDS = 300.0


@dataclass(frozen=True)
class _Sweep:
    netlist: Netlist
    swept: int
    volts: tuple[float, float, int]


def sweep_currents(
    designs: Sequence[Design],
    swept: int,
    largest_volt: float,
    points: int = 241,
    models: Models = "cards",
) -> tuple[FloatArray, list[FloatArray]]:
    """Sweep one unit's node, all others held at 0 V, and return what every node draws.

    Args:
        designs: with transistors; one sweep each.
        swept: number of the unit.
        largest_volt: the sweep is from minus that to that, V.
        points: odd, at least 5.
        models: written out, or the foundry's own library.

    Returns:
        Voltages (points,) and, for each design, currents (points, N) that leave the nodes; V, A.

    Raises:
        SimulationError: if ngspice is missing or finds no solution.
    """
    if points < 5 or points % 2 == 0:
        raise DataError(f"points is {points}; a sweep needs an odd number of at least 5")
    volts = (-largest_volt, largest_volt, points)
    held = [
        clamped(render(design, noise="none", options=DRIFT_OPTIONS, models=models))
        for design in designs
    ]
    found = _measured("hwkit.spice.devices:_sweeper", [_Sweep(each, swept, volts) for each in held])
    for design, currents in zip(designs, found, strict=True):
        whole = currents.shape == (points, design.machine.n_units)
        if not whole or not np.all(np.isfinite(currents)):
            raise SimulationError(f"the sweep of unit {swept} ended after {len(currents)} points")
    return np.linspace(-largest_volt, largest_volt, points), found


def measure_farads(designs: Sequence[Design]) -> list[FloatArray]:
    """Return the capacitance matrix of the units' nodes of each design at 0 V, (N, N), F.

    Row i, column j: charge that unit i's node takes per volt at unit j's, its own included.
    """
    tasks = [_driven(design, j) for design in designs for j in range(design.machine.n_units)]
    columns = iter(_measured("hwkit.spice.devices:_capacitance_meter", tasks))
    return [np.stack([next(columns) for _ in range(d.machine.n_units)], axis=1) for d in designs]


def _driven(design: Design, unit: int) -> Netlist:
    amplitudes = np.zeros(design.machine.n_units)
    amplitudes[unit] = 1.0
    return clamped(render(design, noise="none", options=DRIFT_OPTIONS), amplitudes)


def _measured(worker: str, tasks: Sequence[object]) -> list[FloatArray]:
    """Run measurements in one worker process.

    Raises:
        SimulationError: if one fails.
    """
    find_library()
    results = run_tasks(worker, None, list(tasks), timeout=_SECONDS)
    for result in results:
        if isinstance(result, Failure):
            raise SimulationError(f"the transistors can't be measured: {result.reason}")
    return results


def _sweeper(setup: None) -> Callable[[_Sweep], FloatArray]:
    simulator = session()

    def sweep(task: _Sweep) -> FloatArray:
        low, high, points = task.volts
        simulator.load(task.netlist.text, [])
        step = (high - low) / (points - 1)
        # Half a step beyond the end: the last point must not be lost to rounding.
        simulator.command(f"dc vclamp{task.swept} {low!r} {high + step / 2!r} {step!r}")
        branches = [f"vclamp{i}#branch" for i in range(len(task.netlist.nodes))]
        # A source's current counts as positive from + to -: what it delivers is the opposite.
        currents = np.stack([-simulator.vector(branch) for branch in branches], axis=1)
        simulator.unload()
        return currents

    return sweep


def _capacitance_meter(setup: None) -> Callable[[Netlist], FloatArray]:
    simulator = session()

    def measure(netlist: Netlist) -> FloatArray:
        simulator.load(netlist.text, [])
        simulator.command(f"ac lin 1 {_HERTZ!r} {_HERTZ!r}")
        branches = [f"vclamp{i}#branch" for i in range(len(netlist.nodes))]
        currents = np.array([-simulator.complex_vector(branch)[0] for branch in branches])
        simulator.unload()
        return np.asarray(currents.imag / (2 * np.pi * _HERTZ))

    return measure
