"""Options of family silicon."""

from dataclasses import dataclass, fields
from typing import Literal

import numpy as np

from hwkit.circuit.cells.silicon.kits import Kit, kit_of
from hwkit.circuit.pdk.process import Process, open_process
from hwkit.circuit.pdk.technology import DEFAULT, TYPICAL
from hwkit.errors import DesignError
from hwkit.units import ROOM_CELSIUS

COLDEST, HOTTEST = -40.0, 125.0  # of the foundry's models
MOST_BITS = 8  # finer steps than 8 bits need more unit devices in a line


@dataclass(frozen=True)
class SiliconOptions:
    """Where and when the circuit is built and run; it is sized at the typical corner and 27 C.

    Attributes:
        corner: of the process: "typical", "ff", "ss", "fs" (fast n, slow p), "sf".
        celsius: temperature of the circuit.
        decoupling_farad: capacitor from each of the two bias lines to ground; 0 for none.
        models: "embedded" numbers, or the "foundry"'s installed file.
        path: folder of the foundry's files, if not the first that is found.
        bias: "ideal" sources, or "mirrors" of one reference current: converters of transistors.
        dac_bits: of each converter.
        noise: "external" currents, or "bits": a one-bit source of transistors at each unit.
        bit_hold: time for which a bit is held, in model time.
        process: "gf180mcu" at 3.3 V, or "sky130" at 1.8 V.
    """

    corner: str = TYPICAL
    celsius: float = ROOM_CELSIUS
    decoupling_farad: float = 1e-9
    models: Literal["embedded", "foundry"] = "embedded"
    path: str = ""
    bias: Literal["ideal", "mirrors"] = "ideal"
    dac_bits: int = 6
    noise: Literal["external", "bits"] = "external"
    bit_hold: float = 0.05
    process: str = DEFAULT

    def __post_init__(self) -> None:
        self.kit.technology.corner(self.corner)
        if not COLDEST <= self.celsius <= HOTTEST:
            raise DesignError(
                f"silicon option celsius is {self.celsius!r}; the models are for {COLDEST:g} to "
                f"{HOTTEST:g}"
            )
        if not 0 <= self.decoupling_farad < np.inf:
            raise DesignError(
                f"silicon option decoupling_farad is {self.decoupling_farad!r}; give a number >= 0"
            )
        if self.bias not in ("ideal", "mirrors"):
            raise DesignError(f"silicon option bias is {self.bias!r}; choose 'ideal' or 'mirrors'")
        if not 2 <= self.dac_bits <= MOST_BITS:
            raise DesignError(
                f"silicon option dac_bits is {self.dac_bits!r}; give 2 to {MOST_BITS}"
            )
        if self.noise not in ("external", "bits"):
            raise DesignError(
                f"silicon option noise is {self.noise!r}; choose 'external' or 'bits'"
            )
        if not 0 < self.bit_hold < np.inf:
            raise DesignError(f"silicon option bit_hold is {self.bit_hold!r}; give a number > 0")
        if not self.kit.closed and (self.bias, self.noise) != ("ideal", "external"):
            raise DesignError(
                "mirrors and one-bit noise sources are measured on gf180mcu alone; on "
                f"{self.process} use bias = 'ideal' and noise = 'external'"
            )

    @property
    def kit(self) -> Kit:
        """The cells on the process."""
        return kit_of(self.process)

    def open_process(self) -> Process:
        """Return the transistors' models at the corner.

        Raises:
            DesignError: if the foundry's files are asked for and are not there.
        """
        return open_process(self.process, self.corner, self.models, self.path or None)

    def describe(self) -> str:
        """Return the options that are not the defaults as one line for people."""
        changed = [f.name for f in fields(self) if getattr(self, f.name) != f.default]
        return ", ".join(f"{name} = {getattr(self, name)}" for name in changed) or "typical, 27 C"
