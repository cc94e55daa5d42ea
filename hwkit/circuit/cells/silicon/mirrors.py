"""Bias currents of family silicon from mirrors of one reference current.

    reference   I_b into two diode-connected n transistors in series, A unit devices each: gates of
                all sinks of A devices and of their cascodes
    lines       a sink of x unit devices draws I_b x / A out of a p diode of y: a leg of one unit
                device on its gate carries the step I_b x / (A y), times the gain below
    converter   legs of 1, 2, 4, ... unit devices on a line's gate. The gate of a leg that is off is
                at its supply: codes are constant, so no switches

A tail current is a converter of p legs. A unit has one of p legs, which raises it, and one of n
legs with one cascode, which lowers it; one of the two is off. The n line copies four steps of the
p line, so that both signs have the same step. Replicas get I_b by equal numbers of devices; their
gates are where a mirror's own is, so they need no cascode. p legs have none either: the drain of a
leg is up to 2 V below its diode's, which makes a known gain (`leg_table`, typical corner); the
stacked diodes of a p cascode would leave a unit too little headroom.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from hwkit.circuit.cells.silicon.kits import GF180MCU
from hwkit.circuit.cells.silicon.noise import NoiseNodes, noise_legs
from hwkit.circuit.cells.silicon.terminals import terminals
from hwkit.circuit.codes import CodedCurrents
from hwkit.circuit.parts import IndexArray, Parts
from hwkit.circuit.transistors import Transistors

UNIT = (1.2e-6, 5e-6)  # of every mirror: width, length, m
CASCODE = (4e-6, 1e-6)  # of sinks
COPIES = 8  # A: of the reference
SINK_COPIES = 4  # of the n line
Line = Literal["tails", "raise", "lower"]
"""Whose legs make tail currents, raise a unit (current enters it), or lower it."""

NAMES = (
    "hwkit__sink", "hwkit__cascode", "hwkit__source", "hwkit__tails", "hwkit__raise",
    "hwkit__lower", "hwkit__lower_cascode", "hwkit__sink_source", "hwkit__sink_tails",
    "hwkit__sink_raise",
)  # fmt: skip
_LEG_FARAD, _CASCODE_FARAD = 1.09e-15, 4.1e-15  # at the drain, of a p unit device and a cascode
_N_VOLT, _P_VOLT, _STACK_VOLT = 0.55, 0.75, 1.25  # from gate to source, roughly


@dataclass(frozen=True)
class LineRatio:
    """Unit devices of a line's sink (x) and of its diode (y).

    Attributes:
        sink, diode: how many.
    """

    sink: int
    diode: int

    @property
    def step(self) -> float:
        """Current of one leg over I_b, for mirrors without error."""
        return self.sink / (COPIES * self.diode)


@dataclass(frozen=True, eq=False)
class Mirrors:
    """What the mirrors of a design make.

    Attributes:
        bias_ampere: I_b, the reference.
        tails: of the couplings.
        units: of the units; above 0 it leaves the node.
        tail_ratio, unit_ratio: of both lines.
        noise: of the line of the one-bit noise sources, in shares of the reference; None without.
    """

    bias_ampere: float
    tails: CodedCurrents
    units: CodedCurrents
    tail_ratio: LineRatio
    unit_ratio: LineRatio
    noise: CodedCurrents | None = None

    @property
    def coded(self) -> tuple[CodedCurrents, ...]:
        """All currents that are set by devices in place of sources."""
        replicas = CodedCurrents("replica-bias", np.ones(2, dtype=np.int64), self.bias_ampere, 1)
        return (replicas, self.tails, self.units, *([self.noise] if self.noise else []))

    @property
    def overhead_ampere(self) -> float:
        """Current from supply to supply that makes the lines."""
        shares = (self.unit_ratio.sink + self.tail_ratio.sink) / COPIES
        return self.bias_ampere * (2 + shares) + SINK_COPIES * self.units.step


@dataclass(frozen=True)
class Rails:
    """Nodes that the mirrors join.

    Attributes:
        vdd, vss: supplies.
        gate_n, gate_p: bias lines of the pairs.
        references: diodes of the couplings' tails, (K,).
        noise: nodes of the one-bit noise sources; None without them.
        first: number of the first node of the mirrors.
        n_units: the units are the nodes from 0.
    """

    vdd: int
    vss: int
    gate_n: int
    gate_p: int
    references: IndexArray
    noise: NoiseNodes | None
    first: int
    n_units: int

    def node(self, name: str) -> int:
        """Return the number of one of `NAMES`."""
        return self.first + NAMES.index(f"hwkit__{name}")

    @property
    def lowered(self) -> IndexArray:
        """Node between legs and cascode of each unit's sink, (N,)."""
        return self.first + len(NAMES) + np.arange(self.n_units)


def mirror_guesses(rails: Rails, supply: float) -> tuple[tuple[int, float], ...]:
    """Return (node, V) near the operating point, with supplies of +-`supply` V.

    From 0 V ngspice does not find it at once, and takes four times as long.
    """
    at, low, cascode = rails.node, _N_VOLT - supply, _STACK_VOLT - supply
    sinks = [at(name) for name in ("sink", "lower", "sink_source", "sink_tails", "sink_raise")]
    low_nodes = [*sinks, *rails.lowered.tolist(), *rails.references.tolist()]
    noise = []
    if rails.noise:
        low_nodes += [rails.noise.sink, *rails.noise.at("reference").tolist()]
        noise = [(rails.noise.line, supply - _P_VOLT)]
    return (
        *noise,
        *((node, low) for node in low_nodes),
        *((at(name), cascode) for name in ("cascode", "lower_cascode")),
        *((at(name), supply - _P_VOLT) for name in ("source", "tails", "raise")),
        (rails.gate_n, _P_VOLT),
        (rails.gate_p, low),
    )


def mirror_names(n_units: int) -> tuple[str, ...]:
    """Return the names of all nodes of the mirrors."""
    return (*NAMES, *(f"hwkit__lower{i}" for i in range(n_units)))


def reference_source(mirrors: Mirrors, rails: Rails) -> Parts:
    """Return the one current source that is left."""
    ends = np.array([[rails.vdd, rails.node("cascode")]])
    return Parts("reference", "current", ends, np.array([mirrors.bias_ampere]))


def mirror_transistors(mirrors: Mirrors, rails: Rails) -> tuple[Transistors, ...]:
    """Return lines and converters."""
    return (
        *_lines(mirrors, rails),
        *_legs("raise", mirrors.units, -1, rails, np.arange(rails.n_units)),
        *_legs("lower", mirrors.units, 1, rails, rails.lowered),
        _lower_cascodes(mirrors, rails),
        *_legs("tails", mirrors.tails, 1, rails, rails.references),
        *_noise(mirrors.noise, rails),
    )


def leg_role(line: Line, bit: int | None) -> str:
    """Return the role of the legs of a line's bit; None: what those of all bits start with."""
    return f"{line}-leg-" if bit is None else f"{line}-leg-{bit}"


def _lines(mirrors: Mirrors, rails: Rails) -> list[Transistors]:
    at, tails, units = rails.node, mirrors.tail_ratio, mirrors.unit_ratio
    sinks = [
        ("sink-source", at("source"), COPIES),
        ("sink-raise", at("raise"), units.sink),
        ("sink-tails", at("tails"), tails.sink),
    ]
    made = [
        _n("reference-sink", at("sink"), at("sink"), rails.vss, rails, COPIES),
        _n("reference-cascode", at("cascode"), at("cascode"), at("sink"), rails, COPIES),
        _n("sink-replica", rails.gate_p, at("sink"), rails.vss, rails, COPIES),
        _p("source-line", at("source"), at("source"), rails, COPIES),
        _p("source-replica", rails.gate_n, at("source"), rails, COPIES),
        _p("raise-line", at("raise"), at("raise"), rails, units.diode),
        _p("tails-line", at("tails"), at("tails"), rails, tails.diode),
        _p("lower-source", at("lower_cascode"), at("raise"), rails, SINK_COPIES),
        _n("lower-line", at("lower"), at("lower"), rails.vss, rails, SINK_COPIES),
        _n("lower-line-cascode", at("lower_cascode"), at("lower_cascode"), at("lower"), rails,
           SINK_COPIES),
    ]  # fmt: skip
    for role, drain, copies in sinks:
        middle = at(role.replace("-", "_"))
        made.append(_n(role, middle, at("sink"), rails.vss, rails, copies))
        made.append(_cascode(f"{role}-cascode", drain, at("cascode"), middle, rails))
    return made


def _legs(
    line: Line, coded: CodedCurrents, sign: int, rails: Rails, drains: IndexArray
) -> list[Transistors]:
    """Return the converters of a line, a group for each bit."""
    lower, legs = line == "lower", []
    for bit in range(coded.bits):
        role, copies = leg_role(line, bit), 2**bit
        off = rails.vss if lower else rails.vdd
        gates = np.where(coded.on(bit, sign), rails.node(line), off)
        if lower:
            legs.append(_n(role, drains, gates, rails.vss, rails, copies))
        else:
            legs.append(_p(role, drains, gates, rails, copies))
    return legs


def _noise(coded: CodedCurrents | None, rails: Rails) -> Iterator[Transistors]:
    """Yield what feeds the one-bit noise sources: a sink of the line's current, and its legs."""
    if coded is None or rails.noise is None:
        return
    at, nodes = rails.node, rails.noise
    yield _n("sink-noise", nodes.sink, at("sink"), rails.vss, rails, int(coded.codes[0]))
    yield _cascode("sink-noise-cascode", nodes.line, at("cascode"), nodes.sink, rails)
    yield from noise_legs(nodes)


def _lower_cascodes(mirrors: Mirrors, rails: Rails) -> Transistors:
    used = mirrors.units.codes > 0
    gates = np.where(used, rails.node("lower_cascode"), rails.vss)
    return _cascode("lower-cascode", np.arange(rails.n_units), gates, rails.lowered, rails)


def _n(
    role: str, drain: ArrayLike, gate: ArrayLike, source: ArrayLike, rails: Rails, copies: int
) -> Transistors:
    ends = terminals(drain, gate, source, rails.vss)
    return Transistors.matched(role, GF180MCU.n_device, ends, *UNIT, copies)


def _p(role: str, drain: ArrayLike, gate: ArrayLike, rails: Rails, copies: int) -> Transistors:
    ends = terminals(drain, gate, rails.vdd, rails.vdd)
    return Transistors.matched(role, GF180MCU.p_device, ends, *UNIT, copies)


def _cascode(
    role: str, drain: ArrayLike, gate: ArrayLike, source: ArrayLike, rails: Rails
) -> Transistors:
    ends = terminals(drain, gate, source, rails.vss)
    return Transistors.matched(role, GF180MCU.n_device, ends, *CASCODE)


def leg_farad(bits: int) -> float:
    """Return the capacitance of a unit's two converters at its node, F."""
    return _LEG_FARAD * float(2**bits - 1) + _CASCODE_FARAD
