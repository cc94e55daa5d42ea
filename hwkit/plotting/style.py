"""How figures look: colours, fonts, sizes."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from hwkit.plotting import part

FloatArray = NDArray[np.float64]

# The light theme; the same values are in report.css.
INK, MUTED, RULE = "#1b1f24", "#59636e", "#cfd6dd"
IDEAL, SPICE = "#0063a6", "#c4480a"

_STYLE: dict[str, object] = {
    "svg.fonttype": "none",
    "font.size": 10.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.8,
    "axes.axisbelow": True,
    "axes.formatter.use_mathtext": False,
    "axes.titlesize": 10.0,
    "axes.titlelocation": "left",
    "axes.unicode_minus": True,
    "grid.color": RULE,
    "grid.linewidth": 0.6,
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "lines.solid_capstyle": "round",
    "figure.constrained_layout.use": True,
}


@contextmanager
def canvas(name: str) -> Iterator[None]:
    """Draw in the report's style, whatever the user's own settings; `name` marks the ids."""
    with part("style").context(["default", {**_STYLE, "svg.hashsalt": name}]):
        yield


def grey_range(values: FloatArray) -> tuple[float, float]:
    """Return the range that nearly all finite values, of any shape, keep within."""
    finite = values[np.isfinite(values)]
    if not finite.size:
        return -1.0, 1.0
    return float(np.quantile(finite, 0.01)), float(np.quantile(finite, 0.99))
