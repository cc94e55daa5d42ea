"""What a board must do to pass: limits on named metrics."""

import difflib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import ConfigError

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Limit:
    """One metric with a lower limit, an upper limit, or both; a value that is NaN meets none."""

    metric: str
    low: float | None = None
    high: float | None = None

    def __post_init__(self) -> None:
        for bound in (self.low, self.high):
            if bound is not None and not math.isfinite(bound):
                raise ConfigError(
                    f"the specification of {self.metric!r} has the limit {bound}, which all values "
                    "or none meet; give a finite number"
                )
        if self.low is None and self.high is None:
            raise ConfigError(f"the specification of {self.metric!r} has no limit; give min or max")
        if self.low is not None and self.high is not None and not self.low <= self.high:
            raise ConfigError(
                f"the specification of {self.metric!r} asks for {self.low:g} to {self.high:g}, "
                "which no value meets"
            )

    def passed(self, values: FloatArray) -> NDArray[np.bool_]:
        """Return which values meet the limits, in their shape."""
        met = np.isfinite(values)
        if self.low is not None:
            met &= values >= self.low
        if self.high is not None:
            met &= values <= self.high
        return met

    def describe(self) -> str:
        """Return the limit as text for people."""
        low = "" if self.low is None else f"{self.low:g} <= "
        high = "" if self.high is None else f" <= {self.high:g}"
        return f"{low}{self.metric}{high}"


def judge(
    limits: Sequence[Limit], metrics: Mapping[str, FloatArray]
) -> tuple[NDArray[np.bool_], dict[str, int]]:
    """Return which boards meet all limits, (boards,), and how many miss each.

    `metrics`: name -> (boards,).
    """
    check_names(limits, metrics)
    [count] = {len(values) for values in metrics.values()}
    passed = np.ones(count, dtype=bool)
    missed = {}
    for limit in limits:
        met = limit.passed(metrics[limit.metric])
        missed[limit.describe()] = int(np.count_nonzero(~met))
        passed &= met
    return passed, missed


def check_names(limits: Iterable[Limit], known: Iterable[str]) -> None:
    """Refuse limits on metrics that don't exist.

    Raises:
        ConfigError: with the nearest names.
    """
    names = list(known)
    limits = list(limits)
    if not limits:
        raise ConfigError("the specification names no metric; known: " + ", ".join(names))
    for limit in limits:
        if limit.metric not in names:
            near = difflib.get_close_matches(limit.metric, names, 3, 0.4)
            hint = " or ".join(repr(name) for name in near)
            hint = f"did you mean {hint}?" if near else f"known: {', '.join(names)}"
            raise ConfigError(f"the specification names {limit.metric!r}, not a metric; {hint}")
