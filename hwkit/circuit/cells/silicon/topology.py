"""Transistors of family silicon and how they are wired; currents flow as drawn.

    onsite      n (drain vdd) and p (drain vss), both sources at the unit's node: the current that
                leaves it is I_p(v) - I_n(v), 0 at v = 0 and the same for -v but for the sign
    replicas    one n and one p, gate and drain joined, source at ground, each at the current I_b:
                their gates are the bias lines `hwkit__gn` and `hwkit__gp` of all units
    coupling    n pair, p mirror, n tail, and a diode that sets the tail's current I_t. The driven
                node is at the side of the mirror's output; the driving unit is at the gate of that
                side for J > 0 (its rise draws current from the driven node), of the other for J < 0

Ground is the middle of the supplies. Bulks are at the supplies.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hwkit.circuit.cells.silicon.kits import GF180MCU, Kit
from hwkit.circuit.cells.silicon.mirrors import (
    Mirrors,
    Rails,
    mirror_guesses,
    mirror_names,
    mirror_transistors,
    reference_source,
)
from hwkit.circuit.cells.silicon.noise import (
    NoiseBits,
    NoiseNodes,
    ideal_legs,
    noise_names,
    noise_sources,
)
from hwkit.circuit.cells.silicon.terminals import terminals
from hwkit.circuit.parts import GROUND, FloatArray, IndexArray, Parts
from hwkit.circuit.transistors import Transistors

LINES = ("hwkit__vdd", "hwkit__vss", "hwkit__gn", "hwkit__gp")
INNER = "hwkit__ota"  # how the names of the couplings' own nodes start
_INNER = ("reference", "tail", "mirror")
Size = tuple[float, float]  # width and length, m


@dataclass(frozen=True)
class Sizes:
    """Geometry of one area: (width, length) in m, and the currents of the replicas.

    Attributes:
        onsite_n, onsite_p: of the pair.
        pair, mirror, tail: of a coupling.
        bias_ampere: I_b of each replica.
    """

    onsite_n: Size
    onsite_p: Size
    bias_ampere: float
    pair: Size = (4e-6, 1e-6)
    mirror: Size = (4e-6, 2e-6)
    tail: Size = (4e-6, 2e-6)


@dataclass(frozen=True, eq=False)
class Couplings:
    """Directed couplings: unit `driven` draws the current of unit `driving`'s amplifier.

    Attributes:
        driven, driving: units, (K,).
        positive: whether J > 0, (K,).
        tail_ampere: I_t of each, (K,), A.
    """

    driven: IndexArray
    driving: IndexArray
    positive: NDArray[np.bool_]
    tail_ampere: FloatArray

    def __len__(self) -> int:
        return int(self.driven.size)

    def only(self, chosen: NDArray[np.bool_], tail_ampere: FloatArray) -> "Couplings":
        """Return couplings chosen by a mask (K,), with other tail currents, (k,), A."""
        return Couplings(
            self.driven[chosen], self.driving[chosen], self.positive[chosen], tail_ampere
        )

    @classmethod
    def none(cls) -> "Couplings":
        """Return no couplings."""
        nothing = np.zeros(0, dtype=np.intp)
        return cls(nothing, nothing, np.zeros(0, dtype=np.bool_), np.zeros(0))


@dataclass(frozen=True, eq=False)
class Wiring:
    """Node numbers and transistors of some units and couplings.

    Attributes:
        n_units: number of units.
        sizes: geometry and bias current.
        couplings: of the units.
        onsite: False leaves pairs and replicas out: a bench for couplings alone.
        decoupling_farad: from each bias line to ground.
        mirrors: what sets all bias currents; None for ideal sources.
        bits: one-bit noise sources of all units; None for external currents.
        kit: devices and supply.
    """

    n_units: int
    sizes: Sizes
    couplings: Couplings
    onsite: bool = True
    decoupling_farad: float = 0.0
    mirrors: Mirrors | None = None
    bits: NoiseBits | None = None
    kit: Kit = GF180MCU

    @property
    def node_names(self) -> tuple[str, ...]:
        """Names of the nodes behind those of the units."""
        inner = [f"{INNER}{k}_{name}" for name in _INNER for k in range(len(self.couplings))]
        return (*LINES, *self._own_names, *inner)

    @property
    def _own_names(self) -> tuple[str, ...]:
        """Names of the nodes of mirrors and noise sources."""
        mirrors = mirror_names(self.n_units) if self.mirrors else ()
        return (*mirrors, *(noise_names(self.n_units, bool(mirrors)) if self.bits else ()))

    @property
    def noise_nodes(self) -> NoiseNodes:
        """Nodes of the noise sources, which need `bits`."""
        vdd, vss, _, _ = self._lines
        mirrors = len(mirror_names(self.n_units)) if self.mirrors else 0
        return NoiseNodes(self.n_units + len(LINES) + mirrors, self.n_units, vdd, vss)

    def parts(self) -> tuple[Parts, ...]:
        """Return supplies, current sources and the capacitors of the bias lines."""
        vdd, vss, gate_n, gate_p = self._lines
        supply = np.full(2, self.kit.supply_volt / 2) * [1.0, -1.0]
        groups = [Parts("supply", "voltage", terminals([vdd, vss], GROUND), supply)]
        if self.onsite:
            groups.append(self._references())
            if self.decoupling_farad:
                farads = np.full(2, self.decoupling_farad)
                ends = terminals([gate_n, gate_p], GROUND)
                groups.append(Parts("decoupling", "capacitor", ends, farads))
        if len(self.couplings) and not self.mirrors:
            ends = terminals(vdd, self._inner("reference"))
            groups.append(Parts("tail-bias", "current", ends, self.couplings.tail_ampere))
        if self.bits and not self.mirrors:
            groups += ideal_legs(self.bits, self.noise_nodes)
        return tuple(groups)

    def transistors(self) -> tuple[Transistors, ...]:
        """Return all transistors."""
        onsite = self._onsite() if self.onsite else ()
        mirrors = mirror_transistors(self.mirrors, self._rails) if self.mirrors else ()
        couplings = self._amplifiers() if len(self.couplings) else ()
        noise = noise_sources(self.noise_nodes) if self.bits else ()
        return (*onsite, *couplings, *noise, *mirrors)

    def guesses(self) -> tuple[tuple[int, float], ...]:
        """Return (node, V) of where the search for the operating point starts."""
        return mirror_guesses(self._rails, self.kit.supply_volt / 2) if self.mirrors else ()

    @property
    def _lines(self) -> tuple[int, int, int, int]:
        n = self.n_units
        return n, n + 1, n + 2, n + 3

    @property
    def _rails(self) -> Rails:
        first = self.n_units + len(LINES)
        noise = self.noise_nodes if self.bits else None
        return Rails(*self._lines, self._inner("reference"), noise, first, self.n_units)

    def _references(self) -> Parts:
        """Return the source of the mirrors, or those of the replicas."""
        if self.mirrors:
            return reference_source(self.mirrors, self._rails)
        vdd, vss, gate_n, gate_p = self._lines
        currents = np.full(2, self.sizes.bias_ampere)
        ends = np.array([[vdd, gate_n], [gate_p, vss]])
        return Parts("replica-bias", "current", ends, currents)

    def _inner(self, name: Literal["reference", "tail", "mirror"]) -> IndexArray:
        before = self.n_units + len(LINES) + len(self._own_names)
        first = before + _INNER.index(name) * len(self.couplings)
        return np.arange(first, first + len(self.couplings))

    def _onsite(self) -> tuple[Transistors, ...]:
        vdd, vss, gate_n, gate_p = self._lines
        unit, sizes = np.arange(self.n_units), self.sizes
        replica_n = np.array([[gate_n, gate_n, GROUND, vss]])
        replica_p = np.array([[gate_p, gate_p, GROUND, vdd]])
        make, n_device, p_device = Transistors.matched, self.kit.n_device, self.kit.p_device
        return (
            make("replica-n", n_device, replica_n, *sizes.onsite_n),
            make("replica-p", p_device, replica_p, *sizes.onsite_p),
            make("onsite-n", n_device, terminals(vdd, gate_n, unit, vss), *sizes.onsite_n),
            make("onsite-p", p_device, terminals(vss, gate_p, unit, vdd), *sizes.onsite_p),
        )

    def _amplifiers(self) -> tuple[Transistors, ...]:
        vdd, vss, _, _ = self._lines
        own, sizes = self.couplings, self.sizes
        reference, tail, mirror = (self._inner(name) for name in ("reference", "tail", "mirror"))
        driven = own.driven
        grounded = np.full_like(own.driving, GROUND)
        near = np.where(own.positive, own.driving, grounded)  # gate at the driven node's side
        far = np.where(own.positive, grounded, own.driving)
        make, n_device, mirrors = Transistors.matched, self.kit.n_device, self.kit.mirror_device
        diode = terminals(reference, reference, vss, vss)
        return (
            make("coupling-far", n_device, terminals(mirror, far, tail, vss), *sizes.pair),
            make("coupling-near", n_device, terminals(driven, near, tail, vss), *sizes.pair),
            make("mirror-in", mirrors, terminals(mirror, mirror, vdd, vdd), *sizes.mirror),
            make("mirror-out", mirrors, terminals(driven, mirror, vdd, vdd), *sizes.mirror),
            make("tail", n_device, terminals(tail, reference, vss, vss), *sizes.tail),
            make("tail-reference", n_device, diode, *sizes.tail),
        )
