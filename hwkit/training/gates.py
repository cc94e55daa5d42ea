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
    """Fields and constants of a group's gate, and its units as index arrays or None."""

    w: FloatArray
    c: FloatArray
    reads: IndexArray | None
    drives: IndexArray | None
    class_shares: FloatArray | None

    def group(self, b: FloatArray, J: FloatArray | None) -> ExpertGroup:
        """Return the group with its biases (R, n_drives) and couplings (R, n_drives, n_reads)."""
        return ExpertGroup(self.w, self.c, b, J, self.reads, self.drives, self.class_shares)

    def read(self, x: NDArray[Real]) -> NDArray[Real]:
        """Return what it reads of states (n, N), (n, n_reads)."""
        return x if self.reads is None else x[:, self.reads]

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
    part = noising.pictures if reads is None else noising.pictures[:, reads]
    shares = np.bincount(labels, minlength=group.n_experts) / len(part)
    means, within = _moments(noising, part, labels, shares)
    w = scipy.linalg.solve(within, means.T, assume_a="pos").T / group.temper
    least = 1 / len(part)
    c = np.log(np.maximum(shares, least)) - 0.5 * np.sum(w * means, axis=1)
    return Gate(w, c, reads, drives, class_shares)


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
