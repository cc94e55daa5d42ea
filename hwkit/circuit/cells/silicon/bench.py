"""Benches for the cells of family silicon: their transistors alone, with nodes for sources.

A bench is a design without a machine: its units are nodes to be held at a voltage.
"""

import numpy as np

from hwkit.circuit.cells.silicon.kits import kit_of
from hwkit.circuit.cells.silicon.topology import Couplings, Sizes, Wiring
from hwkit.circuit.design import Design
from hwkit.circuit.parts import GROUND, FloatArray, Parts
from hwkit.circuit.pdk.process import Process
from hwkit.circuit.scale import Scale
from hwkit.model import EnergyModel

_LINE_FARAD = 1e-9  # on the bias lines: else a unit's own charge comes back to it through them


def onsite_bench(sizes: Sizes, process: Process, celsius: float) -> Design:
    """Return one unit's pair with its replicas; unit 0 is its node."""
    wiring = Wiring(
        1, sizes, Couplings.none(), decoupling_farad=_LINE_FARAD, kit=kit_of(process.name)
    )
    return _bench(wiring, process, celsius)


def coupling_bench(
    sizes: Sizes, tail_ampere: FloatArray, positive: bool, process: Process, celsius: float
) -> Design:
    """Return couplings of one sign from unit 0 to the units 1 to K, with a tail current each.

    Args:
        sizes: of the couplings' transistors.
        tail_ampere: of each coupling, (K,), A.
        positive: sign of the couplings.
        process: the foundry's devices.
        celsius: temperature, degrees Celsius.
    """
    n = tail_ampere.size
    driven, driving = np.arange(1, n + 1), np.zeros(n, dtype=np.intp)
    couplings = Couplings(driven, driving, np.full(n, positive), tail_ampere)
    wiring = Wiring(n + 1, sizes, couplings, onsite=False, kit=kit_of(process.name))
    return _bench(wiring, process, celsius)


def _bench(wiring: Wiring, process: Process, celsius: float) -> Design:
    n = wiring.n_units
    unit = np.arange(n)
    ground = np.stack([unit, np.full(n, GROUND)], axis=1)
    parts = (*wiring.parts(), Parts("noise", "noise", ground, np.zeros(n)))
    return Design(
        EnergyModel(np.zeros((n, n)), np.zeros(n)),
        "silicon",
        Scale(),
        (*(f"x{i}" for i in range(n)), *wiring.node_names),
        ground,
        parts,
        transistors=wiring.transistors(),
        process=process,
        celsius=celsius,
    )
