"""What is measured on a board: the twin's runs of it, on the same noise as every other board's.

All metrics are of one board: the same starts (those of the nominal machine, uncoupled) and the same
thermal noise on each, so that boards differ by their parts alone. Names and meanings in METRICS.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwkit.circuit import Design
from hwkit.errors import ConfigError
from hwkit.ordering import largest_of_rows
from hwkit.training import recognise
from hwkit.twin import Boards, Bound, Mode, bind, field_of, simulate_boards

FloatArray = NDArray[np.float64]

METRICS = {
    "recognisable share": "share of all paths that end on a recognisable pattern",
    "recognisable change": "that share, less the nominal board's on the same noise",
    "smallest class share": "share of all paths whose best pattern is the rarest",
    "mean correlation": "correlation of end states with their best pattern, mean over paths",
    "path rms": "rms difference of the end states to the nominal board's, in units of x",
    "heat": "V(x(0)) - V(x(t_f)) of the model, mean over paths",
    "heat change": "that heat, less the nominal board's",
    "energy": "V(x(t_f)) of the model, mean over paths",
    "drift": "largest difference of a unit's current to the nominal board's, over the largest",
    "power": "power that all parts but capacitors take up at the end, mean over paths, W",
}
_DRIFT_STATES = 20


@dataclass(frozen=True, eq=False)
class Nominal:
    """What boards are compared with.

    Attributes:
        design: as designed.
        patterns: normalised, (P, n_visible).
        starts: (paths, N).
        seed: of the thermal noise.
        t_final, dt: of the runs.
        mode: of the twin.
        final: the nominal board's end states, (paths, N).
    """

    design: Design
    patterns: FloatArray
    starts: FloatArray
    seed: int
    t_final: float
    dt: float
    mode: Mode
    final: FloatArray


def choose_mode(bound: Bound, wanted: str) -> Mode:
    """Return the twin's mode: "auto" is the fast one where the design allows it."""
    if wanted == "implicit":
        return "implicit"
    try:
        simulate_boards(bound.design, 1e-3, 1e-3, bound=bound, mode="fast")
    except ConfigError:
        if wanted == "fast":
            raise
        return "implicit"
    return "fast"


class BoardMetrics:
    """An evaluation of boards: takes `Boards`, returns every metric of each."""

    def __init__(self, nominal: Nominal, threads: int | None = None) -> None:
        self.nominal, self._threads = nominal, threads
        self.bound = bind(nominal.design)
        states = nominal.final[:_DRIFT_STATES]
        self._states = states
        self._field = field_of(self.bound, Boards({}, 1), states)[0][0]

    def __call__(self, boards: Boards) -> dict[str, FloatArray]:
        """Return name -> (boards,); NaN on boards whose simulation failed."""
        return self.measured(boards)[0]

    def measured(self, boards: Boards) -> tuple[dict[str, FloatArray], dict[int, str]]:
        """Return the metrics, and why a board's simulation failed."""
        about = self.nominal
        runs = simulate_boards(
            about.design,
            about.t_final,
            about.dt,
            len(about.starts),
            about.seed,
            about.starts,
            boards=boards,
            mode=about.mode,
            bound=self.bound,
            threads=self._threads,
        )
        rows = [self._of_states(x) for x in runs.x[:, :, -1]]
        reference = self._of_states(about.final)
        table = {name: np.array([row[name] for row in rows]) for name in rows[0]}
        table["recognisable change"] = table["recognisable share"] - reference["recognisable share"]
        table["heat change"] = table["heat"] - reference["heat"]
        table |= self._electrical(boards, runs.x[:, :, -1])
        for board in runs.failures:
            for values in table.values():
                values[board] = np.nan
        return {name: table[name] for name in METRICS}, runs.failures

    def _of_states(self, final: FloatArray) -> dict[str, float]:
        about = self.nominal
        model = about.design.model
        if not np.all(np.isfinite(final)):
            return dict.fromkeys(
                ("recognisable share", "smallest class share", "mean correlation", "path rms",
                 "heat", "energy"), float("nan"),
            )  # fmt: skip
        seen = recognise(final, about.patterns)
        energy = float(np.mean(model.energy(final)))
        return {
            "recognisable share": seen.share,
            "smallest class share": float(seen.class_shares.min()),
            "mean correlation": float(np.mean(seen.correlation)),
            "path rms": float(np.sqrt(np.mean((final - about.final) ** 2))),
            "heat": float(np.mean(model.heat(about.starts, final))),
            "energy": energy,
        }

    def _electrical(self, boards: Boards, final: FloatArray) -> dict[str, FloatArray]:
        drift, power = np.empty(boards.count), np.empty(boards.count)
        for board in range(boards.count):
            one = boards.take(slice(board, board + 1))
            currents = field_of(self.bound, one, self._states)[0][0]
            scale = np.max(np.abs(self._field))
            drift[board] = np.max(np.abs(currents - self._field)) / scale
            power[board] = np.mean(field_of(self.bound, one, np.nan_to_num(final[board]))[1])
        return {"drift": drift, "power": power}


def smooth_metric(name: str, nominal: Nominal) -> "Smooth":
    """Return a metric with its derivative to the end states.

    Raises:
        ConfigError: if there is none of that name.
    """
    if name not in SMOOTH:
        known = ", ".join(SMOOTH)
        raise ConfigError(f"{name!r} has no derivative; choose one of {known}")
    return Smooth(name, nominal)


SMOOTH = ("soft share", "mean correlation", "heat", "energy")
_RECOGNISED, _SOFTNESS = 0.7, 0.05


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
