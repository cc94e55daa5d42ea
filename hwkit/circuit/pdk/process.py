"""A process: the transistor models of one corner, or of one lot, with their mismatch.

process = gf180mcu("ss")                    the foundry's corner, from the embedded numbers
process = gf180mcu("ss", models="foundry")  the same from the foundry's installed file
process = sky130("tt")                      another foundry's
lot     = process.of_lot(seed, 3)           the third lot of that seed, around the typical corner
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np

from hwkit.circuit.pdk.cards import Card, Lot, Pelgrom
from hwkit.circuit.pdk.library import Library
from hwkit.circuit.pdk.table import embedded_numbers
from hwkit.circuit.pdk.technology import DEFAULT, TYPICAL, Technology, technology
from hwkit.errors import DesignError
from hwkit.wiener import child_seed

Models = Literal["embedded", "foundry"]
CORNERS = technology(DEFAULT).corners


@dataclass(frozen=True)
class Process:
    """Transistor models.

    Attributes:
        name: of the process.
        corner: as its foundry calls it, such as "typical", "ff", "ss", "fs" (fast n, slow p), "sf".
        cards: of all devices and bins.
        mismatch: by device, or by "device.number" where bins differ.
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

    @property
    def technology(self) -> Technology:
        """What does not depend on the corner."""
        return technology(self.name)

    def at(self, corner: str) -> "Process":
        """Return the models of another corner, from the same source.

        Raises:
            DesignError: if there is no such corner.
        """
        return _process(self.technology, corner, self.library)

    def pelgrom(self, device: str, width: float, length: float) -> Pelgrom:
        """Return the mismatch of a transistor; sizes in m.

        Raises:
            DesignError: if no bin has that geometry, or its mismatch is not known.
        """
        for name in (device, self.card(device, width, length).name):
            if name in self.mismatch:
                return self.mismatch[name]
        raise DesignError(
            f"the mismatch of {device} of W = {1e6 * width:g} um and L = {1e6 * length:g} um is "
            "not known; choose a size of the embedded numbers, or the foundry's whole library"
        )

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
            + ("" if self.library else f", or models = 'foundry' for all bins ({self._package})")
        )

    @property
    def _package(self) -> str:
        return self.technology.sources[0].package

    def of_lot(self, seed: int, lot: int) -> "Process":
        """Return the models of one lot: the corner's with the lot's random numbers.

        The foundry draws lots around the typical corner.

        Raises:
            DesignError: if the statistics of lots are not read for this process.
        """
        if not self.lot_statistics.variables:
            raise DesignError(
                f"the statistics of lots are not read for {self.name}; use its corners "
                f"{', '.join(self.technology.corners)}"
            )
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
    return open_process("gf180mcu", corner, models, path)


def sky130(
    corner: str = TYPICAL, models: Models = "embedded", path: Path | str | None = None
) -> Process:
    """Return SKY130's 1.8 V transistors at a corner.

    Args:
        corner: "tt" (or "typical"), "ff", "ss", "fs" or "sf".
        models: "embedded" numbers, or the "foundry"'s installed library.
        path: folder of `sky130.lib.spice`; None for the first that is found.

    Raises:
        DesignError: if there is no such corner, or the foundry's files are not there.
    """
    return open_process("sky130", corner, models, path)


def open_process(
    name: str = DEFAULT,
    corner: str = TYPICAL,
    models: Models = "embedded",
    path: Path | str | None = None,
) -> Process:
    """Return a process by its name; see `gf180mcu` and `sky130`.

    Raises:
        DesignError: if there is no such process or corner, or the foundry's files are not there.
    """
    own = technology(name)
    own.corner(corner)
    if models not in ("embedded", "foundry"):
        raise DesignError(f"models is {models!r}; choose 'embedded' or 'foundry'")
    return _process(own, corner, None if models == "embedded" else own.find(path))


def _process(own: Technology, corner: str, library: Library | None) -> Process:
    corner = own.corner(corner)
    numbers = own.read(library, corner) if library else embedded_numbers(own.name, corner)
    return Process(own.name, corner, numbers.cards, numbers.mismatch, numbers.lot, library)


def find_library(path: Path | str | None = None, process: str = DEFAULT) -> Library:
    """Return a foundry's files: in a folder, or the first that are found.

    Raises:
        DesignError: if they are not there; it says how to get them.
    """
    return technology(process).find(path)
