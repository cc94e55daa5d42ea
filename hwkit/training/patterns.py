"""Patterns as fields on the units: visible ones see the normalised picture, hidden ones a code."""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hwkit.errors import ConfigError, DataError
from hwkit.numbers import doubles
from hwkit.wiener import checked_seed

FloatArray = NDArray[np.float64]
HiddenField = Literal["repeat", "projection"]


def normalized_patterns(patterns: ArrayLike) -> FloatArray:
    """Return each pattern (row) with zero mean and unit variance over its pixels, (P, n_visible).

    Raises:
        DataError: if a pattern is not finite or constant.
    """
    rows = doubles("patterns", patterns)
    if rows.ndim != 2 or rows.size == 0:
        raise DataError(f"patterns have shape {rows.shape}; give one row of pixels per pattern")
    finite = np.all(np.isfinite(rows), axis=1)
    with np.errstate(over="ignore", invalid="ignore"):  # such a spread is refused below
        spread = np.where(finite[:, None], rows, 0.0).std(axis=1, keepdims=True)
    bad = np.flatnonzero(~((spread[:, 0] > 0) & (spread[:, 0] < np.inf)))
    if bad.size:
        raise DataError(
            f"pattern {bad[0]} is constant, too large or not finite: it can't be normalised to "
            "unit variance"
        )
    return np.asarray((rows - rows.mean(axis=1, keepdims=True)) / spread)


def unit_fields(
    visible: FloatArray,
    n_hidden: int,
    hidden: HiddenField | ArrayLike = "repeat",
    projection_seed: int = 0,
) -> FloatArray:
    """Return the field s on every unit, (P, n_visible + n_hidden), for normalised patterns.

    `repeat`: hidden unit h sees pixel h mod n_visible (arXiv 2506.15121). `projection`: a fixed
    random matrix with entries of variance 1/n_visible (arXiv 2609.15439). An array (P, n_hidden)
    is taken as it is.
    """
    n_visible = visible.shape[1]
    if n_hidden < 0:
        raise ConfigError(f"n_hidden is {n_hidden}; it must be 0 or more")
    projection_seed = checked_seed(projection_seed)
    if not isinstance(hidden, str):
        code = doubles("hidden", hidden)
        if code.shape != (len(visible), n_hidden) or not np.all(np.isfinite(code)):
            raise DataError(
                f"hidden fields have shape {code.shape}; this training needs finite numbers of "
                f"shape {(len(visible), n_hidden)}"
            )
    elif hidden == "repeat":
        code = visible[:, np.arange(n_hidden) % n_visible]
    elif hidden == "projection":
        generator = np.random.Generator(np.random.Philox(projection_seed))
        matrix = generator.standard_normal((n_visible, n_hidden)) / np.sqrt(n_visible)
        code = visible @ matrix
    else:
        raise ConfigError(f"hidden field {hidden!r} is unknown; choose 'repeat' or 'projection'")
    return np.hstack([visible, code])
