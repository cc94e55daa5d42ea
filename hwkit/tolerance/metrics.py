"""What is measured on a board: hwkit's metrics, and those that other installed packages add.

All are of one board: the same starts (those of the nominal machine, uncoupled) and the same thermal
noise on each, so that boards differ by their parts alone.

Another package adds a metric by an entry point of the group `hwkit.metrics` whose value is a
`BoardMetric`, under the metric's name.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hwkit.circuit import Design
from hwkit.errors import ConfigError
from hwkit.plugins import installed, load_installed
from hwkit.training import Recognition, recognise
from hwkit.trajectories import FloatArray
from hwkit.twin import Boards, Bound, field_of

GROUP = "hwkit.metrics"
_DRIFT_STATES = 20


@dataclass(frozen=True, eq=False)
class BoardRuns:
    """The runs of one board.

    Attributes:
        design: as designed.
        bound: its circuit equations.
        board: the parts of this board.
        patterns: normalised, (P, n_visible).
        starts: (paths, N), in units of x.
        final: end states, (paths, N).
        nominal: the runs of the nominal board, on the same starts and noise; None for its own.
    """

    design: Design
    bound: Bound
    board: Boards
    patterns: FloatArray
    starts: FloatArray
    final: FloatArray
    nominal: "BoardRuns | None" = None

    @property
    def reference(self) -> "BoardRuns":
        """The runs of the nominal board."""
        return self if self.nominal is None else self.nominal

    @cached_property
    def recognised(self) -> Recognition:
        """Which patterns the end states are."""
        return recognise(self.final, self.patterns)

    @cached_property
    def currents(self) -> FloatArray:
        """This board's currents in some end states of the nominal one, (states, nodes), in A."""
        states = self.reference.final[:_DRIFT_STATES]
        return np.asarray(field_of(self.bound, self.board, states)[0][0])


@dataclass(frozen=True)
class BoardMetric:
    """One number of a board.

    Attributes:
        name: what a specification calls it.
        meaning: in one line.
        measure: takes a board's runs, all of which ended with finite states; a value that is not
            finite counts the board as failed.
        share: whether it is a share of the paths.
    """

    name: str
    meaning: str
    measure: Callable[[BoardRuns], float]
    share: bool = False


def _share(runs: BoardRuns) -> float:
    return float(runs.recognised.share)


def _rms(runs: BoardRuns) -> float:
    return float(np.sqrt(np.mean((runs.final - runs.reference.final) ** 2)))


def _heat(runs: BoardRuns) -> float:
    return float(np.mean(runs.design.model.heat(runs.starts, runs.final)))


def _drift(runs: BoardRuns) -> float:
    nominal = runs.reference.currents
    return float(np.max(np.abs(runs.currents - nominal)) / np.max(np.abs(nominal)))


METRICS = {
    metric.name: metric
    for metric in (
        BoardMetric(
            "recognisable share",
            "share of all paths that end on a recognisable pattern",
            _share,
            share=True,
        ),
        BoardMetric(
            "recognisable change",
            "that share minus the nominal board's on the same noise",
            lambda runs: _share(runs) - _share(runs.reference),
        ),
        BoardMetric(
            "smallest class share",
            "share of all paths whose best pattern is the rarest",
            lambda runs: float(runs.recognised.class_shares.min()),
            share=True,
        ),
        BoardMetric(
            "mean correlation",
            "correlation of end states with their best pattern, mean over paths",
            lambda runs: float(np.mean(runs.recognised.correlation)),
        ),
        BoardMetric(
            "path rms",
            "rms difference of the end states to the nominal board's, in units of x",
            _rms,
        ),
        BoardMetric("heat", "V(x(0)) - V(x(t_f)) of the model, mean over paths", _heat),
        BoardMetric(
            "heat change",
            "that heat minus the nominal board's",
            lambda runs: _heat(runs) - _heat(runs.reference),
        ),
        BoardMetric(
            "energy",
            "V(x(t_f)) of the model, mean over paths",
            lambda runs: float(np.mean(runs.design.model.energy(runs.final))),
        ),
        BoardMetric(
            "drift",
            "largest difference of a unit's current to the nominal board's, over the largest",
            _drift,
        ),
        BoardMetric(
            "power",
            "power that all parts but capacitors take up at the end, mean over paths, W",
            lambda runs: float(np.mean(field_of(runs.bound, runs.board, runs.final)[1])),
        ),
    )
}


def metric_names() -> tuple[str, ...]:
    """Return the names of all metrics of boards, hwkit's own first."""
    return (*METRICS, *(name for name in installed(GROUP) if name not in METRICS))


def load_metric(name: str) -> BoardMetric:
    """Return the metric of a name.

    Raises:
        ConfigError: if there is none, or what a package adds under this name is something else.
    """
    if name in METRICS:
        return METRICS[name]
    if name not in installed(GROUP):
        raise ConfigError(
            f"{name!r} is not a metric of boards; install the package that adds it, or choose "
            f"{', '.join(metric_names())}"
        )
    return load_installed(GROUP, name, BoardMetric)
