"""Figures of paths and forces: one function each, drawn and described."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hwkit.report.axes import AxisScale
from hwkit.report.drawing import (
    IDEAL,
    INK,
    MUTED,
    SPICE,
    Drawing,
    canvas,
    panel,
    powers_of_ten,
    to_svg,
)
from hwkit.report.formats import chosen, number, power_of_ten
from hwkit.study.kinds.equivalence.results import Pair

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FloatArray = NDArray[np.float64]


def path(pair: Pair, scale: AxisScale, run: int, unit: int, layer: str) -> Drawing:
    """Draw one unit of one run on both sides, and the difference on its own scale.

    Args:
        pair: the runs.
        scale: what model units are in the circuit.
        run, unit: which.
        layer: of the unit, for the title.
    """
    title = f"Unit {unit} ({layer})"
    ideal, spice = pair.ideal.x[run, :, unit], pair.spice.x[run, :, unit]
    with canvas(f"path-{unit}"):
        figure = panel(height=270)
        _above_difference(figure, pair.ideal.t, ideal, spice, "x")
        figure.axes[0].set_title(title)
        figure.axes[1].set_xlabel("time (model units)")
        scale.beside(figure.axes[0], time="x", state="y")
        label = f"Run {run}, unit {unit}: ideal and SPICE over time, and their difference"
        svg = to_svg(figure, label)
    worst, reach = float(np.max(np.abs(spice - ideal))), float(np.ptp(ideal))
    return Drawing(
        svg, f"Largest difference {number(worst, 2)}; the path spans {number(reach, 2)}."
    )


def autocorrelation(pair: Pair, scale: AxisScale) -> Drawing:
    """Draw how far states resemble the end state of their run, over the time between the two."""
    t = pair.ideal.t
    lag, sides = t[-1] - t[::-1], []
    for runs in (pair.ideal, pair.spice):
        deviation = runs.x[pair.both] - runs.x[pair.both].mean(axis=0)
        product = np.einsum("rtn,rn->t", deviation, deviation[:, -1])
        size = np.sqrt(np.einsum("rtn,rtn->t", deviation, deviation))
        norm = size * size[-1]
        sides.append((product / np.where(norm > 0, norm, 1.0))[::-1])
    with canvas("autocorrelation"):
        figure = panel(380, 260)
        _above_difference(figure, lag, sides[0], sides[1], "correlation")
        figure.axes[0].set_title("Memory of a path")
        figure.axes[1].set_xlabel("time before the end (model units)")
        scale.beside(figure.axes[0], time="x")
        svg = to_svg(figure, "Correlation of states with the end state, ideal and SPICE")
    worst = number(float(np.max(np.abs(sides[1] - sides[0]))), 2)
    caption = (
        "Correlation over runs of the state with the end state of the same run, all units pooled: "
        f"how long the machine remembers. Largest difference {worst}."
    )
    return Drawing(svg, caption)


def _above_difference(
    figure: "Figure", t: FloatArray, ideal: FloatArray, spice: FloatArray, quantity: str
) -> None:
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[2.2, 1])
    above.plot(t, ideal, color=IDEAL, linewidth=4, alpha=0.45, label="ideal")
    above.plot(t, spice, color=SPICE, linewidth=1.3, linestyle=(0, (4, 1.6)), label="SPICE")
    above.set_ylabel(quantity)
    below.axhline(0, color=MUTED, linewidth=0.8)
    power = _thousands(spice - ideal)
    below.plot(t, (spice - ideal) / 10.0**power, color=INK, linewidth=1.1, label="SPICE - ideal")
    below.set_ylabel("difference" + (f" / {power_of_ten(power)}" if power else ""))
    below.locator_params(axis="y", nbins=4)
    for axes in (above, below):
        axes.grid(axis="y")
    figure.align_ylabels()


def _thousands(values: FloatArray) -> int:
    """Return the exponent of 10, a multiple of 3, that brings the largest to 1 to 1000."""
    largest = float(np.max(np.abs(values)))
    return 3 * int(np.floor(np.log10(largest) / 3)) if largest > 0 else 0


def drift_residual(
    residual: FloatArray, layers: list[tuple[str, slice]], limit: float | None
) -> Drawing:
    """Draw the largest relative force residual of each unit, over states: (n_states, N).

    Units without any sit on the lower edge.
    """
    worst = np.max(np.abs(residual), axis=0)
    positive = worst[worst > 0]
    floor = 10.0 ** np.floor(np.log10(positive.min()) - 0.3) if positive.size else 1e-18
    with canvas("drift"):
        figure = panel(380, 250)
        axes = figure.add_subplot()
        axes.set_yscale("log")
        for (name, units), marker in zip(layers, ("o", "s"), strict=False):
            index = np.arange(units.start, units.stop)
            values = worst[units]
            _markers(axes, index, np.where(values > 0, values, floor), values > 0, marker, name)
        if limit is not None:
            axes.axhline(limit, color=INK, linewidth=1, linestyle=(0, (1, 1.5)))
            axes.annotate(
                f"limit {chosen(limit)}",
                (0.995, limit),
                (0, 3),
                xycoords=("axes fraction", "data"),
                textcoords="offset points",
                ha="right",
                color=INK,
            )
        top = max(float(positive.max()) if positive.size else floor, limit or floor)
        axes.set_ylim(floor, top * 30)
        axes.yaxis.set_major_formatter(powers_of_ten())
        axes.minorticks_off()
        axes.grid(axis="y")
        axes.set_xlabel("unit")
        axes.set_ylabel("largest |residual| / largest force")
        axes.legend(frameon=False, loc="upper left", ncols=2, handletextpad=0.2, borderpad=0)
        svg = to_svg(figure, "Largest drift residual of each unit, logarithmic scale")
    zeros = int(np.count_nonzero(worst == 0))
    caption = (
        f"Largest residual of each unit over {len(residual)} states. "
        f"The largest of all is {number(float(worst.max()), 2)}; a wrong coupling or a dead part "
        "would lift its units far above the others."
    )
    if zeros:
        those = "1 unit without any residual lies"
        if zeros > 1:
            those = f"{zeros} units without any residual lie"
        caption += f" {those} on the lower edge, hollow."
    return Drawing(svg, caption)


def _markers(
    axes: "Axes",
    x: NDArray[np.intp],
    y: FloatArray,
    filled: NDArray[np.bool_],
    marker: str,
    name: str,
) -> None:
    """Mark values above 0; those that sit on the edge, being 0, in grey."""
    for shown, colour, label in ((filled, SPICE, name), (~filled, MUTED, None)):
        axes.plot(
            x[shown],
            y[shown],
            color=colour,
            linestyle="none",
            marker=marker,
            markersize=3.5,
            markerfacecolor=colour if marker == "o" and label else "none",
            clip_on=False,
            label=label,
        )
