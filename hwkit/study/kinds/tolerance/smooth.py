"""Metrics of end states that have a derivative."""

from dataclasses import dataclass

import numpy as np

from hwkit.errors import ConfigError
from hwkit.ordering import largest_of_rows
from hwkit.study.kinds.tolerance.nominal import Nominal
from hwkit.trajectories import FloatArray

SMOOTH = ("soft share", "mean correlation", "heat", "energy")
_RECOGNISED, _SOFTNESS = 0.7, 0.05


def smooth_metric(name: str, nominal: Nominal) -> "Smooth":
    """Return a metric with its derivative to the end states.

    Raises:
        ConfigError: if there is none of that name.
    """
    if name not in SMOOTH:
        known = ", ".join(SMOOTH)
        raise ConfigError(f"{name!r} has no derivative; choose one of {known}")
    return Smooth(name, nominal)


@dataclass(frozen=True, eq=False)
class Smooth:
    """A metric of end states and its derivative: takes (paths, N), returns both.

    "soft share" is the recognisable share with a logistic step of width 0.05 in place of the jump
    at a correlation of 0.7.
    """

    name: str
    nominal: Nominal

    def __call__(self, x: FloatArray) -> tuple[float, FloatArray]:
        """Return the metric and its derivative to each state, (paths, N)."""
        model, paths = self.nominal.design.model, len(x)
        if self.name in ("heat", "energy"):
            sign = -1.0 if self.name == "heat" else 1.0
            start = np.mean(model.energy(self.nominal.starts[:paths])) if sign < 0 else 0.0
            value = start + sign * np.mean(model.energy(x))
            return float(value), -sign * model.force(x) / paths
        correlation, slope = self._correlation(x)
        if self.name == "mean correlation":
            return float(np.mean(correlation)), slope / paths
        soft = 1 / (1 + np.exp(-(correlation - _RECOGNISED) / _SOFTNESS))
        weight = soft * (1 - soft) / _SOFTNESS
        return float(np.mean(soft)), slope * weight[:, None] / paths

    def _correlation(self, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return each state's correlation with its best pattern, and its derivative."""
        patterns = self.nominal.patterns
        n = patterns.shape[1]
        visible = x[:, :n]
        centred = visible - visible.mean(axis=1, keepdims=True)
        spread = np.sqrt(np.mean(centred**2, axis=1, keepdims=True))
        unit = centred / spread
        target = patterns - patterns.mean(axis=1, keepdims=True)
        target /= np.sqrt(np.mean(target**2, axis=1, keepdims=True))
        best = target[largest_of_rows(unit @ target.T)]
        correlation = np.sum(unit * best, axis=1) / n
        slope = np.zeros_like(x)
        slope[:, :n] = (best - correlation[:, None] * unit) / (n * spread)
        return correlation, slope
