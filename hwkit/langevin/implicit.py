"""Backward Euler for the overdamped machine: the scheme that SPICE integrates circuits with.

    x_{k+1} + mu dt dV/dx(x_{k+1}) = x_k + sqrt(2 mu kT) dW_k

Solved by Newton's method to rounding. Strong and weak order 1, with errors opposite to
Euler-Maruyama's: a spring k gets the variance (kT/k) / (1 + mu k dt / 2).
Cost: a dense N x N solve per iteration, run and step; a reference for checks, not a work horse.
"""

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike, NDArray

from hwkit.errors import SimulationError
from hwkit.langevin.grid import TimeGrid
from hwkit.langevin.starts import checked_increments, checked_starts
from hwkit.model import EnergyModel
from hwkit.trajectories import Trajectories
from hwkit.wiener import increments as wiener_increments

FloatArray = NDArray[np.float64]

_TOLERANCE = 1e-13
_MAX_ITERATIONS = 50


def simulate_backward_euler(
    model: EnergyModel,
    t_final: float,
    dt: float = 2.5e-3,
    n_trajectories: int = 1,
    seed: int = 0,
    x0: ArrayLike | None = None,
    increments: ArrayLike | None = None,
    save_every: int | None = None,
) -> Trajectories:
    """Simulate the machine as an ideal circuit simulator would; arguments as `simulate_langevin`.

    Raises:
        SimulationError: if Newton's method does not converge (the step is too long).
    """
    grid = TimeGrid(t_final, dt, save_every)
    x = checked_starts(x0, n_trajectories, model.n_units)
    path = checked_increments(increments, n_trajectories, grid.n_steps, model.n_units)
    if path is None:
        runs = range(n_trajectories)
        path = wiener_increments(seed, runs, grid.n_steps, model.n_units, dt)
    couplings = model.J.toarray() if sp.issparse(model.J) else model.J
    amplitude = np.sqrt(2 * model.mobility * model.kT)
    slots = {int(step): slot for slot, step in enumerate(grid.saved_steps)}
    states = np.empty((n_trajectories, len(slots), model.n_units))
    states[:, 0] = x
    for step in range(grid.n_steps):
        x = _solve(model, couplings, x + amplitude * path[:, step], model.mobility * dt)
        if step + 1 in slots:
            states[:, slots[step + 1]] = x
    attributes: dict[str, str | int | float] = {
        "simulator": "backward-euler",
        "dt": dt,
        "seed": seed,
    }
    return Trajectories(grid.saved_times, states, attributes=attributes)


def _solve(
    model: EnergyModel, couplings: FloatArray, target: FloatArray, rate: float
) -> FloatArray:
    """Solve x - rate * force(x) = target for every run at once."""
    x = target.copy()
    diagonal = np.arange(model.n_units)
    for _ in range(_MAX_ITERATIONS):
        residual = x - rate * model.force(x) - target
        jacobian = np.broadcast_to(rate * couplings, (len(x), *couplings.shape)).copy()
        jacobian[:, diagonal, diagonal] += 1 + rate * model.onsite.curvature(x)
        change = np.linalg.solve(jacobian, residual[..., None])[..., 0]
        x -= change
        if np.max(np.abs(change)) < _TOLERANCE * max(1.0, float(np.max(np.abs(x)))):
            return x
    raise SimulationError(
        f"backward Euler did not converge in {_MAX_ITERATIONS} iterations; try a shorter dt"
    )
