"""The ideal reference: Langevin dynamics without and with inertia, and exact Gaussian cases."""

from hwkit.langevin.drifting import simulate_drift_machines
from hwkit.langevin.facts import run_facts
from hwkit.langevin.gated import Held, simulate_gated
from hwkit.langevin.gated_implicit import simulate_gated_implicit
from hwkit.langevin.grid import SaveEvery, TimeGrid
from hwkit.langevin.implicit import simulate_backward_euler, simulate_semi_implicit
from hwkit.langevin.ornstein_uhlenbeck import simulate_ornstein_uhlenbeck, stationary_covariance
from hwkit.langevin.overdamped import simulate_langevin
from hwkit.langevin.preparation import prepare_states, uncoupled
from hwkit.langevin.starts import checked_increments, checked_starts
from hwkit.langevin.underdamped import simulate_underdamped

__all__ = [
    "Held",
    "SaveEvery",
    "TimeGrid",
    "checked_increments",
    "checked_starts",
    "prepare_states",
    "run_facts",
    "simulate_backward_euler",
    "simulate_drift_machines",
    "simulate_gated",
    "simulate_gated_implicit",
    "simulate_langevin",
    "simulate_ornstein_uhlenbeck",
    "simulate_semi_implicit",
    "simulate_underdamped",
    "stationary_covariance",
    "uncoupled",
]
