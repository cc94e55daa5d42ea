"""Start states and increments as callers give them, checked."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hwkit.errors import DataError
from hwkit.numbers import check_unlabelled, doubles, is_whole

FloatArray = NDArray[np.float64]

_MOST_RUNS = 2**32  # the noise counts runs in 32 bits


def checked_starts(
    x0: ArrayLike | None, n_trajectories: int, n_units: int, name: str = "x0"
) -> FloatArray:
    """Return start states (n_trajectories, N); None means zeros."""
    if not is_whole(n_trajectories) or not 1 <= n_trajectories <= _MOST_RUNS:
        raise DataError(
            f"n_trajectories is {n_trajectories!r}; give a whole number from 1 to {_MOST_RUNS}"
        )
    if x0 is None:
        return np.zeros((n_trajectories, n_units))
    return _checked(name, x0, (n_trajectories, n_units))


def checked_increments(
    increments: ArrayLike | None, n_trajectories: int, n_steps: int, n_units: int
) -> FloatArray | None:
    """Return Wiener increments (n_trajectories, K, N), or None if the seed is to make them."""
    if increments is None:
        return None
    return _checked("increments", increments, (n_trajectories, n_steps, n_units))


def _checked(name: str, value: ArrayLike, shape: tuple[int, ...]) -> FloatArray:
    check_unlabelled(name, value, ("columns",))
    array = doubles(name, value)
    if array.shape != shape:
        raise DataError(f"{name} has shape {array.shape}; this run needs {shape}")
    if not np.all(np.isfinite(array)):
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise DataError(f"{name}{list(where)} is {array[where]}; give finite numbers")
    return array
