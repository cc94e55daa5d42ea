"""Pictures of the covariance of end states, in the ideal machine and in SPICE."""

import numpy as np
from numpy.typing import NDArray

from hwkit.plotting import part
from hwkit.report.drawing import MUTED, RULE, Drawing, canvas, panel, to_svg
from hwkit.report.formats import number
from hwkit.study.kinds.equivalence.results import SIDES, Pair

FloatArray = NDArray[np.float64]

_POSITIVE, _NEGATIVE = "#7a3b9e", "#2a8a57"
_LARGEST = 128  # units of each layer in a picture


def covariances(pair: Pair, n_visible: int) -> list[Drawing]:
    """Draw the covariance of end states in the ideal machine, in SPICE, and their difference."""
    units = _chosen_units(pair.ideal.n_units, n_visible)
    ideal, spice = (
        np.atleast_2d(np.cov(runs.final[pair.both][:, units], rowvar=False))
        for runs in (pair.ideal, pair.spice)
    )
    reach = float(max(np.max(np.abs(ideal)), np.max(np.abs(spice))))
    hidden_from = int(np.searchsorted(units, n_visible))
    own = float(np.max(np.abs(spice - ideal)))
    source = f"From {pair.both.sum()} end states."
    if len(units) < pair.ideal.n_units:
        source += f" {len(units)} of {pair.ideal.n_units} units, evenly spaced."
    return [
        _matrix("Ideal", ideal, reach, hidden_from, source),
        _matrix("SPICE", spice, reach, hidden_from, "The same runs in SPICE, on the same scale."),
        _matrix(
            "SPICE − ideal",
            spice - ideal,
            own,
            hidden_from,
            "Their difference, on its own scale: same starts and noise, so that chance cancels.",
        ),
    ]


def _chosen_units(n_units: int, n_visible: int) -> NDArray[np.intp]:
    """Return evenly spaced units of each layer, few enough to be told apart."""
    chosen = []
    for start, stop in ((0, n_visible), (n_visible, n_units)):
        size = min(stop - start, _LARGEST)
        if size:
            chosen.append(np.linspace(start, stop - 1, size).astype(np.intp))
    return np.concatenate(chosen)


def _matrix(title: str, values: FloatArray, reach: float, hidden_from: int, note: str) -> Drawing:
    """Draw a matrix whose zeros are transparent, so that it is on light and dark pages."""
    reach = reach if reach > 0 else 1.0
    n = len(values)
    with canvas(f"matrix-{title}"):
        figure = panel(300, 330)
        above, below = figure.subplots(2, 1, height_ratios=[24, 1])
        above.imshow(_signed_colours(values / reach), interpolation="none", extent=(0, n, n, 0))
        if 0 < hidden_from < n:
            above.axhline(hidden_from, color=MUTED, linewidth=0.7)
            above.axvline(hidden_from, color=MUTED, linewidth=0.7)
            above.set_xticks([hidden_from / 2, (hidden_from + n) / 2], ["visible", "hidden"])
            above.set_yticks(
                [hidden_from / 2, (hidden_from + n) / 2],
                ["visible", "hidden"],
                rotation=90,
                va="center",
            )
        else:
            above.set_xticks([])
            above.set_yticks([])
        scale = np.linspace(-1, 1, 65)[None, :]
        below.imshow(_signed_colours(scale), extent=(-1, 1, 0, 1), aspect="auto")
        below.set_yticks([])
        below.set_xticks([-1, 0, 1], [f"−{number(reach, 2)}", "0", number(reach, 2)])
        for tick, side in zip(below.get_xticklabels(), ("left", "center", "right"), strict=True):
            tick.set_horizontalalignment(side)
        for axes in (above, below):
            axes.tick_params(length=0)
            for spine in axes.spines.values():
                spine.set(visible=True, color=RULE)
        above.set_title(title)
        svg = to_svg(figure, f"Covariance of end states: {title}")
    return Drawing(svg, note, SIDES)


def _signed_colours(values: FloatArray) -> FloatArray:
    """Return RGBA: the sign picks the colour, the size its opacity."""
    to_rgb = part("colors").to_rgb
    colours = np.where((values >= 0)[..., None], to_rgb(_POSITIVE), to_rgb(_NEGATIVE))
    opacity = np.clip(np.abs(values), 0, 1)[..., None] ** 0.6
    return np.asarray(np.concatenate([colours, opacity], axis=-1))
