"""How the coefficients of a record were taken: what a setup's channels do to them depends on it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwkit.measured.drift import Drift
from hwkit.measured.moments import Moments
from hwkit.measured.noise import Noise

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Window:
    """How the coefficients of a record were taken: needed for what lagging channels do to them.

    Attributes:
        mean, square: <z> and <z^2> of the channels, (N,).
        solvers, lags: as of `Noise`.
        step: time between samples, in model time.
        phi: what was taken out of the samples, of channels that lag (`unlagged`).
        first, response, across: as of `Drift`.
        known: variance of each channel's readout for which the drift was estimated, (N,).
        share: covariance of the samples that drift was estimated from, over that variance.
        fixed: what lagging channels of the intended machine add to D and e beyond what they would
            do to units that are not coupled, (2, N, N).
    """

    mean: FloatArray
    square: FloatArray
    solvers: FloatArray
    lags: tuple[int, ...]
    step: float
    phi: float
    first: int
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
        none = np.zeros((2, n, n))
        return cls(
            mean,
            square,
            noise.solvers,
            noise.lags,
            moments.step,
            phi,
            drift.first,
            drift.response,
            drift.across,
            known,
            share,
            none,
        )
