"""Figures of one trajectories file: states over time, marginals, samples as pictures.

One figure with a panel for each of them that the file can show: states over time need saved times
between the first and the last, pictures a square number of visible units.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isqrt
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import SubFigure
from numpy.typing import NDArray

from hwkit.errors import ConfigError, DataError
from hwkit.files import replacing
from hwkit.report.drawing import IDEAL, MUTED, SPICE, canvas, panel
from hwkit.report.formats import count
from hwkit.report.histograms import bin_edges, per_run
from hwkit.report.pictures import grey_range
from hwkit.trajectories import Trajectories

Panel = Literal["states", "marginals", "samples"]
PANELS: tuple[Panel, ...] = get_args(Panel)
FORMATS = (".png", ".svg", ".pdf")

_HEIGHTS = {"states": 250, "marginals": 230}
_WIDTH = 560
_COLUMNS, _MOST_PICTURES = 12, 36
_LINES = 6
_COLOURS = (IDEAL, SPICE, "#2a7a4f", "#7a3b9e", "#8a6d00", "#59636e")
# Neither date nor version: the same runs give the same bytes.
_METADATA: dict[str, dict[str, str | None]] = {
    ".png": {"Software": None},
    ".svg": {"Date": None, "Creator": None},
    ".pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}


@dataclass(frozen=True)
class View:
    """What of the runs is shown.

    Attributes:
        panels: which panels; None for all that the runs can fill.
        run: whose states are drawn over time; None for the first that did not fail.
        units: whose states; None for a few, evenly spaced.
        n_visible: how many units are visible; None for all.
    """

    panels: Sequence[Panel] | None = None
    run: int | None = None
    units: Sequence[int] | None = None
    n_visible: int | None = None


def plot_trajectories(runs: Trajectories, path: Path | str, view: View | None = None) -> list[str]:
    """Write a figure of the runs to a .png, .svg or .pdf file; return the panels that it has.

    Raises:
        ConfigError: if the file's format, a panel, the run or a unit does not exist.
        DataError: if the runs can't fill a panel that was asked for, or all of them failed.
    """
    view, path = view or View(), Path(path)
    if path.suffix.lower() not in FORMATS:
        raise ConfigError(
            f"{path} would be a figure of format {path.suffix!r}; name it .png, .svg or .pdf"
        )
    if not runs.completed.any():
        raise DataError(f"all {runs.n_trajectories} runs failed; there is nothing to draw")
    n_visible = _visible(runs, view)
    panels = _panels(runs, view, n_visible)
    heights = [_HEIGHTS.get(name) or _pictures_height(runs) for name in panels]
    with canvas(path.stem):
        figure = panel(_WIDTH, sum(heights))
        parts = figure.subfigures(len(panels), 1, height_ratios=heights, squeeze=False)
        for name, part in zip(panels, parts[:, 0], strict=True):
            if name == "states":
                _draw_states(part.subplots(), runs, _run(runs, view), _units(runs, view))
            elif name == "marginals":
                _draw_marginals(part.subplots(), runs, n_visible)
            else:
                _draw_samples(part, runs, n_visible)
        kind = path.suffix.lower()
        with replacing(path) as temporary:
            figure.savefig(
                temporary, format=kind[1:], dpi=144, facecolor="white", metadata=_METADATA[kind]
            )
    return list(panels)


def _visible(runs: Trajectories, view: View) -> int:
    n_visible = runs.n_units if view.n_visible is None else view.n_visible
    if not 1 <= n_visible <= runs.n_units:
        raise ConfigError(
            f"{n_visible} visible units don't fit runs of {runs.n_units}; name 1 to {runs.n_units}"
        )
    return n_visible


def _panels(runs: Trajectories, view: View, n_visible: int) -> list[Panel]:
    reasons: dict[Panel, str] = {}
    if runs.t.size < 3:
        reasons["states"] = (
            f"states over time can't be drawn: {runs.t.size} saved times, at least 3 are needed; "
            "make the runs with --save-every"
        )
    if isqrt(n_visible) ** 2 != n_visible:
        reasons["samples"] = (
            f"samples can't be drawn as pictures: {n_visible} visible units are not a square "
            "number; name the model, or the number of visible units"
        )
    if view.panels is None:
        if "states" in reasons and (view.run is not None or view.units is not None):
            raise DataError(reasons["states"])
        return [name for name in PANELS if name not in reasons]
    for name in view.panels:
        if name not in PANELS:
            raise ConfigError(f"there is no panel {name!r}; choose from {', '.join(PANELS)}")
        if name in reasons:
            raise DataError(reasons[name])
    return list(view.panels)


def _run(runs: Trajectories, view: View) -> int:
    if view.run is None:
        return int(np.flatnonzero(runs.completed)[0])
    if not 0 <= view.run < runs.n_trajectories:
        raise ConfigError(f"there is no run {view.run}; choose 0 to {runs.n_trajectories - 1}")
    if not runs.completed[view.run]:
        raise DataError(f"run {view.run} failed: {runs.failures[view.run]}; name another run")
    return view.run


def _units(runs: Trajectories, view: View) -> list[int]:
    if view.units is None:
        shown = np.linspace(0, runs.n_units - 1, min(_LINES, runs.n_units))
        return [int(unit) for unit in shown]
    for unit in view.units:
        if not 0 <= unit < runs.n_units:
            raise ConfigError(f"there is no unit {unit}; choose 0 to {runs.n_units - 1}")
    return list(view.units)


def _draw_states(axes: Axes, runs: Trajectories, run: int, units: list[int]) -> None:
    for place, unit in enumerate(units):
        colour = _COLOURS[place % len(_COLOURS)]
        axes.plot(runs.t, runs.x[run, :, unit], color=colour, linewidth=1.1, label=f"{unit}")
    axes.set_title(f"Run {run}")
    axes.set_xlabel("time (model units)")
    axes.set_ylabel("x")
    axes.margins(x=0.01)
    axes.grid(axis="y")
    if len(units) <= 2 * _LINES:
        axes.legend(title="unit", frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))


def _draw_marginals(axes: Axes, runs: Trajectories, n_visible: int) -> None:
    """Draw the density of end states, units of a layer pooled."""
    final = runs.final[runs.completed]
    layers = {"visible": final[:, :n_visible], "hidden": final[:, n_visible:]}
    if n_visible == runs.n_units:
        layers = {"all units": final}
    edges = bin_edges(final)
    for (name, states), colour in zip(layers.items(), (IDEAL, SPICE), strict=False):
        density = per_run(states, edges).mean(axis=0) / np.diff(edges)
        axes.stairs(density, edges, fill=True, color=colour, alpha=0.2)
        axes.stairs(density, edges, color=colour, linewidth=1.3, label=name)
    axes.set_title(f"End states of {count(len(final))} runs")
    axes.set_xlabel("x at the end")
    axes.set_ylabel("density")
    axes.set_ylim(bottom=0)
    axes.grid(axis="y")
    axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))


def _shown(runs: Trajectories) -> NDArray[np.intp]:
    return np.arange(min(runs.n_trajectories, _MOST_PICTURES))


def _pictures_height(runs: Trajectories) -> int:
    return 40 + 56 * (1 + (len(_shown(runs)) - 1) // _COLUMNS)


def _draw_samples(part: SubFigure, runs: Trajectories, n_visible: int) -> None:
    """Draw the first runs' visible end states, dark for large; a failed run stays empty."""
    shown = _shown(runs)
    side, rows = isqrt(n_visible), 1 + (len(shown) - 1) // _COLUMNS
    states = runs.final[shown, :n_visible]
    low, high = grey_range(states)
    part.suptitle(
        f"End states of runs 0 to {len(shown) - 1}", x=0.01, horizontalalignment="left", fontsize=10
    )
    for place, axes in enumerate(part.subplots(rows, _COLUMNS, squeeze=False).ravel()):
        axes.set_xticks([])
        axes.set_yticks([])
        axes.spines[:].set_visible(False)
        if place >= len(shown):
            continue
        axes.spines[:].set(visible=True, color=MUTED)
        if runs.completed[place]:
            picture = states[place].reshape(side, side)
            axes.imshow(picture, cmap="Greys", vmin=low, vmax=high, interpolation="none")
