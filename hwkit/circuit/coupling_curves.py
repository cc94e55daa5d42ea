"""Currents of couplings of transistors, as functions of driving voltage and tail current.

    i(v; I_t) / I_t = sum_k c_k(log I_t) f_k(v)

Curves are measured at some tail currents, for couplings of either sign. The matrix of all of them
is expanded in a few functions f_k (singular vectors), whose coefficients c_k are smooth in log I_t:
every coupling then has the curve of its own tail current, and N^2 of them are K matrix products.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hwkit.deferred import deferred
from hwkit.errors import DesignError
from hwkit.units import engineering

if TYPE_CHECKING:
    from scipy import interpolate
else:
    interpolate = deferred("scipy.interpolate")


FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class CouplingCurves:
    """Measured curves at one corner and temperature; currents leave the driven node, in A.

    Attributes:
        volts: of all curves, (P,), evenly spaced around 0.
        tails: tail currents, (T,).
        rising, falling: currents of couplings with J > 0 and J < 0, (T, P), offsets included.
        output_siemens: conductance of couplings at the driven node, (T,).
    """

    volts: FloatArray
    tails: FloatArray
    rising: FloatArray
    falling: FloatArray
    output_siemens: FloatArray

    def relative(self, positive: bool) -> FloatArray:
        """Return the curves of one sign over their tail currents, (T, P)."""
        return np.asarray((self.rising if positive else self.falling) / self.tails[:, None])

    def functions(self, positive: bool, count: int) -> FloatArray:
        """Return the functions of the expansion of one sign, (P, count).

        Raises:
            DesignError: if there are fewer.
        """
        return self._expanded(positive, count)[0]

    def amounts(self, positive: bool, count: int, tail_ampere: FloatArray) -> FloatArray:
        """Return how much of each function couplings have, (K, count), A.

        Args:
            positive: their sign.
            count: of functions.
            tail_ampere: tail current of each coupling, (K,), A.

        Raises:
            DesignError: if one was not extracted.
        """
        self.check(tail_ampere)
        coefficients = interpolate.CubicSpline(
            np.log(self.tails), self._expanded(positive, count)[1]
        )
        return np.asarray(coefficients(np.log(tail_ampere)) * tail_ampere[:, None])

    def loads(self, tail_ampere: FloatArray) -> FloatArray:
        """Return the output conductance of couplings with tail currents (K,), A, in S."""
        curve = interpolate.CubicSpline(np.log(self.tails), self.output_siemens / self.tails)
        return np.asarray(curve(np.log(tail_ampere)) * tail_ampere)

    def residual(self, count: int) -> float:
        """Return the largest error of an expansion in `count` functions, over the tail current."""
        worst = 0.0
        for positive in (True, False):
            functions, coefficients = self._expanded(positive, count)
            error = coefficients @ functions.T - self.relative(positive)
            worst = max(worst, float(np.max(np.abs(error))))
        return worst

    def check(self, tail_ampere: FloatArray) -> None:
        """Refuse tail currents (K,), A, outside what was extracted.

        Raises:
            DesignError: if one is.
        """
        outside = (tail_ampere < self.tails[0]) | (tail_ampere > self.tails[-1])
        if np.any(outside):
            first = engineering(float(tail_ampere[outside][0]), "A")
            raise DesignError(
                f"a tail current of {first} is outside the extracted range of "
                f"{engineering(self.tails[0], 'A')} to {engineering(self.tails[-1], 'A')}; extract "
                "over a wider one"
            )

    def _expanded(self, positive: bool, count: int) -> tuple[FloatArray, FloatArray]:
        """Return functions (P, K) and coefficients (T, K) whose products are curves (T, P)."""
        if not 1 <= count <= self.tails.size:
            raise DesignError(
                f"the expansion of couplings has {count} functions; give 1 to {self.tails.size}"
            )
        left, sizes, right = np.linalg.svd(self.relative(positive), full_matrices=False)
        return right[:count].T, left[:, :count] * sizes[:count]
