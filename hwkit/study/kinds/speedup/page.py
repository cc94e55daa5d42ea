"""The page of a speed-up study: times and costs, and what ends the speed-up."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hwkit.fidelity.power import ALPHA
from hwkit.report.answers import Number
from hwkit.report.drawing import IDEAL, INK, MUTED, SPICE, Drawing, canvas, panel, to_svg
from hwkit.report.formats import measured, number, quantity
from hwkit.report.rendering import Section, metrics_section
from hwkit.study.finished import FinishedRun
from hwkit.study.kinds.speedup.plan import SpeedupPlan
from hwkit.study.kinds.speedup.results import ANSWERS, Answers, Barrier, Costs
from hwkit.trajectories import FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

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


def quotient(first: tuple[float, float], last: tuple[float, float]) -> tuple[float, float]:
    """Return first over last and its standard error; both are independent values with theirs."""
    ratio = first[0] / last[0]
    return ratio, ratio * float(np.hypot(first[1] / first[0], last[1] / last[0]))


def earliest(barriers: list[Barrier]) -> Barrier | None:
    """Return the barrier that ends the speed-up at the smallest factor; None if none does."""
    limited = [barrier for barrier in barriers if barrier.limit is not None]
    return min(limited, key=lambda barrier: barrier.limit or 0.0, default=None)


def speed_drawing(answers: Answers) -> Drawing:
    """Draw how many times as fast the machine is at each factor, measured in two ways."""
    factors = np.array([row.factor for row in answers.costs])
    first, end = factors[0], earliest(answers.barriers)
    ring = [(row.seconds, row.error) for row in answers.memory]
    times = [(row.recognised, row.recognised_error) for row in answers.costs]
    with canvas("speedup-times"):
        figure = panel(430, 290)
        axes = figure.add_subplot()
        axes.plot(factors, factors / first, color=MUTED, lw=1, label="ideal")
        looks = ((SPICE, "o", ring, "memory of a ring"), (IDEAL, "s", times, "time to a sample"))
        for (colour, mark, rows, name), side in zip(looks, (0.985, 1.015), strict=True):
            ratios = [quotient(rows[0], row) for row in rows[1:]]
            values = [1.0, *(ratio for ratio, _ in ratios)]
            bars = [0.0, *(Number.mean(name, *ratio).high - ratio[0] for ratio in ratios)]
            axes.errorbar(factors * side, values, bars, fmt=mark, color=colour, ms=4, capsize=3,
                          label=name)  # fmt: skip
        if end is not None and end.limit is not None:
            axes.axvline(end.limit, color=INK, lw=1, ls=(0, (1, 1.5)), label=end.name)
        _logarithmic(axes, factors)
        axes.set_ylabel(f"times as fast as at factor {first:g}")
        svg = to_svg(figure, "Speed against the factor, both logarithmic, and the ideal line")
    return Drawing(svg, _speed_caption(answers, end))


def _logarithmic(axes: "Axes", factors: FloatArray) -> None:
    """Finish axes of speed against the factor, powers of two apart."""
    axes.set_xscale("log", base=2)
    axes.set_yscale("log", base=2)
    axes.set_xticks(factors, [f"{factor:g}" for factor in factors])
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.minorticks_off()
    axes.set_xlabel("factor of energies and noise")
    axes.legend(frameon=False, loc="upper left")
    axes.grid(visible=True)


def _speed_caption(answers: Answers, end: Barrier | None) -> str:
    first = answers.costs[0]
    caption = (
        "Measured in SPICE, with 95 % intervals: the 1/e time of a ring of units at rest and the "
        f"time to a recognisable sample, each at factor {first.factor:g} over that at the factor; "
        f"a run takes {quantity(first.seconds, 's')} at factor {first.factor:g}."
    )
    if end is None:
        return caption
    return (
        f"{caption} Dotted: where a circuit that also has {end.name} is another machine; the one "
        "drawn has none."
    )


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
