"""Train machines whose couplings saturate, or whose two directions are set apart.

    force on i = -U'(x_i) - b_i - sum_j J_ij f(x_j)

The loss stays quadratic in (J, b), so the solve is the same; what is lost is the energy. With J
symmetric and f(x) = x the force is the gradient of V. With any other f, or J_ij and J_ji trained
apart, the reversed noising is imitated at least as well step by step, but there is no stationary
Boltzmann distribution, no heat that depends on the end states alone, and no answer to check it by.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hwkit.errors import ConfigError
from hwkit.model import DriftMachine, Onsite, Quartic, Transfer, layered_mask
from hwkit.ordering import cleared
from hwkit.training.exact import solve_exact
from hwkit.training.loss import loss_per_step
from hwkit.training.patterns import HiddenField, normalized_patterns, unit_fields
from hwkit.training.protocol import Protocol
from hwkit.training.robust import Robust
from hwkit.training.statistics import noising_statistics

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class DriftTraining:
    """A trained board; `loss`, `patterns`, `fields`, `residuals` as in TrainingResult."""

    machine: DriftMachine
    loss: float
    protocol: Protocol
    patterns: FloatArray
    fields: FloatArray
    residuals: list[float]


def train_drift(
    patterns: ArrayLike,
    n_hidden: int,
    transfer: Transfer | None,
    *,
    directed: bool = False,
    hidden: HiddenField | ArrayLike = "repeat",
    onsite: Onsite | None = None,
    kT: float = 0.1,
    mobility: float = 1.0,
    protocol: Protocol | None = None,
    mask: NDArray[np.bool_] | None = None,
    weights: ArrayLike | None = None,
    robust: Robust | None = None,
    **solver: Any,
) -> DriftTraining:
    """Find the couplings and biases that best run the noising backwards.

    Args:
        patterns, n_hidden, hidden, onsite, kT, mobility, protocol, mask, weights, robust: as for
            `train`; all biases are trained.
        transfer: f; None for f(x) = x.
        directed: train J_ij and J_ji apart.
        solver: tolerance, max_iterations and progress of the solve.
    """
    onsite = onsite if onsite is not None else Quartic()
    if not onsite.is_shared:
        raise ConfigError("training needs one onsite energy for all units: give scalar parameters")
    protocol = protocol if protocol is not None else Protocol()
    visible = normalized_patterns(patterns)
    fields = unit_fields(visible, n_hidden, hidden)
    n_visible, n_units = visible.shape[1], fields.shape[1]
    mask = layered_mask(n_visible, n_hidden) if mask is None else mask
    statistics = noising_statistics(protocol, fields, onsite, kT, mobility, transfer, weights)
    penalty = None if robust is None else robust.penalty(statistics)
    everywhere = np.ones(n_units, dtype=bool)
    found = solve_exact(statistics, mask, everywhere, penalty=penalty, directed=directed, **solver)
    J, b = cleared(found.J, found.b)  # what a symmetry makes 0 takes no part
    machine = DriftMachine(J, b, onsite, transfer, kT, mobility, n_visible)
    loss = loss_per_step(found.phi, mobility, kT, protocol.dt)
    return DriftTraining(machine, loss, protocol, visible, fields, found.residuals)
