"""Known answers with inertia: the Gaussian machine (x, v) under each integrator, exactly.

    dx = v dt,   m dv = -A x dt - v dt / mu + sqrt(2 kT / mu) dW

    exact            stationary covariance diag(kT A^-1, kT/m), lagged exp(G t) times that
    ubu              flow without potential (dt/2), kick by the force, flow: a linear chain
    backward-euler   z' = (1 - dt G)^-1 (z + (0, sigma dW)), as SPICE solves the rlc family

Each is a chain z' = M z + noise of covariance Q on z = (x, v), 2N numbers.
"""

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import expm, solve_discrete_lyapunov

from hwkit.model import EnergyModel

FloatArray = NDArray[np.float64]
InertialScheme = Literal["exact", "ubu", "backward-euler"]


def inertial_generator(model: EnergyModel, mass: float) -> FloatArray:
    """Return G of dz = G z dt + noise around the machine's rest, (2N, 2N)."""
    n = model.n_units
    hessian = model.hessian(np.zeros(n))
    friction = np.eye(n) / (model.mobility * mass)
    return np.block([[np.zeros((n, n)), np.eye(n)], [-hessian / mass, -friction]])


def inertial_step(
    model: EnergyModel, mass: float, dt: float, scheme: InertialScheme
) -> tuple[FloatArray, FloatArray]:
    """Return M and Q, each (2N, 2N), of one step of a Gaussian machine with inertia.

    Args:
        model: the machine; its onsite energy is quadratic.
        mass: inertia of every unit, in model units.
        dt: time step, in model time.
        scheme: the integrator.
    """
    n, generator = model.n_units, inertial_generator(model, mass)
    if scheme == "exact":
        M, S = np.asarray(expm(generator * dt)), _equilibrium(model, mass)
        return M, S - M @ S @ M.T
    if scheme == "backward-euler":
        M = np.asarray(np.linalg.inv(np.eye(2 * n) - dt * generator), dtype=np.float64)
        Q = np.zeros((2 * n, 2 * n))
        Q[n:, n:] = 2 * model.kT / model.mobility / mass**2 * dt * np.eye(n)
        return M, M @ Q @ M.T
    flow, noise = _free_flow(model, mass, dt / 2)
    kick = np.eye(2 * n)
    kick[n:, :n] = dt * generator[n:, :n]
    return flow @ kick @ flow, flow @ kick @ noise @ kick.T @ flow.T + noise


def inertial_covariance(
    model: EnergyModel, mass: float, dt: float, scheme: InertialScheme, lag: int = 0
) -> FloatArray:
    """Return the stationary <z(t + lag steps) z(t)^T>, (2N, 2N), of a Gaussian machine, z = (x, v).

    Args:
        model, mass, dt, scheme: as for `inertial_step`.
        lag: number of steps between the two times.
    """
    M, Q = inertial_step(model, mass, dt, scheme)
    return np.asarray(np.linalg.matrix_power(M, lag) @ solve_discrete_lyapunov(M, Q))


def _equilibrium(model: EnergyModel, mass: float) -> FloatArray:
    n = model.n_units
    S = np.zeros((2 * n, 2 * n))
    S[:n, :n] = model.kT * np.linalg.inv(model.hessian(np.zeros(n)))
    S[n:, n:] = model.kT / mass * np.eye(n)
    return S


def _free_flow(model: EnergyModel, mass: float, t: float) -> tuple[FloatArray, FloatArray]:
    """Return M and Q of time t without potential."""
    rate = 1 / (model.mobility * mass)
    left = -np.expm1(-rate * t)  # 1 - exp(-gamma t)
    diffusion = model.mobility * model.kT
    flow = np.array([[1.0, left / rate], [0.0, 1 - left]])
    in_x = 2 * diffusion * (t - 2 * left / rate - np.expm1(-2 * rate * t) / (2 * rate))
    crossed, in_v = diffusion * left**2, -model.kT / mass * np.expm1(-2 * rate * t)
    noise = np.array([[in_x, crossed], [crossed, in_v]])
    one = np.eye(model.n_units)
    return np.kron(flow, one), np.kron(noise, one)
