"""Metrics and verdicts: a number, how well it is known, its limit, and whether it is met."""

import json
import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from hwkit.errors import DataError
from hwkit.files import load_object, reading, write_text
from hwkit.manifest import check_listed
from hwkit.showing import Shown, Summary
from hwkit.terminal import one_line

if TYPE_CHECKING:
    from matplotlib.figure import Figure

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

    def __post_init__(self) -> None:
        if self.limit is not None and math.isinf(self.limit):
            raise DataError(
                f"the limit of {self.name!r} is {self.limit}, which no number crosses; give a "
                "finite limit, or None to report only"
            )

    @property
    def passed(self) -> bool:
        """Whether the limit is met; a value that is not a number meets none."""
        if self.limit is None:
            return True
        if math.isnan(self.value):
            return False
        return self.value <= self.limit if self.direction == "<=" else self.value >= self.limit


@dataclass(frozen=True, repr=False)
class Verdict(Shown):
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

    def summary(self) -> Summary:
        """Return the rows as a table, missed limits first."""
        limited = [metric for metric in self.metrics if metric.limit is not None]
        met = sum(metric.passed for metric in limited)
        word = "passed" if self.passed else "NOT passed"
        first = sorted(self.metrics, key=lambda metric: metric.passed)
        title = f"Verdict: {word}, {met} of {len(limited)} limits met, {len(self.metrics)} rows"
        if not limited:
            title = f"Verdict: nothing is judged, no row has a limit, {len(self.metrics)} rows"
        return Summary(title, lines=table(first))

    def plot(self) -> "Figure":
        """Return a figure of every row that has a limit: value over limit.

        Raises:
            DataError: if no row has a limit other than 0.
        """
        from hwkit.plotting.values import draw_ratios

        rows = [m for m in self.metrics if m.limit and math.isfinite(m.value)]
        if not rows:
            raise DataError("no row of the verdict has a limit other than 0; nothing to draw")
        return draw_ratios(
            [m.name for m in rows],
            [m.value / m.limit for m in rows if m.limit],
            [m.passed for m in rows],
        )

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


def table(metrics: Iterable[Metric]) -> list[str]:
    """Return metrics as lines of a table for people."""
    rows = [("", "metric", "value", "limit", "note")]
    for metric in metrics:
        limit = "" if metric.limit is None else f"{metric.direction} {metric.limit:.4g}"
        error = "" if metric.stderr is None else f" +- {metric.stderr:.1g}"
        mark = "" if metric.limit is None else "ok" if metric.passed else "FAILED"
        name, note = one_line(metric.name), one_line(metric.note)
        rows.append((mark, name, f"{metric.value:.4g}{error}", limit, note))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[4]])
        for row in rows
    ]
    return [line.rstrip() for line in lines]


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
