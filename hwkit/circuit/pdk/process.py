"""A process: the transistor models of one corner, or of one lot, with their mismatch.

process = gf180mcu("ss")                    the foundry's corner, from the embedded numbers
process = gf180mcu("ss", models="foundry")  the same from the foundry's installed file
lot     = process.of_lot(seed, 3)           the third lot of that seed, around the typical corner
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np

from hwkit.circuit.pdk.cards import Card, Lot, Pelgrom
from hwkit.circuit.pdk.foundry import SECTIONS, FoundryFile
from hwkit.circuit.pdk.library import PACKAGE, Library, find_library
from hwkit.circuit.pdk.table import embedded_cards, embedded_lot, embedded_mismatch
from hwkit.errors import DesignError
from hwkit.wiener import child_seed

CORNERS = tuple(SECTIONS)
TYPICAL = CORNERS[0]
Models = Literal["embedded", "foundry"]


@dataclass(frozen=True)
class Process:
    """Transistor models.

    Attributes:
        name: of the process.
        corner: "typical", "ff", "ss", "fs" (fast n, slow p) or "sf".
        cards: of all devices and bins.
        mismatch: of each device.
        lot_statistics: how cards vary from lot to lot.
        library: the foundry's files, where the numbers come from them.
        lot: what the lot's random numbers are, by name; empty for the corner itself.
    """

    name: str
    corner: str
    cards: tuple[Card, ...]
    mismatch: Mapping[str, Pelgrom]
    lot_statistics: Lot
    library: Library | None = None
    lot: Mapping[str, float] = field(default_factory=dict)

    def card(self, device: str, width: float, length: float) -> Card:
        """Return the card of a transistor; sizes in m.

        Raises:
            DesignError: if no bin has that geometry.
        """
        own = [card for card in self.cards if card.device == device]
        for card in own:
            if card.covers(width, length):
                return card
        if not own:
            known = ", ".join(dict.fromkeys(card.device for card in self.cards))
            raise DesignError(f"{self.name} has no device {device!r}; it has {known}")
        raise DesignError(
            f"{device} of W = {1e6 * width:g} um and L = {1e6 * length:g} um is outside the bins "
            f"of the models here, which have {_range(own, 'w')} and {_range(own, 'l')}; choose "
            "another size"
            + ("" if self.library else f", or models = 'foundry' for all bins ({PACKAGE})")
        )

    def of_lot(self, seed: int, lot: int) -> "Process":
        """Return the models of one lot: the corner's with the lot's random numbers.

        The foundry draws lots around the typical corner.
        """
        root = child_seed(seed, "fabrication", "lot", lot)
        normals = np.random.Generator(np.random.Philox(root)).standard_normal
        names = self.lot_statistics.variables
        draw = dict(zip(names, normals(len(names)).tolist(), strict=True))
        return replace(self, cards=self.lot_statistics.shifted(self.cards, draw), lot=draw)


def _range(cards: list[Card], side: str) -> str:
    low = min(card.parameters[f"{side}min"] for card in cards)
    high = max(card.parameters[f"{side}max"] for card in cards)
    return f"{side.upper()} from {1e6 * low:g} to {1e6 * high:.4g} um"


def gf180mcu(
    corner: str = TYPICAL, models: Models = "embedded", path: Path | str | None = None
) -> Process:
    """Return GF180MCU's 3.3 V transistors at a corner.

    Args:
        corner: one of CORNERS.
        models: "embedded" numbers, or the "foundry"'s installed file.
        path: folder of the foundry's files; None for the first that is found.

    Raises:
        DesignError: if there is no such corner, or the foundry's files are not there.
    """
    if corner not in CORNERS:
        raise DesignError(f"corner {corner!r} is unknown; choose one of {', '.join(CORNERS)}")
    if models not in ("embedded", "foundry"):
        raise DesignError(f"models is {models!r}; choose 'embedded' or 'foundry'")
    if models == "embedded":
        cards, mismatch, lot = embedded_cards(corner), embedded_mismatch(), embedded_lot()
        return Process("gf180mcu", corner, cards, mismatch, lot)
    library = find_library(path)
    file = _file(library.models)
    return Process("gf180mcu", corner, file.cards(corner), file.mismatch(), file.lot(), library)


@cache
def _file(path: Path) -> FoundryFile:
    return FoundryFile(path)
