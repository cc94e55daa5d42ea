"""Junctions over temperature, as ngspice has them (diotemp.c, level 1).

    I = I_s(T) (exp(V e / (n k T)) - 1)
    I_s(T) = I_s exp( (T/T0 - 1) EG / (n k T/e) + (XTI/n) ln(T/T0) )

EG = 1.11 eV and XTI = 3, ngspice's defaults, are those of silicon. At another temperature T the
diode is the one that at T0 = 300.15 K has the saturation current I_s(T) and the emission n T/T0.
"""

import math
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import ConfigError
from hwkit.units import THERMAL_KELVIN

FloatArray = NDArray[np.float64]
Number = TypeVar("Number", float, FloatArray)

GAP_VOLT, EXPONENT = 1.11, 3.0
BOLTZMANN_OVER_CHARGE = 1.38064852e-23 / 1.6021766208e-19  # ngspice's: the exponent is about 40
_COLDEST, _HOTTEST = 100.0, 600.0  # K; a junction of silicon is something else beyond


def saturation_exponent(
    kelvin: float,
    nominal: float,
    emission: Number,
    gap_volt: float = GAP_VOLT,
    exponent: float = EXPONENT,
) -> Number:
    """Return ln(I_s(T) / I_s(nominal)) of junctions.

    Args:
        kelvin, nominal: temperature asked for, and that of the known saturation current, K.
        emission: n, a number or one per junction, in any shape.
        gap_volt, exponent: EG in eV and XTI.
    """
    ratio = kelvin / nominal
    volt = emission * BOLTZMANN_OVER_CHARGE * kelvin
    return (ratio - 1) * gap_volt / volt + exponent / emission * math.log(ratio)


def at_temperature(
    ampere: FloatArray, emission: FloatArray, kelvin: float
) -> tuple[FloatArray, FloatArray]:
    """Return the saturation currents and emissions, (n,), of diodes of 300.15 K like these at T.

    Args:
        ampere, emission: I_s and n of each diode at 300.15 K, (n,).
        kelvin: the temperature T.

    Raises:
        ConfigError: at a temperature that no silicon junction works at.
    """
    if not _COLDEST <= kelvin <= _HOTTEST:
        raise ConfigError(
            f"environment: diodes at {kelvin:g} K; they are known from {_COLDEST:g} to "
            f"{_HOTTEST:g} K"
        )
    grown = np.exp(saturation_exponent(kelvin, THERMAL_KELVIN, emission))
    return np.asarray(ampere * grown), np.asarray(emission * (kelvin / THERMAL_KELVIN))
