"""Labels of pictures: which experts they make, and machines that generate one class only.

A gate says p(expert | state) by exp(w_r . x + c_r), c_r holding the expert's share of all pictures.
If a class is asked for, Bayes' rule puts the expert's share of that class in its place,

    c_r -> c_r + log p(class | expert r)

and experts without a picture of the class are left out. That costs hardware nothing but other
constants in the gate. It can be right only as far as experts know classes: clusters of all pictures
mix them, clusters within classes don't.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hwkit.errors import ConfigError, DataError
from hwkit.model import ExpertGroup, GatedMachine, SegmentedMachine
from hwkit.training.clusters import clusters

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.intp]


def checked_labels(labels: ArrayLike, n_pictures: int) -> IndexArray:
    """Return labels (P,) as whole numbers from 0, each picture's, no class without pictures.

    Raises:
        DataError: if they are not.
    """
    classes = np.asarray(labels)
    if classes.shape != (n_pictures,) or classes.dtype.kind not in "iu" or np.any(classes < 0):
        raise DataError(
            f"labels have shape {classes.shape} and type {classes.dtype} for {n_pictures} "
            "pictures; give one whole number from 0 for each"
        )
    empty = np.flatnonzero(np.bincount(classes) == 0)
    if empty.size:
        raise DataError(
            f"class {empty[0]} has no pictures, but class {classes.max()} has; give some, or "
            "number the classes without gaps"
        )
    return classes.astype(np.intp)


def clusters_within(pictures: FloatArray, classes: IndexArray, count: int, seed: int) -> IndexArray:
    """Return the cluster of each picture (P, N), from 0 to `count` - 1, each of one class.

    Raises:
        ConfigError: if there are fewer clusters than classes.
        DataError: if a class has fewer pictures than clusters.
    """
    n_classes = int(classes.max()) + 1
    if count < n_classes:
        raise ConfigError(
            f"{count} experts are fewer than {n_classes} classes; give at least one a class"
        )
    labels, first = np.zeros(len(pictures), dtype=np.intp), 0
    for label in range(n_classes):
        n = count // n_classes + (label < count % n_classes)
        own = classes == label
        if np.count_nonzero(own) < n:
            raise DataError(
                f"class {label} has {np.count_nonzero(own)} pictures, fewer than its {n} experts; "
                "give more pictures or fewer experts"
            )
        labels[own] = first + clusters(pictures[own], n, seed)
        first += n
    return labels


def class_shares(labels: IndexArray, classes: IndexArray, count: int) -> FloatArray:
    """Return the share of each class among the pictures of each cluster, (count, C)."""
    shares = np.zeros((count, int(classes.max()) + 1))
    np.add.at(shares, (labels, classes), 1.0)
    return np.asarray(shares / np.maximum(shares.sum(axis=1, keepdims=True), 1.0))


def restrict_to_class(
    machine: GatedMachine | SegmentedMachine, label: int, emphasis: float = 1.0
) -> GatedMachine | SegmentedMachine:
    """Return the machine whose gates are restricted to a class: it generates that class.

    An expert that has pictures of several classes gets emphasis ln(share of the class) added to its
    gate's constant. 1 is Bayes' rule for one gate alone; many gates that know little each, such as
    those of tiles, need more to follow.

    Raises:
        DataError: if the machine knows no classes, or not this one.
        ConfigError: if the emphasis is not a number of 0 or above.
    """
    if not (np.isfinite(emphasis) and emphasis >= 0):
        raise ConfigError(f"the emphasis of a class is {emphasis!r}; give a number of 0 or above")
    parts = tuple(_restricted(part, label, emphasis) for part in machine.segments)
    return parts[0] if isinstance(machine, GatedMachine) else SegmentedMachine(parts)


def _restricted(machine: GatedMachine, label: int, emphasis: float) -> GatedMachine:
    groups = tuple(_of_class(group, label, emphasis) for group in machine.groups)
    if not groups:
        raise DataError("the machine has no experts, so no class can be asked for; train with some")
    return GatedMachine(
        machine.J, machine.b, groups, machine.onsite, machine.kT, machine.mobility,
        machine.n_visible,
    )  # fmt: skip


def _of_class(group: ExpertGroup, label: int, emphasis: float) -> ExpertGroup:
    if group.class_shares is None:
        raise DataError(
            "the machine was trained without labels, so no class can be asked for; train with them"
        )
    if not 0 <= label < group.n_classes:
        raise DataError(f"class {label} is not one of the machine's 0 to {group.n_classes - 1}")
    share = group.class_shares[:, label]
    used = np.flatnonzero(share)
    if not used.size:
        raise DataError(f"no expert has pictures of class {label}; train with some")
    return ExpertGroup(
        group.w[used],
        group.c[used] + emphasis * np.log(share[used]),
        group.b[used],
        None if group.J is None else group.J[used],
        group.reads,
        group.drives,
        group.class_shares[used],
        group.basis,
    )
