"""The nominal board of a tolerance study, and what measures other boards beside it."""

from dataclasses import dataclass

import numpy as np

from hwkit.circuit import Design
from hwkit.circuit.variation import Variation
from hwkit.errors import ConfigError
from hwkit.tolerance import BoardMetric, BoardRuns, load_metric
from hwkit.trajectories import FloatArray
from hwkit.twin import Boards, Bound, Mode, bind, simulate_boards

_NOMINAL = Boards({}, 1)


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
        metrics: names of what is measured on every board.
        variation: what varies between boards, with the grades that were chosen.
    """

    design: Design
    patterns: FloatArray
    starts: FloatArray
    seed: int
    t_final: float
    dt: float
    mode: Mode
    final: FloatArray
    metrics: tuple[str, ...]
    variation: Variation


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
        self._metrics: dict[str, BoardMetric] = {n: load_metric(n) for n in nominal.metrics}
        self._reference = self._runs(_NOMINAL, nominal.final, None)

    def __call__(self, boards: Boards) -> dict[str, FloatArray]:
        """Return name -> (boards,); NaN on boards whose simulation failed."""
        return self.measured(boards)[0]

    def measured(self, boards: Boards) -> tuple[dict[str, FloatArray], dict[int, str]]:
        """Return the metrics, name -> (boards,), and why a board's simulation failed."""
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
        table = {name: np.full(boards.count, np.nan) for name in self._metrics}
        for board in range(boards.count):
            if board in runs.failures:
                continue
            one = boards.take(slice(board, board + 1))
            measured = self._runs(one, runs.x[board, :, -1], self._reference)
            for name, metric in self._metrics.items():
                table[name][board] = metric.measure(measured)
        return table, runs.failures

    def _runs(self, board: Boards, final: FloatArray, nominal: BoardRuns | None) -> BoardRuns:
        about = self.nominal
        return BoardRuns(
            about.design, self.bound, board, about.patterns, about.starts, final, nominal
        )
