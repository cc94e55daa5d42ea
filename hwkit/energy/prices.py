"""What is paid beside the circuit's own dissipation: prices, each with its source.

No price has a default. A price is somebody's measurement, and then names the publication, or the
user's own assumption, and then says "user-set".
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from hwkit.errors import ConfigError

USER_SET = "user-set"
UNITS = {
    "readout": "J/conversion",  # one conversion of one visible unit
    "weight": "J/weight",  # writing one coupling or bias
    "noise": "W/source",  # what one noise source draws for as long as a run lasts
    "supply": "V",  # at which active elements draw their current
    "digital": "W",  # of the computer that simulates
}


@dataclass(frozen=True)
class Price:
    """A number, its unit, and where it comes from: a publication, or "user-set"."""

    value: float
    unit: str
    source: str

    def __post_init__(self) -> None:
        if not (np.isfinite(self.value) and self.value >= 0):
            raise ConfigError(f"a price is {self.value!r} {self.unit}; it must be a number >= 0")
        if not self.source.strip():
            raise ConfigError(
                f"the price of {self.value:g} {self.unit} has no source; name the publication, or "
                f"write {USER_SET!r} if it is your own assumption"
            )

    @property
    def label(self) -> str:
        """The price and its source as text."""
        return f"{self.value:g} {self.unit}, {self.source}"


@dataclass(frozen=True)
class Prices:
    """The prices of a ledger by name; one that is not there is refused when it is asked for."""

    known: Mapping[str, Price]

    def __post_init__(self) -> None:
        for name, price in self.known.items():
            if name not in UNITS:
                raise ConfigError(f"price {name!r} is unknown; choose from {', '.join(UNITS)}")
            if price.unit != UNITS[name]:
                raise ConfigError(f"price {name} is in {price.unit!r}; give it in {UNITS[name]!r}")

    def __getitem__(self, name: str) -> Price:
        if name not in self.known:
            raise ConfigError(
                f"the ledger needs the price {name!r} in {UNITS.get(name, 'its unit')}, which is "
                f"missing; give it with a source, or as {USER_SET!r}"
            )
        return self.known[name]
