"""Euler-Maruyama for the overdamped machine, many runs at once.

    x_{k+1} = x_k - mu dt dV/dx(x_k) + sqrt(2 mu kT) dW_k

Strong and weak order 1 (the noise is additive). For a spring k the stationary variance is
(kT/k) / (1 - mu k dt / 2): above the true one, where backward Euler lies below.
Cost: one product with J per step; memory does not grow with the steps unless they are saved.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import ArrayLike, NDArray
from threadpoolctl import threadpool_limits

from hwkit.errors import SimulationError
from hwkit.langevin.grid import SaveEvery, TimeGrid
from hwkit.langevin.starts import checked_increments, checked_starts
from hwkit.model import EnergyModel
from hwkit.trajectories import Trajectories
from hwkit.wiener import NoiseStream
from hwkit.workers import available_cores

FloatArray = NDArray[np.float64]

_RUNS_PER_CHUNK = 64  # fixed: matrix products round differently for other shapes


def simulate_langevin(
    model: EnergyModel,
    t_final: float,
    dt: float = 1e-3,
    n_trajectories: int = 1,
    seed: int = 0,
    x0: ArrayLike | None = None,
    increments: ArrayLike | None = None,
    save_every: SaveEvery = None,
) -> Trajectories:
    """Simulate the ideal machine.

    Args:
        model: the machine.
        t_final: duration, in model time; a whole number of steps.
        dt: time step.
        n_trajectories: number of independent runs.
        seed: root of the noise; run r of a seed has the same noise in every simulator.
        x0: start states (n_trajectories, N); None for zeros.
        increments: Wiener increments (n_trajectories, K, N) in place of the seed's.
        save_every: None keeps the first and last state, n also every n-th, a tuple those steps.

    Returns:
        Trajectories with states (n_trajectories, T, N); the same bytes whatever the core count.

    Raises:
        DataError, ConfigError: if the arguments don't fit each other.
        SimulationError: if a state overflows (the step is too long for this machine).
    """
    grid = TimeGrid(t_final, dt, save_every)
    starts = checked_starts(x0, n_trajectories, model.n_units)
    given = checked_increments(increments, n_trajectories, grid.n_steps, model.n_units)
    states = np.empty((n_trajectories, grid.saved_steps.size, model.n_units))

    def run(first: int) -> None:
        runs = range(first, min(first + _RUNS_PER_CHUNK, n_trajectories))
        noise = _Noise(runs, model.n_units, dt, seed, given)
        _run_chunk(model, grid, starts[runs], noise, states[runs.start : runs.stop])

    # One BLAS thread per chunk: chunks use the cores, and bytes don't depend on how many.
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(available_cores()) as pool:
        list(pool.map(run, range(0, n_trajectories, _RUNS_PER_CHUNK)))
    check_finite(states, dt)
    attributes: dict[str, str | int | float] = {
        "simulator": "euler-maruyama",
        "dt": dt,
        "seed": seed,
    }
    return Trajectories(t=grid.saved_times, x=states, attributes=attributes)


class _Noise:
    """Increments of one chunk, step by step, from the caller's array or from the seed."""

    def __init__(
        self, runs: range, n_units: int, dt: float, seed: int, given: FloatArray | None
    ) -> None:
        self._given = None if given is None else given[runs.start : runs.stop]
        self._stream = NoiseStream(seed, runs, n_units)
        self._root = np.sqrt(dt)

    def increment(self, step: int) -> FloatArray:
        if self._given is not None:
            return self._given[:, step]
        return np.multiply(self._root, self._stream.at(step), dtype=np.float64)


def _run_chunk(
    model: EnergyModel, grid: TimeGrid, x: FloatArray, noise: _Noise, out: FloatArray
) -> None:
    rate = model.mobility * grid.dt
    amplitude = np.sqrt(2 * model.mobility * model.kT)
    slots = {int(step): slot for slot, step in enumerate(grid.saved_steps)}
    out[:, 0] = x
    with np.errstate(over="ignore", invalid="ignore"):  # a diverging run is reported at the end
        for step in range(grid.n_steps):
            drift = model.coupling_field(x)
            drift += model.b
            drift += model.onsite.slope(x)
            drift *= rate
            kick = noise.increment(step) * amplitude
            kick -= drift
            x += kick
            if step + 1 in slots:
                out[:, slots[step + 1]] = x


def check_finite(states: FloatArray, dt: float) -> None:
    """Refuse states that overflowed."""
    if not np.all(np.isfinite(states)):
        run = int(np.argwhere(~np.isfinite(states))[0, 0])
        raise SimulationError(
            f"run {run} overflowed at dt = {dt:g}; the step is too long for this machine, try a "
            "tenth of it"
        )
