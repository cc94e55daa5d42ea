"""Preferred values: the numbers that resistors and capacitors are sold in (IEC 60063).

E48, E96 and E192 are 10^(k/n) to three digits (with 9.20 for 9.19); E12 and E24 are older and only
nearly geometric, so they are listed.
"""

from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hwkit.errors import DesignError
from hwkit.ordering import TIE

FloatArray = NDArray[np.float64]

_E24 = (
    *(1.0, 1.1, 1.2, 1.3, 1.5, 1.6, 1.8, 2.0, 2.2, 2.4, 2.7, 3.0),
    *(3.3, 3.6, 3.9, 4.3, 4.7, 5.1, 5.6, 6.2, 6.8, 7.5, 8.2, 9.1),
)
_STEPS = {"E12": 12, "E24": 24, "E48": 48, "E96": 96, "E192": 192}


@cache
def series_values(series: str) -> tuple[float, ...]:
    """Return the values of a series within one decade, from 1 up.

    Raises:
        DesignError: if there is no such series.
    """
    if series not in _STEPS:
        raise DesignError(
            f"series {series!r} of preferred values is unknown; choose one of {', '.join(_STEPS)}"
        )
    n = _STEPS[series]
    if n <= 24:
        return _E24[:: 24 // n]
    values = [round(10 ** (k / n), 2) for k in range(n)]
    return tuple(9.20 if value == 9.19 else value for value in values)


def preferred(values: ArrayLike, series: str) -> FloatArray:
    """Return the preferred values nearest to `values` by ratio, with their signs; 0 stays 0.

    Values are positive or negative, of any shape and in any unit. Of two that are equally near the
    smaller one is taken.
    """
    wanted = np.asarray(values, dtype=np.float64)
    ladder = np.array([*series_values(series), 10.0])
    size = np.abs(wanted)
    present = size > 0
    decade = np.floor(np.log10(size, where=present, out=np.zeros_like(size)))
    mantissa = size / 10.0**decade
    border = np.sqrt(ladder[1:] * ladder[:-1]) * (1 + TIE)
    nearest = ladder[np.searchsorted(border, mantissa)]
    # Written and read back: 4.7e-12 rather than 4.7 * 1e-12, which is another double.
    texts = [f"{m:.2f}e{int(d)}" for m, d in zip(nearest.ravel(), decade.ravel(), strict=True)]
    snapped = np.array([float(text) for text in texts]).reshape(wanted.shape)
    return np.where(present, np.sign(wanted) * snapped, 0.0)
