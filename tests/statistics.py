"""Deviations in standard errors, the unit of every statistical limit in the tests."""

import numpy as np

LIMIT = 4.0  # standard errors; a sound test of a hundred fixed seeds stays below it


def deviation(samples, expected, axis=0):
    """Return (mean - expected) / standard error; samples along `axis` are independent."""
    samples = np.asarray(samples, dtype=np.float64)
    error = samples.std(axis=axis, ddof=1) / np.sqrt(samples.shape[axis])
    return (samples.mean(axis=axis) - expected) / error


def agrees(samples, expected, axis=0):
    """Say whether every mean is within LIMIT standard errors of what is expected."""
    return bool(np.all(np.abs(deviation(samples, expected, axis)) < LIMIT))
