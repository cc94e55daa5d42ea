"""Options of family resistive."""

from dataclasses import dataclass, fields
from typing import Literal

import numpy as np

from hwkit.circuit.parts import FloatArray
from hwkit.circuit.preferred import preferred, series_values
from hwkit.errors import DesignError


@dataclass(frozen=True)
class ResistiveOptions:
    """How real the parts are; the defaults are ideal ones.

    Attributes:
        common_mode: G_cm in units of G0.
        series: preferred values ("E12" to "E192") that all resistors are snapped to; None: exact.
        converter_error: relative error of every converter's conductance.
        gain_bandwidth: of the converter's amplifiers, Hz.
        slew_rate: of the converter's amplifiers, V/s.
        amplifier_offset: input offset of the converter's amplifiers, V.
        bias: "current" sources, or "resistor" pairs to supplies of +-supply_volt.
        supply_volt: of the bias resistors.
    """

    common_mode: float = 1.0
    series: str | None = None
    converter_error: float = 0.0
    gain_bandwidth: float = np.inf
    slew_rate: float = np.inf
    amplifier_offset: float = 0.0
    bias: Literal["current", "resistor"] = "current"
    supply_volt: float = 5.0

    def __post_init__(self) -> None:
        for name in ("common_mode", "gain_bandwidth", "slew_rate", "supply_volt"):
            if not getattr(self, name) > 0:
                raise DesignError(
                    f"resistive option {name} is {getattr(self, name)!r}; it must be above 0"
                )
        if not self.converter_error > -1:
            raise DesignError(
                f"resistive option converter_error is {self.converter_error!r}; it must be above -1"
            )
        if self.bias not in ("current", "resistor"):
            raise DesignError(
                f"resistive option bias is {self.bias!r}; choose 'current' or 'resistor'"
            )
        if self.series is not None:
            series_values(self.series)  # refuses what is not a series

    @property
    def ideal_converter(self) -> bool:
        """Whether converters are negative resistors rather than amplifiers."""
        return bool(np.all(np.isinf((self.gain_bandwidth, self.slew_rate))))

    def describe(self) -> str:
        """Return the options that are not ideal as one line for people."""
        changed = [f.name for f in fields(self) if getattr(self, f.name) != f.default]
        return ", ".join(f"{name} = {getattr(self, name)}" for name in changed) or "ideal"

    def snapped(self, ohm: FloatArray) -> FloatArray:
        """Return resistances, ohm, of any shape as they are to be had."""
        return ohm if self.series is None else preferred(ohm, self.series)


IDEAL = ResistiveOptions()
