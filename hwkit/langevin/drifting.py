"""Euler-Maruyama for boards: machines whose drift need not be a gradient, on common noise.

    x_{k+1} = x_k - mu dt [U'(x_k) + b + J f(x_k)] + sqrt(2 mu kT) dW_k

Run r has the same increments on every board, and the same as in `simulate_langevin`: differences
between boards are then differences of the boards. Cost: that of one ideal machine for each board.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike, NDArray
from threadpoolctl import threadpool_limits

from hwkit.errors import DataError
from hwkit.langevin.grid import SaveEvery, TimeGrid
from hwkit.langevin.starts import checked_starts
from hwkit.model import CurveMachine, DriftMachine
from hwkit.wiener import NoiseStream
from hwkit.workers import available_cores

FloatArray = NDArray[np.float64]

_RUNS_PER_CHUNK = 64  # fixed: matrix products round differently for other shapes
_SPARSE = 0.1  # share of couplings below which a sparse product is faster


def simulate_drift_machines(
    boards: Sequence[DriftMachine | CurveMachine],
    t_final: float,
    dt: float = 2.5e-3,
    n_trajectories: int = 1,
    seed: int = 0,
    x0: ArrayLike | None = None,
    save_every: SaveEvery = None,
) -> FloatArray:
    """Simulate boards side by side.

    Args:
        boards: machines with the same number of units.
        t_final: duration, in model time; a whole number of steps.
        dt: time step, in model time.
        n_trajectories: number of runs.
        seed: root of the noise; the same seed gives the same runs.
        x0, save_every: as for `simulate_langevin`.

    Returns:
        States (boards, n_trajectories, T, N); NaN where a run overflowed, which counts as failed.

    Raises:
        DataError, ConfigError: if the arguments don't fit each other.
    """
    sizes = {board.n_units for board in boards}
    if len(sizes) != 1:
        raise DataError(f"boards have {sorted(sizes)} units; give boards of one size, at least one")
    n_units = sizes.pop()
    grid = TimeGrid(t_final, dt, save_every)
    starts = checked_starts(x0, n_trajectories, n_units)
    states = np.empty((len(boards), n_trajectories, grid.saved_steps.size, n_units))
    updates = [_update(board, grid.dt) for board in boards]

    def run(first: int) -> None:
        last = min(first + _RUNS_PER_CHUNK, n_trajectories)
        stream = NoiseStream(seed, range(first, last), n_units)
        _run_chunk(updates, grid, starts[first:last], stream, states[:, first:last])

    with threadpool_limits(1, "blas"), ThreadPoolExecutor(available_cores()) as pool:
        list(pool.map(run, range(0, n_trajectories, _RUNS_PER_CHUNK)))
    states[~np.isfinite(states)] = np.nan
    return states


def _update(
    board: DriftMachine | CurveMachine, dt: float
) -> Callable[[FloatArray, FloatArray], None]:
    """Return what advances states (n, N) of a board in place, given normals of the same shape."""
    rate = board.mobility * dt
    amplitude = np.sqrt(2 * board.mobility * board.kT * dt)
    field = board.coupling_field if isinstance(board, CurveMachine) else _field(board)

    def advance(x: FloatArray, normals: FloatArray) -> None:
        drift = field(x)
        drift += board.b
        drift += board.onsite.slope(x)
        drift *= rate
        x += amplitude * normals
        x -= drift

    return advance


def _field(board: DriftMachine) -> Callable[[FloatArray], FloatArray]:
    dense = np.count_nonzero(board.J) > _SPARSE * board.J.size
    columns = np.ascontiguousarray(board.J.T)
    rows = sp.csr_array(board.J)

    def field(x: FloatArray) -> FloatArray:
        signal = x if board.transfer is None else board.transfer(x)
        return np.asarray(signal @ columns if dense else (rows @ signal.T).T)

    return field


def _run_chunk(
    updates: list[Callable[[FloatArray, FloatArray], None]],
    grid: TimeGrid,
    start: FloatArray,
    stream: NoiseStream,
    out: FloatArray,
) -> None:
    slots = {int(step): slot for slot, step in enumerate(grid.saved_steps)}
    states = [start.copy() for _ in updates]
    out[:, :, 0] = start
    with np.errstate(over="ignore", invalid="ignore"):  # a diverging run is NaN at the end
        for step in range(grid.n_steps):
            normals = stream.at(step).astype(np.float64)
            for advance, x in zip(updates, states, strict=True):
                advance(x, normals)
            if step + 1 in slots:
                out[:, :, slots[step + 1]] = states
