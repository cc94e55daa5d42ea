"""Euler-Maruyama for gated and segmented machines, on the noise of every other simulator.

    x_{k+1} = x_k + mu dt F(x_k) + sqrt(2 mu kT) dW_k        F the force of the segment at work

Run r of a seed has the same increments as in `simulate_langevin`. Only experts whose gate is open
are computed; runs go in chunks of fixed size, so the bytes don't depend on the number of cores.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import ArrayLike, NDArray
from threadpoolctl import threadpool_limits

from hwkit.errors import ConfigError
from hwkit.langevin.facts import run_facts
from hwkit.langevin.grid import SaveEvery, TimeGrid
from hwkit.langevin.overdamped import check_finite
from hwkit.langevin.starts import checked_increments, checked_starts
from hwkit.model import GatedMachine, SegmentedMachine
from hwkit.trajectories import Trajectories
from hwkit.wiener import NoiseStream
from hwkit.workers import available_cores

FloatArray = NDArray[np.float64]

_RUNS_PER_CHUNK = 128  # fixed: matrix products round differently for other shapes


def simulate_gated(
    machine: GatedMachine | SegmentedMachine,
    t_final: float,
    dt: float = 1e-2,
    n_trajectories: int = 1,
    seed: int = 0,
    x0: ArrayLike | None = None,
    increments: ArrayLike | None = None,
    save_every: SaveEvery = None,
) -> Trajectories:
    """Simulate a gated machine; a segmented one goes through its segments in equal shares of time.

    Args:
        machine: the machine.
        t_final, dt, n_trajectories, seed, x0, increments, save_every: as for `simulate_langevin`.

    Returns:
        Trajectories with states (n_trajectories, T, N).

    Raises:
        DataError, ConfigError: if the arguments don't fit each other.
        SimulationError: if a state overflows (the step is too long for this machine).
    """
    grid = TimeGrid(t_final, dt, save_every)
    segments = segments_for(machine, grid)
    starts = checked_starts(x0, n_trajectories, machine.n_units)
    given = checked_increments(increments, n_trajectories, grid.n_steps, machine.n_units)
    states = np.empty((n_trajectories, grid.saved_steps.size, machine.n_units))

    def run(first: int) -> None:
        runs = range(first, min(first + _RUNS_PER_CHUNK, n_trajectories))
        rows = slice(runs.start, runs.stop)
        kicks = None if given is None else given[rows]
        stream = NoiseStream(seed, runs, machine.n_units)
        _run_chunk(segments, grid, starts[rows], stream, kicks, states[rows])

    with threadpool_limits(1, "blas"), ThreadPoolExecutor(available_cores()) as pool:
        list(pool.map(run, range(0, n_trajectories, _RUNS_PER_CHUNK)))
    check_finite(states, dt)
    attributes = run_facts("euler-maruyama", machine, dt, seed, given)
    return Trajectories(t=grid.saved_times, x=states, attributes=attributes)


def segments_for(
    machine: GatedMachine | SegmentedMachine, grid: TimeGrid
) -> tuple[GatedMachine, ...]:
    """Return the machines that take turns in equal shares of a run's steps.

    Raises:
        ConfigError: if they don't divide the steps.
    """
    segments = machine.segments if isinstance(machine, SegmentedMachine) else (machine,)
    if grid.n_steps % len(segments):
        raise ConfigError(
            f"{len(segments)} segments don't divide the {grid.n_steps} steps of the run; choose a "
            "step that fits"
        )
    return segments


def _run_chunk(
    segments: tuple[GatedMachine, ...],
    grid: TimeGrid,
    start: FloatArray,
    stream: NoiseStream,
    given: FloatArray | None,
    out: FloatArray,
) -> None:
    slots = {int(step): slot for slot, step in enumerate(grid.saved_steps)}
    each = grid.n_steps // len(segments)
    rate = segments[0].mobility * grid.dt
    amplitude = np.sqrt(2 * segments[0].mobility * segments[0].kT)
    x = start.copy()
    out[:, 0] = x
    with np.errstate(over="ignore", invalid="ignore"):  # a diverging run is reported at the end
        for step in range(grid.n_steps):
            machine = segments[step // each]
            if given is None:
                kick = np.sqrt(grid.dt) * stream.at(step).astype(np.float64) * amplitude
            else:
                kick = given[:, step] * amplitude
            drift = machine.coupling_field(x)
            drift += machine.onsite.slope(x)
            x += kick - rate * drift
            if step + 1 in slots:
                out[:, slots[step + 1]] = x
