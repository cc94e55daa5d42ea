"""Drift and noise spectra from sums over segments, with each group of segments left out in turn.

All that is estimated is a function of sums over groups. Values with one group left out show what
that group adds to the error (the jackknife), and take out the bias that an estimated drift has.
"""

import numpy as np
from numpy.typing import NDArray

from hwkit.measured.segments import IndexArray, Sums

FloatArray = NDArray[np.float64]


def left_out(parts: FloatArray) -> FloatArray:
    """Return the sum over groups, then those with each left out, (1 + groups, ...)."""
    whole = parts.sum(axis=0)
    return np.concatenate([whole[None], whole - parts])


def jackknife(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return values without bias, (...), and the influence of groups on them, (groups, ...).

    Args:
        values: of all groups, then with each left out, (1 + groups, ...).
    """
    groups = len(values) - 1
    mean = values[1:].mean(axis=0)
    influence = np.sqrt((groups - 1) / groups) * (mean - values[1:])
    return groups * values[0] - (groups - 1) * mean, influence


def scores_of(sums: Sums, unit: int, places: IndexArray) -> FloatArray:
    """Return the scores of one unit, (groups, P, 1 + P), from the places of its features, (P,)."""
    return sums.scores[:, places[:, None], sums.columns(unit, places)]


def drift_and_spectra(
    scores: FloatArray, sums: Sums, unit: int, places: IndexArray
) -> tuple[FloatArray, FloatArray]:
    """Return theta, (1 + groups, P), and the noise beside it in each band, (1 + groups, bands).

    Args:
        scores: equations for theta, (groups, P, 1 + P).
        sums: over the record.
        unit, places: the unit, and its features in w, (P,).
    """
    equations = left_out(scores)
    theta = np.linalg.solve(equations[..., 1:], equations[..., :1])[..., 0]
    rest = np.concatenate([np.ones((len(theta), 1)), -theta], axis=1)
    columns = sums.columns(unit, places)
    spectra = left_out(sums.spectra[:, :, columns[:, None], columns])
    powers = np.einsum("gp,gbpq,gq->gb", rest, spectra, rest)
    return np.asarray(theta), powers / left_out(sums.counts)[:, None]
