"""Euler-Maruyama for machines of any kind, gated and segmented ones too, on the same noise.

    x_{k+1} = x_k + mu dt F(x_k) + sqrt(2 mu kT) dW_k        F the force of the segment at work

Run r of a seed has the same increments as in `simulate_langevin`, which is faster for pairwise
machines. Only experts whose gate is open are computed; runs go in chunks of fixed size, so the
bytes don't depend on the number of cores.

Held units are driven from outside: the others feel them, they feel nothing. In a circuit they are
nodes with a voltage source.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from threadpoolctl import threadpool_limits

from hwkit.errors import ConfigError, DataError
from hwkit.langevin.facts import run_facts
from hwkit.langevin.grid import SaveEvery, TimeGrid
from hwkit.langevin.overdamped import check_finite
from hwkit.langevin.starts import checked_increments, checked_starts
from hwkit.model import Forces, Machine, machine_parts
from hwkit.numbers import doubles
from hwkit.trajectories import Trajectories
from hwkit.wiener import NoiseStream
from hwkit.workers import available_cores

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.intp]

_RUNS_PER_CHUNK = 128  # fixed: matrix products round differently for other shapes


@dataclass(frozen=True, eq=False)
class Held:
    """Units that are driven from outside, and where to.

    Attributes:
        units: their numbers, (H,).
        values: of each run at each time, (n_trajectories, K + 1, H), or (n_trajectories, H) for
            values that stay.

    Raises:
        DataError: if a unit is named twice, or shapes don't fit.
    """

    units: IndexArray
    values: FloatArray

    def __post_init__(self) -> None:
        units, values = np.asarray(self.units), doubles("held values", self.values)
        if units.ndim != 1 or units.dtype.kind not in "iu" or np.unique(units).size != units.size:
            raise DataError("held units must be a list of different unit numbers")
        if values.ndim not in (2, 3) or values.shape[-1] != units.size:
            raise DataError(
                f"values of {units.size} held units have shape {values.shape}; give (n, "
                f"{units.size}), or (n, steps + 1, {units.size})"
            )
        object.__setattr__(self, "units", units.astype(np.intp))
        object.__setattr__(self, "values", values)

    def check(self, n_trajectories: int, n_steps: int, n_units: int) -> None:
        """Refuse what does not fit a run."""
        if self.units.size and not (self.units.min() >= 0 and self.units.max() < n_units):
            raise DataError(
                f"unit {int(self.units.max())} is held; the machine has units 0 to {n_units - 1}"
            )
        wanted = (n_trajectories, n_steps + 1)
        if self.values.shape[:-1] not in (wanted, wanted[:1]):
            raise DataError(
                f"held values have shape {self.values.shape}; this run needs {wanted[:1]} or "
                f"{wanted} before the units"
            )

    def put(self, x: FloatArray, step: int) -> None:
        """Put the values at a step into states (n, N), in place."""
        x[:, self.units] = self.values if self.values.ndim == 2 else self.values[:, step]


def simulate_gated(
    machine: Machine,
    t_final: float,
    dt: float = 1e-2,
    n_trajectories: int = 1,
    seed: int = 0,
    x0: ArrayLike | None = None,
    increments: ArrayLike | None = None,
    save_every: SaveEvery = None,
    held: Held | None = None,
) -> Trajectories:
    """Simulate a machine of any kind; segments take equal shares of the time.

    Args:
        machine: the machine.
        t_final, dt, n_trajectories, seed, x0, increments, save_every: as for `simulate_langevin`.
        held: units that are driven from outside; None for none.

    Returns:
        Trajectories with states (n_trajectories, T, N).

    Raises:
        DataError, ConfigError: if the arguments don't fit each other.
        SimulationError: if a state overflows (the step is too long for this machine).
    """
    grid = TimeGrid(t_final, dt, save_every)
    dt = grid.dt
    segments = segments_for(machine, grid)
    starts = checked_starts(x0, n_trajectories, machine.n_units)
    given = checked_increments(increments, n_trajectories, grid.n_steps, machine.n_units)
    if held is not None:
        held.check(n_trajectories, grid.n_steps, machine.n_units)
    states = np.empty((n_trajectories, grid.saved_steps.size, machine.n_units))

    def run(first: int) -> None:
        runs = range(first, min(first + _RUNS_PER_CHUNK, n_trajectories))
        rows = slice(runs.start, runs.stop)
        kicks = None if given is None else given[rows]
        stream = NoiseStream(seed, runs, machine.n_units)
        hold = None if held is None else Held(held.units, held.values[rows])
        _run_chunk(segments, grid, starts[rows], stream, kicks, hold, states[rows])

    with threadpool_limits(1, "blas"), ThreadPoolExecutor(available_cores()) as pool:
        list(pool.map(run, range(0, n_trajectories, _RUNS_PER_CHUNK)))
    check_finite(states, dt)
    attributes = run_facts("euler-maruyama", machine, dt, seed, given)
    return Trajectories(t=grid.saved_times, x=states, attributes=attributes)


def segments_for(machine: Machine, grid: TimeGrid) -> tuple[Forces, ...]:
    """Return the machines that take turns in equal shares of a run's steps.

    Raises:
        ConfigError: if they don't divide the steps.
    """
    segments = machine_parts(machine)
    if grid.n_steps % len(segments):
        raise ConfigError(
            f"{len(segments)} segments don't divide the {grid.n_steps} steps of the run; choose a "
            "step that fits"
        )
    return segments


def _run_chunk(
    segments: tuple[Forces, ...],
    grid: TimeGrid,
    start: FloatArray,
    stream: NoiseStream,
    given: FloatArray | None,
    held: Held | None,
    out: FloatArray,
) -> None:
    slots = {int(step): slot for slot, step in enumerate(grid.saved_steps)}
    each = grid.n_steps // len(segments)
    rate = segments[0].mobility * grid.dt
    amplitude = np.sqrt(2 * segments[0].mobility * segments[0].kT)
    x = start.copy()
    if held is not None:
        held.put(x, 0)
    out[:, 0] = x
    with np.errstate(over="ignore", invalid="ignore"):  # a diverging run is reported at the end
        for step in range(grid.n_steps):
            machine = segments[step // each]
            if given is None:
                kick = np.sqrt(grid.dt) * stream.at(step).astype(np.float64) * amplitude
            else:
                kick = given[:, step] * amplitude
            x += kick + rate * machine.force(x)
            if held is not None:
                held.put(x, step + 1)
            if step + 1 in slots:
                out[:, slots[step + 1]] = x
