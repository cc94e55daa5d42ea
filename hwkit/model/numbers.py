"""Numbers as callers give them, turned into arrays of doubles or refused."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import DataError


def doubles(name: str, value: Any) -> NDArray[np.float64]:
    """Return a copy of `value` as float64.

    Raises:
        DataError: if it holds anything but real numbers.
    """
    try:
        if np.iscomplexobj(value):
            raise TypeError("it is complex")
        return np.array(value, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise DataError(f"{name} must hold real numbers only: {error}") from None
