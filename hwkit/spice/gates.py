"""Measure the force field of a gated circuit, at either level, and the weights of its gates.

At level "full" the netlist draws all of it. At level "mixed" it draws what the cells take, and the
gates show their weights, from which the couplings beside ngspice make the rest.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hwkit.circuit import Design
from hwkit.circuit.gates import COUPLING_ROLES
from hwkit.errors import SimulationError
from hwkit.netlist import Netlist
from hwkit.spice.clamps import clamped, hold
from hwkit.spice.drift import DRIFT_OPTIONS, measure_gradient
from hwkit.spice.experts import expert_crossbar
from hwkit.spice.library import find_library
from hwkit.spice.runnable import quiet_netlist
from hwkit.spice.session import session
from hwkit.workers import Failure, Pool, run_tasks

FloatArray = NDArray[np.float64]


def measure_mixed_gradient(design: Design, states: ArrayLike, **measuring: Any) -> FloatArray:
    """Return minus the force of a gated design whose couplings are beside ngspice, (n_states, N).

    Of segments it is the first one's. Arguments as `measure_gradient`; errors as there.
    """
    points = np.asarray(states, dtype=np.float64)
    kept = tuple(parts for parts in design.parts if parts.role not in COUPLING_ROLES)
    cells = measure_gradient(replace(design, parts=kept), points, **measuring)
    crossbar = expert_crossbar(design)
    weights = measure_weights(design, points, **measuring) if crossbar.weights else None
    beside = crossbar.current(points * design.scale.volt, weights)
    return np.asarray(cells + beside / design.force_amperes)


def measure_weights(
    design: Design, states: ArrayLike, jobs: int | Pool = 1, timeout: float | None = None
) -> FloatArray:
    """Return the weights that a design's gates show at some states, (n_states, experts).

    Raises:
        SimulationError: if ngspice is missing or an operating point is not found.
    """
    find_library()
    kept = tuple(parts for parts in design.parts if parts.role not in COUPLING_ROLES)
    netlist, _ = quiet_netlist(replace(design, parts=kept), DRIFT_OPTIONS)
    setup = (clamped(netlist), expert_crossbar(design).weights)
    volts = np.asarray(states, dtype=np.float64) * design.scale.volt
    results = run_tasks("hwkit.spice.gates:_meter", setup, list(volts), jobs, timeout)
    for state, result in enumerate(results):
        if isinstance(result, Failure):
            raise SimulationError(f"no operating point for state {state}: {result.reason}")
    return np.asarray(np.stack(results) / design.scale.volt)


def _meter(setup: tuple[Netlist, tuple[str, ...]]) -> Callable[[FloatArray], FloatArray]:
    netlist, nodes = setup
    simulator = session()
    simulator.load(netlist.text, netlist.ends)

    def measure(volts: FloatArray) -> FloatArray:
        hold(volts.tolist())
        simulator.command("op")
        shown = np.concatenate([simulator.vector(node) for node in nodes])
        simulator.command("destroy all")
        return shown

    return measure
