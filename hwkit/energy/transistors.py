"""The energy of one sample of a machine in transistors: its power at the supplies, times its time.

Currents of transistors don't follow from node voltages alone, so there is no account by class of
element as in `dissipation`; but all that the circuit takes up comes from its two supplies. Pairs
and their replicas draw what the state asks for, and are measured in ngspice with the units held at
states of the machine. Couplings are amplifiers of class A: each draws its tail's current and its
reference's, whatever the state. Those currents, and those of converters and of one-bit noise
sources, are the design's own.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwkit.circuit import Design
from hwkit.energy.ledger import Ledger, Line, mean_line, priced
from hwkit.energy.prices import Prices
from hwkit.spice.power import measure_power

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class SupplyPower:
    """Power of a machine in transistors, W.

    Attributes:
        cells: pairs and replicas, measured at states.
        cells_at_rest: the same at x = 0.
        cells_designed: the design's figure for them at x = 0.
        rest: couplings, converters and noise sources, by their design.
    """

    cells: float
    cells_at_rest: float
    cells_designed: float
    rest: float

    @property
    def total(self) -> float:
        """Power of the whole machine at those states."""
        return self.cells + self.rest


def supply_power(design: Design, cells: Design, states: FloatArray) -> SupplyPower:
    """Measure the power of cells in ngspice and add that of all else.

    Args:
        design: of family silicon.
        cells: the same units without couplings and biases, from ideal sources.
        states: at which the units are held, (K, N).

    Raises:
        SimulationError: if ngspice is missing or finds no operating point.
    """
    designed = cells.realisability.power
    return SupplyPower(
        measure_power(cells, states),
        measure_power(cells, np.zeros((1, states.shape[1]))),
        designed,
        design.realisability.power - designed,
    )


def transistor_ledger(
    design: Design,
    power: SupplyPower,
    second: float,
    heat: FloatArray,
    prices: Prices,
    samples_per_program: int,
) -> Ledger:
    """Add up the energy of one sample.

    Args:
        design: of family silicon.
        power: at the supplies.
        second: duration of preparation and generation, s.
        heat: the model's heat of each run, (runs,), in model units.
        prices: readout, weight and noise; noise sources of transistors are in the power.
        samples_per_program: samples that are generated before weights are written again.

    Raises:
        ConfigError: if a price is missing.
    """
    measured = "ngspice, at the supplies, units held at states of the machine"
    lines = [
        mean_line("heat of the model", "model", heat * design.scale.joule, "Q C V0^2"),
        Line("supply of pairs", "supply", power.cells * second, 0.0, measured),
        Line("supply of couplings and bias", "supply", power.rest * second, 0.0, _own(design)),
    ]
    return Ledger((*lines, *priced(design, prices, samples_per_program, second)))


def _own(design: Design) -> str:
    more = ", converters included" if design.coded else ""
    more += ", noise sources included" if design.bit_hold is not None else ""
    return f"currents of the design{more}"
