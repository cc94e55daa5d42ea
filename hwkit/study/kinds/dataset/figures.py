"""Figures of a data set study: the frontier of quality against hardware, classes asked for."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from hwkit.plotting import part
from hwkit.report.drawing import IDEAL, INK, MUTED, SPICE, Drawing, canvas, panel, to_svg
from hwkit.study.kinds.dataset.results import FLOOR, Dataset, Point

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_STYLES = {  # what makes a machine differ -> how it is drawn
    "trained": ("trained with these experts and segments", IDEAL, "o"),
    "rank": ("rank of the experts cut", SPICE, "s"),
    "density": ("smallest couplings left out", SPICE, "^"),
}


def frontier(results: Dataset) -> Drawing:
    """Draw precision against couplings, and against bits and mismatch."""
    with canvas("dataset-frontier"):
        figure = panel(760, 300)
        couplings, bits, mismatch = figure.subplots(1, 3, sharey=True, width_ratios=[1.6, 1, 1])
        _couplings(couplings, results)
        _setting(bits, results, ("bits", "gate bits"), "bits")
        _setting(mismatch, results, ("mismatch",), "mismatch of all parts, rms")
        mismatch.xaxis.set_major_formatter(lambda value, _: f"{100 * value:g} %")
        couplings.set_ylabel("precision")
        svg = to_svg(figure, "Precision against couplings, bits and mismatch")
    return Drawing(
        svg,
        "Precision of what machines generate, with 95 % intervals of sampling. Left: against "
        "the number of directed couplings of all experts and segments. Grey line: the machine "
        "of this study; dotted: held-out pictures themselves.",
    )


def classes(shares: Sequence[float], asked: Sequence[float]) -> Drawing:
    """Draw how often each class comes unasked, and how often it comes when asked for."""
    with canvas("dataset-classes"):
        figure = panel(430, 250)
        axes = figure.add_subplot()
        at = np.arange(len(asked))
        axes.bar(at - 0.2, asked, 0.4, color=IDEAL, label="asked for")
        axes.bar(at + 0.2, shares, 0.4, color=MUTED, label="not asked for")
        axes.set_xticks(at)
        axes.set_ylim(0, 1.02)
        axes.set_xlabel("class")
        axes.set_ylabel("share of samples")
        axes.grid(axis="y")
        axes.legend(frameon=False, fontsize=9, loc="lower left", bbox_to_anchor=(0, 1), ncols=2)
        svg = to_svg(figure, "Share of each class, asked for and not")
    return Drawing(svg, "Share of samples of each class, by the classifier.")


def _couplings(axes: "Axes", results: Dataset) -> None:
    for machines, name, colour in ((results.machines, "this study, seed by seed", INK),
                                   (results.pairwise, "no experts (pairwise)", MUTED)):  # fmt: skip
        axes.plot([m.couplings for m in machines], [m.quality.precision.value for m in machines],
                  linestyle="", marker="D", markersize=4, color=colour, label=name)  # fmt: skip
    for kind, (label, colour, marker) in _STYLES.items():
        points = [point for point in results.frontier if point.kind == kind]
        if points:
            _draw(axes, points, lambda p: float(p.couplings), label, colour, marker)
    axes.set_xscale("log")
    ticker = part("ticker")
    axes.xaxis.set_major_locator(ticker.LogLocator(subs=(1, 3)))
    axes.xaxis.set_minor_locator(ticker.NullLocator())
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}".replace(",", " "))
    axes.set_xlabel("couplings")
    axes.legend(frameon=False, fontsize=8, loc="lower right")
    _finish(axes, results)


def _setting(axes: "Axes", results: Dataset, kinds: Sequence[str], label: str) -> None:
    names = {"bits": "couplings", "gate bits": "gates", "mismatch": "all parts"}
    for kind, colour, marker in zip(kinds, (IDEAL, SPICE), ("o", "s"), strict=False):
        points = [point for point in results.frontier if point.kind == kind]
        if points:
            _draw(axes, points, lambda p: p.setting, names[kind], colour, marker)
    axes.set_xlabel(label)
    if len(kinds) > 1:
        axes.legend(frameon=False, fontsize=8, loc="lower right")
    _finish(axes, results)


def _draw(
    axes: "Axes",
    points: Sequence[Point],
    place: Callable[[Point], float],
    label: str,
    colour: str,
    marker: str,
) -> None:
    points = sorted(points, key=place)
    value = np.array([point.quality.precision.value for point in points])
    low = value - [point.quality.precision.low for point in points]
    high = [point.quality.precision.high for point in points] - value
    axes.errorbar([place(p) for p in points], value, (low, high), color=colour, marker=marker,
                  markersize=4, linewidth=1, label=label)  # fmt: skip


def _finish(axes: "Axes", results: Dataset) -> None:
    axes.axhline(results.machines[0].quality.precision.value, color=MUTED, linewidth=1)
    axes.axhline(results.controls[FLOOR].precision.value, color=MUTED, linewidth=1,
                 linestyle=(0, (1, 1.5)))  # fmt: skip
    axes.set_ylim(0, 1.03)
    axes.grid(axis="y")
