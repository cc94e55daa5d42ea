"""Error budget: where the difference between a circuit and the ideal machine comes from.

A statistic s of a run is compared on common random numbers, run by run, so its difference

    s(circuit) - s(ideal) = sum over causes of [s(with the cause alone) - s(without)] + interaction

is known far better than s itself; each term has the standard error of its paired differences. What
the runs can't tell because they are few, the sampling error of s, is beside the causes.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import DataError
from hwkit.fidelity.same_noise import check_same_noise
from hwkit.files import load_object, reading, write_text
from hwkit.manifest import check_listed
from hwkit.model import EnergyModel
from hwkit.ordering import largest
from hwkit.training import recognise
from hwkit.trajectories import Trajectories

FloatArray = NDArray[np.float64]
Statistic = Callable[[Trajectories], FloatArray]  # one number for each run, (n,)

SCHEMA_VERSION = 1
SAMPLING, INTERACTION, TOGETHER = "sampling", "interaction", "all together"


@dataclass(frozen=True)
class Contribution:
    """What one cause does to one statistic.

    Attributes:
        statistic: name of the statistic.
        cause: name of the cause; SAMPLING, INTERACTION and TOGETHER have a meaning of their own.
        difference: mean over runs; 0 for sampling.
        stderr: its standard error, from paired runs; for sampling that of the statistic itself.
        n: runs behind it.
    """

    statistic: str
    cause: str
    difference: float
    stderr: float
    n: int


@dataclass(frozen=True)
class ErrorBudget:
    """Contributions to some statistics, cause by cause."""

    rows: tuple[Contribution, ...]

    def of(self, statistic: str, cause: str) -> Contribution:
        """Return one contribution.

        Raises:
            DataError: if there is none.
        """
        for row in self.rows:
            if (row.statistic, row.cause) == (statistic, cause):
                return row
        raise DataError(f"the budget has no row for {cause!r} in {statistic!r}")

    def leading(self, statistic: str) -> Contribution:
        """Return the largest contribution of a single cause."""
        special = (SAMPLING, INTERACTION, TOGETHER)
        own = [r for r in self.rows if r.statistic == statistic and r.cause not in special]
        if not own:
            raise DataError(f"the budget has no causes for {statistic!r}")
        return own[largest([abs(row.difference) for row in own])]

    def save(self, path: Path | str) -> None:
        """Write the budget as JSON."""
        content = {"schema_version": SCHEMA_VERSION, "rows": [asdict(row) for row in self.rows]}
        write_text(path, json.dumps(content, indent=1) + "\n")

    @classmethod
    def load(cls, path: Path | str) -> "ErrorBudget":
        """Read a budget.

        Raises:
            DataError: if the file holds none.
        """
        check_listed(path)
        with reading(path, "an error budget"):
            content = load_object(path)
            return cls(tuple(Contribution(**row) for row in content["rows"]))


@dataclass(frozen=True)
class Cause:
    """Runs with one cause and without it, on the same noise, from the same starts."""

    name: str
    without: Trajectories
    alone: Trajectories


def error_budget(
    causes: list[Cause],
    ideal: Trajectories,
    together: Trajectories,
    statistics: Mapping[str, Statistic],
    same_noise: bool = False,
) -> ErrorBudget:
    """Split the difference between `together` and `ideal` into what each cause does alone.

    Failed runs are left out of a pair; where a pair has different numbers of runs, the first ones
    of the longer are taken.

    Args:
        causes: each with the runs without it and the runs with it alone.
        ideal: runs of the ideal machine.
        together: runs with all causes.
        statistics: name -> function of runs that returns one number for each, (runs,).
        same_noise: the caller's word that pairs were driven alike, as one path at two steps is; it
            replaces the check.

    Raises:
        DataError: if a pair was not driven alike.
    """
    pairs = [(ideal, together), *((c.without, c.alone) for c in causes)]
    for before, after in () if same_noise else pairs:
        n = min(before.n_trajectories, after.n_trajectories)
        check_same_noise(before.first(n), after.first(n))
    rows = []
    for name, statistic in statistics.items():
        values = statistic(ideal)[ideal.completed]
        rows.append(_row(name, SAMPLING, values - values.mean()))
        rows += [_row(name, c.name, _paired(statistic, c.without, c.alone)) for c in causes]
        whole = _paired(statistic, ideal, together)
        rows.append(_interaction(name, causes, ideal, together, statistic))
        rows.append(_row(name, TOGETHER, whole))
    return ErrorBudget(tuple(rows))


def _paired(statistic: Statistic, before: Trajectories, after: Trajectories) -> FloatArray:
    n = min(before.n_trajectories, after.n_trajectories)
    both = before.completed[:n] & after.completed[:n]
    if not np.any(both):
        raise DataError("no run completed on both sides of a comparison")
    return np.asarray((statistic(after.first(n)) - statistic(before.first(n)))[both])


def _row(statistic: str, cause: str, values: FloatArray) -> Contribution:
    n = values.size
    stderr = float(np.std(values, ddof=1) / np.sqrt(n)) if n > 1 else float("nan")
    return Contribution(statistic, cause, float(np.mean(values)), stderr, n)


def _interaction(
    name: str,
    causes: list[Cause],
    ideal: Trajectories,
    together: Trajectories,
    statistic: Statistic,
) -> Contribution:
    """Return what all causes do together beyond their sum, run by run."""
    n = min(run.n_trajectories for c in causes for run in (c.without, c.alone))
    n = min(n, ideal.n_trajectories, together.n_trajectories)
    rest = statistic(together.first(n)) - statistic(ideal.first(n))
    done = together.completed[:n] & ideal.completed[:n]
    for cause in causes:
        rest = rest - (statistic(cause.alone.first(n)) - statistic(cause.without.first(n)))
        done = done & cause.alone.completed[:n] & cause.without.completed[:n]
    return _row(name, INTERACTION, rest[done])


def machine_statistics(
    model: EnergyModel, patterns: FloatArray | None = None
) -> dict[str, Statistic]:
    """Return the statistics that matter of a machine: of quality where there are patterns.

    The mean square of the units, the heat given to the bath in units of kT, and, of samples, with
    patterns (P, n_visible), the
    recognisable share and the correlation with the best pattern.
    """

    def mean_square(runs: Trajectories) -> FloatArray:
        return np.asarray(np.mean(runs.final**2, axis=1))

    def heat(runs: Trajectories) -> FloatArray:
        return np.asarray(model.heat(runs.x[:, 0], runs.final) / model.kT)

    chosen: dict[str, Statistic] = {"mean square": mean_square, "heat, kT": heat}
    if patterns is not None:

        def correlation(runs: Trajectories) -> FloatArray:
            return recognise(runs.final, patterns).correlation

        def recognisable(runs: Trajectories) -> FloatArray:
            return recognise(runs.final, patterns).recognisable.astype(np.float64)

        chosen |= {"correlation": correlation, "recognisable share": recognisable}
    return chosen
