"""The cells of family silicon on each process: which devices they are made of, and how far they go.

On GF180MCU the pair is within 1 % of the quartic, n and p alike. On SKY130 at 1.8 V most p devices
would need a gate below the negative rail in the pair: `pfet_01v8_lvt` does not. Its current in weak
inversion is less steep than the n device's, so that 3 % of an even part is left. The mirror of a
coupling is better off with the high threshold of `pfet_01v8`: its input is then at half the supply,
as its output is, and the output current has no offset.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from hwkit.circuit.pdk.technology import DEFAULT, TECHNOLOGIES, Technology, technology


@dataclass(frozen=True)
class Kit:
    """The cells on a process; sizes and voltages in m and V.

    Attributes:
        process: its name.
        n_device, p_device: of the pair, and the n devices of a coupling.
        mirror_device: of a coupling's mirror.
        n_length, p_length: of the pair.
        volts: V0 of which the pair is within 1 % of the quartic: lowest, best, highest.
        closed: whether mirrors and one-bit noise sources were measured on it.
    """

    process: str
    n_device: str
    p_device: str
    mirror_device: str
    n_length: float
    p_length: float
    volts: tuple[float, float, float]
    closed: bool

    @property
    def technology(self) -> Technology:
        """The process."""
        return TECHNOLOGIES[self.process]

    @property
    def supply_volt(self) -> float:
        """From rail to rail, V."""
        return self.technology.supply_volt

    @property
    def table(self) -> Any:
        """What its cells were measured to do; `scripts` have what made it."""
        return _table(self.process)


@cache
def _table(process: str) -> Any:
    return json.loads(files(__package__).joinpath(f"{process}.json").read_text(encoding="utf-8"))


GF180MCU = Kit(
    "gf180mcu", "nfet_03v3", "pfet_03v3", "pfet_03v3", 2e-6, 2e-6, (0.124, 0.131, 0.138), True
)
SKY130 = Kit(
    "sky130", "nfet_01v8", "pfet_01v8_lvt", "pfet_01v8", 4e-6, 2e-6, (0.141, 0.147, 0.153), False
)
KITS = {kit.process: kit for kit in (GF180MCU, SKY130)}


def kit_of(process: str = DEFAULT) -> Kit:
    """Return the cells on a process.

    Raises:
        DesignError: if it is unknown.
    """
    return KITS[technology(process).name]
