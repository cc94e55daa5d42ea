"""Negative controls: which level rejects which faulty circuit, and by what."""

from dataclasses import dataclass

from hwkit.circuit import FAULTS
from hwkit.fidelity import FEWER_RUNS, Metric, Verdict
from hwkit.fidelity.power import ALPHA
from hwkit.ordering import largest
from hwkit.report.formats import number

LEVELS = ("drift", "path", "distribution")


@dataclass(frozen=True)
class Cell:
    """What one level says of a faulty circuit: its worst metric, or that it saw nothing."""

    rejected: bool
    reason: str


@dataclass(frozen=True)
class Control:
    """One faulty circuit, judged at every level."""

    fault: str
    meaning: str
    cells: list[Cell]


def control_rows(verdicts: dict[str, Verdict]) -> list[Control]:
    """Return one row per fault."""
    return [
        Control(
            fault,
            FAULTS[fault].meaning if fault in FAULTS else "",
            [_cell(verdict, level) for level in LEVELS],
        )
        for fault, verdict in verdicts.items()
    ]


def _meaning(fault: str) -> str:
    return FAULTS[fault].meaning if fault in FAULTS else ""


def _fewest(verdict: Verdict) -> str:
    """Say with how many runs the distribution level would have been enough, if that was asked."""
    fewer = {m.n: m.value for m in verdict.metrics if m.quantity == FEWER_RUNS}
    enough = [n for n in sorted(fewer) if all(fewer[k] < ALPHA for k in fewer if k >= n)]
    return f"; from {enough[0]} runs on" if enough else ""


def _cell(verdict: Verdict, level: str) -> Cell:
    failed = [m for m in verdict.metrics if m.level == level and not m.passed]
    if not failed:
        return Cell(False, "not seen")
    worst = failed[largest([_excess(metric) for metric in failed])]
    name = worst.quantity or worst.name
    more = f", and {len(failed) - 1} more" if len(failed) > 1 else ""
    if level == "distribution":
        return Cell(True, f"{name}, p = {number(worst.value)}{more}{_fewest(verdict)}")
    return Cell(True, f"{name} {number(worst.value)}{more}")


def _excess(metric: Metric) -> float:
    """How far beyond its limit a failed metric is, as a ratio."""
    if metric.limit is None or not metric.value or not metric.limit:
        return float("inf")
    ratio = abs(metric.value / metric.limit)
    return ratio if metric.direction == "<=" else 1 / ratio
