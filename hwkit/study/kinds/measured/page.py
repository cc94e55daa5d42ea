"""The page of a measured board: its two answers, what is wrong, every parameter with its anchor."""

from collections.abc import Iterator
from dataclasses import dataclass

from hwkit.measured.specification import too_short
from hwkit.report.drawing import IDEAL, MUTED, SPICE, Drawing, canvas, panel, to_svg
from hwkit.report.formats import count, number
from hwkit.report.rendering import Section, metrics_section
from hwkit.study.finished import FinishedRun
from hwkit.study.kinds.measured.plan import MeasuredPlan
from hwkit.study.kinds.measured.results import BOARD, BoardResult, Parameter

_SHOWN = 12  # statistics of the distribution


@dataclass(frozen=True)
class _Content:
    """What the section's template shows."""

    facts: list[tuple[str, str]]
    findings: list[str]
    faults: list[str]
    parameters: list[tuple[str, ...]]
    statistics: list[tuple[str, ...]]
    why_none: str
    level: str


def sections(plan: MeasuredPlan, run: FinishedRun) -> Iterator[Section]:
    """Yield the sections of the page."""
    yield Section("measured", "Board", _content(plan, run.value(BOARD, BoardResult)))
    yield metrics_section(run.verdict())


def _content(plan: MeasuredPlan, result: BoardResult) -> _Content:
    short = too_short(result.resolved, plan.question.wanted, result.longer)
    facts = [
        ("units that move", ", ".join(map(str, result.units))),
        ("record", f"{number(result.duration)} of model time, samples {number(result.step)} apart"),
        ("longest correlation time", f"{number(result.correlation, 2)} of model time"),
        ("resolution", short),
        ("colour of the units' noise", result.colour),
        ("anchor of gains", plan.question.anchor),
        ("error of the time step", f"{number(result.step_bias, 2)} standard errors, at most"),
    ]
    if result.advice:
        facts.append(("missing", result.advice))
    if result.planted:
        facts.append(("planted faults", f"{len(result.planted)}, {len(result.missed)} not named"))
    return _Content(
        facts,
        result.findings,
        result.faults,
        [_row(row) for row in result.parameters],
        [
            (s.name, number(s.value), number(s.reference), number(s.stderr, 2), number(s.p, 2))
            for s in result.statistics[:_SHOWN]
        ],
        result.why_none,
        f"{100 * plan.question.level:g} %",
    )


def _row(row: Parameter) -> tuple[str, ...]:
    limit = "" if row.tolerance is None else number(row.tolerance)
    finding = row.finding
    if finding == "can't tell":
        finding = f"can't tell; {number(row.longer, 2)} times as long would"
    return (
        row.name,
        number(row.value),
        f"{number(row.low)} to {number(row.high)}",
        number(row.intended),
        limit,
        finding,
        row.anchor,
    )


def intervals(plan: MeasuredPlan, result: BoardResult) -> Drawing:
    """Draw every parameter's distance from what is intended, in standard errors of its interval."""
    rows = [row for row in result.parameters if row.kind in ("coupling", "direction", "noise")]
    with canvas("measured-intervals"):
        figure = panel(430, 60 + 18 * len(rows))
        axes = figure.add_subplot()
        axes.axvline(0, color=MUTED, linewidth=1)
        for place, row in enumerate(rows):
            scale = row.intended if row.kind == "noise" else 1.0
            ends = [(end - row.intended) / scale for end in (row.low, row.high)]
            colour = SPICE if ends[0] > 0 or ends[1] < 0 else IDEAL
            axes.plot(ends, [place, place], color=colour, linewidth=2)
            if row.tolerance is not None:
                limit = row.tolerance / scale
                axes.plot([-limit, limit], [place, place], "|", color=MUTED, markersize=7)
        axes.set_yticks(range(len(rows)), [row.name for row in rows], fontsize=9)
        axes.invert_yaxis()
        axes.set_xlabel("measured minus intended (noise: relative)")
        svg = to_svg(figure, "Intervals of couplings and noise about their intended values")
    return Drawing(
        svg,
        f"Measured minus intended: {100 * plan.question.level:g} % intervals that hold together, "
        f"of {count(len(rows))} parameters; ticks are limits of the specification. Intervals that "
        f"don't reach 0 are orange.{_gains(result)}",
    )


def _gains(result: BoardResult) -> str:
    """Return what a named gain does to the intervals of kT; "" if none was named."""
    if not any("gain of channel" in words for words in result.faults):
        return ""
    return (
        " A gain that is off changes kT of its channel's unit by its square: where a gain is "
        "named, it explains that interval."
    )
