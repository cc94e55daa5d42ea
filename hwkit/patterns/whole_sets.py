"""Whole data sets with labels, and the split of one into training and held-out pictures.

`digits`: scikit-learn's 1,797 8x8 digits. `mnist`: all pictures of one pair of idx files in a
folder (MNIST, Fashion-MNIST and others of that format). `arrays`: an `.npz` file of the arrays
`pictures` and `labels`. A split draws the pictures in a random
order that its seed fixes, so both parts come from the same distribution.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hwkit.deferred import deferred
from hwkit.errors import ConfigError, DataError
from hwkit.files import why
from hwkit.patterns.data_sets import idx_pictures

if TYPE_CHECKING:
    from sklearn import datasets
else:
    datasets = deferred("sklearn.datasets")

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class LabelledPictures:
    """Pictures and the class of each.

    Attributes:
        pictures: grey values, (P, pixels).
        labels: whole numbers from 0, (P,).

    Raises:
        DataError: if shapes don't fit, or labels are not whole numbers from 0.
    """

    pictures: FloatArray
    labels: IndexArray

    def __post_init__(self) -> None:
        pictures, labels = np.asarray(self.pictures, dtype=np.float64), np.asarray(self.labels)
        if pictures.ndim != 2 or labels.shape != pictures.shape[:1]:
            raise DataError(
                f"pictures have shape {pictures.shape} and labels {labels.shape}; give one row of "
                "pixels and one label per picture"
            )
        whole = labels.astype(np.intp)
        if np.any(whole != labels) or np.any(whole < 0):
            raise DataError(f"label {labels[(whole != labels) | (whole < 0)][0]} is not a class; "
                            "give whole numbers from 0")  # fmt: skip
        object.__setattr__(self, "pictures", pictures)
        object.__setattr__(self, "labels", whole)

    def __len__(self) -> int:
        return len(self.pictures)

    @property
    def n_classes(self) -> int:
        """One more than the largest label."""
        return int(self.labels.max()) + 1

    def at(self, rows: IndexArray) -> "LabelledPictures":
        """Return some of the pictures, by index (k,)."""
        return LabelledPictures(self.pictures[rows], self.labels[rows])

    def split(
        self, n_train: int, n_held_out: int, seed: int = 0
    ) -> "tuple[LabelledPictures, LabelledPictures]":
        """Return training and held-out pictures that have none in common.

        Raises:
            ConfigError: if there are fewer pictures than both need.
        """
        if n_train < 1 or n_held_out < 1 or n_train + n_held_out > len(self):
            raise ConfigError(
                f"{n_train} training and {n_held_out} held-out pictures were asked for; the data "
                f"set has {len(self)}"
            )
        order = np.random.Generator(np.random.Philox(seed)).permutation(len(self))
        return self.at(order[:n_train]), self.at(order[n_train : n_train + n_held_out])


def whole_set(source: str, folder: Path | str | None = None) -> LabelledPictures:
    """Return all pictures of a data set: `digits`, `mnist` from a folder, `arrays` from a file.

    Raises:
        DataError: if the source is unknown, or the folder or the file holds something else.
    """
    if source == "digits":
        data = datasets.load_digits()
        return LabelledPictures(data.data, data.target)
    if source == "mnist":
        if folder is None:
            raise DataError("a whole MNIST does not ship with the package; name a folder of it")
        pictures, labels = idx_pictures(folder)
        return LabelledPictures(pictures.astype(np.float64), labels.astype(np.intp))
    if source == "arrays":
        if folder is None:
            raise DataError("arrays need a file; name an .npz with the arrays pictures and labels")
        return labelled_arrays(folder)
    raise DataError(f"data source {source!r} is unknown; choose 'digits', 'mnist' or 'arrays'")


def labelled_arrays(path: Path | str) -> LabelledPictures:
    """Return the pictures of an `.npz` file of the arrays `pictures` and `labels`, never pickled.

    Pictures are rows of pixels, (P, pixels), or (P, rows, columns).

    Raises:
        DataError: if it is not one.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            pictures, labels = (np.asarray(archive[name]) for name in ("pictures", "labels"))
        numbers = pictures.astype(np.float64)
    except Exception as error:  # a damaged file fails in many ways, and all mean the same
        raise DataError(f"{path} is not an .npz of pictures and labels: {why(error)}") from error
    if numbers.ndim < 2 or labels.dtype.kind not in "iuf" or not np.all(np.isfinite(numbers)):
        raise DataError(
            f"{path} has pictures of shape {numbers.shape} and labels of type {labels.dtype}; give "
            "finite pictures (P, pixels) and whole numbers from 0"
        )
    return LabelledPictures(numbers.reshape(len(numbers), -1), labels)
