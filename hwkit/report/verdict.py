"""The verdict as a sentence, headline numbers and table rows."""

from dataclasses import dataclass

from hwkit.fidelity import Metric, Verdict
from hwkit.report.formats import PLUS_MINUS, chosen, count, measured, number

_LEVELS = {
    "drift": "the circuit's force field and its netlist, against the model",
    "path": "end states on the same noise, against the ideal machine",
    "distribution": "the distribution of end states, on different noise",
    "quality": "what the samples show",
    "answer": "machines whose statistics are known exactly: relative deviation from the known "
    "value, limit in standard errors",
    "energy": "energies, and whether they add up",
}
_HEADLINES = (
    "SPICE: recognisable share",
    "ideal: recognisable share",
    "path error",
    "drift error",
)
_MOST_NAMED = 3


@dataclass(frozen=True)
class Row:
    """A metric as text; `state` is met, missed or reported."""

    name: str
    value: str
    limit: str
    state: str
    n: str
    note: str

    @property
    def parts(self) -> tuple[str, str]:
        """Value and standard error; one text if they share a power of ten."""
        if self.value.startswith("("):
            return self.value, ""
        value, _, error = self.value.partition(PLUS_MINUS)
        return value, error


@dataclass(frozen=True)
class Group:
    """Metrics of one level."""

    level: str
    meaning: str
    rows: list[Row]


@dataclass(frozen=True)
class Summary:
    """A verdict, ready for the page."""

    passed: bool
    sentence: str
    limits_met: str
    headlines: list[Row]
    groups: list[Group]


def summarise(verdict: Verdict) -> Summary:
    """Return a verdict as text."""
    limited = [metric for metric in verdict.metrics if metric.limit is not None]
    missed = [metric for metric in limited if not metric.passed]
    known = {metric.name: metric for metric in verdict.metrics}
    first = [known[name] for name in _HEADLINES if name in known]
    chosen = [*missed, *(metric for metric in first if metric not in missed)]
    levels = [*_LEVELS, *(m.level for m in verdict.metrics)]
    groups = [
        Group(level, _LEVELS.get(level, ""), [_row(m) for m in verdict.metrics if m.level == level])
        for level in dict.fromkeys(levels)
    ]
    return Summary(
        verdict.passed,
        _sentence(limited, missed),
        f"{len(limited) - len(missed)} of {len(limited)}",
        [_row(metric) for metric in chosen[:4]],
        [group for group in groups if group.rows],
    )


def _sentence(limited: list[Metric], missed: list[Metric]) -> str:
    if not limited:
        return "No limits were set; the numbers are reported without judgement."
    if not missed:
        return (
            f"All {len(limited)} limits are met." if len(limited) > 1 else "The only limit is met."
        )
    named = [f"{m.name} ({number(m.value)}, limit {_limit(m)})" for m in missed[:_MOST_NAMED]]
    more = len(missed) - len(named)
    listed = "; ".join(named) + (f"; and {more} more" if more else "")
    is_are = "is" if len(missed) == 1 else "are"
    return f"{len(missed)} of {len(limited)} limits {is_are} not met: {listed}."


def _row(metric: Metric) -> Row:
    judged = "met" if metric.passed else "missed"
    state = judged if metric.limit is not None else "reported"
    value = measured(metric.value, metric.stderr)
    return Row(metric.name, value, _limit(metric), state, count(metric.n), metric.note)


def _limit(metric: Metric) -> str:
    if metric.limit is None:
        return ""
    return f"{'≤' if metric.direction == '<=' else '≥'} {chosen(metric.limit)}"
