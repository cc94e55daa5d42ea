"""Yield: the share of boards that pass, and what n boards say about it.

Clopper-Pearson (exact: covers at least as often as it says) and Wilson (covers as often as it says,
on average over yields). For Latin hypercube and Sobol boards both are on the safe side: stratified
boards are not independent, and the variance of their mean is smaller for smooth yields.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from hwkit.deferred import deferred
from hwkit.errors import ConfigError
from hwkit.fidelity.shares import wilson
from hwkit.numbers import is_whole
from hwkit.showing import Shown, Summary

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from scipy import stats
else:
    stats = deferred("scipy.stats")

Method = Literal["wilson", "clopper-pearson"]


@dataclass(frozen=True, repr=False)
class Yield(Shown):
    """Passed boards of all, failed simulations counted as failed boards, with an interval."""

    passed: int
    boards: int
    low: float
    high: float
    level: float = 0.95
    method: Method = "wilson"

    @property
    def value(self) -> float:
        """Share of boards that pass."""
        return self.passed / self.boards

    def summary(self) -> Summary:
        """Return the yield in one line."""
        return Summary(f"Yield: {self.describe()}")

    def plot(self) -> "Figure":
        """Return a figure of the yield with its interval."""
        from hwkit.plotting.values import draw_shares

        return draw_shares([""], [self.value], [self.low], [self.high], "yield")

    def describe(self) -> str:
        """Return the yield as text for people."""
        return (
            f"{self.value:.1%} ({self.passed} of {self.boards} boards; {self.level:.0%} interval "
            f"{self.low:.1%} to {self.high:.1%}, {self.method.title()})"
        )


def estimate_yield(
    passed: int, boards: int, level: float = 0.95, method: Method = "wilson"
) -> Yield:
    """Return the yield of `passed` out of `boards` with its interval.

    Raises:
        ConfigError: if there are no boards, or level or method don't exist.
    """
    if not (is_whole(passed) and is_whole(boards) and 0 <= passed <= boards and boards >= 1):
        raise ConfigError(
            f"{passed} of {boards} boards passed: give whole numbers, and at least one board"
        )
    if not 0 < level < 1:
        raise ConfigError(f"the level is {level!r}; it must lie between 0 and 1")
    if method == "wilson":
        low, high = wilson(passed, boards, level)
    elif method == "clopper-pearson":
        tail = (1 - level) / 2
        low = float(stats.beta.ppf(tail, passed, boards - passed + 1)) if passed else 0.0
        high = (
            float(stats.beta.ppf(1 - tail, passed + 1, boards - passed)) if passed < boards else 1.0
        )
    else:
        raise ConfigError(f"interval {method!r} is unknown; choose wilson or clopper-pearson")
    return Yield(passed, boards, low, high, level, method)


@dataclass(frozen=True)
class StopRule:
    """When enough boards have been made.

    Attributes:
        half_width: stop once the interval is no wider than +- this; None for never.
        target: stop once the interval lies on one side of this yield; None for never.
        least: boards before the rule is asked.

    Looking repeatedly makes an interval cover less often than it says; the batches are few and the
    rule is asked only between them, so the loss is small, but the interval of a stopped run is
    nominal.
    """

    half_width: float | None = None
    target: float | None = None
    least: int = 50

    def __post_init__(self) -> None:
        for name in ("half_width", "target"):
            value = getattr(self, name)
            if value is not None and not 0 < value < 1:
                raise ConfigError(f"stop rule: {name} is {value!r}; it must lie between 0 and 1")

    def satisfied(self, found: Yield) -> bool:
        """Return whether no more boards are needed."""
        if found.boards < self.least:
            return False
        if self.half_width is not None and (found.high - found.low) / 2 <= self.half_width:
            return True
        return self.target is not None and not found.low <= self.target <= found.high
