"""What runs in a worker: one circuit, loaded into the process's ngspice, driven by one Wiener path.

See `simulate`, whose tasks these are.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hwkit.circuit import Design
from hwkit.circuit.noise_bits import noise_increments
from hwkit.errors import SimulationError
from hwkit.langevin import TimeGrid
from hwkit.netlist.render import bypass_options
from hwkit.ordering import largest
from hwkit.spice.crossbar import Crossbar, ideal_crossbar, separated
from hwkit.spice.experts import ExpertCrossbar, expert_crossbar
from hwkit.spice.foreign import ForeignCircuit
from hwkit.spice.runnable import Circuit, Runnable, runnable
from hwkit.spice.session import KLU, Session, session
from hwkit.wiener import increments as wiener_increments

FloatArray = NDArray[np.float64]
Level = Literal["full", "mixed"]

_RUNAWAY = 1e3  # states this many units of x away from zero are not a machine's


@dataclass(frozen=True)
class Setup:
    """What the runs of a simulation share; SI units are the circuit's own."""

    design: Circuit
    grid: TimeGrid
    seed: int
    level: Level
    crossbar: Crossbar | ExpertCrossbar | None
    options: str


@dataclass(frozen=True)
class Task:
    """One run: its number, start state (N,), and increments (K, N); None for those of the seed."""

    run: int
    x0: FloatArray
    increments: FloatArray | None


def beside(design: Design) -> Crossbar | ExpertCrossbar:
    """Return what the mixed level computes beside ngspice for a design."""
    return expert_crossbar(design) if design.gated else ideal_crossbar(design)


def apart(setup: Setup) -> Setup:
    """Return a setup whose workers get cells and crossbar, not the transistors of all couplings.

    Raises:
        DesignError: if the couplings can't be beside ngspice.
    """
    design = setup.design
    if setup.level != "mixed" or not isinstance(design, Design) or not design.transistors:
        return setup
    crossbar = setup.crossbar or beside(design)
    return replace(setup, design=separated(design).cells, crossbar=crossbar)


def solver_options(setup: Setup, solver: str) -> str:
    """Return ngspice options of a setup's runs; `solver` is the best one it was built with."""
    design, mixed = setup.design, setup.level == "mixed"
    if not mixed and solver == KLU:
        return f"{setup.options} klu"
    if mixed and not setup.options and isinstance(design, Design) and design.transistors:
        # Not at level "full": inside couplings it is ten times as far off, and saves less.
        return bypass_options(design.scale)
    return setup.options


def runner(setup: Setup) -> Callable[[Task], FloatArray]:
    """Load the circuit in this process's ngspice; return what gives a task's states, (T, N)."""
    simulator, design = session(), setup.design
    ready = runnable(
        design, couplings=setup.level == "full", options=solver_options(setup, simulator.solver)
    )
    crossbar = None
    if setup.level == "mixed" and not isinstance(design, ForeignCircuit):
        crossbar = setup.crossbar or beside(design)
    watched = crossbar.watched() if crossbar else []
    if not ready.operating_point:  # its start values are in the netlist: one load a run
        simulator.load(ready.netlist.text, [*ready.netlist.ends, *watched])
    return lambda task: _run(simulator, setup, ready, crossbar, task)


def _run(
    simulator: Session,
    setup: Setup,
    ready: Runnable,
    crossbar: Crossbar | ExpertCrossbar | None,
    task: Task,
) -> FloatArray:
    grid, scale, model = setup.grid, setup.design.scale, setup.design.machine
    path = task.increments
    if path is None:
        path = _drawn(setup, task.run)
    step = grid.dt * model.mobility * scale.second
    # i = sqrt(two-sided PSD) dW/dt with t in seconds, where dW = sqrt(mobility * second) dW(model).
    noise = ready.noise * (np.sqrt(model.mobility * scale.second) / step) * path
    start = task.x0 * scale.volt
    # All nodes start at 0 V; the charge of the start state enters with the first step, which for
    # backward Euler is the same. Setting it at each capacitor costs ngspice 400 bytes a time.
    # An inductor's flux at the start is a constant current beside it, which is exact at any time.
    followers = np.zeros((grid.n_steps, ready.charges.shape[0] - model.n_units))
    noise = np.hstack([noise, followers]) if followers.size else noise
    noise[0] += ready.charges @ start / step
    if ready.amperes is not None:
        noise[:, : model.n_units] -= ready.amperes @ task.x0
    if ready.operating_point:
        held = ready.held_at(start)
        simulator.load(held.text, held.ends)
    states = simulator.mailbox.open(step, noise, start, grid.saved_steps, crossbar, grid.dt)
    try:
        end = simulator.mailbox.end
        start_form = "" if ready.operating_point else " uic"
        simulator.command(f"tran {step!r} {end!r} 0 {step!r}{start_form}")
        reached = simulator.mailbox.reached
    finally:
        simulator.mailbox.close()
        simulator.command("destroy all")
    return _checked(states / scale.volt, reached, end, grid, simulator)


def _drawn(setup: Setup, run: int) -> FloatArray:
    """Return a run's increments (K, N), as bits where the circuit's noise sources take bits."""
    design, grid = setup.design, setup.grid
    if isinstance(design, Design):
        return np.asarray(noise_increments(design, setup.seed, [run], grid.n_steps, grid.dt)[0])
    n = design.machine.n_units
    return np.asarray(wiener_increments(setup.seed, [run], grid.n_steps, n, grid.dt)[0])


def _checked(
    x: FloatArray, reached: float, end: float, grid: TimeGrid, simulator: Session
) -> FloatArray:
    """Judge a run by its states: ngspice's exit status is 0 for a runaway circuit too."""
    if reached < end * (1 - 1e-6):
        share = reached / end
        raise SimulationError(
            f"ngspice stopped at {share:.1%} of the run{simulator.complaint()}; try a shorter dt"
        )
    if not np.all(np.isfinite(x)):
        slot = int(np.argwhere(~np.isfinite(x).all(axis=1))[0, 0])
        raise SimulationError(f"ngspice gave no state at t = {grid.saved_times[slot]:g}")
    if np.max(np.abs(x)) > _RUNAWAY:
        slot, unit = (int(i) for i in np.unravel_index(largest(np.abs(x)), x.shape))
        raise SimulationError(
            f"unit {unit} ran away to x = {x[slot, unit]:.3g} at t = {grid.saved_times[slot]:g}; "
            f"a machine stays within {_RUNAWAY:g}"
        )
    return x
