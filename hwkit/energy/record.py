"""Run a design in ngspice and keep the voltage of every node at every step.

The run is that of `hwkit.spice.simulate` at level "full": backward Euler on the grid of the noise,
each step solved tightly, the same noise for the same seed. What is kept besides the units are all
other nodes, rails included, and the noise currents themselves.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hwkit.circuit import Design
from hwkit.energy.laws import check_kinds
from hwkit.errors import SimulationError
from hwkit.langevin import TimeGrid, checked_starts
from hwkit.netlist import tight_options
from hwkit.spice.library import find_library
from hwkit.spice.runnable import Runnable, runnable
from hwkit.spice.session import Session, session
from hwkit.wiener import checked_seed
from hwkit.wiener import increments as wiener_increments
from hwkit.workers import Failure, Pool, Progress, run_tasks

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Recording:
    """What a circuit's nodes did.

    Attributes:
        step: length of a step, s.
        volts: voltage of every node, (runs, K + 1, M), V; the first is the start state.
        noise: mean current of each noise source over each step, (runs, K, N), A.
    """

    step: float
    volts: FloatArray
    noise: FloatArray

    @property
    def second(self) -> float:
        """Duration, s."""
        return self.step * float(self.volts.shape[1] - 1)


@dataclass(frozen=True)
class _Setup:
    design: Design
    grid: TimeGrid


@dataclass(frozen=True)
class _Task:
    x0: FloatArray
    increments: FloatArray


def record(
    design: Design,
    t_final: float,
    dt: float = 2.5e-3,
    n_trajectories: int = 1,
    seed: int = 0,
    x0: ArrayLike | None = None,
    increments: ArrayLike | None = None,
    jobs: int | Pool = 1,
    timeout: float | None = None,
    progress: Progress | None = None,
) -> Recording:
    """Run a design in ngspice and record all its node voltages.

    Args:
        design: a circuit of the family rc or resistive.
        t_final: duration, in model time; a whole number of steps.
        dt: time step, in model time.
        n_trajectories: number of runs.
        seed: root of the noise; the same seed gives the same runs.
        x0, increments, jobs, timeout, progress: as for `simulate_spice`.

    Raises:
        DesignError: if the design holds elements whose energy is not known.
        SimulationError: if ngspice is missing, or any run failed.
    """
    check_kinds(design)
    find_library()
    n, seed = design.model.n_units, checked_seed(seed)
    grid = TimeGrid(t_final, dt, 1)
    starts = checked_starts(x0, n_trajectories, n)
    paths = (
        wiener_increments(seed, range(n_trajectories), grid.n_steps, n, dt)
        if increments is None
        else np.asarray(increments, dtype=np.float64)
    )
    tasks = [_Task(start, path) for start, path in zip(starts, paths, strict=True)]
    setup = _Setup(design, grid)
    results = run_tasks("hwkit.energy.record:_runner", setup, tasks, jobs, timeout, progress)
    for run, result in enumerate(results):
        if isinstance(result, Failure):
            raise SimulationError(f"run {run} of {n_trajectories} failed: {result.reason}")
    step = dt * design.model.mobility * design.scale.second
    strength = np.sqrt(design.group("noise").values / 2) / np.sqrt(step)
    return Recording(step, np.stack(results), strength * paths / np.sqrt(dt))


def _runner(setup: _Setup) -> Callable[[_Task], FloatArray]:
    simulator, design = session(), setup.design
    ready = runnable(design, options=tight_options(design.solving_scale))
    simulator.load(ready.netlist.text, [(node, "0") for node in design.nodes])
    return lambda task: _run(simulator, setup, ready, task)


def _run(simulator: Session, setup: _Setup, ready: Runnable, task: _Task) -> FloatArray:
    design, grid = setup.design, setup.grid
    step = grid.dt * design.model.mobility * design.scale.second
    noise = ready.noise / np.sqrt(step) * task.increments / np.sqrt(grid.dt)
    extra = np.zeros((grid.n_steps, ready.charges.shape[0] - design.model.n_units))
    currents = np.hstack([noise, extra])
    currents[0] += ready.charges @ (task.x0 * design.scale.volt) / step  # as in `spice.simulate`
    start = design.start_volts(task.x0)
    volts = simulator.mailbox.open(step, currents, start, grid.saved_steps, None)
    try:
        simulator.command(f"tran {step!r} {simulator.mailbox.end!r} 0 {step!r} uic")
    finally:
        simulator.mailbox.close()
        simulator.command("destroy all")
    if not np.all(np.isfinite(volts[1:])):
        raise SimulationError(f"ngspice did not finish the run{simulator.complaint()}")
    volts[0] = np.where(np.isnan(start), volts[1], start)  # supplies, and nodes without a state
    return volts
