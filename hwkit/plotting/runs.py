"""Figures of runs: states over time, marginals, samples as pictures.

One figure with a panel for each of them that the runs can fill: states over time need saved times
between the first and the last, pictures a square number of visible units.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isqrt
from typing import TYPE_CHECKING, Literal, Protocol, get_args

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import ConfigError, DataError
from hwkit.plotting.blank import panel
from hwkit.plotting.histograms import bin_edges, per_run
from hwkit.plotting.style import IDEAL, MUTED, SPICE, canvas, grey_range

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

FloatArray = NDArray[np.float64]
Panel = Literal["states", "marginals", "samples", "spectra"]
PANELS: tuple[Panel, ...] = get_args(Panel)
_USUAL = PANELS[:3]  # spectra are drawn where they are asked for
_HEIGHTS = {"states": 250, "marginals": 230, "spectra": 230}
_WIDTH = 560
_COLUMNS, _MOST_PICTURES = 12, 36
_LINES = 6
_FEWEST_TIMES = 16
_COLOURS = (IDEAL, SPICE, "#2a7a4f", "#7a3b9e", "#8a6d00", "#59636e")


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


class Runs(Protocol):
    """What is drawn: saved states of many runs, as `hwkit.Trajectories` has them."""

    @property
    def t(self) -> FloatArray:
        """Saved times, (T,)."""

    @property
    def x(self) -> FloatArray:
        """States, (n_trajectories, T, N); NaN in a failed run."""

    @property
    def failures(self) -> Mapping[int, str]:
        """Run -> why it failed."""

    @property
    def final(self) -> FloatArray:
        """Last states, (n_trajectories, N)."""

    @property
    def completed(self) -> NDArray[np.bool_]:
        """Which runs did not fail, (n_trajectories,)."""

    @property
    def n_trajectories(self) -> int:
        """Number of runs."""

    @property
    def n_units(self) -> int:
        """Number of units, N."""


def draw_runs(
    runs: Runs, view: View | None = None, name: str = "runs"
) -> tuple["Figure", list[Panel]]:
    """Return a figure of the runs and the panels that it has; `name` marks its ids in SVG.

    Raises:
        ConfigError: if a panel, the run or a unit does not exist.
        DataError: if the runs can't fill a panel that was asked for, or all of them failed.
    """
    view = view or View()
    if not runs.completed.any():
        raise DataError(f"all {runs.n_trajectories} runs failed; there is nothing to draw")
    n_visible = _visible(runs, view)
    panels = _panels(runs, view, n_visible)
    heights = [_HEIGHTS.get(name) or _pictures_height(runs) for name in panels]
    with canvas(name):
        figure = panel(_WIDTH, sum(heights))
        parts = figure.subfigures(len(panels), 1, height_ratios=heights, squeeze=False)
        for kind, part in zip(panels, parts[:, 0], strict=True):
            if kind == "states":
                _draw_states(part.subplots(), runs, _run(runs, view), _units(runs, view))
            elif kind == "marginals":
                _draw_marginals(part.subplots(), runs, n_visible)
            elif kind == "spectra":
                _draw_spectra(part.subplots(), runs, _units(runs, view))
            else:
                _draw_samples(part, runs, n_visible)
    return figure, panels


def _visible(runs: Runs, view: View) -> int:
    n_visible = runs.n_units if view.n_visible is None else view.n_visible
    if not 1 <= n_visible <= runs.n_units:
        raise ConfigError(
            f"{n_visible} visible units don't fit runs of {runs.n_units}; name 1 to {runs.n_units}"
        )
    return n_visible


def _panels(runs: Runs, view: View, n_visible: int) -> list[Panel]:
    reasons: dict[Panel, str] = {}
    if runs.t.size < 3:
        reasons["states"] = (
            f"states over time can't be drawn: {runs.t.size} saved times, at least 3 are needed; "
            "make the runs with --save-every"
        )
    if runs.t.size < _FEWEST_TIMES or not np.allclose(np.diff(runs.t), runs.t[1] - runs.t[0]):
        reasons["spectra"] = (
            f"spectra can't be drawn from {runs.t.size} saved times; they take at least "
            f"{_FEWEST_TIMES}, evenly spaced: make the runs with --save-every"
        )
    if isqrt(n_visible) ** 2 != n_visible:
        reasons["samples"] = (
            f"samples can't be drawn as pictures: {n_visible} visible units are not a square "
            "number; name the model, or the number of visible units"
        )
    if view.panels is None:
        if "states" in reasons and (view.run is not None or view.units is not None):
            raise DataError(reasons["states"])
        return [name for name in _USUAL if name not in reasons]
    for name in view.panels:
        if name not in PANELS:
            raise ConfigError(f"there is no panel {name!r}; choose from {', '.join(PANELS)}")
        if name in reasons:
            raise DataError(reasons[name])
    return list(view.panels)


def _run(runs: Runs, view: View) -> int:
    if view.run is None:
        return int(np.flatnonzero(runs.completed)[0])
    if not 0 <= view.run < runs.n_trajectories:
        raise ConfigError(f"there is no run {view.run}; choose 0 to {runs.n_trajectories - 1}")
    if not runs.completed[view.run]:
        raise DataError(f"run {view.run} failed: {runs.failures[view.run]}; name another run")
    return view.run


def _units(runs: Runs, view: View) -> list[int]:
    if view.units is None:
        shown = np.linspace(0, runs.n_units - 1, min(_LINES, runs.n_units))
        return [int(unit) for unit in shown]
    for unit in view.units:
        if not 0 <= unit < runs.n_units:
            raise ConfigError(f"there is no unit {unit}; choose 0 to {runs.n_units - 1}")
    return list(view.units)


def _draw_states(axes: "Axes", runs: Runs, run: int, units: list[int]) -> None:
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


def _draw_marginals(axes: "Axes", runs: Runs, n_visible: int) -> None:
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
    axes.set_title(f"End states of {len(final)} runs")
    axes.set_xlabel("x at the end")
    axes.set_ylabel("density")
    axes.set_ylim(bottom=0)
    axes.grid(axis="y")
    axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))


def _draw_spectra(axes: "Axes", runs: Runs, units: list[int]) -> None:
    """Draw the one-sided periodogram of some units, the mean over runs."""
    step = float(runs.t[1] - runs.t[0])
    frequencies = np.fft.rfftfreq(runs.t.size, step)[1:]
    for place, unit in enumerate(units):
        states = runs.x[runs.completed, :, unit]
        waves = np.fft.rfft(states - states.mean(axis=1, keepdims=True), axis=1)[:, 1:]
        density = 2 * step / runs.t.size * np.mean(np.abs(waves) ** 2, axis=0)
        colour = _COLOURS[place % len(_COLOURS)]
        axes.loglog(frequencies, density, color=colour, linewidth=1.1, label=f"{unit}")
    axes.set_title(f"One-sided spectral density, mean of {int(runs.completed.sum())} runs")
    axes.set_xlabel("cycles per model time")
    axes.set_ylabel("x² per cycle")
    axes.grid(axis="y")
    if len(units) <= 2 * _LINES:
        axes.legend(title="unit", frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))


def _shown(runs: Runs) -> NDArray[np.intp]:
    return np.arange(min(runs.n_trajectories, _MOST_PICTURES))


def _pictures_height(runs: Runs) -> int:
    return 40 + 56 * (1 + (len(_shown(runs)) - 1) // _COLUMNS)


def _draw_samples(part: "SubFigure", runs: Runs, n_visible: int) -> None:
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
