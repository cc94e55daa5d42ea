"""Numbers of transistor models: BSIM4 cards, and how they vary from lot to lot and on a chip.

A card holds the parameters of one device for a bin of lengths and widths. Mismatch is per
transistor, a shift of its threshold and a factor on its mobility, after Pelgrom:

    sigma = A / sqrt((L - offset_L) (W - offset_W))
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Card:
    """A BSIM4 card.

    Attributes:
        device: name of the device.
        kind: "nmos" or "pmos".
        number: of the bin.
        parameters: name -> number, in SPICE's units (SI).
    """

    device: str
    kind: str
    number: int
    parameters: Mapping[str, float]

    @property
    def name(self) -> str:
        """Device and bin, as "nfet_03v3.10"."""
        return f"{self.device}.{self.number}"

    def covers(self, width: float, length: float) -> bool:
        """Say whether a geometry, in m, is of this bin: lower ends belong to it."""
        p = self.parameters
        return p["wmin"] <= width < p["wmax"] and p["lmin"] <= length < p["lmax"]


@dataclass(frozen=True)
class Pelgrom:
    """Mismatch of a device: of one transistor, so that a pair differs by sqrt(2) times that.

    Attributes:
        threshold: A of the threshold shift, V m.
        gain: A of the relative mobility, m.
        length_offset, width_offset: subtracted from the drawn sizes, m.
    """

    threshold: float
    gain: float
    length_offset: float
    width_offset: float

    def sigmas(self, width: FloatArray, length: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return deviations of threshold (V) and relative mobility at sizes (n,), m, one sigma."""
        root = np.sqrt((length - self.length_offset) * (width - self.width_offset))
        return np.asarray(self.threshold / root), np.asarray(self.gain / root)


@dataclass(frozen=True)
class Shift:
    """What one standard normal number of the lot adds to one parameter of one card."""

    device: str
    number: int
    parameter: str
    variable: str
    amount: float


@dataclass(frozen=True)
class Lot:
    """How cards vary from lot to lot: linear in random numbers that all transistors share."""

    variables: tuple[str, ...]
    shifts: tuple[Shift, ...]

    def shifted(self, cards: tuple[Card, ...], draw: Mapping[str, float]) -> tuple[Card, ...]:
        """Return the cards of a lot; `draw` has a standard normal number for each variable."""
        amounts: dict[tuple[str, int], dict[str, float]] = {}
        for shift in self.shifts:
            card = amounts.setdefault((shift.device, shift.number), {})
            change = shift.amount * draw[shift.variable]
            card[shift.parameter] = card.get(shift.parameter, 0.0) + change
        moved = []
        for card_ in cards:
            change_of = amounts.get((card_.device, card_.number), {})
            values = {k: v + change_of.get(k, 0.0) for k, v in card_.parameters.items()}
            moved.append(replace(card_, parameters=values))
        return tuple(moved)


@dataclass(frozen=True)
class Numbers:
    """What models say about a process at one corner.

    Attributes:
        cards: of all devices and bins.
        mismatch: by device, or by "device.number" where bins differ.
        lot: how cards vary from lot to lot; without variables where that is not read.
    """

    cards: tuple[Card, ...]
    mismatch: Mapping[str, Pelgrom]
    lot: Lot
