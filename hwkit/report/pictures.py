"""States as small grey pictures inside a page."""

import io
from dataclasses import dataclass
from math import isqrt

import numpy as np
from numpy.typing import NDArray

from hwkit.plotting import part
from hwkit.showing.maps import png_uri

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
    return picture_uri(values.reshape(rows, -1), grey)


def picture_uri(values: FloatArray, grey: tuple[float, float]) -> str:
    """Return values (rows, columns) as a grey PNG in a data URI, dark for large."""
    stream = io.BytesIO()
    part("image").imsave(
        stream,
        values,
        vmin=grey[0],
        vmax=grey[1],
        cmap="Greys",
        format="png",
        metadata={"Software": None},  # None leaves the entry out
    )
    return png_uri(stream.getvalue())
