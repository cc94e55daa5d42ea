"""Characterise the cells of family silicon: the numbers from which its compiler finds sizes.

pairs      for a grid of n widths and of I_b over that width: the p width that balances the
pair, its V0 and I0, deviations from the quartic, and its capacitance
couplings  for a row of tail currents: conductance, offset, saturation, output conductance, and
the capacitances at both ends
legs       for a row of currents: what a leg of a p mirror carries over what its diode carries
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from hwkit.circuit import GROUND, Design, Parts, Scale, Transistors
from hwkit.circuit.cells.silicon.bench import coupling_bench, onsite_bench
from hwkit.circuit.cells.silicon.kits import Kit, kit_of
from hwkit.circuit.cells.silicon.mirrors import UNIT
from hwkit.circuit.cells.silicon.pair import PairFit, fit_pair
from hwkit.circuit.cells.silicon.topology import Sizes
from hwkit.circuit.pdk import Process
from hwkit.model import EnergyModel
from hwkit.spice.devices import FloatArray, measure_farads, sweep_currents

_VOLT = 0.3
_REFERENCE_VOLT = 1.05  # below ground, where a coupling's tail diode is


def characterise_pairs(
    process: Process,
    celsius: float,
    widths: FloatArray,
    densities: FloatArray,
    ratios: tuple[float, float],
    steps: int = 1,
) -> dict[str, Any]:
    """Return the table of pairs.

    Args:
        process, celsius: of the transistors.
        widths, densities: of the n device, (n,), m, and I_b over that width, (m,), A/m.
        ratios: p over n width, between which the balanced one is found.
        steps: of regula falsi.
    """
    kit = kit_of(process.name)
    grid = [(w, d * w) for w in widths.tolist() for d in densities.tolist()]

    def pairs(ratio: FloatArray) -> list[Sizes]:
        return [_pair(kit, w, r, ib) for (w, ib), r in zip(grid, ratio.tolist(), strict=True)]

    def balance(ratio: FloatArray) -> FloatArray:
        return np.array([fit.balance for fit in _fits(pairs(ratio), process, celsius)])

    low, high = (np.full(len(grid), ratio) for ratio in ratios)
    first, second = balance(low), balance(high)
    for step in range(steps):
        ratio = low - first * (high - low) / (second - first)
        if step < steps - 1:
            found = balance(ratio)
            below = np.sign(found) == np.sign(first)
            low, first = np.where(below, ratio, low), np.where(below, found, first)
            high, second = np.where(below, high, ratio), np.where(below, second, found)
    sizes = pairs(ratio)
    fits = _fits(sizes, process, celsius)
    farads = measure_farads([onsite_bench(each, process, celsius) for each in sizes])
    shape = (widths.size, densities.size)

    def table(values: Sequence[float]) -> list[list[float]]:
        return [[float(f"{v:.7g}") for v in row] for row in np.reshape(values, shape).tolist()]

    return {
        "width": widths.tolist(),
        "density": densities.tolist(),
        "ratio": table(ratio.tolist()),
        "volt": table([fit.volt for fit in fits]),
        "ampere": table([fit.ampere for fit in fits]),
        "odd": table([fit.odd for fit in fits]),
        "even": table([fit.even for fit in fits]),
        "farad": table([float(each[0, 0]) for each in farads]),
    }


def _pair(kit: Kit, width: float, ratio: float, bias: float) -> Sizes:
    return Sizes((width, kit.n_length), (ratio * width, kit.p_length), bias)


def _fits(sizes: Sequence[Sizes], process: Process, celsius: float) -> list[PairFit]:
    benches = [onsite_bench(each, process, celsius) for each in sizes]
    volts, currents = sweep_currents(benches, 0, _VOLT)
    return [fit_pair(volts, each[:, 0]) for each in currents]


def characterise_couplings(
    process: Process, celsius: float, sizes: Sizes, tails: FloatArray
) -> dict[str, Any]:
    """Return the table of couplings at tail currents (K,), A."""
    near, far = (
        coupling_bench(sizes, tails, positive, process, celsius) for positive in (True, False)
    )
    volts, [rising] = sweep_currents([near], 0, _VOLT)
    step, middle = volts[1] - volts[0], volts.size // 2
    stencil = np.array([1.0, -8.0, 0.0, 8.0, -1.0]) / (12 * step)
    curves = rising[:, 1:]
    siemens = stencil @ curves[middle - 2 : middle + 3]
    saturation = (curves[-1] - curves[0]) / 2 / siemens
    _, loaded = sweep_currents([_only(sizes, tail, process, celsius) for tail in tails], 1, _VOLT)
    output = [float(stencil @ each[middle - 2 : middle + 3, 1]) for each in loaded]
    at_near, at_far = measure_farads([near, far])
    columns = {
        "tail": tails,
        "siemens": siemens,
        "offset": curves[middle] / tails,
        "saturation": saturation,
        "output_siemens": np.array(output),
        "output_farad": np.diagonal(at_near)[1:],
    }
    rounded = {k: [float(f"{x:.7g}") for x in v.tolist()] for k, v in columns.items()}
    inputs = {
        "near_farad": float(at_near[0, 0] / tails.size),
        "far_farad": float(at_far[0, 0] / tails.size),
    }
    return rounded | inputs


def _only(sizes: Sizes, tail: float, process: Process, celsius: float) -> Design:
    return coupling_bench(sizes, np.array([tail]), True, process, celsius)


def characterise_legs(process: Process, celsius: float, amperes: FloatArray) -> dict[str, Any]:
    """Return what a p leg carries over its diode's current, at these currents (K,), A.

    At the drain of a leg into a coupling's diode, and at a unit's node.
    """
    rows = []
    for ampere in amperes.tolist():
        volts, [found] = sweep_currents([_leg(ampere, process, celsius)], 0, _REFERENCE_VOLT)
        rows.append(-np.interp([-_REFERENCE_VOLT, 0.0], volts, found[:, 0]) / ampere)
    tails, units = np.transpose(rows)
    columns = {"ampere": amperes, "tails": tails, "units": units}
    return {name: [float(f"{x:.7g}") for x in each.tolist()] for name, each in columns.items()}


def _leg(ampere: float, process: Process, celsius: float) -> Design:
    """Return a bench of a p diode and one leg, whose drain is unit 0."""
    supply, diode, kit = 1, 2, kit_of(process.name)
    ends = np.array([[diode, diode, supply, supply], [0, diode, supply, supply]])
    parts = (
        Parts("supply", "voltage", np.array([[supply, GROUND]]), np.array([kit.supply_volt / 2])),
        Parts("reference", "current", np.array([[diode, GROUND]]), np.array([ampere])),
        Parts("noise", "noise", np.array([[0, GROUND]]), np.zeros(1)),
    )
    legs = Transistors.matched("leg", kit.p_device, ends, *UNIT)
    model, names = EnergyModel(np.zeros((1, 1)), np.zeros(1)), ("x0", "hwkit__vdd", "hwkit__line")
    return Design(
        model, "silicon", Scale(), names, np.array([[0, GROUND]]), parts,
        transistors=(legs,), process=process, celsius=celsius,
    )  # fmt: skip
