"""States as small grey pictures inside a page."""

import base64
import io
from dataclasses import dataclass
from math import isqrt

import numpy as np
from numpy.typing import NDArray

from hwkit.plotting import part
from hwkit.plotting.style import grey_range

__all__ = ["Picture", "data_uri", "grey_range"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Picture:
    """A state as a picture: data URI (empty for a failed run), alternative text, caption."""

    source: str
    alt: str
    caption: str


def data_uri(values: FloatArray, grey: tuple[float, float]) -> str:
    """Return values (n,) as a grey PNG, dark for large: a square if they fit one, else one row."""
    side = isqrt(values.size)
    rows = side if side**2 == values.size else 1
    stream = io.BytesIO()
    part("image").imsave(
        stream,
        values.reshape(rows, -1),
        vmin=grey[0],
        vmax=grey[1],
        cmap="Greys",
        format="png",
        metadata={"Software": None},  # None leaves the entry out
    )
    return "data:image/png;base64," + base64.b64encode(stream.getvalue()).decode("ascii")
