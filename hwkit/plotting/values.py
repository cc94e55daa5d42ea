"""One figure each of what values hold: a matrix, a verdict's rows, shares, histograms, a curve."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from hwkit.plotting.blank import panel
from hwkit.plotting.style import IDEAL, INK, MUTED, SPICE, canvas

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FloatArray = NDArray[np.float64]

_ROW = 18  # pixels of a row with a name
_BINS = 30


def draw_matrix(matrix: FloatArray | sp.csr_array, name: str, across: str, down: str) -> "Figure":
    """Return a figure of a matrix, (rows, columns): red above 0, blue below."""
    dense = np.asarray(matrix.toarray() if sp.issparse(matrix) else matrix)
    top = float(np.max(np.abs(dense), initial=0.0)) or 1.0
    with canvas("matrix"):
        figure = panel(420, 360)
        axes = figure.add_subplot()
        image = axes.imshow(dense, cmap="RdBu_r", vmin=-top, vmax=top, interpolation="nearest")
        axes.set_xlabel(across)
        axes.set_ylabel(down)
        figure.colorbar(image, ax=axes, label=name)
    return figure


def draw_ratios(names: Sequence[str], ratios: Sequence[float], met: Sequence[bool]) -> "Figure":
    """Return a figure of values over their limits, one row each."""
    with canvas("verdict"):
        figure = panel(560, 60 + _ROW * len(names))
        axes = figure.add_subplot()
        place = np.arange(len(names))
        axes.scatter(ratios, place, c=[IDEAL if ok else SPICE for ok in met], zorder=3)
        axes.axvline(1.0, color=INK, linewidth=1)
        axes.set_yticks(place, names)
        axes.invert_yaxis()
        if min(ratios) > 0:
            axes.set_xscale("log")
        axes.set_xlabel("value over its limit")
        axes.grid(axis="x")
    return figure


def draw_shares(
    names: Sequence[str],
    shares: Sequence[float],
    low: Sequence[float],
    high: Sequence[float],
    what: str,
) -> "Figure":
    """Return a figure of shares with their intervals, one row each.

    Args:
        names: of the rows.
        shares: of 1.
        low, high: ends of the interval of each share.
        what: label of the axis.
    """
    with canvas("shares"):
        figure = panel(420, 80 + _ROW * len(names))
        axes = figure.add_subplot()
        place = np.arange(len(names))
        middle = np.asarray(shares)
        error = [middle - np.asarray(low), np.asarray(high) - middle]
        axes.errorbar(middle, place, xerr=error, fmt="o", color=IDEAL, capsize=3)
        axes.set_yticks(place, names)
        axes.set_xlim(0, 1)
        axes.set_ylim(-0.6, len(names) - 0.4)
        axes.set_xlabel(what)
        axes.grid(axis="x")
    return figure


def draw_histograms(
    columns: Mapping[str, FloatArray], limits: Mapping[str, Sequence[float]]
) -> "Figure":
    """Return histograms of some columns, each (n,), with lines at the limits of a column."""
    with canvas("histograms"):
        figure = panel(560, 190 * len(columns))
        panels = figure.subplots(len(columns), 1, squeeze=False)[:, 0]
        for axes, (name, values) in zip(panels, columns.items(), strict=True):
            axes.hist(values[np.isfinite(values)], bins=_BINS, color=IDEAL, alpha=0.7)
            for limit in limits.get(name, ()):
                axes.axvline(limit, color=SPICE, linewidth=1.5)
            axes.set_xlabel(name)
            axes.set_ylabel("boards")
    return figure


def draw_curve(
    at: Sequence[float], value: Sequence[float], low: Sequence[float], high: Sequence[float]
) -> "Figure":
    """Return a figure of a yield over the factor on deviations, with its interval."""
    with canvas("curve"):
        figure = panel(420, 260)
        axes = figure.add_subplot()
        axes.fill_between(at, low, high, color=IDEAL, alpha=0.2, linewidth=0)
        axes.plot(at, value, color=IDEAL, marker="o")
        axes.axhline(1.0, color=MUTED, linewidth=0.6)
        axes.set_ylim(0, 1.03)
        axes.set_xlabel("factor on the deviations, or bits")
        axes.set_ylabel("yield")
        axes.grid(axis="y")
    return figure
