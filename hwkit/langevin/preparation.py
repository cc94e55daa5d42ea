"""Start states for generation: the machine with couplings and biases off, at rest in its noise."""

import scipy.sparse as sp
from numpy import zeros

from hwkit.langevin.overdamped import simulate_langevin
from hwkit.model import EnergyModel, Machine
from hwkit.trajectories import FloatArray


def uncoupled(model: Machine) -> EnergyModel:
    """Return the same units with couplings and biases switched off."""
    n = model.n_units
    return EnergyModel(
        sp.csr_array((n, n)), zeros(n), model.onsite, model.kT, model.mobility, model.n_visible
    )


def prepare_states(
    model: Machine, t_final: float, dt: float, n_trajectories: int, seed: int
) -> FloatArray:
    """Return states (n_trajectories, N) after t_final, from 0, uncoupled and unbiased.

    Args:
        model: the machine; its couplings and biases take no part.
        t_final: duration, in model time; a whole number of steps.
        dt: time step, in model time.
        n_trajectories: number of runs.
        seed: root of the noise; the same seed gives the same runs.
    """
    return simulate_langevin(uncoupled(model), t_final, dt, n_trajectories, seed).final
