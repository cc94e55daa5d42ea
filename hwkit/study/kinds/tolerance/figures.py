"""Figures of a tolerance study: yields with bands, distributions, what matters, worst boards."""

from collections.abc import Mapping, Sequence

import numpy as np

from hwkit.ordering import largest
from hwkit.report.axes import AxisScale
from hwkit.report.drawing import IDEAL, INK, MUTED, SPICE, Drawing, canvas, panel, to_svg
from hwkit.report.formats import number
from hwkit.study.kinds.tolerance.facts import YieldFacts
from hwkit.study.kinds.tolerance.results import Distribution
from hwkit.tolerance import Yield
from hwkit.trajectories import FloatArray

_BINS = 30


def yield_curve(
    group: str,
    at: Sequence[float],
    yields: Sequence[Yield | YieldFacts],
    against: str = "deviations, times as drawn",
) -> Drawing:
    """Draw one yield curve with its interval as a band.

    Args:
        group: the entry of the variation, as the title.
        at: where the yields are, (n,).
        yields: (n,).
        against: label of the horizontal axis.
    """
    with canvas(f"yield-{group}"):
        figure = panel(300, 220)
        axes = figure.add_subplot()
        low, high = [y.low for y in yields], [y.high for y in yields]
        axes.fill_between(at, low, high, color=IDEAL, alpha=0.2, lw=0)
        axes.plot(at, [y.value for y in yields], "o-", color=IDEAL, ms=4)
        axes.set_ylim(-0.02, 1.02)
        axes.set_xlabel(against)
        axes.set_ylabel("yield")
        axes.set_title(group)
        axes.grid(visible=True)
        svg = to_svg(figure, f"Yield against {group}")
    last = yields[-1]
    interval = f"{100 * last.low:.1f} to {last.high:.1%}"
    text = (
        f"{yields[0].boards} boards a point; at {at[-1]:g} the yield is {last.value:.1%} "
        f"({interval})."
    )
    return Drawing(svg, text)


def grade_curve(
    group: str,
    percents: Sequence[float],
    yields: Sequence[YieldFacts],
    target: float,
    chosen: float | None,
) -> Drawing:
    """Draw the yield against the grade of one group of parts, with intervals and the target.

    Args:
        group: the parts, as the title.
        percents: their grades, tightest first, (n,).
        yields: (n,).
        target: the yield that is asked for.
        chosen: the grade that was chosen; None if none was.
    """
    with canvas(f"grades-{group}"):
        figure = panel(300, 220)
        axes = figure.add_subplot()
        place = np.arange(len(percents))
        for k, (percent, found) in enumerate(zip(percents, yields, strict=True)):
            colour = SPICE if percent == chosen else IDEAL
            axes.vlines(k, found.low, found.high, color=colour, lw=1.4)
            axes.plot([k], [found.value], "o", color=colour, ms=5)
        axes.axhline(target, color=INK, lw=1.0, ls="--")
        axes.set_xticks(place, [f"{each:g} %" for each in percents])
        axes.set_ylim(-0.02, 1.02)
        axes.set_xlabel("grade")
        axes.set_ylabel("yield")
        axes.set_title(group)
        svg = to_svg(figure, f"Yield against the grade of {group}")
    boards = (
        f"{yields[0].boards} boards a grade, the same ones; dashed: {100 * target:.4g} % asked for"
    )
    taken = "no grade was chosen" if chosen is None else f"chosen: {chosen:g} %"
    return Drawing(svg, f"{boards}; {taken}.")


def distribution(name: str, values: FloatArray, nominal: float, limits: list[float]) -> Drawing:
    """Draw how a metric is spread over boards, (boards,), with the nominal board and the limits."""
    with canvas(f"distribution-{name}"):
        figure = panel(300, 210)
        axes = figure.add_subplot()
        axes.hist(values, bins=_BINS, color=IDEAL, alpha=0.7)
        axes.axvline(nominal, color=INK, lw=1.2)
        for limit in limits:
            axes.axvline(limit, color=SPICE, lw=1.2, ls="--")
        axes.set_xlabel(name)
        axes.set_ylabel("boards")
        svg = to_svg(figure, f"Distribution of {name} over boards")
    low, middle, high = np.quantile(values, [0.05, 0.5, 0.95])
    caption = f"Median {number(middle)}, nine in ten between {number(low)} and {number(high)}"
    marks = "; nominal board solid, limit dashed." if limits else "; nominal board solid."
    return Drawing(svg, caption + marks)


def fan(metrics: Mapping[str, Distribution], nominal: Mapping[str, float]) -> Drawing:
    """Draw quantiles of several metrics side by side, in standard deviations from the nominal."""
    with canvas("fan"):
        figure = panel(420, 40 + 34 * len(metrics))
        axes = figure.add_subplot()
        for row, (name, metric) in enumerate(metrics.items()):
            scale, centre = metric.std, nominal[name]
            q = {float(k): (v - centre) / scale for k, v in metric.quantiles.items()}
            for low, high, height in ((0.0, 1.0, 0.15), (0.05, 0.95, 0.35), (0.25, 0.75, 0.6)):
                left, width = q[low], q[high] - q[low]
                axes.barh(row, width, height, left=left, color=IDEAL, alpha=0.35, lw=0)
            axes.plot([q[0.5]], [row], "|", color=INK, ms=12)
        axes.axvline(0, color=MUTED, lw=0.8)
        axes.set_yticks(range(len(metrics)), list(metrics))
        axes.invert_yaxis()
        axes.set_xlabel("distance to the nominal board, in standard deviations over boards")
        svg = to_svg(figure, "Quantiles of every metric over boards")
    return Drawing(svg, "Median, middle half, middle nine tenths and range over boards.")


def bars(
    name: str,
    labels: Sequence[str],
    values: Sequence[float],
    bands: Sequence[tuple[float, float]] | None,
    what: str,
) -> Drawing:
    """Draw ranked shares as horizontal bars.

    Args:
        name: of the figure, for its ids.
        labels, values: of the bars, largest first; values are shares of 1.
        bands: (low, high) of each bar; None for none.
        what: label of the axis.
    """
    with canvas(f"bars-{name}"):
        figure = panel(420, 60 + 18 * len(labels))
        axes = figure.add_subplot()
        place = np.arange(len(labels))
        axes.barh(place, values, 0.7, color=IDEAL)
        if bands is not None:
            low, high = np.array(bands).T
            axes.hlines(place, low, high, color=INK, lw=1.2)
        axes.set_yticks(place, labels)
        axes.invert_yaxis()
        axes.set_xlabel(what)
        svg = to_svg(figure, f"{what}, largest first")
    return Drawing(svg, f"Largest: {labels[0]}, {values[0]:.1%}.")


def worst_path(
    t: FloatArray, nominal: FloatArray, board: FloatArray, number_: int, scale: AxisScale
) -> Drawing:
    """Draw the unit of a board that strays furthest from the nominal board, first path.

    Args:
        t: times (T,), in model units.
        nominal, board: states of the two boards (paths, T, N), in model units.
        number_: of the board.
        scale: what model units are in the circuit.
    """
    apart = np.max(np.abs(board[0] - nominal[0]), axis=0)
    unit = largest(apart)
    with canvas(f"worst-{number_}"):
        figure = panel(300, 210)
        axes = figure.add_subplot()
        axes.plot(t, nominal[0, :, unit], color=IDEAL, lw=2.2, alpha=0.7, label="nominal")
        axes.plot(t, board[0, :, unit], color=SPICE, lw=1.4, ls=(0, (4, 1.6)), label="board")
        axes.set_xlabel("time (model units)")
        axes.set_ylabel("x")
        axes.set_title(f"Board {number_}, unit {unit}")
        scale.beside(axes, time="x", state="y")
        axes.legend(frameon=False)
        svg = to_svg(figure, f"Unit {unit} of board {number_} and of the nominal board over time")
    return Drawing(svg, f"The unit that strays furthest; at most {number(float(apart[unit]), 2)}.")
