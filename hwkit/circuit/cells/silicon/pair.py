"""The current of an onsite pair, and how near it is to the quartic's 2 x + 4 x^3.

A measured current i(v) splits into an odd part, which is meant, and an even part, which is an
error. V0 and I0 are those that make the largest relative deviation of the odd part from
I0 (2 x + 4 x^3), x = v / V0, over 0 < x <= 1.2 the least.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hwkit.deferred import deferred
from hwkit.errors import DataError

if TYPE_CHECKING:
    from scipy import interpolate, optimize
else:
    interpolate, optimize = deferred("scipy.interpolate"), deferred("scipy.optimize")

FloatArray = NDArray[np.float64]

REACH = 1.2  # |x| up to which it is judged
_LEAST = 0.02


@dataclass(frozen=True)
class PairFit:
    """V0 and I0 of a pair, and its deviations over |x| <= REACH.

    Attributes:
        volt: V0, V.
        ampere: I0, A.
        odd: largest relative deviation of the odd part from I0 (2 x + 4 x^3).
        even: largest even part over I0 (2 x + 4 x^3) at REACH.
        balance: even part at REACH over the same, with its sign; 0 for matched n and p.
    """

    volt: float
    ampere: float
    odd: float
    even: float
    balance: float


def quartic_slope(x: FloatArray) -> FloatArray:
    """Return 2 x + 4 x^3, elementwise."""
    return np.asarray(2 * x + 4 * x**3)


def fit_pair(volts: FloatArray, amperes: FloatArray) -> PairFit:
    """Fit a measured curve, (n,) V and A; `volts` are evenly spaced around 0 and reach REACH V0.

    Raises:
        DataError: if they don't reach that far.
    """
    odd = interpolate.CubicSpline(volts, (amperes - amperes[::-1]) / 2)
    even = interpolate.CubicSpline(volts, (amperes + amperes[::-1]) / 2)
    x = np.linspace(_LEAST, REACH, 60)

    def deviation(logs: FloatArray) -> float:
        volt, ampere = np.exp(logs)
        return float(np.max(np.abs(odd(volt * x) / ampere / quartic_slope(x) - 1)))

    middle = volts[-1] / 2
    slope = float(odd(middle, 1) - odd(middle) / middle)  # of v^3 alone: 2 c v^2
    start = np.sqrt(2 * middle**2 * float(odd(0.0, 1)) / slope)
    first = np.log([start, float(odd(0.0, 1)) * start / 2])
    # Nelder-Mead: the largest of many absolute values has no derivative.
    best = optimize.minimize(
        deviation, first, method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-8}
    )
    volt, ampere = (float(value) for value in np.exp(best.x))
    if volt * REACH > volts[-1]:
        raise DataError(
            f"the sweep ends at {volts[-1]:.3g} V, but it is judged up to "
            f"{REACH * volt:.3g} V; sweep further"
        )
    full = ampere * float(quartic_slope(np.array(REACH)))
    uneven = even(volt * x) / full
    return PairFit(volt, ampere, float(best.fun), float(np.max(np.abs(uneven))), float(uneven[-1]))
