"""Euler-Maruyama for the overdamped machine, many runs at once.

    x_{k+1} = x_k - mu dt dV/dx(x_k) + sqrt(2 mu kT) dW_k

Strong and weak order 1 (the noise is additive). For a spring k the stationary variance is
(kT/k) / (1 - mu k dt / 2): above the true one, where backward Euler lies below.
Cost: one product with J per step; memory does not grow with the steps unless they are saved.
Quartic machines go through compiled steps (`compiled`), others through the plain loop here: the
same paths but for rounding.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from threadpoolctl import threadpool_limits

from hwkit.errors import ConfigError, SimulationError
from hwkit.langevin.compiled import CompiledMachine, Precision
from hwkit.langevin.facts import run_facts
from hwkit.langevin.grid import SaveEvery, TimeGrid
from hwkit.langevin.starts import checked_increments, checked_starts
from hwkit.model import EnergyModel, Quartic, checked_machine
from hwkit.trajectories import Trajectories
from hwkit.wiener import NoiseStream
from hwkit.workers import available_cores

FloatArray = NDArray[np.float64]

# Runs marched together; fixed: matrix products round differently for other shapes. Couplings that
# no cache holds are read once for each chunk and step, so there fewer chunks are better.
_RUNS_PER_CHUNK = 64
_RUNS_PER_LARGE_CHUNK = 128
_LARGE = 512  # units


def simulate_langevin(
    model: EnergyModel,
    t_final: float,
    dt: float = 1e-3,
    n_trajectories: int = 1,
    seed: int = 0,
    x0: ArrayLike | None = None,
    increments: ArrayLike | None = None,
    save_every: SaveEvery = None,
    *,
    precision: Precision = "double",
) -> Trajectories:
    """Simulate the ideal machine.

    Run r of a seed has the same noise in every simulator that takes Wiener increments.

    Args:
        model: the machine.
        t_final: duration, in model time; a whole number of steps.
        dt: time step, in model time.
        n_trajectories: number of runs.
        seed: root of the noise; the same seed gives the same runs.
        x0: start states (n_trajectories, N); None for zeros.
        increments: Wiener increments (n_trajectories, K, N) in place of the seed's.
        save_every: None keeps the first and last state, n also every n-th, a tuple those steps.
        precision: of the product with J, which is most of the work. "single" is up to twice as
            fast; paths then differ by about 1e-8, far less than the step makes them wrong.

    Returns:
        Trajectories with states (n_trajectories, T, N); the same bytes whatever the core count.

    Raises:
        DataError, ConfigError: if the arguments don't fit each other.
        SimulationError: if a state overflows (the step is too long for this machine).
    """
    model = checked_machine(model, "simulate_langevin")
    grid = TimeGrid(t_final, dt, save_every)
    starts = checked_starts(x0, n_trajectories, model.n_units)
    given = checked_increments(increments, n_trajectories, grid.n_steps, model.n_units)
    states = np.empty((n_trajectories, grid.saved_steps.size, model.n_units))
    if precision not in get_args(Precision):
        raise ConfigError(f"precision {precision!r} is unknown; choose 'double' or 'single'")
    quartic = isinstance(model.onsite, Quartic)
    machine = (CompiledMachine if quartic else PlainMachine)(model, grid.dt, precision)

    chunk = _RUNS_PER_CHUNK if model.n_units < _LARGE else _RUNS_PER_LARGE_CHUNK

    def run(first: int) -> None:
        runs = range(first, min(first + chunk, n_trajectories))
        rows = slice(runs.start, runs.stop)
        machine.run(
            grid, starts[rows], runs, seed, None if given is None else given[rows], states[rows]
        )

    # One BLAS thread per chunk: chunks use the cores, and bytes don't depend on how many.
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(available_cores()) as pool:
        list(pool.map(run, range(0, n_trajectories, chunk)))
    check_finite(states, grid.dt)
    attributes = run_facts("euler-maruyama", model, grid.dt, seed, given)
    return Trajectories(t=grid.saved_times, x=states, attributes=attributes)


class PlainMachine:
    """A machine with any onsite energy, step by step in numpy."""

    def __init__(self, model: EnergyModel, dt: float, precision: Precision) -> None:
        self._model, self._rate, self._root = model, model.mobility * dt, np.sqrt(dt)
        self._amplitude = np.sqrt(2 * model.mobility * model.kT)
        self._single = model.J.astype(np.float32) if precision == "single" else None

    def run(
        self,
        grid: TimeGrid,
        starts: FloatArray,
        runs: range,
        seed: int,
        given: FloatArray | None,
        out: FloatArray,
    ) -> None:
        """Write the kept states of some runs.

        Args:
            grid, starts, runs, seed, given, out: as for `CompiledMachine.run`.
        """
        x = starts.copy()
        stream = NoiseStream(seed, runs, self._model.n_units)
        slots = {int(step): slot for slot, step in enumerate(grid.saved_steps)}
        out[:, 0] = x
        with np.errstate(over="ignore", invalid="ignore"):  # a diverging run is reported at the end
            for step in range(grid.n_steps):
                drift = self._coupling_field(x)
                drift += self._model.b
                drift += self._model.onsite.slope(x)
                drift *= self._rate
                if given is not None:
                    kick = given[:, step] * self._amplitude
                else:
                    kick = self._root * stream.at(step).astype(np.float64) * self._amplitude
                kick -= drift
                x += kick
                if step + 1 in slots:
                    out[:, slots[step + 1]] = x

    def _coupling_field(self, x: FloatArray) -> FloatArray:
        if self._single is None:
            return self._model.coupling_field(x)
        single = x.astype(np.float32)
        return (self._single @ single.T).T.astype(np.float64, order="C")


def check_finite(states: FloatArray, dt: float) -> None:
    """Refuse states (runs, T, N) that overflowed at the step dt."""
    if not np.all(np.isfinite(states)):
        run = int(np.argwhere(~np.isfinite(states))[0, 0])
        raise SimulationError(
            f"run {run} overflowed at dt = {dt:g}; the step is too long for this machine, try a "
            "tenth of it"
        )
