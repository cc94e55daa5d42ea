"""The one-bit noise source of family silicon: a current in, and twice that out or past the unit.

    pair      two n transistors, their gates at a bit and at its complement, steer the current 2 A
              of a tail out of the unit's node or out of the positive supply
    tail      two unit devices, mirrored from one with the current A
    source    A from the positive supply into the node: +A is left for a bit of 1, else -A

For bits held for T seconds its density is that of the machine's noise where

    A^2 T = 2 kT I0^2 tau,    A = I0 sqrt(2 kT / (mobility T)),    T in model time in the second

Both gates move, by +-0.2 V, so that the tail's node stays: with one gate alone its charge would
follow the bits into the unit. What mirrors make too much of 2 A is in `OFFSETS`, and taken out with
the unit's bias. A bit's voltages are what a noise source drives through 1 kOhm at either gate.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from hwkit.circuit.cells.silicon.kits import GF180MCU
from hwkit.circuit.cells.silicon.terminals import terminals
from hwkit.circuit.parts import GROUND, FloatArray, IndexArray, Parts
from hwkit.circuit.scale import Scale
from hwkit.circuit.transistors import Transistors

BIT_VOLT = 0.2
UNIT = (8e-6, 5e-6)  # of tail, reference and source: width, length, m
PAIR = (4e-6, 1e-6)
NOISE_RANGE = (5e-8, 1e-6)  # A, in which the numbers below were measured
OFFSETS = {"ideal": 0.005, "mirrors": 0.008}  # mean current that leaves the unit, over A
_FARADS = {"ideal": 3.8e-15, "mirrors": 10.6e-15}  # at the unit's node
_OHM = 1e3
_INNER = ("bit", "bar", "reference", "tail")


@dataclass(frozen=True)
class NoiseBits:
    """One-bit sources of all units.

    Attributes:
        hold: how long a bit lasts, in model time.
        second: the same in seconds.
        ampere: A.
    """

    hold: float
    second: float
    ampere: float

    @property
    def density(self) -> float:
        """One-sided density of the external source that makes the bits' voltages, A^2/Hz."""
        return 2 * (BIT_VOLT / _OHM) ** 2 * self.second


@dataclass(frozen=True)
class NoiseNodes:
    """Nodes of all sources; the first is that of the bit of unit 0.

    Attributes:
        first: its number.
        n_units: number of units.
        vdd, vss: supplies.
    """

    first: int
    n_units: int
    vdd: int
    vss: int

    def at(self, name: str) -> IndexArray:
        """Return the nodes "bit", "bar", "reference" or "tail" of all sources, (N,)."""
        start = self.first + _INNER.index(name) * self.n_units
        return np.arange(start, start + self.n_units)

    @property
    def line(self) -> int:
        """The gate of all legs, with mirrors."""
        return self.first + len(_INNER) * self.n_units

    @property
    def sink(self) -> int:
        """The node below the cascode that draws the line's current, with mirrors."""
        return self.line + 1


def noise_bits(scale: Scale, kT: float, mobility: float, hold: float) -> NoiseBits:
    """Return the sources of a machine.

    Args:
        scale: of the circuit.
        kT, mobility: of the machine.
        hold: how long a bit lasts, in model time.
    """
    ampere = scale.ampere * float(np.sqrt(2 * kT / (mobility * hold)))
    return NoiseBits(hold, hold * mobility * scale.second, ampere)


def noise_names(n_units: int, mirrors: bool) -> tuple[str, ...]:
    """Return the names of the nodes of all sources, then those of their line of mirrors."""
    own = (f"hwkit__noise{i}_{name}" for name in _INNER for i in range(n_units))
    return (*own, *(("hwkit__noise", "hwkit__sink_noise") if mirrors else ()))


def noise_farad(bias: str) -> float:
    """Return the capacitance of a source at its unit's node, F."""
    return _FARADS[bias]


def noise_sources(nodes: NoiseNodes) -> tuple[Transistors, ...]:
    """Return pairs, tails and their references."""
    unit, make = np.arange(nodes.n_units), Transistors.matched
    tail, reference, vdd, vss = nodes.at("tail"), nodes.at("reference"), nodes.vdd, nodes.vss
    out, away = (unit, nodes.at("bar"), tail, vss), (vdd, nodes.at("bit"), tail, vss)
    return (
        make("noise-out", GF180MCU.n_device, terminals(*out), *PAIR),
        make("noise-away", GF180MCU.n_device, terminals(*away), *PAIR),
        make("noise-tail", GF180MCU.n_device, terminals(tail, reference, vss, vss), *UNIT, 2),
        make(
            "noise-reference", GF180MCU.n_device, terminals(reference, reference, vss, vss), *UNIT
        ),
    )


def noise_legs(nodes: NoiseNodes) -> tuple[Transistors, ...]:
    """Return the line's diode, and legs into each source's reference and each unit."""
    drains: dict[str, ArrayLike] = {
        "noise-line": nodes.line,
        "noise-feed": nodes.at("reference"),
        "noise-source": np.arange(nodes.n_units),
    }
    ends = (nodes.line, nodes.vdd, nodes.vdd)
    return tuple(
        Transistors.matched(role, GF180MCU.p_device, terminals(drain, *ends), *UNIT)
        for role, drain in drains.items()
    )


def ideal_legs(bits: NoiseBits, nodes: NoiseNodes) -> tuple[Parts, Parts]:
    """Return current sources in place of the legs."""
    amperes = np.full(nodes.n_units, bits.ampere)
    return (
        Parts("noise-bias", "current", terminals(nodes.vdd, nodes.at("reference")), amperes),
        Parts("noise-source", "current", terminals(nodes.vdd, np.arange(nodes.n_units)), amperes),
    )


def bit_parts(bits: NoiseBits, nodes: NoiseNodes) -> tuple[Parts, Parts]:
    """Return the resistors at both gates of each source, and what drives them."""
    bit, bar = nodes.at("bit"), nodes.at("bar")
    both = np.concatenate([bit, bar])
    ohms: FloatArray = np.full(both.size, _OHM)
    drivers = Parts("bit-driver", "resistor", terminals(both, GROUND), ohms)
    return drivers, Parts("noise", "noise", terminals(bit, bar), np.full(bit.size, bits.density))
