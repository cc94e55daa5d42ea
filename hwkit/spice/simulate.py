"""Run a design in ngspice, driven by the same Wiener increments as the ideal machine.

One run is one ngspice transient with backward Euler on the grid of the increments. At level "full"
the netlist holds every coupling; at level "mixed" ngspice holds the cells, and the crossbar's
currents, computed from the last accepted states, join the noise at each node: an error of order dt.
Every run happens in a worker process: a crash or a hang of ngspice costs that run alone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hwkit.circuit import Design
from hwkit.errors import ConfigError, SimulationError
from hwkit.langevin import TimeGrid, checked_increments, checked_starts
from hwkit.netlist import TIGHT_OPTIONS, render
from hwkit.spice.library import find_library
from hwkit.spice.session import Session, session
from hwkit.trajectories import Trajectories
from hwkit.wiener import increments as wiener_increments
from hwkit.workers import Failure, Progress, run_tasks

FloatArray = NDArray[np.float64]
Level = Literal["full", "mixed"]

_RUNAWAY = 1e3  # states this many units of x away from zero are not a machine's


@dataclass(frozen=True)
class _Setup:
    design: Design
    grid: TimeGrid
    seed: int
    level: Level
    options: str


@dataclass(frozen=True)
class _Task:
    run: int
    x0: FloatArray
    increments: FloatArray | None


def simulate_spice(
    design: Design,
    t_final: float,
    dt: float = 2.5e-3,
    n_trajectories: int = 1,
    seed: int = 0,
    x0: ArrayLike | None = None,
    increments: ArrayLike | None = None,
    save_every: int | None = None,
    level: Level = "full",
    jobs: int = 1,
    timeout: float | None = None,
    tight: bool = False,
    progress: Progress | None = None,
) -> Trajectories:
    """Simulate a design's circuit in ngspice.

    Args:
        design: the circuit.
        t_final, dt, n_trajectories, seed, x0, increments, save_every: as for `simulate_langevin`;
            the same seed drives both with the same noise.
        level: "full", or "mixed" with the crossbar outside ngspice.
        jobs: worker processes; the result does not depend on it.
        timeout: seconds one run may take.
        tight: solve each step to 1e-6 relative instead of ngspice's default 1e-3.
        progress: called as progress(done, total).

    Returns:
        Trajectories in model units; failed runs are NaN and named in `failures`.

    Raises:
        SimulationError: if ngspice is not installed, or if every run failed.
        DataError, ConfigError: if the arguments don't fit each other.
    """
    grid = TimeGrid(t_final, dt, save_every)
    n_units = design.model.n_units
    starts = checked_starts(x0, n_trajectories, n_units)
    given = checked_increments(increments, n_trajectories, grid.n_steps, n_units)
    if level not in ("full", "mixed"):
        raise ConfigError(f"level {level!r} is unknown; choose 'full' or 'mixed'")
    find_library()  # complain here, once, rather than in every worker
    setup = _Setup(design, grid, seed, level, TIGHT_OPTIONS if tight else "")
    tasks = [
        _Task(run, starts[run], None if given is None else given[run])
        for run in range(n_trajectories)
    ]
    results = run_tasks("hwkit.spice.simulate:_runner", setup, tasks, jobs, timeout, progress)
    failures = {run: r.reason for run, r in enumerate(results) if isinstance(r, Failure)}
    if len(failures) == n_trajectories:
        raise SimulationError(f"all {n_trajectories} SPICE runs failed; the first: {failures[0]}")
    lost = np.full((grid.saved_steps.size, n_units), np.nan)
    states = np.stack([lost if isinstance(r, Failure) else r for r in results])
    attributes = {
        "simulator": "ngspice",
        "level": level,
        "dt": dt,
        "seed": seed,
        "cell": design.cell,
    }
    return Trajectories(grid.saved_times, states, failures, attributes)


def _runner(setup: _Setup) -> Callable[[_Task], FloatArray]:
    """Load the circuit in this process's ngspice and return what runs it."""
    simulator = session()
    full = setup.level == "full"
    netlist = render(setup.design, noise="external", couplings=full, options=setup.options)
    simulator.load(netlist.text, netlist.nodes)
    crossbar = None if full else _crossbar(setup.design)
    return lambda task: _run(simulator, setup, crossbar, task)


def _crossbar(design: Design) -> FloatArray:
    """Return the conductances of the coupling parts, (N, N): row = driven node, S."""
    parts = design.group("coupling")
    matrix = np.zeros((design.model.n_units, design.model.n_units))
    np.add.at(matrix, (parts.nodes[:, 0], parts.nodes[:, 1]), parts.values)
    return matrix


def _run(simulator: Session, setup: _Setup, crossbar: FloatArray | None, task: _Task) -> FloatArray:
    grid, scale, model = setup.grid, setup.design.scale, setup.design.model
    path = task.increments
    if path is None:
        path = wiener_increments(setup.seed, [task.run], grid.n_steps, model.n_units, grid.dt)[0]
    step = grid.dt * model.mobility * scale.second
    # i_noise = I0 sqrt(2 kT tau) dW/dt, t in seconds, and sqrt(mu tau) dW(t) = dW(t in seconds).
    noise = scale.ampere * np.sqrt(2 * model.kT / model.mobility) / grid.dt * path
    start = task.x0 * scale.volt
    simulator.commands([f"alter c{i} ic = {volt!r}" for i, volt in enumerate(start.tolist())])
    states = simulator.mailbox.open(step, noise, start, grid.saved_steps, crossbar)
    try:
        end = (grid.n_steps + 0.5) * step  # half a step on, so that the last point is a whole step
        simulator.command(f"tran {step!r} {end!r} 0 {step!r} uic")
        reached = simulator.mailbox.reached
    finally:
        simulator.mailbox.close()
        simulator.command("destroy all")
    return _checked(states / scale.volt, reached, end, grid, simulator)


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
        slot, unit = (int(i) for i in np.unravel_index(np.argmax(np.abs(x)), x.shape))
        raise SimulationError(
            f"unit {unit} ran away to x = {x[slot, unit]:.3g} at t = {grid.saved_times[slot]:g}; "
            f"a machine stays within {_RUNAWAY:g}"
        )
    return x
