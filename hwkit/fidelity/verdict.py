"""Metrics and verdicts: a number, how well it is known, its limit, and whether it is met."""

import json
import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal, get_args

from hwkit.errors import DataError
from hwkit.files import load_object, reading, write_text
from hwkit.manifest import check_listed

SCHEMA_VERSION = 1

Level = Literal["drift", "path", "distribution", "quality", "answer", "energy"]
Direction = Literal["<=", ">="]


@dataclass(frozen=True)
class Metric:
    """One measured number against its limit.

    Attributes:
        name: what was measured, in words; unique within a verdict.
        level: drift, path, distribution, quality, answer or energy.
        value: the number.
        limit: what it must not cross; None if it is reported only.
        direction: "<=" if the value must not exceed the limit, ">=" if it must not fall below.
        stderr: standard error of the value, from independent runs; None if it has none.
        n: number of independent runs, states or samples behind it.
        seeds: seeds that made it.
        note: what a reader should know beside the number.
        quantity: what was measured, for programs that look for it; "" if the name says it.
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
    quantity: str = ""

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
        rows = [_row(metric) for metric in self.metrics]
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
        check_listed(path)
        with reading(path, "a verdict"):
            document = load_object(path, finite=True)
        if not isinstance(document.get("metrics"), list):
            raise DataError(f"{path} is not a readable verdict: it has no list of metrics")
        version = document.get("schema_version")
        if version != SCHEMA_VERSION or isinstance(version, bool):
            raise DataError(f"{path} has another schema_version than {SCHEMA_VERSION}")
        try:
            return cls(tuple(_metric(row, i) for i, row in enumerate(document["metrics"])))
        except DataError as error:
            raise DataError(f"{path} is not a readable verdict: {error}") from error


# The type of each field in JSON; the same as in verdict.schema.json.
_TYPES: dict[str, tuple[type, ...]] = {
    "name": (str,),
    "level": (str,),
    "value": (int, float, type(None)),
    "limit": (int, float, type(None)),
    "direction": (str,),
    "stderr": (int, float, type(None)),
    "n": (int,),
    "seeds": (list,),
    "note": (str,),
    "quantity": (str,),
    "passed": (bool,),
}
_CHOICES = {"level": get_args(Level), "direction": get_args(Direction)}


def _row(metric: Metric) -> dict[str, object]:
    """Return a metric as a row of `verdict.json`; a quantity only where it has one."""
    row = asdict(metric) | {"passed": metric.passed}
    if not metric.quantity:
        del row["quantity"]
    return row


def _metric(row: object, position: int) -> Metric:
    """Check one row of `metrics` field by field and return it."""

    def refuse(problem: str) -> DataError:
        return DataError(f"metric {position}: {problem}")

    if not isinstance(row, dict):
        raise refuse("it is not an object")
    row = dict(row)
    row.setdefault("quantity", "")
    if row.get("level") == "law":  # as it was called before version 0.2
        row["level"] = "distribution"
    for name in _TYPES.keys() - row.keys():
        raise refuse(f"it has no field {name!r}")
    for name, value in row.items():
        if name not in _TYPES:
            raise refuse(f"there is no field {name!r}")
        is_bool = isinstance(value, bool)
        if not isinstance(value, _TYPES[name]) or (is_bool and bool not in _TYPES[name]):
            raise refuse(f"{name} is {value!r}, which has the wrong type")
        if name in _CHOICES and value not in _CHOICES[name]:
            raise refuse(f"{name} is {value!r}; it must be one of {', '.join(_CHOICES[name])}")
    for seed in row["seeds"]:
        if isinstance(seed, bool) or not isinstance(seed, int):
            raise refuse(f"the seed {seed!r} is not a whole number")
    fields = {name: value for name, value in row.items() if name != "passed"}
    try:
        numbers = {name: _number(row[name]) for name in ("value", "limit", "stderr")}
    except OverflowError:
        raise refuse("a number is too large") from None
    if numbers["value"] is None:
        numbers["value"] = math.nan
    metric = Metric(**fields | numbers | {"seeds": tuple(row["seeds"])})
    if metric.passed is not row["passed"]:
        raise refuse(f"passed is {row['passed']}, which value and limit contradict")
    return metric


def _number(value: int | float | None) -> float | None:
    return None if value is None else float(value)


def _without_nan(entry: object) -> object:
    """JSON has no NaN: a missing number is null."""
    if isinstance(entry, dict):
        return {key: _without_nan(value) for key, value in entry.items()}
    if isinstance(entry, list | tuple):
        return [_without_nan(value) for value in entry]
    if isinstance(entry, float) and not math.isfinite(entry):
        return None
    return entry


def remarked(rows: Iterable[Metric], name: str, remark: str) -> list[Metric]:
    """Return the rows with a remark added to the note of one of them.

    For what was not checked: a row of its own would be neither passed nor failed, which no row of
    a verdict can say.
    """
    return [
        replace(row, note=f"{row.note}; {remark}" if row.note else remark)
        if row.name == name
        else row
        for row in rows
    ]


def merge(*groups: Iterable[Metric]) -> Verdict:
    """Return one verdict over several groups of metrics."""
    return Verdict(tuple(metric for group in groups for metric in group))
