"""Measure what a circuit of transistors draws from its supplies, in ngspice."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hwkit.circuit import Design
from hwkit.errors import DataError, DesignError, SimulationError
from hwkit.netlist import Netlist, render
from hwkit.netlist.elements import element_references
from hwkit.spice.clamps import clamped, hold
from hwkit.spice.drift import DRIFT_OPTIONS
from hwkit.spice.library import find_library
from hwkit.spice.session import session
from hwkit.workers import Failure, run_tasks

FloatArray = NDArray[np.float64]

_SUPPLY = "supply"


@dataclass(frozen=True)
class _Held:
    """A netlist with its units held, and the voltage of each supply, by its source's name."""

    netlist: Netlist
    supplies: dict[str, float]


def measure_power(design: Design, states: ArrayLike) -> float:
    """Return the mean power from the supplies over states (K, N), the units held there, W.

    What the noise sources move in and out of the units is not in it.

    Raises:
        DesignError: if the design has no supplies.
        SimulationError: if ngspice is missing or finds no operating point.
    """
    points = np.atleast_2d(np.asarray(states, dtype=np.float64))
    if points.shape[1] != design.machine.n_units:
        raise DataError(f"states have shape {points.shape}; expected (K, {design.machine.n_units})")
    if not design.has(_SUPPLY):
        raise DesignError(f"a {design.cell} design has no supplies to measure; use silicon")
    find_library()
    supplies = design.group(_SUPPLY)
    held = _Held(
        clamped(render(design, noise="none", options=DRIFT_OPTIONS)),
        dict(zip(element_references(supplies), supplies.values.tolist(), strict=True)),
    )
    volts = list(points * design.scale.volt)
    results = run_tasks("hwkit.spice.power:_meter", held, volts)
    for state, result in enumerate(results):
        if isinstance(result, Failure):
            raise SimulationError(f"no operating point for state {state}: {result.reason}")
    return float(np.mean(results))


def _meter(held: _Held) -> Callable[[FloatArray], float]:
    simulator = session()
    simulator.load(held.netlist.text, held.netlist.ends)

    def measure(volts: FloatArray) -> float:
        hold(volts.tolist())
        simulator.command("op")
        # A source's current counts as positive from + to -: what it delivers is the opposite.
        delivered = [
            -volt * float(simulator.vector(f"{name.lower()}#branch")[0])
            for name, volt in held.supplies.items()
        ]
        simulator.command("destroy all")
        return sum(delivered)

    return measure
