"""Measure the force field of a circuit: what current does each node draw in a given state?

A voltage source holds every unit's node at the state, ngspice solves the operating point, and the
current that each source delivers is the machine's I0 dV/dx. No noise and no time integration.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hwkit.circuit import GROUND, Design, Parts
from hwkit.errors import DataError, SimulationError
from hwkit.netlist import Netlist
from hwkit.spice.clamps import clamped, hold
from hwkit.spice.flux import measure_static_currents
from hwkit.spice.library import find_library
from hwkit.spice.runnable import Circuit, quiet_netlist
from hwkit.spice.session import session
from hwkit.workers import Failure, Pool, Progress, run_tasks

FloatArray = NDArray[np.float64]

# The default reltol of 1e-3 would leave errors of that size in nonlinear currents.
DRIFT_OPTIONS = "reltol=1e-9 abstol=1e-18 vntol=1e-12 gmin=1e-18"


def measure_gradient(
    design: Circuit,
    states: ArrayLike,
    jobs: int | Pool = 1,
    progress: Progress | None = None,
    timeout: float | None = None,
) -> FloatArray:
    """Return dV/dx as the circuit computes it, in model units, (n_states, N).

    Args:
        design: the circuit, hwkit's own or a foreign one.
        states: (n_states, N), in model units.
        jobs: worker processes.
        progress: called as progress(done, total).
        timeout: seconds that one state may take; None for no limit.

    Raises:
        SimulationError: if ngspice is missing or an operating point is not found.
    """
    points = np.asarray(states, dtype=np.float64)
    if points.ndim != 2 or points.shape[1] != design.machine.n_units:
        raise DataError(
            f"states have shape {points.shape}; expected (n_states, {design.machine.n_units})"
        )
    find_library()
    if design.start_amperes is not None:  # a state is a flux
        currents = measure_static_currents(design, points, DRIFT_OPTIONS, jobs, progress, timeout)
        return np.asarray(currents / design.force_amperes)
    volts = points * design.scale.volt
    netlist, ampere = quiet_netlist(design, DRIFT_OPTIONS)
    clamps = clamped(netlist)
    results = run_tasks("hwkit.spice.drift:_bench", clamps, list(volts), jobs, timeout, progress)
    for state, result in enumerate(results):
        if isinstance(result, Failure):
            raise SimulationError(f"no operating point for state {state}: {result.reason}")
    return np.asarray(np.stack(results) / ampere)


def measure_onsite(
    design: Design,
    states: ArrayLike,
    jobs: int | Pool = 1,
    progress: Progress | None = None,
    timeout: float | None = None,
) -> FloatArray:
    """Return U'(x) as ngspice's own diodes make it, in model units, (n_states, N).

    Its diode is not the exponential of textbooks to the last digit (reverse branch, constants), so
    a circuit of diodes is compared with this law.

    Args:
        design, states, jobs, progress, timeout: as for `measure_gradient`.
    """
    # Without any other part the rails would float; a resistor at one of them carries no current.
    floating = design.terminals[:, 1]
    tied = np.stack([floating, np.full_like(floating, GROUND)], axis=1)
    tie = Parts("tie", "resistor", tied, np.full(len(tied), 1 / design.scale.siemens))
    alone = replace(design, parts=(design.group("onsite-diode"), design.group("capacitor"), tie))
    return measure_gradient(alone, states, jobs, progress, timeout)


def _bench(netlist: Netlist) -> Callable[[FloatArray], FloatArray]:
    simulator = session()
    simulator.load(netlist.text, netlist.ends)
    branches = [f"vclamp{i}#branch" for i in range(len(netlist.nodes))]

    def measure(volts: FloatArray) -> FloatArray:
        hold(volts.tolist())
        simulator.command("op")
        # A source's current counts as positive from + to -: what it delivers is the opposite.
        currents = -np.concatenate([simulator.vector(branch) for branch in branches])
        simulator.command("destroy all")
        return currents

    return measure
