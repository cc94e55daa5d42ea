"""Boards in batches: each is computed by a pure function and written whole, or not at all.

A campaign is a set of boards of one variation. Its batches are cut by number, never by workers, so
that a study killed at any time and started again, with other workers or on a cluster, ends with the
same bytes. Files: `batches/<campaign>-<first board>.parquet`.
"""

import importlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwkit.circuit.variation import Variation
from hwkit.circuit.variation_drawing import Drawing, Sampling
from hwkit.cluster import connect
from hwkit.errors import HwkitError
from hwkit.files import reading, replacing
from hwkit.manifest import BATCHES
from hwkit.study.folder import RunFolder
from hwkit.study.kinds.tolerance.metrics import METRICS, BoardMetrics, Nominal
from hwkit.tolerance import drawn, trimmed
from hwkit.workers import Failure, Progress, run_tasks

FloatArray = NDArray[np.float64]
Columns = dict[str, list[Any]]


@dataclass(frozen=True, eq=False)
class Campaign:
    """Boards to be made and measured.

    Attributes:
        name: of its files.
        variation: what varies.
        count: how many boards.
        seed: root of the fabrication.
        sampling: of the draws.
        seeds: entry of the variation -> root of its draws, in place of `seed`.
        trim: (name, part) that are trimmed to nominal.
    """

    name: str
    variation: Variation
    count: int
    seed: int
    sampling: Sampling = "plain"
    seeds: Mapping[str, int] = field(default_factory=dict)
    trim: tuple[tuple[str, int], ...] = ()

    def drawing(self, nominal: Nominal) -> Drawing:
        """Return what draws its boards."""
        arguments = (nominal.design, self.variation, self.seed, self.sampling, self.count)
        return Drawing(*arguments, seeds=self.seeds)


@dataclass(frozen=True)
class Batch:
    """Some boards of a campaign."""

    campaign: Campaign
    boards: range

    @property
    def file(self) -> str:
        """Name of its file."""
        return f"{self.campaign.name}-{self.boards.start:07d}.parquet"

    @property
    def name(self) -> str:
        """Name of its result in the run folder."""
        return f"{BATCHES}/{self.file}"


def compute(metrics: BoardMetrics, batch: Batch) -> Columns:
    """Draw the boards of a batch, measure them, return one row each."""
    nominal, campaign = metrics.nominal, batch.campaign
    boards = drawn(campaign.drawing(nominal), batch.boards)
    if campaign.trim:
        by_role = {parts.role: parts for parts in nominal.design.parts}
        designed = {
            name: by_role[name].values if name in by_role else np.zeros(0) for name in boards.values
        }
        boards = trimmed(boards, designed, campaign.trim, len(campaign.trim))
    found, failures = metrics.measured(boards)
    table: Columns = {
        "board": list(batch.boards),
        "seed": [campaign.seed] * len(batch.boards),
        "failure": [failures.get(row, "") for row in range(len(batch.boards))],
    }
    return table | {name: values.tolist() for name, values in found.items()}


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


def merged(tables: Iterable[Columns]) -> Columns:
    """Return the rows of several tables one after the other."""
    found: Columns = {}
    for table in tables:
        for name, values in table.items():
            found.setdefault(name, []).extend(values)
    return found


def metric_arrays(columns: Columns) -> dict[str, FloatArray]:
    """Return the metrics of a table: name -> (boards,)."""
    return {name: np.array(columns[name], dtype=np.float64) for name in METRICS}


@dataclass(frozen=True, eq=False)
class _Setup:
    nominal: Nominal
    folder: Path


def _worker(setup: _Setup) -> Callable[[Batch], None]:
    """Return what computes a batch in a worker process and writes its file there."""
    metrics = BoardMetrics(setup.nominal, threads=1)

    def run(batch: Batch) -> None:
        write_table(setup.folder / batch.file, compute(metrics, batch))

    return run


def run_remotely(nominal: Nominal, batch: Batch) -> Columns:
    """Compute a batch on a cluster's worker, which need not see this machine's disk."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        return compute(BoardMetrics(nominal, threads=1), batch)


class Campaigns:
    """Runs campaigns: batches that are on disk already are not computed again."""

    def __init__(
        self,
        nominal: Nominal,
        folder: RunFolder,
        batch: int,
        jobs: int,
        scheduler: str | None = None,
    ) -> None:
        self.nominal, self.batch, self._run = nominal, batch, folder
        self.folder = folder / BATCHES
        self._jobs, self._scheduler = jobs, scheduler
        self.folder.mkdir(parents=True, exist_ok=True)

    def batches(self, campaign: Campaign) -> list[Batch]:
        """Return the batches of a campaign."""
        ends = range(0, campaign.count, self.batch)
        return [
            Batch(campaign, range(first, min(first + self.batch, campaign.count))) for first in ends
        ]

    @property
    def remote(self) -> bool:
        """Whether batches run on a cluster."""
        return self._scheduler is not None

    def missing(self, batches: Sequence[Batch]) -> list[Batch]:
        """Return the batches that the run folder does not list."""
        return [batch for batch in batches if not self._run.has(batch.name)]

    def run(self, batches: Sequence[Batch], progress: Progress | None = None) -> None:
        """Compute the batches that are not on disk.

        Raises:
            SimulationError: if a batch can't be computed; those that can are on disk.
            ConfigError: if its file can't be written.
        """
        missing = self.missing(batches)
        if not missing:
            return
        if self._scheduler is None:
            setup = _Setup(self.nominal, self.folder.resolve())
            factory = "hwkit.study.kinds.tolerance.batches:_worker"

            def listed(index: int, result: Any) -> None:
                if not isinstance(result, Failure):
                    self._run.record(missing[index].name)

            results = run_tasks(
                factory, setup, missing, self._jobs, None, progress, self._run.handles, listed
            )
            problems = [result for result in results if isinstance(result, Failure)]
        else:
            problems = self._on_cluster(self._scheduler, missing, progress)
        if problems:
            first = problems[0]
            share = f"{len(problems)} of {len(missing)} batches"
            raise first.kind(f"{share} failed; the first: {first.reason}")

    def tables(self, campaigns: Sequence[Campaign], progress: Progress | None) -> list[Columns]:
        """Run campaigns together and return the rows of each."""
        parts = [self.batches(campaign) for campaign in campaigns]
        self.run([batch for part in parts for batch in part], progress)
        return [self.read(part) for part in parts]

    def read(self, batches: Sequence[Batch]) -> Columns:
        """Return the rows of batches that are on disk.

        Raises:
            DataError: if one has other bytes than it was written with.
        """
        return merged(self._read(batch) for batch in batches)

    def _read(self, batch: Batch) -> Columns:
        self._run.check(batch.name)
        return read_table(self.folder / batch.file)

    def _on_cluster(
        self, address: str, batches: Sequence[Batch], progress: Progress | None
    ) -> list[Failure]:
        client = connect(address)
        distributed: Any = importlib.import_module("distributed")
        problems = []
        with client:
            nominal = client.scatter(self.nominal, broadcast=True, hash=False)
            futures = {
                client.submit(run_remotely, nominal, batch, pure=False): batch for batch in batches
            }
            for done, future in enumerate(
                distributed.as_completed(list(futures), loop=client.loop), start=1
            ):
                try:
                    columns = future.result()
                    write_table(self._run / futures[future].name, columns)
                    self._run.record(futures[future].name)
                except HwkitError as error:
                    problems.append(Failure(str(error), type(error)))
                if progress is not None:
                    progress(done, len(batches))
        return problems
