"""Numbers as callers and files give them, turned into doubles or refused."""

import math
import re
from contextlib import suppress
from numbers import Real
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import DataError, HwkitError

_PLAIN = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


def doubles(name: str, value: Any) -> NDArray[np.float64]:
    """Return a copy of `value`, of any shape, as float64.

    Raises:
        DataError: if it holds anything but real numbers: complex ones, text, masked entries.
    """
    try:
        array = np.asanyarray(value)
        if np.ma.isMaskedArray(array) and np.ma.is_masked(array):
            raise TypeError("some entries are masked; fill them first")
        if array.dtype.kind == "O" and not all(isinstance(x, Real) for x in array.ravel()):
            strange = next(x for x in array.ravel() if not isinstance(x, Real))
            raise TypeError(f"{strange!r} is not one")
        if array.dtype.kind not in "biufO":
            raise TypeError(f"they are of type {array.dtype}")
        return np.array(array, dtype=np.float64, subok=False)
    except (TypeError, ValueError, OverflowError) as error:
        raise DataError(f"{name} must hold real numbers only: {error}") from None


def check_unlabelled(name: str, value: Any, axes: tuple[str, ...] = ("index", "columns")) -> None:
    """Refuse a table of pandas whose labels say another order, or names, that would be lost.

    Args:
        name: what it is.
        value: anything; only what has labels can be refused.
        axes: "index" where rows are units, "columns" where columns are.

    Raises:
        DataError: if labels of these axes are other than 0, 1, 2, ...
    """
    for axis in axes if hasattr(value, "to_numpy") else ():
        labels = list(getattr(value, axis, ()))
        if labels != list(range(len(labels))):
            shown = ", ".join(repr(label) for label in labels[:3])
            raise DataError(
                f"{name} has the labels {shown}, ..., which are not read: units go by place; put "
                "them in order and give .to_numpy(), with names= for the units' names"
            )


def positive(name: str, value: Any, error: type[HwkitError] = DataError) -> float:
    """Return a number above 0 as a double.

    Raises:
        DataError, or another `error`: if it is anything else: text, True, not finite.
    """
    given = value[()] if isinstance(value, np.ndarray) and value.ndim == 0 else value
    number = math.nan
    if isinstance(given, Real) and not isinstance(given, bool):
        with suppress(OverflowError):
            number = float(given)
    if not (math.isfinite(number) and number > 0):
        raise error(f"{name} is {value!r}; it must be a number above 0")
    return number


def is_whole(value: object) -> TypeGuard[int]:
    """Return whether a value is a whole number: of Python or numpy, and not True or False."""
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def plain_number(word: str) -> float:
    """Return the number that a word of a file says: digits, point, sign and exponent.

    What Python takes for numbers as well is refused: `1_0`, digits of other scripts, `nan`, `inf`.

    Raises:
        DataError: if it is anything else, or too large for a double.
    """
    value = float(word) if _PLAIN.fullmatch(word) else float("nan")
    if not np.isfinite(value):
        raise DataError(f"{word[:60]!r} is not a number")
    return value


def plain_count(word: str) -> int:
    """Return the whole number, 0 or above, that a word of a file says.

    Raises:
        DataError: if it is anything else.
    """
    if not (word.isascii() and word.isdigit()) or len(word) > 18:
        raise DataError(f"{word[:60]!r} is not a whole number")
    return int(word)


def finite(name: str, value: object) -> NDArray[np.float64]:
    """Return a read-only copy of `value`, of any shape, as float64.

    Raises:
        DataError: if it holds anything but finite real numbers.
    """
    array = doubles(name, value)
    if not np.all(np.isfinite(array)):
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise DataError(f"{name}{list(where)} is {array[where]}; give finite numbers")
    array.setflags(write=False)
    return array
