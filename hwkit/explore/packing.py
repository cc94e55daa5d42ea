"""Arrays as JSON: little-endian, in base64."""

import base64
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Json = dict[str, Any]


def packed(values: NDArray[Any], dtype: Literal["float64", "int16"]) -> Json:
    """Return an array of any shape as JSON."""
    array = np.ascontiguousarray(values, dtype=np.dtype(dtype).newbyteorder("<"))
    return {
        "dtype": dtype,
        "shape": list(array.shape),
        "base64": base64.b64encode(array.tobytes()).decode("ascii"),
    }
