"""The numbers that a matplotlib figure draws, and where its axes lie: for download and for hover.

Read from the figure itself, so that what is downloaded is what is drawn: lines and markers, error
bars, bars and histograms, outlines and bands. Lines that cross a whole axis (limits, references)
have no data of their own and are left out, as are bitmaps.
"""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.container import BarContainer, ErrorbarContainer
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import StepPatch

from hwkit.report.downloads import csv_text

_NUMBER = re.compile(r"[−-]?[\d.]*(?:e[+−-]?\d+)?")
HEAD = ("panel", "series", "x", "y", "low", "high")


@dataclass(frozen=True)
class Mark:
    """One point of a series; an interval of y, if it has one."""

    panel: str
    series: str
    x: float | str
    y: float | str
    low: float | str = ""
    high: float | str = ""


def figure_csv(figure: Figure) -> str:
    """Return what a figure draws as CSV with the columns of `HEAD`; "" if it draws no numbers."""
    marks = [
        mark for axes, panel in _panels(figure) for mark in _marks(axes, panel) if _finite(mark)
    ]
    if not marks:
        return ""
    rows = [(m.panel, m.series, m.x, m.y, m.low, m.high) for m in marks]
    width = len(HEAD) if any(mark.low != "" for mark in marks) else HEAD.index("low")
    return csv_text(HEAD[:width], (row[:width] for row in rows))


def axes_json(figure: Figure) -> str:
    """Return where each panel with numbers lies in the figure, in its own units, as JSON.

    Each has `panel`, `box` (left, top, width, height), and for x and y `name`, `log` and `lim`.
    """
    width, height = figure.get_size_inches() * 72
    described: list[dict[str, object]] = []
    for axes, panel in _panels(figure):
        if next(_marks(axes, panel), None) is None:
            continue
        box = axes.get_position()
        left, top = box.x0 * width, (1 - box.y1) * height
        place = [round(v, 1) for v in (left, top, box.width * width, box.height * height)]
        described.append(
            {"panel": panel, "box": place, "x": _axis(axes, "x"), "y": _axis(axes, "y")}
        )
    return json.dumps(described, ensure_ascii=False, separators=(",", ":"))


def _axis(axes: Axes, which: str) -> dict[str, str | bool | list[float]]:
    low, high = getattr(axes, f"get_{which}lim")()
    beside = getattr(axes, f"get_shared_{which}_axes")().get_siblings(axes)  # one has the label
    labels = [getattr(one, f"get_{which}label")() for one in (axes, *beside)]
    return {
        "name": next(filter(None, labels), ""),
        "log": getattr(axes, f"get_{which}scale")() == "log",
        "lim": [float(f"{low:.6g}"), float(f"{high:.6g}")],
    }


def _panels(figure: Figure) -> Iterator[tuple[Axes, str]]:
    """Yield the axes of a figure with names of their own."""
    names: list[str] = []
    for axes in figure.axes:
        title = axes.get_title("left") or axes.get_title() or axes.get_ylabel() or axes.get_xlabel()
        name = title or "figure"
        while name in names:
            name = f"{name} {len(names) + 1}"
        names.append(name)
        yield axes, name


def _marks(axes: Axes, panel: str) -> Iterator[Mark]:
    inside: set[int] = set()
    for container in axes.containers:
        inside |= {id(artist) for artist in container.get_children()}
        if isinstance(container, ErrorbarContainer):
            yield from _errorbar(container, panel)
        elif isinstance(container, BarContainer):
            yield from _bars(axes, container, panel)
    for line in axes.lines:
        if id(line) not in inside and _in_data(line, axes):
            yield from _line(line, panel)
    for patch in axes.patches:
        if isinstance(patch, StepPatch) and not patch.get_fill():
            yield from _outline(patch, panel)
    for collection in axes.collections:
        if isinstance(collection, PolyCollection) and id(collection) not in inside:
            yield from _band(axes, collection, panel)


def _in_data(artist: Artist, axes: Axes) -> bool:
    """Whether both coordinates are those of the axes' data."""
    return all(artist.get_transform().contains_branch_seperately(axes.transData))


def _name(label: object) -> str:
    text = str(label or "")
    return "" if text.startswith("_") else text


def _line(line: Line2D, panel: str) -> Iterator[Mark]:
    name = _name(line.get_label())
    for x, y in zip(*_floats(line), strict=True):
        yield Mark(panel, name, x, y)


def _floats(line: Line2D) -> tuple[list[float], list[float]]:
    x, y = line.get_data(orig=False)
    return np.asarray(x, float).tolist(), np.asarray(y, float).tolist()


def _errorbar(container: ErrorbarContainer, panel: str) -> Iterator[Mark]:
    line, _, bars = container.lines
    if line is None:
        return
    name = _name(container.get_label() or line.get_label())
    ends: list[list[float]] = []
    if container.has_yerr:
        segments = bars[-1].get_segments()
        ends = [[float(v) for v in np.asarray(s)[:, 1]] for s in segments]
    for k, (x, y) in enumerate(zip(*_floats(line), strict=True)):
        low, high = (min(ends[k]), max(ends[k])) if k < len(ends) else ("", "")
        yield Mark(panel, name, x, y, low, high)


def _bars(axes: Axes, container: BarContainer, panel: str) -> Iterator[Mark]:
    name, flat = _name(container.get_label()), container.orientation == "horizontal"
    words = _tick_words(axes, "y" if flat else "x")
    for bar in container.patches:
        x, y = bar.get_x() + bar.get_width() / 2, bar.get_y() + bar.get_height() / 2
        if flat:
            yield Mark(panel, name, bar.get_x() + bar.get_width(), words.get(round(y, 3), y))
        else:
            yield Mark(panel, name, words.get(round(x, 3), x), bar.get_y() + bar.get_height())


def _tick_words(axes: Axes, which: str) -> dict[float, str]:
    """Return the place of each tick that has a word of its own -> the word."""
    axis = axes.xaxis if which == "x" else axes.yaxis
    places, labels = axis.get_majorticklocs(), axis.get_ticklabels()
    words = [label.get_text() for label in labels]
    return {
        round(float(place), 3): word
        for place, word in zip(places, words, strict=False)
        if not _NUMBER.fullmatch(word)
    }


def _outline(patch: StepPatch, panel: str) -> Iterator[Mark]:
    values, edges, _ = patch.get_data()
    name, edges = _name(patch.get_label()), np.asarray(edges, float)
    centres = (edges[1:] + edges[:-1]) / 2
    for x, y in zip(centres.tolist(), np.asarray(values, float).tolist(), strict=True):
        yield Mark(panel, name, x, y)


def _band(axes: Axes, band: PolyCollection, panel: str) -> Iterator[Mark]:
    """Yield a band of `fill_between`: up one edge of n points and back along the other."""
    if not (band.get_paths() and _in_data(band, axes)):
        return
    corners = np.asarray(band.get_paths()[0].vertices, float)
    n = (len(corners) - 3) // 2
    if n < 1 or len(corners) != 2 * n + 3:
        return
    low, high = corners[1 : n + 1], corners[n + 2 : 2 * n + 2][::-1]
    name = _name(band.get_label()) or "interval"
    for (x, a), (_, b) in zip(low.tolist(), high.tolist(), strict=True):
        yield Mark(panel, name, x, (a + b) / 2, min(a, b), max(a, b))


def _finite(mark: Mark) -> bool:
    return all(not isinstance(v, float) or math.isfinite(v) for v in (mark.x, mark.y))
