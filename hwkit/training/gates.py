"""Gates of experts, fixed before couplings are solved: discriminants of noised clusters.

    w_r = S^-1 m_r / T        c_r = log pi_r - m_r . S^-1 m_r / (2 T)

m_r and pi_r are mean and share of the noised states of cluster r, S their covariance within
clusters, all averages over a few steps of a segment. With T = 1 the gate is the probability of each
cluster given the state (Fisher 1936; exact where noised clusters are normal and of one covariance).
A temper T above 1 has experts share their work more.
"""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from hwkit.model import ExpertGroup, softmax
from hwkit.training.groups import GroupPlan
from hwkit.training.segments import SegmentNoising

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.intp]
Real = TypeVar("Real", np.float32, np.float64)

_TIMES = 4  # averages over a segment are over so many of its steps
_COVARIANCE_RIDGE = 1e-3


@dataclass(frozen=True, eq=False)
class Gate:
    """Fields and constants of a group's gate, and its units as index arrays or None.

    `basis`, (n_reads, rank), are the principal components that couplings read; None for units.
    """

    w: FloatArray
    c: FloatArray
    reads: IndexArray | None
    drives: IndexArray | None
    class_shares: FloatArray | None
    basis: FloatArray | None = None

    @property
    def n_features(self) -> int:
        """Number of features that couplings multiply."""
        return int(self.w.shape[1] if self.basis is None else self.basis.shape[1])

    def group(self, b: FloatArray, J: FloatArray | None) -> ExpertGroup:
        """Return the group with biases (R, n_drives) and couplings (R, n_drives, n_features)."""
        basis = None if J is None else self.basis
        return ExpertGroup(self.w, self.c, b, J, self.reads, self.drives, self.class_shares, basis)

    def read(self, x: NDArray[Real]) -> NDArray[Real]:
        """Return what it reads of states (n, N), (n, n_reads)."""
        return x if self.reads is None else x[:, self.reads]

    def features(self, x: NDArray[Real]) -> NDArray[Real]:
        """Return what couplings multiply at states (n, N), (n, n_features)."""
        read = self.read(x)
        return read if self.basis is None else read @ self.basis.astype(read.dtype)

    def driven(self, y: NDArray[Real]) -> NDArray[Real]:
        """Return those of targets (n, N) that it drives, (n, n_drives)."""
        return y if self.drives is None else y[:, self.drives]

    def weights(self, x: NDArray[Real]) -> FloatArray:
        """Return p, (n, R)."""
        return softmax(self.read(x) @ self.w.T + self.c)


def discriminants(
    noising: SegmentNoising,
    group: GroupPlan,
    labels: IndexArray,
    class_shares: FloatArray | None = None,
) -> Gate:
    """Return the gate of a group whose expert r has the pictures labelled r.

    Args:
        noising: noised pictures of the segment.
        group: its units and its temper.
        labels: expert of each picture, (P,).
        class_shares: of the pictures of each expert in each class, (R, C), or None.
    """
    reads, drives = (
        None if units is None else np.array(units, dtype=np.intp)
        for units in (group.reads, group.drives)
    )
    seen = None if group.seen is None else np.array(group.seen, dtype=np.intp)
    part = noising.pictures if seen is None else noising.pictures[:, seen]
    shares = np.bincount(labels, minlength=group.n_experts) / len(part)
    means, within = _moments(noising, part, labels, shares)
    basis = None if group.rank is None else _components(means, within, shares, group.rank)
    w = _discriminant(means, within, basis) / group.temper
    least = 1 / len(part)
    c = np.log(np.maximum(shares, least)) - 0.5 * np.sum(w * means, axis=1)
    wide = _spread(w, seen, reads, noising.n_units)
    return Gate(wide, c, reads, drives, class_shares, basis)


def _components(means: FloatArray, within: FloatArray, shares: FloatArray, rank: int) -> FloatArray:
    """Return the leading principal components of the noised states, (n_reads, rank)."""
    away = means - shares @ means
    total = within + (away.T * shares) @ away
    n = len(total)
    first = max(n - rank, 0)
    _, vectors = scipy.linalg.eigh(total, subset_by_index=(first, n - 1))
    return np.asarray(vectors[:, ::-1])


def _discriminant(means: FloatArray, within: FloatArray, basis: FloatArray | None) -> FloatArray:
    """Return S^-1 m of each cluster, (R, n_reads), in the space of the basis if there is one."""
    if basis is None:
        return np.asarray(scipy.linalg.solve(within, means.T, assume_a="pos").T)
    own = scipy.linalg.solve(basis.T @ within @ basis, (means @ basis).T, assume_a="pos")
    return np.asarray((basis @ own).T)


def _spread(
    w: FloatArray, seen: IndexArray | None, reads: IndexArray | None, n_units: int
) -> FloatArray:
    """Return the gate's fields on all units that the group reads, 0 for those it does not see."""
    read = np.arange(n_units) if reads is None else reads
    if seen is None or np.array_equal(seen, read):
        return w
    wide = np.zeros((len(w), n_units))
    wide[:, seen] = w
    return wide[:, read]


def _moments(
    noising: SegmentNoising, part: FloatArray, labels: IndexArray, shares: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the mean of each noised cluster, (R, n_reads), and their covariance within."""
    means = np.zeros((shares.size, part.shape[1]))
    second, variance = np.zeros((part.shape[1],) * 2), np.zeros(part.shape[1])
    count = min(_TIMES, len(noising.steps))
    times = np.linspace(noising.steps.start, noising.steps.stop - 1, count).round()
    for step in times.astype(np.intp):
        mean, spread = noising.table.moments(part, int(step))
        np.add.at(means, labels, mean)
        second += mean.T @ mean
        variance += spread.sum(axis=0)
    scale = 1 / (count * len(part))
    means *= scale / np.maximum(shares, scale)[:, None]
    within = scale * (second + np.diag(variance)) - (means.T * shares) @ means
    within[np.diag_indices_from(within)] += _COVARIANCE_RIDGE
    return means, within
