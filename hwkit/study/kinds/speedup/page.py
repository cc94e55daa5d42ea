"""The page of a speed-up study: times and costs, and what ends the speed-up."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from hwkit.fidelity.power import ALPHA
from hwkit.report.drawing import IDEAL, INK, MUTED, SPICE, Drawing, canvas, panel, to_svg
from hwkit.report.formats import measured, number, quantity
from hwkit.report.rendering import Section, metrics_section
from hwkit.study.finished import FinishedRun
from hwkit.study.kinds.speedup.plan import SpeedupPlan
from hwkit.study.kinds.speedup.results import ANSWERS, Answers, Barrier, Costs, Memory

_MARKS = ("o", "s", "^", "D", "v")


@dataclass(frozen=True)
class _CostRow:
    factor: str
    seconds: str
    watt: str
    joule: str
    heat: str
    ratio: str
    density: str
    kelvin: str


@dataclass(frozen=True)
class _BarrierRow:
    name: str
    factor: str
    change: str
    judgement: str
    limit: str


@dataclass(frozen=True)
class _Barriers:
    rows: list[_BarrierRow]
    margin: str
    drawing: Drawing | None


def sections(plan: SpeedupPlan, run: FinishedRun) -> Iterator[Section]:
    """Yield the sections of a speed-up study's page."""
    answers = run.value(ANSWERS, Answers)
    yield Section("speedup-times", "Times and costs", _costs(answers))
    yield Section("speedup-barriers", "What limits it", _barriers(answers.barriers, plan))
    yield metrics_section(run.verdict())


def _costs(answers: Answers) -> list[_CostRow]:
    return [_cost_row(row, answers.costs[0]) for row in answers.costs]


def _cost_row(row: Costs, first: Costs) -> _CostRow:
    return _CostRow(
        factor=f"{row.factor:g}",
        seconds=quantity(row.seconds, "s"),
        watt=quantity(row.watt, "W"),
        joule=quantity(row.joule, "J"),
        heat=measured(row.heat * 1e15, row.heat_error * 1e15) + " fJ",
        ratio=number(row.heat / first.heat),
        density=quantity(row.noise_density, "A/√Hz"),
        kelvin=number(row.noise_kelvin) + " K",
    )


def times_drawing(costs: list[Costs], memory: list[Memory]) -> Drawing:
    """Draw memory of a ring and time to a sample against the factor."""
    factors = np.array([row.factor for row in memory])
    ring = np.array([[row.seconds, row.error] for row in memory]) * 1e6
    model = np.array([[row.recognised, row.recognised_error] for row in costs])
    seconds = np.array([row.seconds * row.factor for row in costs]) * 1e6
    with canvas("speedup-times"):
        figure = panel(430, 280)
        axes = figure.add_subplot()
        named = "memory of a ring, µs", "recognisable sample, model time"
        looks = ((SPICE, "o"), (IDEAL, "s"))
        for values, (colour, mark), name in zip((ring, model), looks, named, strict=True):
            axes.plot(factors, values[0, 0] * factors[0] / factors, color=MUTED, lw=0.9)
            axes.errorbar(factors, values[:, 0], values[:, 1], fmt=mark, color=colour, ms=4,
                          capsize=3, label=name)  # fmt: skip
        axes.set_xscale("log", base=2)
        axes.set_yscale("log", base=2)
        axes.set_xticks(factors, [f"{factor:g}" for factor in factors])
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.minorticks_off()
        axes.set_xlabel("factor")
        axes.set_ylabel("time")
        axes.legend(frameon=False, loc="lower left")
        axes.grid(visible=True)
        svg = to_svg(figure, "Memory and time to a sample against the factor, both logarithmic")
    return Drawing(svg, "Measured in SPICE, with one standard error; lines fall as 1/factor. One "
                   f"run takes {number(float(seconds[0]))} µs at factor 1.")  # fmt: skip


def _barriers(barriers: list[Barrier], plan: SpeedupPlan) -> _Barriers:
    margin = plan.barriers.margin
    rows = [
        _BarrierRow(
            name=barrier.name if k == 0 else "",
            factor=f"{point.factor:g}",
            change=measured(100 * point.change, 100 * point.error) + " %",
            judgement="rejected" if point.p < ALPHA else "not rejected",
            limit=_limit(barrier) if k == 0 else "",
        )
        for barrier in barriers
        for k, point in enumerate(barrier.points)
    ]
    drawing = _barriers_drawing(barriers, margin) if barriers else None
    return _Barriers(rows, f"{margin:.0%}", drawing)


def _limit(barrier: Barrier) -> str:
    return "–" if barrier.limit is None else number(barrier.limit)


def _barriers_drawing(barriers: list[Barrier], margin: float) -> Drawing:
    with canvas("speedup-barriers"):
        figure = panel(430, 280)
        axes = figure.add_subplot()
        axes.axhline(100 * margin, color=INK, lw=1, ls=(0, (1, 1.5)))
        for entry, mark, colour in zip(barriers, _MARKS, (SPICE, IDEAL, MUTED, INK), strict=False):
            points = [p for p in entry.points if p.change]
            axes.plot([p.factor for p in points], [100 * abs(p.change) for p in points],
                      f"{mark}-", color=colour, ms=5, label=entry.name)  # fmt: skip
        factors = [point.factor for point in barriers[0].points]
        axes.set_xscale("log", base=2)
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.set_xticks(factors, [f"{factor:g}" for factor in factors])
        axes.minorticks_off()
        axes.set_xlabel("factor")
        axes.set_ylabel("|change of the mean square|, %")
        axes.legend(frameon=False, loc="upper left")
        axes.grid(visible=True)
        svg = to_svg(figure, "Change of the mean square by each barrier, against the factor")
    return Drawing(svg, f"Paired with the circuit without it; dotted: the margin of {margin:.0%}.")
