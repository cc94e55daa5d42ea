"""What a netlist's elements are once they are read: typed, flat, every value evaluated.

Currents flow from the first node through the element to the second. Nodes are lower-case names,
"0" is ground. An element inside a subcircuit is called `<element>.<use>`, its own nodes
`<use>.<node>`, as ngspice calls them.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from hwkit.errors import NetlistError
from hwkit.netlist.reader.lines import GROUND, short

# An expression: ("number", value) | ("voltage", plus, minus) | ("current", source) | ("time",) |
# (operator or function, *arguments)
Tree = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Element:
    """What all elements have: the line where they are written and their name."""

    line: int
    name: str

    def error(self, problem: str) -> NetlistError:
        """Return an error that names this element's line."""
        return NetlistError(f"line {self.line} ({short(self.name)}): {problem}")


@dataclass(frozen=True, slots=True)
class Capacitor(Element):
    """A capacitor, F; `start` is the voltage of its `ic=`, V."""

    a: str
    b: str
    farad: float
    start: float | None = None


@dataclass(frozen=True, slots=True)
class Resistor(Element):
    """A resistor, ohm; not 0."""

    a: str
    b: str
    ohm: float


@dataclass(frozen=True, slots=True)
class Inductor(Element):
    """An inductor, H; `start` is the current of its `ic=`, A."""

    a: str
    b: str
    henry: float
    start: float | None = None


@dataclass(frozen=True, slots=True)
class Mutual(Element):
    """Two inductors coupled by M = coupling * sqrt(L1 L2)."""

    first: str
    second: str
    coupling: float


@dataclass(frozen=True, slots=True)
class Transconductor(Element):
    """A current siemens * (v_control - v_reference)."""

    plus: str
    minus: str
    control: str
    reference: str
    siemens: float


@dataclass(frozen=True, slots=True)
class Waveform:
    """How a source varies: pulse, sin, exp, pwl, sffm or am, and its numbers."""

    kind: str
    numbers: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Noise:
    """A random current.

    Attributes:
        kind: "trnoise", "external" (driven from outside) or "pwl" (written out by hwkit).
        amplitude, step: of trnoise: rms of its knots, A, and their distance, s; NaN for others.
    """

    kind: str
    amplitude: float = math.nan
    step: float = math.nan

    @property
    def density(self) -> float:
        """Two-sided spectral density, A^2/Hz; NaN if the netlist does not give it."""
        return self.amplitude * self.amplitude * self.step


@dataclass(frozen=True, slots=True)
class CurrentSource(Element):
    """A current `dc`, A, and what varies on top (noise) or instead (a waveform) in time."""

    plus: str
    minus: str
    dc: float
    wave: Waveform | None = None
    noise: Noise | None = None


@dataclass(frozen=True, slots=True)
class VoltageSource(Element):
    """A voltage `dc` of plus above minus, V, and a waveform that takes its place in time."""

    plus: str
    minus: str
    dc: float
    wave: Waveform | None = None


@dataclass(frozen=True, slots=True)
class Behavioural(Element):
    """A current (kind "i") or voltage (kind "v") given by an expression."""

    plus: str
    minus: str
    kind: str
    tree: Tree


@dataclass(frozen=True, eq=False, slots=True)
class Model:
    """A `.model`: kind and parameters as written."""

    line: int
    name: str
    kind: str
    values: Mapping[str, float]

    def error(self, problem: str) -> NetlistError:
        """Return an error that names the model's line."""
        return NetlistError(f"line {self.line} (.model): {problem}")


@dataclass(frozen=True, slots=True)
class Diode(Element):
    """A diode at its temperature: ampere * (exp(v / (emission k T / e)) - 1).

    Attributes:
        ampere: saturation current at `kelvin`, A, all areas and copies counted.
        emission: N.
        kelvin: its temperature.
        model, area, celsius: what it was evaluated from; None for the netlist's temperature.
        beyond: the first parameter that the formula leaves out, such as "rs"; "" if none.
    """

    anode: str
    cathode: str
    ampere: float
    emission: float
    kelvin: float
    model: Model
    area: float
    celsius: float | None = None
    beyond: str = ""


@dataclass(frozen=True, slots=True)
class Device(Element):
    """An element that hwkit only has ngspice run: a transistor, a switch, a linear E source.

    Attributes:
        nodes: its nodes.
        model: its model; None for an E source.
        words: numbers and flags behind it.
        values: its named parameters.
    """

    nodes: tuple[str, ...]
    model: Model | None
    words: tuple[float | str, ...] = ()
    values: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Elements:
    """A netlist as read: its elements in their order, and what else counts.

    Attributes:
        elements: the elements, subcircuits written out.
        parameters: values of `.param hwkit_*`, without that prefix.
        starts: start voltages of nodes, V: of `.ic` lines, else of a grounded capacitor's `ic=`.
        unit_names: what comments call the units, by node.
        celsius, nominal_celsius: of the circuit, and at which parameters are given.
        gmin: conductance across junctions, S; None for the simulator's own 1e-12.
        rshunt: resistance from every node to ground, ohm; None for none.
    """

    elements: tuple[Element, ...]
    parameters: Mapping[str, float]
    starts: Mapping[str, float]
    unit_names: Mapping[str, str]
    celsius: float = 27.0
    nominal_celsius: float = 27.0
    gmin: float | None = None
    rshunt: float | None = None

    def __iter__(self) -> Iterator[Element]:
        """Yield the elements, with the resistors that `rshunt` stands for."""
        yield from self.elements
        if self.rshunt is not None:
            for node in self.nodes():
                yield Resistor(0, f"rshunt.{node}", node, GROUND, self.rshunt)

    def nodes(self) -> tuple[str, ...]:
        """Return every node but ground, in the order in which the elements name them."""
        found: dict[str, None] = {}
        for element in self.elements:
            for node in nodes_of(element):
                found.setdefault(node)
        found.pop(GROUND, None)
        return tuple(found)


def nodes_of(element: Element) -> tuple[str, ...]:
    """Return the nodes that an element names; those of an expression come last."""
    match element:
        case Capacitor() | Resistor() | Inductor():
            return (element.a, element.b)
        case Transconductor():
            return (element.plus, element.minus, element.control, element.reference)
        case CurrentSource() | VoltageSource():
            return (element.plus, element.minus)
        case Behavioural():
            return (element.plus, element.minus, *voltages(element.tree))
        case Diode():
            return (element.anode, element.cathode)
        case Device():
            return element.nodes
    return ()


def voltages(tree: Tree) -> Iterator[str]:
    """Yield the nodes whose voltages an expression takes."""
    if tree[0] == "voltage":
        yield from tree[1:]
        return
    for branch in tree[1:]:
        if isinstance(branch, tuple):
            yield from voltages(branch)
