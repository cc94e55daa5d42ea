"""Exact simulation of the machine with J4 = 0, an Ornstein-Uhlenbeck process.

    dx = -mu A (x - c) dt + sqrt(2 mu kT) dW,   A the Hessian of V, A c = -b
    x(t + h) | x(t) is Gaussian with mean c + exp(-mu A h)(x - c)
                                and covariance kT A^-1 (1 - exp(-2 mu A h))

No time-step error at any h; stationary covariance kT A^-1, lagged covariance exp(-mu A t) kT A^-1.
Cost: one eigendecomposition, then one N x N product per step and run.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hwkit.errors import DataError
from hwkit.langevin.facts import run_facts
from hwkit.langevin.grid import SaveEvery, TimeGrid
from hwkit.langevin.starts import checked_starts
from hwkit.model import EnergyModel, Quartic, checked_machine
from hwkit.trajectories import Trajectories
from hwkit.wiener import NoiseStream

FloatArray = NDArray[np.float64]

_NOISE = "eigenmodes 1"  # normals of the modes: no other simulator has these paths


def simulate_ornstein_uhlenbeck(
    model: EnergyModel,
    t_final: float,
    dt: float = 1e-3,
    n_trajectories: int = 1,
    seed: int = 0,
    x0: ArrayLike | None = None,
    save_every: SaveEvery = None,
) -> Trajectories:
    """Simulate a Gaussian machine without time-step error.

    The distribution is exact at every dt. Paths are not those of the same seed elsewhere: the
    noise of one exact step is not a Wiener increment.

    Args:
        model: the machine; its onsite energy is quadratic.
        t_final: duration, in model time; a whole number of steps.
        dt: time step, in model time.
        n_trajectories: number of runs.
        seed: root of the noise; the same seed gives the same runs.
        x0, save_every: as for `simulate_langevin`.

    Returns:
        Trajectories with states (n_trajectories, T, N).

    Raises:
        DataError: if the onsite energy has a quartic term.
    """
    model = checked_machine(model, "simulate_ornstein_uhlenbeck")
    grid = TimeGrid(t_final, dt, save_every)
    dt = grid.dt
    rates, modes = _eigenmodes(model)
    x = checked_starts(x0, n_trajectories, model.n_units)
    center = _center(model)
    decay = np.exp(-model.mobility * rates * dt)
    spread = np.sqrt(model.kT / rates * -np.expm1(-2 * model.mobility * rates * dt))
    slots = {int(step): slot for slot, step in enumerate(grid.saved_steps)}
    states = np.empty((n_trajectories, len(slots), model.n_units))
    states[:, 0] = x
    amplitudes = (x - center) @ modes
    stream = NoiseStream(seed, range(n_trajectories), model.n_units)
    for step in range(grid.n_steps):
        amplitudes = amplitudes * decay + stream.at(step) * spread
        if step + 1 in slots:
            states[:, slots[step + 1]] = center + amplitudes @ modes.T
    attributes = run_facts("ornstein-uhlenbeck", model, dt, seed, noise=_NOISE)
    return Trajectories(t=grid.saved_times, x=states, attributes=attributes)


def stationary_covariance(model: EnergyModel, lag: float = 0.0) -> FloatArray:
    """Return <(x(t + lag) - c)(x(t) - c)^T> of a Gaussian machine, (N, N).

    Raises:
        DataError: if the onsite energy has a quartic term.
    """
    rates, modes = _eigenmodes(model)
    scale = model.kT / rates * np.exp(-model.mobility * rates * abs(lag))
    return np.asarray((modes * scale) @ modes.T)


def _eigenmodes(model: EnergyModel) -> tuple[FloatArray, FloatArray]:
    if not (isinstance(model.onsite, Quartic) and not np.any(model.onsite.J4)):
        raise DataError(
            "the exact Ornstein-Uhlenbeck distribution holds for J4 = 0 only; use simulate_langevin"
        )
    rates, modes = np.linalg.eigh(model.hessian(np.zeros(model.n_units)))
    return rates, modes


def _center(model: EnergyModel) -> FloatArray:
    center = np.linalg.solve(model.hessian(np.zeros(model.n_units)), -model.b)
    return np.asarray(center, dtype=np.float64)
