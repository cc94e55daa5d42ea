"""Patterns by name: the data that studies train on."""

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits

from hwkit.errors import DataError

FloatArray = NDArray[np.float64]


def digit_patterns(classes: list[int]) -> FloatArray:
    """Return scikit-learn's first 8x8 digit of each class, (P, 64), grey values 0 to 16.

    Raises:
        DataError: if a class is none of 0 to 9, or none is named.
    """
    data = load_digits()
    known = {int(label) for label in data.target}
    check_classes(classes, known)
    first = [int(np.flatnonzero(data.target == label)[0]) for label in classes]
    return np.asarray(data.data[first], dtype=np.float64)


def check_classes(classes: list[int], known: set[int]) -> None:
    """Refuse classes that the data set does not have, and repeated ones."""
    if not classes:
        raise DataError("no classes are named; give at least one, such as 0")
    for label in classes:
        if label not in known:
            raise DataError(
                f"class {label} is not in the data set; choose from {min(known)} to {max(known)}"
            )
        if classes.count(label) > 1:
            raise DataError(f"class {label} is named twice; name each class once")
