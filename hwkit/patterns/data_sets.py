"""Patterns by name: the data that studies train on.

`digits`: scikit-learn's 8x8 digits. `mnist`: 28x28 digits from idx files in a folder; one digit of
each class ships with the package, so that the study runs anywhere. The first image of each class is
taken.
"""

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hwkit.deferred import deferred
from hwkit.errors import DataError
from hwkit.patterns.idx import read_idx

if TYPE_CHECKING:
    from sklearn import datasets
else:
    datasets = deferred("sklearn.datasets")

FloatArray = NDArray[np.float64]
_SETS = ("t10k", "train")


def load_patterns(source: str, classes: list[int], folder: Path | str | None = None) -> FloatArray:
    """Return the first image of each class, (P, pixels), in grey values as stored.

    Raises:
        DataError: if the source, a class or a file is not there.
    """
    if source == "digits":
        return digit_patterns(classes)
    if source == "mnist":
        return mnist_patterns(classes, folder)
    raise DataError(f"data source {source!r} is unknown; choose 'digits' or 'mnist'")


def digit_patterns(classes: list[int]) -> FloatArray:
    """Return scikit-learn's first 8x8 digit of each class, (P, 64), grey values 0 to 16.

    Raises:
        DataError: if a class is none of 0 to 9, or none is named.
    """
    data = datasets.load_digits()
    return _first_of_each(classes, data.data, data.target)


def mnist_patterns(classes: list[int], folder: Path | str | None = None) -> FloatArray:
    """Return MNIST's first 28x28 digit of each class, (P, 784), grey values 0 to 255.

    Args:
        classes: which digits.
        folder: where the idx files are, gzipped or not (the test set is taken if both are there);
            None for the ten digits that ship with the package.

    Raises:
        DataError: if a class or a file is missing, or a file is not an idx file.
    """
    if folder is None:
        with files("hwkit.data").joinpath("mnist_digits.npz").open("rb") as stream:
            packaged = np.load(stream, allow_pickle=False)
            return _first_of_each(classes, packaged["images"], packaged["labels"])
    return _first_of_each(classes, *idx_pictures(folder))


def idx_pictures(folder: Path | str) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return all pictures (n, pixels) and labels (n,) of a pair of idx files.

    Raises:
        DataError: if a file is missing, not an idx file, or the two don't fit.
    """
    images = read_idx(_find(Path(folder), "images-idx3-ubyte"))
    labels = read_idx(_find(Path(folder), "labels-idx1-ubyte"))
    if images.ndim != 3 or labels.ndim != 1 or images.size == 0:
        raise DataError(
            f"{folder} has images of shape {images.shape} and labels of shape {labels.shape}; "
            "expected (n, rows, columns) and (n,)"
        )
    if len(images) != len(labels):
        raise DataError(f"{folder} has {len(images)} images but {len(labels)} labels")
    return images.reshape(len(images), -1), labels


def _find(folder: Path, ending: str) -> Path:
    for name in _SETS:
        for spelt in (f"{name}-{ending}", f"{name}-{ending.replace('-idx', '.idx')}"):
            for path in (folder / f"{spelt}.gz", folder / spelt):
                if path.is_file():
                    return path
    raise DataError(f"{folder} has no file t10k-{ending} or train-{ending}, gzipped or not")


def _first_of_each(classes: list[int], images: NDArray, labels: NDArray) -> FloatArray:  # type: ignore[type-arg]
    known = {int(label) for label in labels}
    if not classes:
        raise DataError("no classes are named; give at least one, such as 0")
    for label in classes:
        if label not in known:
            raise DataError(
                f"class {label} is not in the data set; choose from {min(known)} to {max(known)}"
            )
        if classes.count(label) > 1:
            raise DataError(f"class {label} is named twice; name each class once")
    first = [int(np.flatnonzero(labels == label)[0]) for label in classes]
    return np.asarray(images[first], dtype=np.float64)
