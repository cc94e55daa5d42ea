"""Codes that tell classes apart on hidden units."""

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import ConfigError

FloatArray = NDArray[np.float64]


def class_codes(n_patterns: int, n_hidden: int) -> FloatArray:
    """Return codes of +-1, (n_patterns, n_hidden): square waves whose period doubles.

    Orthogonal, and no product of codes is a code, if n_hidden is a multiple of 2^n_patterns.

    Raises:
        ConfigError: if there are too few hidden units to tell the codes apart.
    """
    if 2**n_patterns > n_hidden:
        raise ConfigError(
            f"{n_hidden} hidden units hold no codes for {n_patterns} patterns; give at least "
            f"{2**n_patterns}, or choose hidden = 'projection'"
        )
    unit = np.arange(n_hidden)
    return np.stack([1.0 - 2.0 * ((unit >> k) & 1) for k in range(n_patterns)])
