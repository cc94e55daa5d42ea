"""Figures of a tolerance study: yields with bands, distributions, what matters, worst boards."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwkit.ordering import largest
from hwkit.report.drawing import IDEAL, INK, MUTED, SPICE, Drawing, canvas, panel, to_svg
from hwkit.report.formats import number

FloatArray = NDArray[np.float64]
_BINS = 30


def yield_curve(curve: dict[str, Any]) -> Drawing:
    """Draw one yield curve with its interval as a band."""
    points, bits = curve["points"], curve["group"] == "bits"
    at = [point["at"] for point in points]
    with canvas(f"yield-{curve['group']}"):
        figure = panel(300, 220)
        axes = figure.add_subplot()
        axes.fill_between(
            at,
            [p["low"] for p in points],
            [p["high"] for p in points],
            color=IDEAL,
            alpha=0.2,
            lw=0,
        )
        axes.plot(at, [p["value"] for p in points], "o-", color=IDEAL, ms=4)
        axes.set_ylim(-0.02, 1.02)
        axes.set_xlabel("bits" if bits else "deviations, times as drawn")
        axes.set_ylabel("yield")
        axes.set_title(curve["group"])
        axes.grid(visible=True)
        svg = to_svg(figure, f"Yield against {curve['group']}")
    last = points[-1]
    boards = points[0]["boards"]
    interval = f"{100 * last['low']:.1f} to {last['high']:.1%}"
    text = (
        f"{boards} boards a point; at {last['at']:g} the yield is {last['value']:.1%} ({interval})."
    )
    return Drawing(svg, text)


def distribution(name: str, values: FloatArray, nominal: float, limits: list[float]) -> Drawing:
    """Draw how a metric is spread over boards, with the nominal board and the limits."""
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


def fan(metrics: dict[str, Any], nominal: dict[str, float], names: Sequence[str]) -> Drawing:
    """Draw quantiles of several metrics side by side, in standard deviations from the nominal."""
    with canvas("fan"):
        figure = panel(420, 40 + 34 * len(names))
        axes = figure.add_subplot()
        for row, name in enumerate(names):
            entry, centre = metrics[name], nominal[name]
            scale = entry["std"] or 1.0
            q = {float(k): (v - centre) / scale for k, v in entry["quantiles"].items()}
            for low, high, height in ((0.0, 1.0, 0.15), (0.05, 0.95, 0.35), (0.25, 0.75, 0.6)):
                left, width = q[low], q[high] - q[low]
                axes.barh(row, width, height, left=left, color=IDEAL, alpha=0.35, lw=0)
            axes.plot([q[0.5]], [row], "|", color=INK, ms=12)
        axes.axvline(0, color=MUTED, lw=0.8)
        axes.set_yticks(range(len(names)), names)
        axes.invert_yaxis()
        axes.set_xlabel("distance to the nominal board, in standard deviations over boards")
        svg = to_svg(figure, "Quantiles of every metric over boards")
    return Drawing(svg, "Median, middle half, middle nine tenths and range over boards.")


def bars(
    name: str, labels: Sequence[str], values: Sequence[float], bands: Any, what: str
) -> Drawing:
    """Draw ranked shares as horizontal bars; `bands` are (low, high) of each, or None."""
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


def worst_path(t: FloatArray, nominal: FloatArray, board: FloatArray, number_: int) -> Drawing:
    """Draw the unit of a board that strays furthest from the nominal board, first path."""
    apart = np.max(np.abs(board[0] - nominal[0]), axis=0)
    unit = largest(apart)
    with canvas(f"worst-{number_}"):
        figure = panel(300, 210)
        axes = figure.add_subplot()
        axes.plot(t, nominal[0, :, unit], color=IDEAL, label="nominal")
        axes.plot(t, board[0, :, unit], color=SPICE, label="board")
        axes.set_xlabel("time (model units)")
        axes.set_ylabel("x")
        axes.set_title(f"Board {number_}, unit {unit}")
        axes.legend(frameon=False)
        svg = to_svg(figure, f"Unit {unit} of board {number_} and of the nominal board over time")
    return Drawing(svg, f"The unit that strays furthest; at most {number(float(apart[unit]), 2)}.")
