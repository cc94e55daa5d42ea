"""What parts do with temperature, by the classes in which they are sold.

    value(T) = value (1 + (slope + bound e) dT - drop u x^2)        dT = T - 300.15 K

e within +-1: half of it common to a board, half each part's own, so that no part leaves the bound.
u within 0 and 1, one for a board; x = dT over its largest value on that side of the class's range.
Class 2 ceramics are bounded by their code alone: the parabola is the usual shape, not a promise.
Diodes have physics of their own (`hwkit.circuit.junctions`).
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.constants import zero_Celsius

from hwkit.errors import ConfigError
from hwkit.units import ROOM_CELSIUS

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class TemperatureClass:
    """How parts of one class change with temperature.

    Attributes:
        name: as sold.
        slope: change that all of them have, per kelvin.
        bound: most by which the slope of one differs from that, per kelvin.
        drop: most of the value that is lost at either end of the range.
        low, high: ends of the range in which this holds, in degrees Celsius.
        basis: the standard, or "typical".
    """

    name: str
    slope: float = 0.0
    bound: float = 0.0
    drop: float = 0.0
    low: float = -55.0
    high: float = 155.0
    basis: str = "given"

    def __post_init__(self) -> None:
        for what, value in (("bound", self.bound), ("drop", self.drop)):
            if not 0 <= value < 1:
                raise ConfigError(
                    f"temperature class {self.name!r}: {what} is {value!r}; give 0 to 1"
                )
        if not self.low < ROOM_CELSIUS < self.high:
            raise ConfigError(
                f"temperature class {self.name!r} holds from {self.low:g} to {self.high:g} °C; "
                f"its range must hold {ROOM_CELSIUS:g} °C"
            )

    @property
    def exact(self) -> "TemperatureClass":
        """The class of parts that have its slope and nothing else."""
        return self if self is FIXED else replace(self, bound=0.0, drop=0.0)

    @property
    def worst(self) -> float:
        """Largest change over 100 K or to an end of the range: how loose a class is."""
        return (abs(self.slope) + self.bound) * 100 + self.drop

    def factor(self, kelvin: float, e: FloatArray, u: float) -> FloatArray:
        """Return by what the values of some parts are multiplied, (n,).

        Args:
            kelvin: the temperature.
            e: place of each part within the bound, -1 to 1, (n,).
            u: place of the board within the drop, 0 to 1.

        Raises:
            ConfigError: outside the range, or if nothing positive is left of a part.
        """
        celsius = kelvin - zero_Celsius
        if not self.low - 1e-9 <= celsius <= self.high + 1e-9:
            raise ConfigError(
                f"environment: {self.name} at {celsius:g} °C; its class is for {self.low:g} to "
                f"{self.high:g} °C"
            )
        warmer = celsius - ROOM_CELSIUS
        x = warmer / ((self.high if warmer > 0 else self.low) - ROOM_CELSIUS)
        factor = 1 + (self.slope + self.bound * e) * warmer - self.drop * u * x**2
        if np.any(factor <= 0):
            raise ConfigError(
                f"environment: {self.name} leaves no positive value at {celsius:g} °C; make its "
                "temperature coefficient smaller"
            )
        return np.asarray(factor)

    def describe(self) -> str:
        """Return the class as text for people."""
        if self.drop:
            return f"up to -{self.drop:.0%} at {self.low:g} and {self.high:g} °C"
        slope = f"{1e6 * self.slope:g} " if self.slope else ""
        return f"{slope}± {1e6 * self.bound:g} ppm/K"


_PPM = 1e-6
_TYPICAL = "typical data sheets"

FIXED = TemperatureClass("fixed", low=-273.15, high=1e4, basis="no change")
CLASSES = {
    found.name: found
    for found in (
        FIXED,
        TemperatureClass("thin film", bound=25 * _PPM, basis=_TYPICAL),
        TemperatureClass("metal film", bound=50 * _PPM, basis=_TYPICAL),
        TemperatureClass("thick film", bound=100 * _PPM, basis=_TYPICAL),
        TemperatureClass("thick film, 200 ppm", bound=200 * _PPM, basis=_TYPICAL),
        TemperatureClass("carbon film", -350 * _PPM, 150 * _PPM, basis=_TYPICAL),
        TemperatureClass("C0G", bound=30 * _PPM, high=125.0, basis="EIA-198 code, IEC 60384-21"),
        TemperatureClass("U2J", -750 * _PPM, 120 * _PPM, high=125.0, basis="EIA-198 code"),
        TemperatureClass("X5R", drop=0.15, high=85.0, basis="EIA-198 code, IEC 60384-22"),
        TemperatureClass("X7R", drop=0.15, high=125.0, basis="EIA-198 code, IEC 60384-22"),
        TemperatureClass("Y5V", drop=0.82, low=-30.0, high=85.0, basis="EIA-198 code"),
        TemperatureClass(
            "polypropylene", -200 * _PPM, 100 * _PPM, low=-40.0, high=105.0, basis=_TYPICAL
        ),
    )
}
USUAL = {"resistor": "thick film", "capacitor": "C0G"}
"""The class that parts of a kind have unless another is named."""


@dataclass(frozen=True)
class Thermal:
    """The temperature class of some parts: a role, or a pattern such as "onsite-*"."""

    parts: str
    of: TemperatureClass
