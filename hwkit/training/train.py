"""Train a machine on patterns: from pictures to couplings in one call."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hwkit.errors import ConfigError, DataError
from hwkit.model import EnergyModel, Onsite, Quartic, layered_mask
from hwkit.training.exact import solve_exact
from hwkit.training.loss import loss_per_step
from hwkit.training.patterns import HiddenField, normalized_patterns, unit_fields
from hwkit.training.protocol import Protocol
from hwkit.training.statistics import noising_statistics

FloatArray = NDArray[np.float64]
TrainedBiases = Literal["all", "hidden", "none"]


@dataclass(frozen=True)
class TrainingResult:
    """A trained machine and how it came about.

    Attributes:
        model: the machine.
        loss: loss per step at the optimum (DEFINITIONS of the noising protocol; lower is better).
        protocol: the noising protocol it reverses.
        patterns: normalised patterns, (P, n_visible).
        fields: fields on all units, (P, N).
        residuals: relative gradient norm after each iteration.
    """

    model: EnergyModel
    loss: float
    protocol: Protocol
    patterns: FloatArray
    fields: FloatArray
    residuals: list[float]


def train(
    patterns: ArrayLike,
    n_hidden: int,
    method: Literal["exact"] = "exact",
    *,
    hidden: HiddenField = "repeat",
    projection_seed: int = 0,
    onsite: Onsite | None = None,
    kT: float = 0.1,
    mobility: float = 1.0,
    protocol: Protocol | None = None,
    biases: TrainedBiases = "all",
    mask: NDArray[np.bool_] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> TrainingResult:
    """Find the machine that runs the noising of `patterns` backwards with the highest probability.

    Args:
        patterns: (P, n_visible), any scale; each is normalised to zero mean and unit variance.
        n_hidden: number of hidden units.
        method: "exact" solves the quadratic problem without sampling.
        hidden: what hidden units see during noising: "repeat" (pixels) or "projection" (random).
        projection_seed: seed of the random projection.
        onsite: onsite energy, one for all units; Quartic(1, 1) if None.
        kT, mobility: temperature and mobility.
        protocol: the noising protocol; the paper's if None.
        biases: which biases are trained.
        mask: allowed couplings, symmetric (N, N) with a False diagonal; if None visible-hidden and
            hidden-hidden.
        progress: called as progress(iteration, limit).

    Returns:
        The machine, its loss and its training record.

    Raises:
        DataError, ConfigError: if patterns, energy or settings are outside their limits.
    """
    if method != "exact":
        raise ConfigError(f"training method {method!r} is unknown; choose 'exact'")
    onsite = onsite if onsite is not None else Quartic()
    if not onsite.is_shared:
        raise ConfigError("training needs one onsite energy for all units: give scalar parameters")
    EnergyModel(np.zeros((1, 1)), [0.0], onsite, kT, mobility)  # refuses what no unit can have
    protocol = protocol if protocol is not None else Protocol()
    visible = normalized_patterns(patterns)
    fields = unit_fields(visible, n_hidden, hidden, projection_seed)
    n_visible, n_units = visible.shape[1], fields.shape[1]
    mask = layered_mask(n_visible, n_hidden) if mask is None else _checked_mask(mask, n_units)
    statistics = noising_statistics(protocol, fields, onsite, kT, mobility)
    bias_mask = _bias_mask(biases, n_visible, n_units)
    solution = solve_exact(statistics, mask, bias_mask, progress=progress)
    model = EnergyModel(solution.J, solution.b, onsite, kT, mobility, n_visible)
    loss = loss_per_step(solution.phi, mobility, kT, protocol.dt)
    return TrainingResult(model, loss, protocol, visible, fields, solution.residuals)


def _bias_mask(biases: TrainedBiases, n_visible: int, n_units: int) -> NDArray[np.bool_]:
    hidden = np.arange(n_units) >= n_visible
    choices = {"all": np.ones(n_units, bool), "hidden": hidden, "none": np.zeros(n_units, bool)}
    if biases not in choices:
        raise ConfigError(f"biases {biases!r} is unknown; choose one of {', '.join(choices)}")
    return choices[biases]


def _checked_mask(mask: NDArray[np.bool_], n_units: int) -> NDArray[np.bool_]:
    mask = np.asarray(mask, dtype=bool)
    if mask.shape != (n_units, n_units):
        raise DataError(f"mask has shape {mask.shape}; this machine needs {(n_units, n_units)}")
    if not np.array_equal(mask, mask.T) or np.any(np.diagonal(mask)):
        raise DataError("mask must be symmetric with a False diagonal")
    return mask
