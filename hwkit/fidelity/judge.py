"""A classifier that judges generated pictures: it says how sure it is, and of which class.

scikit-learn's `MLPClassifier` with one hidden layer of rectifiers,

    features  f = max(0, W1 s + c1)          probabilities  softmax(W2 f + c2)

trained on the training pictures alone. s is a picture with zero mean and unit variance over its
pixels. Its accuracy on held-out pictures says how far it can be trusted. Distances between sets of
pictures are taken between their features (`manifolds`).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hwkit.errors import ConfigError, DataError
from hwkit.ordering import largest_of_rows
from hwkit.training import normalized_patterns

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.intp]

_MOST_ROUNDS = 2000  # it stops by itself long before


@dataclass(frozen=True, eq=False)
class Judge:
    """The classifier, and the pictures that it was trained on and tested with.

    Attributes:
        training, held_out: normalised pictures, (P, N).
        labels, held_out_labels: class of each.
        accuracy: share of the held-out pictures that it classifies as labelled.
        W1, c1, W2, c2: weights and offsets of both layers, (N, H), (H,), (H, C), (C,).
    """

    training: FloatArray
    labels: IndexArray
    held_out: FloatArray
    held_out_labels: IndexArray
    accuracy: float
    W1: FloatArray
    c1: FloatArray
    W2: FloatArray
    c2: FloatArray

    @property
    def n_classes(self) -> int:
        """Number of classes, C."""
        return int(self.c2.size)

    def features(self, pictures: FloatArray) -> FloatArray:
        """Return the hidden activations, (P, H), of normalised pictures (P, N)."""
        return np.maximum(pictures @ self.W1 + self.c1, 0.0)

    def probabilities(self, pictures: FloatArray) -> FloatArray:
        """Return the probability of each class, (P, C), for normalised pictures (P, N)."""
        fields = self.features(pictures) @ self.W2 + self.c2
        shifted = np.exp(fields - fields.max(axis=1, keepdims=True))
        return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))

    def classes(self, pictures: FloatArray) -> IndexArray:
        """Return the most probable class of each normalised picture, (P,)."""
        return largest_of_rows(self.probabilities(pictures))


def judge_of(
    pictures: ArrayLike,
    labels: ArrayLike,
    held_out: ArrayLike,
    held_out_labels: ArrayLike,
    hidden: int = 64,
    seed: int = 0,
) -> Judge:
    """Train a classifier on the training pictures and test it on the held-out ones.

    Args:
        pictures, held_out: (P, N), any scale; each is normalised.
        labels, held_out_labels: whole numbers from 0, one for each picture, (P,).
        hidden: units of its hidden layer (64 for 8x8 pictures, 128 for 28x28).
        seed: of its first weights and of the order of pictures.

    Raises:
        DataError: if a class has no training pictures, or shapes don't fit.
        ConfigError: if there is no hidden unit.
    """
    if hidden < 1:
        raise ConfigError(f"the judge has {hidden} hidden units; give at least 1")
    training, aside = normalized_patterns(pictures), normalized_patterns(held_out)
    classes, aside_classes = _labels(labels, training), _labels(held_out_labels, aside)
    if training.shape[1] != aside.shape[1]:
        raise DataError(
            f"training pictures have {training.shape[1]} pixels, held-out ones {aside.shape[1]}; "
            "give the same number"
        )
    n_classes = 1 + int(max(classes.max(), aside_classes.max()))
    empty = np.setdiff1d(np.arange(n_classes), classes)
    if empty.size:
        raise DataError(
            f"class {empty[0]} of {n_classes} has no training pictures; give some, or number the "
            "classes without gaps"
        )
    weights, offsets = _fitted(training, classes, hidden, seed)
    judge = Judge(training, classes, aside, aside_classes, 0.0,
                  weights[0], offsets[0], weights[1], offsets[1])  # fmt: skip
    right = float(np.mean(judge.classes(aside) == aside_classes))
    object.__setattr__(judge, "accuracy", right)
    return judge


def _labels(labels: ArrayLike, pictures: FloatArray) -> IndexArray:
    found = np.asarray(labels)
    if found.shape != pictures.shape[:1] or found.dtype.kind not in "iu" or np.any(found < 0):
        raise DataError(
            f"labels have shape {found.shape} for {len(pictures)} pictures; give one whole number "
            "from 0 for each"
        )
    return found.astype(np.intp)


def _fitted(
    pictures: FloatArray, labels: IndexArray, hidden: int, seed: int
) -> tuple[list[FloatArray], list[FloatArray]]:
    """Return weights and offsets of both layers, one column of the second for each class."""
    from sklearn.neural_network import MLPClassifier  # slow to import

    network = MLPClassifier((hidden,), random_state=seed % 2**32, max_iter=_MOST_ROUNDS)
    network.fit(pictures, labels)
    weights, offsets = network.coefs_, network.intercepts_
    if network.out_activation_ == "logistic":  # two classes: the field of class 0 is 0
        weights[1] = np.hstack([np.zeros_like(weights[1]), weights[1]])
        offsets[1] = np.concatenate([[0.0], offsets[1]])
    return weights, offsets
