"""Densities of end states and of heat: SPICE's over the ideal machine's."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hwkit.model import EnergyModel
from hwkit.plotting.histograms import bin_edges, per_run
from hwkit.report.axes import AxisScale
from hwkit.report.drawing import IDEAL, SPICE, Drawing, canvas, panel, to_svg
from hwkit.report.formats import count, measured
from hwkit.trajectories import Trajectories

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FloatArray = NDArray[np.float64]


def marginal(ideal: FloatArray, spice: FloatArray, layer: str, scale: AxisScale) -> Drawing:
    """Draw the density of end states (runs, units of a layer), units pooled."""
    edges = bin_edges(ideal, spice)
    with canvas(f"marginal-{layer}"):
        figure = panel(380, 260)
        axes = figure.add_subplot()
        _densities(axes, edges, ideal, spice)
        axes.set_title(f"{layer.capitalize()} units")
        axes.set_xlabel("x at the end (model units)")
        scale.beside(axes, state="x")
        svg = to_svg(figure, f"Density of {layer} units' end states, ideal and SPICE")
    return Drawing(
        svg,
        f"All {ideal.shape[1]} {layer} units pooled; {count(len(ideal))} ideal runs against "
        f"{count(len(spice))} in SPICE. Bars: one standard error over SPICE runs.",
    )


def heat(model: EnergyModel, ideal: Trajectories, spice: Trajectories) -> Drawing:
    """Draw the heat that each run gives to the bath, in units of kT."""
    sides = []
    for runs in (ideal, spice):
        x = runs.x[runs.completed]
        sides.append(model.heat(x[:, 0], x[:, -1])[:, None] / model.kT)
    edges = bin_edges(*sides, bins=24)
    with canvas("heat"):
        figure = panel(380, 260)
        axes = figure.add_subplot()
        _densities(axes, edges, *sides)
        for side, colour, dash in zip(sides, (IDEAL, SPICE), ("-", (0, (4, 1.6))), strict=True):
            axes.axvline(float(side.mean()), color=colour, linewidth=1.3, linestyle=dash)
        axes.set_title("Heat given to the bath")
        axes.set_xlabel("heat of a run / kT")
        svg = to_svg(figure, "Histogram of heat per run over kT, ideal and SPICE, means marked")
    means = [measured(float(side.mean()), _stderr(side)) for side in sides]
    caption = (
        f"Means (vertical lines): ideal {means[0]} kT over {count(len(sides[0]))} runs, "
        f"SPICE {means[1]} kT over {count(len(sides[1]))}."
    )
    return Drawing(svg, caption)


def _stderr(values: FloatArray) -> float | None:
    n = len(values)
    return float(values.std(ddof=1) / np.sqrt(n)) if n > 1 else None


def _densities(axes: "Axes", edges: FloatArray, ideal: FloatArray, spice: FloatArray) -> None:
    """Draw two densities; the error of SPICE's is that of its mean over runs."""
    width, center = np.diff(edges), (edges[1:] + edges[:-1]) / 2
    axes.stairs(
        per_run(ideal, edges).mean(axis=0) / width, edges, fill=True, color=IDEAL, alpha=0.3
    )
    axes.stairs(
        per_run(ideal, edges).mean(axis=0) / width, edges, color=IDEAL, linewidth=1.2, label="ideal"
    )
    rows = per_run(spice, edges) / width
    seen = rows.mean(axis=0) > 0
    error = rows.std(axis=0, ddof=1) / np.sqrt(len(rows)) if len(rows) > 1 else np.zeros(len(width))
    axes.errorbar(
        center[seen], rows.mean(axis=0)[seen], error[seen],
        linestyle="none", marker="o", markersize=3, color=SPICE, elinewidth=1.1, label="SPICE",
    )  # fmt: skip
    axes.set_ylim(bottom=0)
    axes.set_ylabel("density")
    axes.grid(axis="y")
    axes.locator_params(axis="y", nbins=5)
