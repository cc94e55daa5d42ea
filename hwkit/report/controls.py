"""Negative controls: which level rejects which faulty circuit, and by what."""

from dataclasses import dataclass

from hwkit.fidelity import Metric, Verdict
from hwkit.report.formats import number

LEVELS = ("drift", "path", "law")
_MEANINGS = {
    "sign-flip": "the coupling of median magnitude has the wrong sign",
    "dead-node": "the most strongly coupled visible node is shorted to ground",
    "swap": "the wiring of the two most different visible units is exchanged",
    "temperature": "the noise power is 10 % too high",
}


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
        Control(fault, _MEANINGS.get(fault, ""), [_cell(verdict, level) for level in LEVELS])
        for fault, verdict in verdicts.items()
    ]


def _cell(verdict: Verdict, level: str) -> Cell:
    failed = [m for m in verdict.metrics if m.level == level and not m.passed]
    if not failed:
        return Cell(False, "not seen")
    worst = max(failed, key=_excess)
    name = worst.name.removeprefix("law: ")
    more = f", and {len(failed) - 1} more" if len(failed) > 1 else ""
    what = "p =" if level == "law" else ""
    return Cell(True, f"{name} {what} {number(worst.value)}{more}".replace("  ", " "))


def _excess(metric: Metric) -> float:
    """How far beyond its limit a failed metric is, as a ratio."""
    if metric.limit is None or not metric.value or not metric.limit:
        return float("inf")
    ratio = abs(metric.value / metric.limit)
    return ratio if metric.direction == "<=" else 1 / ratio
