"""Known answers of capacitively coupled LC cells (family spu), z = (x, y), y = i R / V0.

    A dx/dt = mu (-x - y + sqrt(2 kT / mu) dW/dt),   dy/dt = mu quality^2 x,   A = 2 J2 + J

The stationary covariance is diag(kT A^-1, kT quality^2): that of x is the machine's own. Backward
Euler's chain, as SPICE integrates it, has its own, off by O(h).
"""

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import expm, solve_discrete_lyapunov

from hwkit.model import EnergyModel

FloatArray = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]


def cell_generator(model: EnergyModel, quality: float) -> tuple[FloatArray, FloatArray]:
    """Return G and B of dz = G z dt + B dW, (2N, 2N) and (2N, N)."""
    n, rate = model.n_units, model.mobility
    inverse = np.linalg.inv(model.hessian(np.zeros(n)))
    one, zero = np.eye(n), np.zeros((n, n))
    generator = rate * np.block([[-inverse, -inverse], [quality**2 * one, zero]])
    push = np.sqrt(2 * model.kT * rate) * np.vstack([inverse, zero])
    return generator, push


def cell_step(
    model: EnergyModel, quality: float, dt: float, scheme: Literal["exact", "backward-euler"]
) -> tuple[FloatArray, FloatArray]:
    """Return M and Q, each (2N, 2N), of a step z' = M z + noise of covariance Q.

    Args:
        model: the machine; its onsite energy is quadratic, without biases.
        quality: quality factor of a cell.
        dt: time step, in model time.
        scheme: the integrator.
    """
    n = model.n_units
    generator, push = cell_generator(model, quality)
    if scheme == "backward-euler":
        M = np.asarray(np.linalg.inv(np.eye(2 * n) - dt * generator), dtype=np.float64)
        return M, dt * M @ push @ push.T @ M.T
    M = np.asarray(expm(dt * generator))
    S = np.zeros((2 * n, 2 * n))
    S[:n, :n] = model.kT * np.linalg.inv(model.hessian(np.zeros(n)))
    S[n:, n:] = model.kT * quality**2 * np.eye(n)
    return M, S - M @ S @ M.T


def cell_spectrum(model: EnergyModel, quality: float, frequencies: FloatArray) -> ComplexArray:
    """Return the one-sided cross-spectral density of x, (F, N, N), x^2 per cycle and time.

    Args:
        model, quality: as for `cell_step`.
        frequencies: (F,), cycles per model time.
    """
    n, rate = model.n_units, model.mobility
    omega = 2 * np.pi * np.asarray(frequencies)[:, None, None]
    own = rate * (1 + rate * quality**2 / (1j * omega)) * np.eye(n)
    transfer = np.linalg.inv(1j * omega * model.hessian(np.zeros(n)) + own)
    return np.asarray(4 * model.kT * rate * transfer @ transfer.conj().transpose(0, 2, 1))


def cell_covariance(
    model: EnergyModel, quality: float, dt: float, scheme: Literal["exact", "backward-euler"]
) -> FloatArray:
    """Return the stationary covariance of x, (N, N).

    Args:
        model, quality, dt, scheme: as for `cell_step`.
    """
    S = solve_discrete_lyapunov(*cell_step(model, quality, dt, scheme))
    return np.asarray(S[: model.n_units, : model.n_units])
