"""The loss of a machine: negative log-probability of generating reversed noising paths.

    L = sum_k sum_i ( -dx_i + mu dt dV/dx_i(x') )^2 / (4 mu kT dt)

(Onsager-Machlup; x' is the end of each noising step, where its reverse begins.)
"""

import numpy as np
from numpy.typing import NDArray

from hwkit.model import DriftMachine, EnergyModel, GatedMachine

FloatArray = NDArray[np.float64]


def reversed_path_loss(
    model: EnergyModel | DriftMachine | GatedMachine, paths: FloatArray, dt: float
) -> float:
    """Return the mean loss per step of noising paths (n_paths, K + 1, N)."""
    moves = np.diff(paths, axis=1)
    drift = -model.mobility * dt * model.force(paths[:, 1:])
    squares = np.sum((drift - moves) ** 2, axis=-1)
    return float(np.mean(squares) / (4 * model.mobility * model.kT * dt))


def loss_per_step(phi: float, mobility: float, kT: float, dt: float) -> float:
    """Turn <|J x' + b - y|^2> into the loss per step.

    Args:
        phi: mean of |J x' + b - y|^2 over steps, summed over units.
        mobility: mu.
        kT: temperature, in units of energy.
        dt: time step of the noising, in model time.
    """
    return phi * mobility * dt / (4 * kT)
