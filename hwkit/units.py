"""Physical constants and engineering notation for people; netlists use plain exponents instead."""

import math

from scipy.constants import Boltzmann as BOLTZMANN
from scipy.constants import elementary_charge, zero_Celsius

__all__ = [
    "BOLTZMANN",
    "PREFIX_POWERS",
    "ROOM_CELSIUS",
    "THERMAL_KELVIN",
    "THERMAL_VOLT",
    "engineering",
    "prefixed",
]

# 27 degrees Celsius, at which SPICE has its parts unless it is told otherwise, and k T / e there.
ROOM_CELSIUS = 27.0
THERMAL_KELVIN = zero_Celsius + ROOM_CELSIUS
THERMAL_VOLT = BOLTZMANN * THERMAL_KELVIN / elementary_charge

_PREFIXES = {-18: "a", -15: "f", -12: "p", -9: "n", -6: "u", -3: "m", 0: "", 3: "k", 6: "M", 9: "G"}
PREFIX_POWERS = {prefix: power for power, prefix in _PREFIXES.items()}


def engineering(value: float, unit: str, digits: int = 3) -> str:
    """Format a number with an SI prefix: `engineering(1e-12, "F")` is `"1 pF"`."""
    if value == 0 or not math.isfinite(value):
        return f"{value:g} {unit}"
    power, name = prefixed(float(f"{value:.{digits - 1}e}"), unit)  # 999.9 nF to 3 digits is 1 uF
    return f"{value / 10.0**power:.{digits}g} {name}"


def prefixed(value: float, unit: str) -> tuple[int, str]:
    """Return the power of ten and the name with which a value other than 0 is written.

    `prefixed(0.02, "s")` is `(-3, "ms")`.
    """
    power = 3 * math.floor(math.log10(abs(value)) / 3)
    power = min(max(power, min(_PREFIXES)), max(_PREFIXES))
    return power, f"{_PREFIXES[power]}{unit}"
