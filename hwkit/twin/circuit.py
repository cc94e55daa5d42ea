"""A circuit's equations, read from the elements of its netlist.

    sum over elements of the currents that leave a node = 0,  node by node:

    C dv/dt + G v + k + sum_e s_e f_e(v) = noise

C and G are sums of stamps, k of constant currents, f_e the currents of behavioural sources and
diodes. Every number of the netlist has a place in one flat vector, so that a board is the same
circuit with another vector.

An inductor's current and a voltage source's are unknowns beside the node voltages:

    L di/dt - (v_a - v_b) = 0        (v_a - v_b) - V = 0        i leaves a and enters b
"""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import NetlistError
from hwkit.netlist import reader
from hwkit.netlist.reader import Element, Elements, read_elements
from hwkit.netlist.reader.diodes import BOLTZMANN_OVER_CHARGE
from hwkit.twin.expression import Tree, template

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.intp]

GROUND = -1
_OWN_GMIN = 1e-12  # ngspice's, S
JUNCTION: Tree = (
    "+",
    ("*", ("number", 0), ("junction", ("/", ("voltage", 0), ("number", 1)))),
    ("*", ("number", 2), ("voltage", 0)),
)


@dataclass(frozen=True, eq=False)
class Linear:
    """Currents value * v_control (or v_control / value) from plus to minus.

    Attributes:
        ends: plus, minus, control and its reference, (n, 4); GROUND for ground.
        places: of the values in the circuit's numbers, (n,).
        inverse: which values are resistances, (n,).
    """

    ends: IndexArray
    places: IndexArray
    inverse: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Nonlinear:
    """Elements of one template: currents f(controls) from plus to minus.

    Attributes:
        ends: plus and minus, (n, 2).
        controls: node and reference of each controlling voltage, (n, k, 2).
        places: of the template's numbers, (n, m).
    """

    template: Tree
    ends: IndexArray
    controls: IndexArray
    places: IndexArray


@dataclass(frozen=True, eq=False)
class Mutual:
    """Inductors coupled by M = k sqrt(L1 L2).

    Attributes:
        branches: unknowns of the two currents, (n, 2).
        places: of k, L1 and L2, (n, 3).
    """

    branches: IndexArray
    places: IndexArray


@dataclass(frozen=True, eq=False)
class Circuit:
    """A netlist's elements.

    Attributes:
        nodes: name of every node but ground, then of every current that is an unknown, (M,).
        n_branches: how many of them are currents.
        numbers: every number of the netlist's elements, in their order.
        first: place of each element's first number, (elements + 1,).
        capacitors, currents: stamps; a capacitor's control ends are its own.
        conductances: linear currents.
        nonlinear: the other currents.
        noise: ends of each noise source, (sources, 2): its current flows from the first into the
            second.
        noise_density: two-sided spectral density of each, A^2/Hz; NaN if it is driven from outside.
    """

    nodes: tuple[str, ...]
    n_branches: int
    numbers: FloatArray
    first: IndexArray
    capacitors: Linear
    conductances: Linear
    currents: Linear
    nonlinear: tuple[Nonlinear, ...]
    mutual: Mutual
    noise: IndexArray
    noise_density: FloatArray

    @property
    def n_nodes(self) -> int:
        """Number of nodes without ground, M."""
        return len(self.nodes)


class _Collector:
    def __init__(self, elements: Elements) -> None:
        self.nodes: dict[str, int] = {}
        self.numbers: list[float] = []
        self.first: list[int] = []
        self.linear: dict[str, list[tuple[int, int, int, int, int, bool]]] = defaultdict(list)
        self.nonlinear: dict[Tree, list[tuple[list[int], list[list[int]], list[int]]]]
        self.nonlinear = defaultdict(list)
        self.noise: list[list[int]] = []
        self.densities: list[float] = []
        self.mutual: list[tuple[str, str, int]] = []
        self.henries: dict[str, tuple[int, int]] = {}
        self.branches = 0
        self.gmin = _OWN_GMIN if elements.gmin is None else elements.gmin
        for element in elements:
            try:
                self.element(element)
            except NetlistError as error:
                raise element.error(str(error)) from None

    def node(self, name: str) -> int:
        return GROUND if name == reader.GROUND else self.nodes.setdefault(name, len(self.nodes))

    def place(self, *values: float) -> list[int]:
        start = len(self.numbers)
        self.numbers += values
        return list(range(start, len(self.numbers)))

    def element(self, element: Element) -> None:
        if type(element) is reader.Transconductor:  # by far the most
            self.first.append(len(self.numbers))
            a, b = self.node(element.plus), self.node(element.minus)
            control, reference = self.node(element.control), self.node(element.reference)
            self.linear["r"].append((a, b, control, reference, len(self.numbers), False))
            self.numbers.append(element.siemens)
            return
        if isinstance(element, reader.CurrentSource) and element.noise is not None:
            self.noise.append([self.node(element.plus), self.node(element.minus)])
            self.densities.append(element.noise.density)
            if not element.dc:
                return
        self.first.append(len(self.numbers))
        match element:
            case reader.Capacitor(a=plus, b=minus, farad=value):
                self.two_terminal("c", plus, minus, value)
            case reader.Resistor(a=plus, b=minus, ohm=value):
                self.two_terminal("r", plus, minus, value)
            case reader.CurrentSource() | reader.VoltageSource():
                self.source(element)
            case reader.Inductor(name=name, a=plus, b=minus, henry=value):
                self.branch(name, self.node(plus), self.node(minus), value)
            case reader.Mutual(first=first, second=second, coupling=value):
                [place] = self.place(value)
                self.mutual.append((first, second, place))
            case reader.Diode():
                self.diode(element)
            case reader.Behavioural():
                self.behavioural(element)
            case _:
                raise NetlistError("the twin does not understand this element")

    def two_terminal(self, kind: str, plus: str, minus: str, value: float) -> None:
        a, b = self.node(plus), self.node(minus)
        [place] = self.place(value)
        self.linear[kind].append((a, b, a, b, place, kind == "r"))

    def source(self, element: "reader.CurrentSource | reader.VoltageSource") -> None:
        a, b = self.node(element.plus), self.node(element.minus)
        if isinstance(element, reader.VoltageSource):
            if element.wave is not None:
                raise NetlistError(f"the twin does not understand waveforms ({element.wave.kind})")
            self.branch(element.name, a, b, element.dc)
            return
        if element.wave is not None and element.noise is None:
            raise NetlistError(f"the twin does not understand waveforms ({element.wave.kind})")
        [place] = self.place(element.dc)
        self.linear["i"].append((a, b, GROUND, GROUND, place, False))

    def branch(self, name: str, a: int, b: int, value: float) -> None:
        """Add the current of an inductor or a voltage source as an unknown."""
        current = self.node(f"{name}#branch")
        self.branches += 1
        place, one, sign = self.place(value, 1.0, -1.0 if name[0] == "l" else 1.0)
        self.linear["r"].append((a, b, current, GROUND, one, False))
        self.linear["r"].append((current, GROUND, a, b, sign, False))
        if name[0] == "l":
            self.linear["c"].append((current, GROUND, current, GROUND, place, False))
            self.henries[name] = (current, place)
        else:  # a constant current that leaves the row is minus the voltage: it enters from ground
            self.linear["i"].append((GROUND, current, GROUND, GROUND, place, False))

    def coupled(self) -> Mutual:
        pairs = [(self.henries[a], self.henries[b], k) for a, b, k in self.mutual]
        branches = [(a[0], b[0]) for a, b, _ in pairs]
        places = [(k, a[1], b[1]) for a, b, k in pairs]
        return Mutual(
            np.array(branches, dtype=np.intp).reshape(-1, 2),
            np.array(places, dtype=np.intp).reshape(-1, 3),
        )

    def diode(self, element: reader.Diode) -> None:
        if element.beyond:
            raise NetlistError(
                f"the twin does not understand the diode parameter {element.beyond!r}"
            )
        a, b = self.node(element.anode), self.node(element.cathode)
        volt = element.emission * BOLTZMANN_OVER_CHARGE * element.kelvin
        places = self.place(element.ampere, volt, self.gmin)
        self.nonlinear[JUNCTION].append(([a, b], [[a, b]], places))

    def behavioural(self, element: reader.Behavioural) -> None:
        if element.kind != "i":
            raise NetlistError("the twin understands current sources (i=...) only")
        a, b = self.node(element.plus), self.node(element.minus)
        tree, numbers, voltages = template(element.tree)
        controls = [[self.node(plus), self.node(minus)] for plus, minus in voltages]
        self.nonlinear[tree].append(([a, b], controls, self.place(*numbers)))

    def result(self) -> Circuit:
        groups = tuple(
            Nonlinear(
                tree,
                np.array([row[0] for row in rows], dtype=np.intp),
                np.array([row[1] for row in rows], dtype=np.intp).reshape(len(rows), -1, 2),
                np.array([row[2] for row in rows], dtype=np.intp).reshape(len(rows), -1),
            )
            for tree, rows in self.nonlinear.items()
        )
        return Circuit(
            tuple(self.nodes),
            self.branches,
            np.array(self.numbers),
            np.array([*self.first, len(self.numbers)], dtype=np.intp),
            self.stamps("c"),
            self.stamps("r"),
            self.stamps("i"),
            groups,
            self.coupled(),
            np.array(self.noise, dtype=np.intp).reshape(-1, 2),
            np.array(self.densities),
        )

    def stamps(self, kind: str) -> Linear:
        table = np.array(self.linear[kind], dtype=np.intp).reshape(-1, 6)
        return Linear(table[:, :4], table[:, 4], table[:, 5].astype(bool))


def read_circuit(text: str) -> Circuit:
    """Read the circuit's equations from a netlist, subcircuits written out.

    Raises:
        NetlistError: naming the line, if an element is not understood.
    """
    return _Collector(read_elements(text)).result()
