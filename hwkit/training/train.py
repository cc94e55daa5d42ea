"""Train a machine on patterns: from pictures to couplings in one call."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hwkit.errors import ConfigError, DataError
from hwkit.model import EnergyModel, Onsite, Quartic, layered_mask
from hwkit.ordering import cleared
from hwkit.showing import Shown, Summary, sparkline
from hwkit.training.bounded import Limits, solve_bounded
from hwkit.training.descent import Descent, HeldOutLoss, Noising, descend
from hwkit.training.exact import Solution, phi, solve_exact
from hwkit.training.loss import loss_per_step
from hwkit.training.patterns import HiddenField, normalized_patterns, unit_fields
from hwkit.training.protocol import Protocol
from hwkit.training.robust import Robust
from hwkit.training.statistics import NoisingStatistics, noising_statistics
from hwkit.wiener import child_seed

FloatArray = NDArray[np.float64]
Method = Literal["exact", "batch", "online"]
Progress = Callable[[int, int], None]
TrainedBiases = Literal["all", "hidden", "none"]


@dataclass(frozen=True, repr=False)
class TrainingResult(Shown):
    """A trained machine and how it came about.

    Attributes:
        model: the machine.
        loss: expected loss per step of the machine, without sampling; lower is better.
        protocol: the noising protocol it reverses.
        patterns: normalised patterns, (P, n_visible).
        fields: fields on all units, (P, N).
        residuals: relative gradient norm after each iteration of the exact solve.
        held_out: loss per step of paths kept aside, after each cycle of gradient descent.
    """

    model: EnergyModel
    loss: float
    protocol: Protocol
    patterns: FloatArray
    fields: FloatArray
    residuals: list[float]
    held_out: list[float]

    def summary(self) -> Summary:
        """Return what a training result shows of itself."""
        own, protocol = self.model.summary(), self.protocol
        facts = [
            ("loss per step", f"{self.loss:.6g}"),
            ("noising", f"{protocol.t_final:g} model times in steps of {protocol.dt:g}"),
        ]
        if self.residuals:
            facts.append(
                (
                    "gradient",
                    f"{self.residuals[-1]:.2g} after {len(self.residuals)} steps",
                )
            )
        if self.held_out:
            facts.append(
                ("held-out loss", f"{sparkline(np.array(self.held_out))} {self.held_out[-1]:.6g}")
            )
        title = f"TrainingResult: {len(self.patterns)} patterns of {self.patterns.shape[1]} pixels"
        return Summary(title, [*facts, ("model", own.title), *own.facts], picture=own.picture)


def train(
    patterns: ArrayLike,
    n_hidden: int,
    method: Method = "exact",
    *,
    hidden: HiddenField | ArrayLike = "repeat",
    projection_seed: int = 0,
    onsite: Onsite | None = None,
    kT: float = 0.1,
    mobility: float = 1.0,
    protocol: Protocol | None = None,
    biases: TrainedBiases = "all",
    mask: NDArray[np.bool_] | None = None,
    weights: ArrayLike | None = None,
    robust: Robust | None = None,
    limits: Limits | None = None,
    descent: Descent | None = None,
    progress: Progress | None = None,
) -> TrainingResult:
    """Find the machine that runs the noising of `patterns` backwards with the highest probability.

    Args:
        patterns: (P, n_visible), any scale; each is normalised to zero mean and unit variance.
        n_hidden: number of hidden units.
        method: "exact" solves the quadratic problem without sampling; "batch" and "online" descend
            along gradients of sampled noising paths, for comparison with published work.
        hidden, projection_seed: field on the hidden units during training: "repeat" (pixels),
            "projection" (random, of that seed), or your own, (P, n_hidden).
        onsite, kT, mobility, protocol: of all units, and of noising; the paper's if None.
        biases, mask: which biases are trained, and which couplings, symmetric (N, N) with a False
            diagonal; if None all but visible-visible ones.
        weights: of the patterns, (P,), any scale: a pattern of more weight is generated more often.
        robust, limits: tolerances of the parts to train against (the loss reported is that without
            them), and what couplings the hardware can make.
        descent, progress: cycles, rate, seed and held-out paths of "batch" and "online"; called as
            progress(iteration, limit).

    Raises:
        DataError, ConfigError: if patterns, energy or settings are outside their limits.
    """
    _check_method(method, descent, weights is None and robust is None and limits is None)
    onsite, protocol = onsite or Quartic(), protocol or Protocol()
    _check_unit(onsite, kT, mobility)
    visible = normalized_patterns(patterns)
    fields = unit_fields(visible, n_hidden, hidden, projection_seed)
    n_visible, n_units = visible.shape[1], fields.shape[1]
    mask = layered_mask(n_visible, n_hidden) if mask is None else _checked_mask(mask, n_units)
    bias_mask = _bias_mask(biases, n_visible, n_units)
    statistics = noising_statistics(protocol, fields, onsite, kT, mobility, weights=weights)
    residuals, held_out = list[float](), list[float]()
    if method == "exact":
        solution = _solved(statistics, mask, bias_mask, robust, limits, progress)
        J, b, residuals = solution.J, solution.b, solution.residuals
    else:
        noising, settings = Noising(protocol, fields, onsite, kT, mobility), descent or Descent()
        J, b, held_out = _descend(noising, mask, bias_mask, method, settings, progress)
    J, b = cleared(J, b)  # what a symmetry makes 0 takes no part
    loss = loss_per_step(phi(statistics, J, b), mobility, kT, protocol.dt)
    model = EnergyModel(J, b, onsite, kT, mobility, n_visible)
    return TrainingResult(model, loss, protocol, visible, fields, residuals, held_out)


def _descend(
    noising: Noising,
    mask: NDArray[np.bool_],
    bias_mask: NDArray[np.bool_],
    method: Literal["batch", "online"],
    settings: Descent,
    progress: Progress | None,
) -> tuple[FloatArray, FloatArray, list[float]]:
    aside = HeldOutLoss(noising, settings.held_out, child_seed(settings.seed, "held out"))
    losses = []
    for J, b in descend(noising, mask, bias_mask, method, settings):
        losses.append(aside.at(J, b))
        if progress is not None:
            progress(len(losses), settings.cycles)
    return J, b, losses


def _check_unit(onsite: Onsite, kT: float, mobility: float) -> None:
    if not onsite.is_shared:
        raise ConfigError("training needs one onsite energy for all units: give scalar parameters")
    EnergyModel(np.zeros((1, 1)), [0.0], onsite, kT, mobility)  # refuses what no unit can have


def _solved(
    statistics: NoisingStatistics,
    mask: NDArray[np.bool_],
    bias_mask: NDArray[np.bool_],
    robust: Robust | None,
    limits: Limits | None,
    progress: Progress | None,
) -> Solution:
    penalty = None if robust is None else robust.penalty(statistics)
    if limits is None:
        return solve_exact(statistics, mask, bias_mask, progress=progress, penalty=penalty)
    return solve_bounded(statistics, mask, bias_mask, limits, penalty=penalty)


def _check_method(method: str, descent: Descent | None, plain: bool) -> None:
    if method not in get_args(Method):
        raise ConfigError(
            f"training method {method!r} is unknown; choose 'exact', 'batch' or 'online'"
        )
    if method == "exact" and descent is not None:
        raise ConfigError("the exact solve takes no descent settings; choose 'batch' or 'online'")
    if method != "exact" and not plain:
        raise ConfigError(
            f"training method {method!r} knows no weights, tolerances or limits; choose 'exact'"
        )


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
