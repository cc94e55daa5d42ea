"""Seeded Monte Carlo over boards: draw, evaluate, judge.

An evaluation takes boards and returns what is measured on each: name -> (boards,); NaN where the
simulation failed. Nothing here starts a simulator. The fabrication seed is the caller's; the
thermal noise is the evaluation's, the same for every board, so boards differ by their parts alone.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hwkit.circuit import Design
from hwkit.circuit.variation import Variation
from hwkit.circuit.variation.drawing import Drawing, Sampling, stacked
from hwkit.errors import ConfigError
from hwkit.showing import Shown, Summary, spread
from hwkit.tolerance.specification import Limit, judge
from hwkit.tolerance.yields import Method, StopRule, Yield, estimate_yield
from hwkit.twin import Boards
from hwkit.wiener import checked_seed

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FloatArray = NDArray[np.float64]
Metrics = Mapping[str, FloatArray]
Evaluation = Callable[[Boards], Metrics]

BATCH = 50


@dataclass(frozen=True, eq=False, repr=False)
class BoardTable(Shown):
    """One row a board.

    Attributes:
        seed: fabrication seed: `Drawing(design, variation, seed).board(b)` is what board b has.
        boards: their numbers, (n,).
        metrics: name -> (n,); NaN where the simulation failed.
        specification: what boards are judged by; may be empty.
        level, method: of the yield's interval.
    """

    seed: int
    boards: NDArray[np.int64]
    metrics: Metrics
    specification: tuple[Limit, ...] = ()
    level: float = 0.95
    method: Method = "wilson"

    def summary(self) -> Summary:
        """Return the yield, why boards failed, and what was measured on them."""
        facts = [("yield", self.estimate.describe())] if self.specification else []
        facts += [(f"missed: {name}", f"{count:,} boards") for name, count in self.causes.items()]
        for name, values in self.metrics.items():
            middle = float(np.nanmedian(values)) if np.isfinite(values).any() else np.nan
            facts.append((name, f"median {middle:.4g}, {spread(values)}"))
        return Summary(f"BoardTable: {len(self.boards):,} boards of seed {self.seed}", facts)

    def plot(self) -> "Figure":
        """Return histograms of what was specified, with its limits; without any, of all metrics."""
        from hwkit.plotting.values import draw_histograms

        limits = {
            limit.metric: [value for value in (limit.low, limit.high) if value is not None]
            for limit in self.specification
        }
        shown = {name: self.metrics[name] for name in limits or self.metrics}
        return draw_histograms(shown, limits)

    @property
    def failed(self) -> NDArray[np.bool_]:
        """Which boards' simulation failed, (n,)."""
        lost = np.zeros(len(self.boards), dtype=bool)
        for values in self.metrics.values():
            lost |= ~np.isfinite(values)
        return lost

    @property
    def passed(self) -> NDArray[np.bool_]:
        """Which boards meet the specification, (n,); a failed simulation is a failed board."""
        if not self.specification:
            raise ConfigError("there is no specification, so no board passes or fails; give limits")
        return judge(self.specification, self.metrics)[0] & ~self.failed

    @property
    def estimate(self) -> Yield:
        """The yield with its interval."""
        passed = int(np.count_nonzero(self.passed))
        return estimate_yield(passed, len(self.boards), self.level, self.method)

    @property
    def causes(self) -> dict[str, int]:
        """How many boards miss each limit, and how many simulations failed."""
        missed = judge(self.specification, self.metrics)[1] if self.specification else {}
        return {**missed, "simulation failed": int(np.count_nonzero(self.failed))}


def monte_carlo(
    design: Design,
    variation: Variation,
    metric: Evaluation,
    n_boards: int,
    seed: int,
    specification: Sequence[Limit] = (),
    sampling: Sampling = "plain",
    stop: StopRule | None = None,
    level: float = 0.95,
    method: Method = "wilson",
) -> BoardTable:
    """Make boards and measure each.

    Args:
        design: as designed.
        variation: what varies between boards.
        metric: takes `Boards`, returns name -> (boards,).
        n_boards: how many, or how many at most if there is a stop rule.
        seed: root of the fabrication.
        specification: limits that a board must meet.
        sampling: "plain", "lhs" or "sobol"; the stratified ones allow no stop rule.
        stop: when fewer boards are enough.
        level, method: of the yield's interval.

    Raises:
        ConfigError: if a name matches nothing, or arguments don't fit each other.
    """
    if n_boards < 1:
        raise ConfigError(f"n_boards is {n_boards}; make at least one")
    if stop is not None and (sampling != "plain" or not specification):
        raise ConfigError("a stop rule needs a specification and plain sampling")
    drawing = Drawing(design, variation, checked_seed(seed), sampling, n_boards)
    rows: list[Metrics] = []
    for first in range(0, n_boards, BATCH):
        numbers = range(first, min(first + BATCH, n_boards))
        rows.append(metric(drawn(drawing, numbers)))
        table = _table(drawing.seed, rows, tuple(specification), level, method)
        if stop is not None and stop.satisfied(table.estimate):
            break
    return table


def drawn(drawing: Drawing, numbers: Sequence[int] | range) -> Boards:
    """Return some boards of a drawing."""
    return Boards(stacked(drawing.board(board) for board in numbers), len(numbers))


def _table(
    seed: int, rows: list[Metrics], limits: tuple[Limit, ...], level: float, method: Method
) -> BoardTable:
    metrics = {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}
    count = len(next(iter(metrics.values())))
    return BoardTable(seed, np.arange(count), metrics, limits, level, method)
