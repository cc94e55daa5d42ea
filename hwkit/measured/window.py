"""How the coefficients of a record were taken: what a setup's channels do to them depends on it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwkit.measured.drift import Drift
from hwkit.measured.lag import Sampling
from hwkit.measured.moments import Moments
from hwkit.measured.noise import Noise

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Window:
    """How the coefficients of a record were taken: needed for what lagging channels do to them.

    Attributes:
        mean, square: <z> and <z^2> of the channels, (N,).
        sampling: how samples were used.
        solvers: as of `Noise`.
        response, across: as of `Drift`.
        known: variance of each channel's readout for which the drift was estimated, (N,).
        share: covariance of the samples that drift was estimated from, over that variance.
        fixed: what lagging channels of the intended machine add to D and e beyond what they would
            do to units that are not coupled, (2, N, N).
    """

    mean: FloatArray
    square: FloatArray
    sampling: Sampling
    solvers: FloatArray
    response: FloatArray
    across: FloatArray
    known: FloatArray
    share: float
    fixed: FloatArray

    @classmethod
    def of(
        cls,
        moments: Moments,
        drift: Drift,
        noise: Noise,
        phi: float,
        known: FloatArray,
        share: float,
    ) -> "Window":
        """Return that of estimates from moments.

        Args:
            moments, drift, noise: as estimated.
            phi: what was taken out of the samples.
            known: variance of each channel's readout, (N,).
            share: of it, in the samples that drift was estimated from.
        """
        units, n = slice(1, 1 + moments.n_units), moments.n_units
        mean, square = moments.average[0, units], np.diagonal(moments.average)[units]
        sampling, none = Sampling(noise.lags, drift.first, moments.step, phi), np.zeros((2, n, n))
        drifts = drift.response, drift.across
        return cls(mean, square, sampling, noise.solvers, *drifts, known, share, none)
