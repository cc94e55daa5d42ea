"""The one-bit noise source of family silicon: a coupling's amplifier, driven by a bit.

A current of +-A is steered into a unit's node or out of it by the sign of a voltage, of +-0.4 V at
a gate: six transistors, the tail current A. For bits held for T seconds its density is that of the
machine's noise for

    A^2 T = 2 kT I0^2 tau,    A = I0 sqrt(2 kT / (mobility T)),    T in model time in the second

The two currents are 1.02 A (measured, A of 0.1 to 0.5 uA, within 0.7 %) and their mean is 0.002 A:
the tail current is A / 1.02. A bit's voltage is what a noise source drives through 1 kOhm.
"""

from dataclasses import dataclass

import numpy as np

from hwkit.circuit.parts import GROUND, FloatArray, IndexArray, Parts
from hwkit.circuit.scale import Scale

BIT_VOLT = 0.4
AMPLITUDE = 1.02  # of the output over the tail current
_OHM = 1e3
_INNER = ("bit", "reference", "tail", "mirror")
NOISE = "noise-"  # before the roles of a coupling's transistors


@dataclass(frozen=True)
class NoiseBits:
    """One-bit sources of all units.

    Attributes:
        hold: how long a bit lasts, in model time.
        second: the same in seconds.
        tail_ampere: of each source's amplifier, A.
    """

    hold: float
    second: float
    tail_ampere: float

    @property
    def density(self) -> float:
        """One-sided density of the external source that makes the bits' voltage, A^2/Hz."""
        return 2 * (BIT_VOLT / _OHM) ** 2 * self.second


def noise_bits(scale: Scale, kT: float, mobility: float, hold: float) -> NoiseBits:
    """Return the sources of a machine.

    Args:
        scale: of the circuit.
        kT, mobility: of the machine.
        hold: how long a bit lasts, in model time.
    """
    ampere = scale.ampere * float(np.sqrt(2 * kT / (mobility * hold)))
    return NoiseBits(hold, hold * mobility * scale.second, ampere / AMPLITUDE)


def noise_names(n_units: int) -> tuple[str, ...]:
    """Return the names of the nodes of all sources."""
    return tuple(f"hwkit__noise{i}_{name}" for name in _INNER for i in range(n_units))


def noise_node(name: str, first: int, n_units: int) -> IndexArray:
    """Return the nodes "bit", "reference", "tail" or "mirror" of all sources, (N,).

    Args:
        name: which.
        first: number of the first node of the sources.
        n_units: number of units.
    """
    start = first + _INNER.index(name) * n_units
    return np.arange(start, start + n_units)


def bit_parts(bits: NoiseBits, nodes: IndexArray) -> tuple[Parts, Parts]:
    """Return the resistors at the bits' nodes (N,), and the sources that drive them."""
    ends = np.stack([nodes, np.full_like(nodes, GROUND)], axis=1)
    ohms: FloatArray = np.full(nodes.size, _OHM)
    densities = np.full(nodes.size, bits.density)
    return Parts("bit-driver", "resistor", ends, ohms), Parts("noise", "noise", ends, densities)
