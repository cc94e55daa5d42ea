"""Metrics and verdicts: a number, how well it is known, its limit, and whether it is met."""

import json
import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from hwkit.errors import DataError
from hwkit.files import write_text

SCHEMA_VERSION = 1

Level = Literal["drift", "path", "law", "quality", "answer"]
Direction = Literal["<=", ">="]


@dataclass(frozen=True)
class Metric:
    """One measured number against its limit.

    Attributes:
        name: what was measured, in words; unique within a verdict.
        level: drift, path, law, quality or answer.
        value: the number.
        limit: what it must not cross; None if it is reported only.
        direction: "<=" if the value must not exceed the limit, ">=" if it must not fall below.
        stderr: standard error of the value, from independent runs; None if it has none.
        n: number of independent runs, states or samples behind it.
        seeds: seeds that made it.
        note: what a reader should know beside the number.
    """

    name: str
    level: Level
    value: float
    limit: float | None = None
    direction: Direction = "<="
    stderr: float | None = None
    n: int = 1
    seeds: tuple[int, ...] = ()
    note: str = ""

    @property
    def passed(self) -> bool:
        """Whether the limit is met; a value that is not a number meets none."""
        if self.limit is None:
            return True
        if math.isnan(self.value):
            return False
        return self.value <= self.limit if self.direction == "<=" else self.value >= self.limit


@dataclass(frozen=True)
class Verdict:
    """The metrics of one comparison or study."""

    metrics: tuple[Metric, ...]

    def __post_init__(self) -> None:
        names = [metric.name for metric in self.metrics]
        for name in names:
            if names.count(name) > 1:
                raise DataError(f"two metrics are called {name!r}; names must be unique")

    @property
    def passed(self) -> bool:
        """Whether every limit is met."""
        return all(metric.passed for metric in self.metrics)

    def __getitem__(self, name: str) -> Metric:
        for metric in self.metrics:
            if metric.name == name:
                return metric
        raise KeyError(name)

    def to_json(self) -> str:
        """Return the content of `verdict.json`."""
        rows = [asdict(metric) | {"passed": metric.passed} for metric in self.metrics]
        document = {"schema_version": SCHEMA_VERSION, "passed": self.passed, "metrics": rows}
        return json.dumps(_without_nan(document), indent=2, allow_nan=False) + "\n"

    def save(self, path: Path | str) -> None:
        """Write `verdict.json`."""
        write_text(path, self.to_json())

    @classmethod
    def load(cls, path: Path | str) -> "Verdict":
        """Read a verdict.

        Raises:
            DataError: if the file is missing, damaged or of another schema.
        """
        try:
            document = json.loads(Path(path).read_text(encoding="utf-8"))
            if document["schema_version"] != SCHEMA_VERSION:
                raise DataError(f"{path} has another schema_version than {SCHEMA_VERSION}")
            rows = [
                {key: value for key, value in row.items() if key != "passed"}
                for row in document["metrics"]
            ]
            return cls(tuple(_metric(row) for row in rows))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DataError(f"{path} is no readable verdict: {error}") from error


def _metric(row: dict[str, object]) -> Metric:
    fields = dict(row)
    if fields["value"] is None:
        fields["value"] = math.nan
    fields["seeds"] = tuple(fields.get("seeds", ()))  # type: ignore[arg-type]
    return Metric(**fields)  # type: ignore[arg-type]


def _without_nan(entry: object) -> object:
    """JSON has no NaN: a missing number is null."""
    if isinstance(entry, dict):
        return {key: _without_nan(value) for key, value in entry.items()}
    if isinstance(entry, list | tuple):
        return [_without_nan(value) for value in entry]
    if isinstance(entry, float) and not math.isfinite(entry):
        return None
    return entry


def merge(*groups: Iterable[Metric]) -> Verdict:
    """Return one verdict over several groups of metrics."""
    return Verdict(tuple(metric for group in groups for metric in group))
