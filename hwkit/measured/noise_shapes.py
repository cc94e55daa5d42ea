"""Shapes of noise spectra of a segment, exactly, leakage and all: white, 1/f, and of the readout.

Noise of density 1/|f| above f_0 moves, in a time t, by a variance of

    V(t) = 2 t^2 [(1 - cos z)/z^2 + sin(z)/z - Ci(z)],    z = 2 pi f_0 t

Its increments over steps of h have the covariance (V((m+1)h) + V((m-1)h) - 2 V(mh))/2 m steps
apart. A harmonic of L increments of covariance c_m has the mean power
sum_m (1 - |m|/L) c_m cos(2 pi m k/L).
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hwkit.deferred import deferred
from hwkit.measured.segments import Cut

if TYPE_CHECKING:
    from scipy import linalg, special
else:
    linalg, special = deferred("scipy.linalg"), deferred("scipy.special")

FloatArray = NDArray[np.float64]


def flicker_covariance(terms: int, step: float, lowest: float) -> FloatArray:
    """Return the covariance of increments by noise of density 1/|f|, (terms,).

    Args:
        terms: increments.
        step: of time between them.
        lowest: frequency below which there is none, f_0.
    """
    times = step * np.arange(1, terms + 1, dtype=np.float64)
    moved = _moved(times, lowest)
    grown = np.concatenate([moved[:1], [0.0], moved])  # V(-h), V(0), V(h) ...
    return np.asarray((grown[2:] + grown[:-2] - 2 * grown[1:-1]) / 2)


def variance_of_mean(duration: float, lowest: float) -> float:
    """Return the variance of the mean of noise of density 1/|f| over a duration."""
    return float(_moved(np.array([duration]), lowest)[0]) / duration**2


def _moved(times: FloatArray, lowest: float) -> FloatArray:
    """Return V at some times."""
    z = 2 * np.pi * lowest * times
    _, cosine = special.sici(z)
    return np.asarray(2 * times**2 * ((1 - np.cos(z)) / z**2 + np.sin(z) / z - cosine))


def band_powers(covariance: FloatArray, cut: Cut) -> FloatArray:
    """Return the mean power of each band over the step, (bands,), of a covariance (terms,)."""
    tapered = covariance * (1 - np.arange(cut.terms) / cut.terms)
    powers = 2 * np.fft.rfft(tapered).real - tapered[0]
    return np.array([powers[band].mean() for band in cut.bands]) / cut.step


@dataclass(frozen=True, eq=False)
class Shapes:
    """Powers of white noise, 1/f noise and the readout's in each band.

    Attributes:
        powers: (3, bands). White noise has the density 1, 1/f noise 1/|f|; samples of the readout
            the variance 1.
        freedom: degrees of freedom of each band, (bands,).
    """

    powers: FloatArray
    freedom: FloatArray

    @classmethod
    def of(cls, cut: Cut) -> "Shapes":
        """Return the shapes of a record that is cut so; 1/f noise below its rate is a bias."""
        white, readout = np.zeros((2, cut.terms))
        white[0] = cut.step
        readout[:2] = 2.0, -1.0
        flicker = flicker_covariance(cut.terms, cut.step, 1 / cut.duration)
        powers = [band_powers(each, cut) for each in (white, flicker, readout)]
        return cls(np.array(powers), cut.freedom)

    def solver(self, corner: float) -> FloatArray:
        """Return what makes the three coefficients from powers of noise of a corner, (3, bands)."""
        weighted = self.powers * self.freedom / (1 + corner * self.powers[1]) ** 2
        return np.asarray(np.linalg.solve(weighted @ self.powers.T, weighted))


def whiteners(cut: Cut, corners: FloatArray, readout: float, lowest: float) -> FloatArray:
    """Return what turns a segment's increments into innovations, (corners, terms, terms).

    Args:
        cut: how the record is cut.
        corners: frequencies at which 1/f noise is as strong as white noise, (corners,).
        readout: variance of the readout over the white noise's density.
        lowest: frequency below which there is no 1/f noise.
    """
    white, flicker = np.zeros(cut.terms), flicker_covariance(cut.terms, cut.step, lowest)
    white[:2] = cut.step + 2 * readout, -readout
    both = linalg.toeplitz(white) + corners[:, None, None] * linalg.toeplitz(flicker)
    identity = np.eye(cut.terms)
    lower = np.linalg.cholesky(both / cut.step)
    return np.array([linalg.solve_triangular(each, identity, lower=True) for each in lower])
