"""From dimensionless model to SI and back: the only place where the two meet.

    G0 = C / tau      I0 = G0 V0      energy V = 1 is C V0^2
    white noise current of one node: one-sided PSD  S_I = 4 kT C V0^2 G0  (two-sided: half of it)
    noise-equivalent temperature, quoted for G = G0:  k_B T_n = kT C V0^2

Time in seconds is mobility * t * tau: the mobility is absorbed into the time unit.
"""

from dataclasses import dataclass

from hwkit.errors import DesignError
from hwkit.numbers import positive
from hwkit.units import BOLTZMANN, engineering

_SMALLEST, _LARGEST = 1e-50, 1e50  # products of these are still numbers


@dataclass(frozen=True)
class Scale:
    """Volts per unit of x, seconds per unit of mobility * t, and the capacitance of a node."""

    volt: float = 0.1
    second: float = 1e-6
    farad: float = 1e-12

    def __post_init__(self) -> None:
        for name in ("volt", "second", "farad"):
            value = positive(f"scale: {name}", getattr(self, name), DesignError)
            object.__setattr__(self, name, value)
            if not _SMALLEST <= value <= _LARGEST:
                raise DesignError(
                    f"scale: {name} is {value!r}; it must be a number above 0, from "
                    f"{_SMALLEST:g} to {_LARGEST:g}"
                )

    @property
    def siemens(self) -> float:
        """G0, conductance per unit of curvature."""
        return self.farad / self.second

    @property
    def ampere(self) -> float:
        """I0, current per unit of force."""
        return self.siemens * self.volt

    @property
    def joule(self) -> float:
        """Energy of V = 1."""
        return self.farad * self.volt**2

    def noise_psd(self, kT: float) -> float:
        """One-sided power spectral density of a node's noise current, A^2/Hz."""
        return 4 * kT * self.joule * self.siemens

    def noise_temperature(self, kT: float) -> float:
        """Noise-equivalent temperature in kelvin: that of a resistor 1/G0 with the same noise."""
        return kT * self.joule / BOLTZMANN

    def describe(self) -> str:
        """Return the scale as one line for people."""
        return (
            f"V0 = {engineering(self.volt, 'V')}, tau = {engineering(self.second, 's')}, "
            f"C = {engineering(self.farad, 'F')}, G0 = {engineering(self.siemens, 'S')}, "
            f"I0 = {engineering(self.ampere, 'A')}"
        )
