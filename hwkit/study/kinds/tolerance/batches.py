"""Boards in batches: each is computed by a pure function and written whole, or not at all.

A campaign is a set of boards of one variation. Its batches are cut by number, never by workers, so
that a study killed at any time and started again, with other workers or on a cluster, ends with the
same bytes. Files: `batches/<campaign>-<first board>.parquet`, written by the process that asks.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from hwkit.circuit.variation import Variation
from hwkit.circuit.variation.drawing import Drawing, Sampling
from hwkit.files import reading, replacing
from hwkit.forecast import Forecast
from hwkit.manifest import BATCHES
from hwkit.study.folder import RunFolder
from hwkit.study.kinds.tolerance.corners import Corner, at_all
from hwkit.study.kinds.tolerance.duration import board_seconds
from hwkit.study.kinds.tolerance.nominal import BoardMetrics, Nominal
from hwkit.study.kinds.tolerance.plan import TolerancePlan
from hwkit.study.run import Run
from hwkit.tolerance import BoardTable, drawn, trimmed
from hwkit.workers import Failure, Progress

Columns = dict[str, list[Any]]  # board, seed, failure, and one column for each metric
_MANY_PATHS = 50_000  # from which on boards are timed, to say what they will take
_OF_BOARDS = ("board", "seed", "failure")


@dataclass(frozen=True, eq=False)
class Campaign:
    """Boards to be made and measured.

    Attributes:
        name: of its files.
        variation: what varies.
        count: how many boards.
        seed: root of the fabrication.
        corners: temperatures at which each is measured; the variation's own if there are none.
        sampling: of the draws.
        seeds: entry of the variation -> root of its draws, in place of `seed`.
        trim: (name, part) that are trimmed to nominal.
    """

    name: str
    variation: Variation
    count: int
    seed: int
    corners: tuple[Corner, ...] = ()
    sampling: Sampling = "plain"
    seeds: Mapping[str, int] = field(default_factory=dict)
    trim: tuple[tuple[str, int], ...] = ()

    @property
    def places(self) -> tuple[Corner, ...]:
        """The temperatures at which its boards are measured."""
        return self.corners or (Corner("", self.variation.environment),)

    def drawing(self, nominal: Nominal, corner: Corner | None = None) -> Drawing:
        """Return what draws its boards at a temperature; None for the last one."""
        varied = (corner or self.places[-1]).of(self.variation)
        arguments = (nominal.design, varied, self.seed, self.sampling, self.count)
        return Drawing(*arguments, seeds=self.seeds)

    def batches(self, size: int) -> "list[Batch]":
        """Return its batches of so many boards, those of each temperature side by side."""
        ends = range(0, self.count, size)
        return [
            Batch(self, range(first, min(first + size, self.count)), corner)
            for first in ends
            for corner in self.places
        ]


@dataclass(frozen=True)
class Batch:
    """Some boards of a campaign, at one temperature."""

    campaign: Campaign
    boards: range
    corner: Corner

    @property
    def name(self) -> str:
        """Name of its result in the run folder."""
        return f"{BATCHES}/{self.campaign.name}{self.corner.key}-{self.boards.start:07d}.parquet"


def worker(nominal: Nominal) -> Callable[[Batch], Columns]:
    """Return what computes a batch in a worker process."""
    metrics = BoardMetrics(nominal, threads=1)
    return lambda batch: measured(metrics, batch)


def measured(metrics: BoardMetrics, batch: Batch) -> Columns:
    """Draw the boards of a batch, measure them, return one row each."""
    nominal, campaign = metrics.nominal, batch.campaign
    boards = drawn(campaign.drawing(nominal, batch.corner), batch.boards)
    if campaign.trim:
        by_role = {parts.role: parts for parts in nominal.design.parts}
        designed = {
            name: by_role[name].values if name in by_role else np.zeros(0) for name in boards.values
        }
        boards = trimmed(boards, designed, campaign.trim, len(campaign.trim))
    values, failures = metrics.measured(boards)
    table: Columns = {
        "board": list(batch.boards),
        "seed": [campaign.seed] * len(batch.boards),
        "failure": [failures.get(row, "") for row in range(len(batch.boards))],
    }
    return table | {name: column.tolist() for name, column in values.items()}


def missing(folder: RunFolder, batches: Sequence[Batch]) -> list[Batch]:
    """Return the batches that a run folder does not list."""
    return [batch for batch in batches if not folder.has(batch.name)]


def make(
    run: Run[TolerancePlan],
    nominal: Nominal,
    stage: str,
    batches: Sequence[Batch],
) -> None:
    """Compute the batches that are not in the run folder, and say what they will take.

    Raises:
        SimulationError: if a batch can't be computed; those that can are on disk.
        ConfigError: if its file can't be written.
    """
    todo = missing(run.folder, batches)
    if todo:
        with run.stage(stage, expected(run, nominal, todo)) as progress:
            compute_batches(run, nominal, stage, todo, progress)


def expected(
    run: Run[TolerancePlan], nominal: Nominal, batches: Sequence[Batch]
) -> Forecast | None:
    """Return what batches will take here; None on a cluster, and for a few."""
    boards = sum(len(batch.boards) for batch in missing(run.folder, batches))
    if not isinstance(run.pool, int) or boards * run.plan.boards.paths < _MANY_PATHS:
        return None
    return Forecast(boards * board_seconds(run.plan, nominal) / run.jobs, 0.0)


def compute_batches(
    run: Run[TolerancePlan],
    nominal: Nominal,
    stage: str,
    batches: Sequence[Batch],
    progress: Progress,
) -> None:
    """Compute batches within a stage that has been announced; raises as `make` does.

    Args:
        run, nominal, stage, batches: as for `make`.
        progress: that of the stage, called as progress(done, total).
    """
    folder = run.folder

    def keep(index: int, result: Any) -> None:
        if not isinstance(result, Failure):
            write_table(folder / batches[index].name, result)
            folder.record(batches[index].name)

    (folder / BATCHES).mkdir(exist_ok=True)
    run.tasks(stage, progress, f"{__name__}:worker", nominal, batches, keep)


def rows_of(folder: RunFolder, batches: Iterable[Batch]) -> Columns:
    """Return the rows of batches that are in a run folder, one batch after the other.

    What was measured at several temperatures becomes columns side by side.

    Raises:
        DataError: if one of them has other bytes than it was written with.
    """
    tables: dict[Corner, list[Columns]] = {}
    for batch in batches:
        tables.setdefault(batch.corner, []).append(_read(folder, batch))
    return _side_by_side({corner: merged(parts) for corner, parts in tables.items()})


def _side_by_side(tables: Mapping[Corner, Columns]) -> Columns:
    """Return tables of the same boards as one."""
    rows: Columns = {}
    for corner, table in tables.items():
        for name, column in table.items():
            if name == "failure" and name in rows:
                both = zip(rows[name], column, strict=True)
                rows[name] = [first or second for first, second in both]
            elif name in _OF_BOARDS:
                rows[name] = column
            else:
                rows[corner.named(name)] = column
    return rows


def tables(
    run: Run[TolerancePlan], nominal: Nominal, stage: str, campaigns: Sequence[Campaign]
) -> list[BoardTable]:
    """Make the boards of campaigns together and return the rows of each, judged."""
    size = run.plan.boards.batch
    batches = [campaign.batches(size) for campaign in campaigns]
    make(run, nominal, stage, [batch for several in batches for batch in several])
    return [
        judged(run.plan, campaign, rows_of(run.folder, several))
        for campaign, several in zip(campaigns, batches, strict=True)
    ]


def judged(plan: TolerancePlan, campaign: Campaign, columns: Columns) -> BoardTable:
    """Return the rows of a campaign, judged by the study's specification at each temperature."""
    names = [corner.named(name) for name in plan.metrics() for corner in campaign.places]
    return BoardTable(
        campaign.seed,
        np.array(columns["board"]),
        {name: np.array(columns[name], dtype=np.float64) for name in names},
        at_all(campaign.places, plan.limits()),
        plan.boards.level,
        plan.boards.interval,
    )


def merged(parts: Iterable[Columns]) -> Columns:
    """Return the rows of several tables one after the other."""
    rows: Columns = {}
    for part in parts:
        for name, values in part.items():
            rows.setdefault(name, []).extend(values)
    return rows


def write_table(path: Path, columns: Columns) -> None:
    """Write rows as Parquet; the same rows give the same bytes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = {"board": pa.int64(), "seed": pa.uint64(), "failure": pa.string()}
    arrays = {
        name: pa.array(values, types.get(name, pa.float64())) for name, values in columns.items()
    }
    with replacing(path) as temporary:
        pq.write_table(pa.table(arrays), temporary)


def read_table(path: Path) -> Columns:
    """Read rows written by `write_table`.

    Raises:
        DataError: if the file is missing or damaged.
    """
    import pyarrow.parquet as pq

    with reading(path, "a table of boards"):
        columns: Columns = pq.read_table(path).to_pydict()
    return columns


def _read(folder: RunFolder, batch: Batch) -> Columns:
    folder.check(batch.name)
    return read_table(folder / batch.name)
