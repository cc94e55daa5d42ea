"""Rare failures: scaled-sigma sampling (Sun, Li, Liu, Luo, Gu, IEEE TCAD 34, 1096, 2015).

With every deviation s times as large, failures are frequent enough to count. The probability P(s)
is fitted where it is small enough for its asymptotic form (`tail_form`) and read off at s = 1.
Deviations must be Gaussian.

What is not known from the counts is said:

- *counting*: the profile likelihood of the form, whose shape is fitted and not assumed.
- *form*: where the limits of a region compete, the form is only approximate. Its error grows with
  how far it is extrapolated; the interval is widened by FORM_ERROR of the decades between the
  smallest scale with failures and s = 1. `python -m benchmarks.rare` measures that error.
- *hidden*: failures that are common at large s (a ball, many limits) can hide a single limit that
  is nearer. The upper end is no lower than the largest half space that fits below every count.
- *can't tell*: too few scales where failures are neither rare nor common, or counts that don't
  follow the form. Then only `at_most` is known, which needs no form: P(s) grows with s if a board
  that fails still fails with all its deviations larger.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from hwkit.deferred import deferred
from hwkit.errors import ConfigError
from hwkit.tolerance.tail_form import SHAPES, TailFit, fit_tail

if TYPE_CHECKING:
    from scipy import stats
else:
    stats = deferred("scipy.stats")

FloatArray = NDArray[np.float64]
CountFailures = Callable[[float, int], int]

SCALES = (1.6, 1.9, 2.3, 2.8, 3.4)
FORM_ERROR = 0.15  # of the decades between the smallest scale with failures and s = 1
_ROUNDS, _ADDED = 3, 4  # of smaller scales, if too many boards fail
MOST_ADDED = _ROUNDS * _ADDED
_COMMON = 0.4  # share of failures above which the form is not used
_LEAST_SCALES, _LEAST_COUNTED, _FEWEST = 4, 3, 5  # scales; scales with failures; failures
_CONTRADICTED = 0.001  # p-value of the fit below which the form is not used
_NEAREST = 1.02  # scales below it are as good as s = 1


@dataclass(frozen=True, eq=False)
class RareFailure:
    """Failure probability at s = 1, or that the counts can't tell it.

    Attributes:
        outcome: "estimate", or "can't tell".
        probability: estimate; NaN if the counts can't tell.
        low, high: its interval, for counting and the form; 0 to `at_most` if they can't tell.
        at_most: upper limit that needs no form, from the smallest scale alone.
        level: of the interval and of `at_most`.
        why: why the counts can't tell, with the remedy; empty for an estimate.
        scales: every s with boards, (n,).
        failures, boards: counted at each s, (n,).
        residuals: (counted - fitted) over its standard deviation, (n,); NaN where not fitted.
    """

    outcome: Literal["estimate", "can't tell"]
    probability: float
    low: float
    high: float
    at_most: float
    level: float
    why: str
    scales: FloatArray
    failures: NDArray[np.int64]
    boards: NDArray[np.int64]
    residuals: FloatArray

    @classmethod
    def cannot_tell(cls, why: str, level: float) -> "RareFailure":
        """Return the outcome where boards of larger deviations would say nothing."""
        none, numbers = np.zeros(0), np.zeros(0, np.int64)
        return cls("can't tell", np.nan, 0, 1, 1, level, why, none, numbers, numbers, none)

    def describe(self) -> str:
        """Return the result as text for people."""
        if self.outcome == "estimate":
            interval = f"{self.level:.0%} interval {self.low:.2g} to {self.high:.2g}"
            return f"{self.probability:.2g} ({interval})"
        bound = f"; at most {self.at_most:.2g}" if self.boards.size else ""
        return f"can't tell: {self.why}{bound}"


def scaled_sigma(
    count_failures: CountFailures,
    n_boards: int,
    seed: int = 0,
    scales: Sequence[float] = SCALES,
    level: float = 0.95,
) -> RareFailure:
    """Estimate a small failure probability, or say that it can't be told.

    Where so many boards fail that fewer than four scales can be used, smaller ones are added, at
    most MOST_ADDED.

    Args:
        count_failures: takes a scale and a number of boards, returns how many of them fail.
        n_boards: boards at each scale.
        seed: not used: the interval is computed, not drawn.
        scales: at least four, above 1.
        level: of the interval.

    Raises:
        ConfigError: if there are too few scales.
    """
    check_scales(scales)
    counted = {float(s): count_failures(float(s), n_boards) for s in sorted(scales)}
    for _ in range(_ROUNDS):
        for scale in _smaller(counted, n_boards):
            counted[scale] = count_failures(scale, n_boards)
    s = np.array(sorted(counted))
    failures = np.array([counted[scale] for scale in s.tolist()])
    used = _usable(failures, n_boards)
    why = _too_little(s, failures, used, n_boards)
    fit = None if why else fit_tail(s[used], failures[used], n_boards, level)
    if fit is not None:
        why = _contradiction(fit)
    at_most = float(_upper(failures[0], n_boards, level))
    return _result(fit, why, at_most, level, s, failures, used, n_boards)


def check_scales(scales: Sequence[float]) -> None:
    """Refuse scales that no fit can use.

    Raises:
        ConfigError: if they are too few, or not above 1.
    """
    if len(set(scales)) < _LEAST_SCALES or min(scales) <= 1:
        raise ConfigError(
            f"scaled-sigma sampling at the scales {list(scales)} has too few to extrapolate from; "
            f"give at least {_LEAST_SCALES} different ones above 1"
        )


def _usable(failures: NDArray[np.int64], n_boards: int) -> NDArray[np.bool_]:
    return np.asarray(failures <= _COMMON * n_boards)


def _smaller(counted: dict[float, int], n_boards: int) -> list[float]:
    """Return scales to add between 1 and the smallest at which failures are common."""
    common = [s for s, failures in counted.items() if failures > _COMMON * n_boards]
    if len(counted) - len(common) >= _LEAST_SCALES or min(common) < _NEAREST:
        return []
    steps = np.arange(1, _ADDED + 1) / (_ADDED + 1)
    return [float(s) for s in np.round(min(common) ** steps, 4) if s > 1 and s not in counted]


def _too_little(
    s: FloatArray, failures: NDArray[np.int64], used: NDArray[np.bool_], n_boards: int
) -> str:
    """Return why the counts are not enough for a fit; empty if they are."""
    if used.sum() < _LEAST_SCALES:
        return (
            f"more than {_COMMON:.0%} of {n_boards} boards fail at {s[~used][0]:g} sigma, which "
            "leaves too few scales to extrapolate from; count failures of boards as drawn"
        )
    if (failures[used] >= _FEWEST).sum() < _LEAST_COUNTED:
        shown = ", ".join(f"{f} at {x:g}" for f, x in zip(failures, s.tolist(), strict=True))
        return (
            f"an estimate needs {_FEWEST} failures at {_LEAST_COUNTED} scales where at most "
            f"{_COMMON:.0%} of the boards fail, but {n_boards} boards gave {shown}; "
            "take larger scales or more boards"
        )
    return ""


def _contradiction(fit: TailFit) -> str:
    if fit.shape >= SHAPES[1]:
        return "failures rise more steeply with the scale than any known region's"
    if fit.p_value < _CONTRADICTED:
        return (
            f"the counts don't follow the form of a single kind of failure (p = {fit.p_value:.1g})"
            "; take smaller scales and more boards"
        )
    return ""


def _upper(failures: NDArray[np.int64], n: int, level: float) -> FloatArray:
    """Return Clopper and Pearson's upper limit of a share, below all boards."""
    return np.asarray(stats.beta.ppf(level, failures + 1, np.maximum(n - failures, 1)))


def _hidden(s: FloatArray, failures: NDArray[np.int64], n: int, level: float) -> float:
    """Return the log probability of the largest half space that fits below every count."""
    distance = np.max(s * stats.norm.isf(_upper(failures, n, (1 + level) / 2)))
    return float(stats.norm.logsf(distance))


def _result(
    fit: TailFit | None,
    why: str,
    at_most: float,
    level: float,
    s: FloatArray,
    failures: NDArray[np.int64],
    used: NDArray[np.bool_],
    n: int,
) -> RareFailure:
    boards, residuals = np.full(len(s), n), np.full(len(s), np.nan)
    if fit is not None:
        spread = np.sqrt(n * fit.fitted * (1 - fit.fitted))
        residuals[used] = (failures[used] - n * fit.fitted) / spread
    if fit is None or why:
        return RareFailure(
            "can't tell", np.nan, 0.0, at_most, at_most, level, why, s, failures, boards, residuals
        )
    nearest = failures[np.argmax(failures >= _FEWEST)] / n
    room = FORM_ERROR * max(np.log(nearest) - fit.log_probability, 0.0)
    hidden = _hidden(s[used], failures[used], n, level)
    high = min(float(np.exp(max(fit.high + room, hidden))), at_most)
    probability, low = (float(np.exp(x)) for x in (fit.log_probability, fit.low - room))
    return RareFailure(
        "estimate", min(probability, high), min(low, high), high, at_most, level, "",
        s, failures, boards, residuals,
    )  # fmt: skip
