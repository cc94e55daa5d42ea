"""A matrix as a small picture: shades in text, colours in a notebook."""

import base64
import io
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

_SHADES = " .:-=+*#%@"
TEXT_SIDE = 12  # rows of a map in text; a character is twice as high as wide
_PIXELS = 128  # of a map's side in a notebook, at most
_BLUE, _RED = np.array([0, 99, 166]), np.array([196, 72, 10])  # the colours of the reports


@dataclass(frozen=True)
class Map:
    """A matrix as a small picture; entries may be of either sign.

    Attributes:
        values: (rows, columns).
        caption: what is seen.
    """

    values: FloatArray
    caption: str

    def lines(self) -> list[str]:
        """Return the map in characters, darker for a larger mean magnitude."""
        means = blocks(np.abs(self.values), TEXT_SIDE)
        top = float(means.max(initial=0.0))
        level = np.ceil((len(_SHADES) - 1) * means / top).astype(int) if top else means.astype(int)
        return ["|" + "".join(2 * _SHADES[k] for k in row) + "|" for row in level.tolist()]

    def uri(self) -> str:
        """Return the map as a PNG in a data URI: blue below 0, red above, white for 0."""
        from PIL import Image

        top = float(np.max(np.abs(self.values), initial=0.0))
        share = self.values / top if top else self.values
        tint = np.where(share[..., None] < 0, _BLUE, _RED)
        pixels = 255 + np.abs(share)[..., None] * (tint - 255)
        stream = io.BytesIO()
        Image.fromarray(pixels.round().astype(np.uint8)).save(stream, format="png")
        return png_uri(stream.getvalue())


def png_uri(content: bytes) -> str:
    """Return the bytes of a PNG file as a data URI."""
    return "data:image/png;base64," + base64.b64encode(content).decode("ascii")


def picture(matrix: FloatArray | sp.csr_array, caption: str) -> Map:
    """Return a matrix (rows, columns) as a map of at most 128 by 128 blocks."""
    return Map(blocks(matrix, _PIXELS), caption)


def blocks(matrix: FloatArray | sp.csr_array, side: int) -> FloatArray:
    """Return means over blocks of a matrix, at most (side, side)."""
    rows, columns = (min(side, n) for n in matrix.shape)
    coo = sp.coo_array(matrix)
    i, j = (
        np.asarray(place, dtype=np.int64) * n // length
        for place, n, length in zip(coo.coords, (rows, columns), matrix.shape, strict=True)
    )
    total = np.bincount(i * columns + j, weights=coo.data, minlength=rows * columns)
    sizes = [
        np.bincount(np.arange(length) * n // length, minlength=n)
        for n, length in zip((rows, columns), matrix.shape, strict=True)
    ]
    return np.asarray(total.reshape(rows, columns) / np.outer(*sizes))
