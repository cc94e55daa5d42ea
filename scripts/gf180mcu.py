"""Write the tables of GF180MCU that hwkit carries: the foundry's numbers, and what its cells do.

    python scripts/gf180mcu.py            # needs the foundry's files and ngspice; a minute

The first, hwkit/circuit/pdk/gf180mcu.json, holds numbers of the foundry's file. The second,
hwkit/circuit/cells/silicon/gf180mcu.json, is measured in ngspice at the typical corner and 27 C.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

import hwkit.circuit.cells.silicon as cells
from hwkit.circuit.cells.silicon.topology import Sizes
from hwkit.circuit.pdk import find_library, gf180mcu, table
from hwkit.circuit.pdk.foundry import SECTIONS, FoundryFile
from hwkit.spice.characterise import (
    characterise_couplings,
    characterise_legs,
    characterise_pairs,
)

BINS = (9, 10, 13, 14)  # lengths of 0.5 to 10 um, widths of 1.2 to 100 um
WIDTHS = np.array([1.5, 2.0, 2.8, 4.0, 5.6, 8.0, 11.3, 16.0]) * 1e-6
DENSITIES = np.array([3.0, 5.0, 7.5, 10.0, 12.5, 15.0, 18.0, 24.0]) * 1e-3  # nA/um
RATIOS = (3.4, 3.8)  # p over n width, between which the balanced one is found
LEGS = np.geomspace(2e-10, 1e-7, 10)
TAILS = np.geomspace(1e-9, 1e-6, 31)

NOTICE = {
    "process": "GF180MCU, 3.3 V transistors",
    "document": "YI-141-SM064, revision 9 (sm141064.ngspice)",
    "copyright": "Copyright 2022 GlobalFoundries PDK Authors",
    "licence": "Apache-2.0, https://www.apache.org/licenses/LICENSE-2.0",
    "changes": "numbers only, of the bins listed; flicker noise as extracted; no text is copied",
}


def _numbers() -> dict[str, Any]:
    library = find_library()
    file = FoundryFile(library.models)
    corners = {corner: [c for c in file.cards(corner) if c.number in BINS] for corner in SECTIONS}
    return table.tabled(
        corners, file.mismatch(), file.lot(), NOTICE | {"read from": library.source}
    )


def _cells() -> dict[str, Any]:
    process, celsius = gf180mcu(), 27.0
    usual = Sizes((2e-6, 2e-6), (7e-6, 2e-6), 25e-9)
    return {
        "conditions": "typical corner, 27 C, embedded numbers, supplies +-1.65 V",
        "pairs": characterise_pairs(process, celsius, WIDTHS, DENSITIES, RATIOS),
        "couplings": characterise_couplings(process, celsius, usual, TAILS),
        "legs": characterise_legs(process, celsius, LEGS),
    }


def _write(folder: str, content: dict[str, Any]) -> None:
    target = Path(folder).with_name("gf180mcu.json")
    target.write_text(json.dumps(content, indent=0) + "\n", encoding="utf-8")


if __name__ == "__main__":
    _write(table.__file__, _numbers())
    _write(cells.__file__, _cells())
