"""A circuit's equations, read from the elements of its netlist.

    sum over elements of the currents that leave a node = 0,  node by node:

    C dv/dt + G v + k + sum_e s_e f_e(v) = noise

C and G are sums of stamps, k of constant currents, f_e the currents of behavioural sources and
diodes. Every number of the netlist has a place in one flat vector, so that a board is the same
circuit with another vector.

An inductor's current and a voltage source's are unknowns beside the node voltages:

    L di/dt - (v_a - v_b) = 0        (v_a - v_b) - V = 0        i leaves a and enters b
"""

import re
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import NetlistError
from hwkit.netlist.flatten import flatten
from hwkit.netlist.parse import Card, number
from hwkit.twin.expression import Tree, read_expression

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.intp]

GROUND = -1
_GROUNDS = {"0", "gnd"}
_IGNORED = {".param", ".tran", ".ic", ".save", ".print", ".end", ".op"}
_ASSIGNMENT = re.compile(r"(\w+)\s*=\s*([^\s()]+)")
# ngspice's own constants: diode currents follow them.
_BOLTZMANN_OVER_CHARGE = 1.38064852e-23 / 1.6021766208e-19
_CELSIUS = 273.15
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
        noise: ends of each external source, (sources, 2): its current flows from the first into
            the second.
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

    @property
    def n_nodes(self) -> int:
        """Number of nodes without ground, M."""
        return len(self.nodes)


class _Reader:
    def __init__(self, text: str) -> None:
        self.nodes: dict[str, int] = {}
        self.numbers: list[float] = []
        self.first: list[int] = []
        self.linear: dict[str, list[tuple[int, int, int, int, int, bool]]] = defaultdict(list)
        self.nonlinear: dict[Tree, list[tuple[list[int], list[list[int]], list[int]]]]
        self.nonlinear = defaultdict(list)
        self.noise: list[list[int]] = []
        self.mutual: list[tuple[str, str, int]] = []
        self.henries: dict[str, tuple[int, int]] = {}
        self.branches = 0
        self.models: dict[str, dict[str, float]] = {}
        self.options = {"gmin": 1e-12, "temp": 27.0}
        found = list(flatten(text))
        for card in found:
            self._settings(card)
        for card in found:
            if card.name[0] != ".":
                try:
                    self._element(card)
                except NetlistError as error:
                    raise card.error(str(error)) from None

    def _settings(self, card: Card) -> None:
        if card.name in (".options", ".option"):
            for name, value in _ASSIGNMENT.findall(card.rest):
                if name in self.options:
                    self.options[name] = number(value)
        elif card.name == ".model":
            name, kind = re.split(r"[\s(]+", card.rest, maxsplit=2)[:2]
            if kind != "d":
                raise card.error(f"a model of kind {kind!r} is not understood; only d is")
            values = _ASSIGNMENT.findall(card.rest)
            self.models[name] = {key: number(value) for key, value in values}
            other = self.models[name].keys() - {"is", "n"}
            if other:
                raise card.error(f"diode parameter {min(other)!r} is not understood; is and n are")
        elif card.name[0] == "." and card.name not in _IGNORED:
            raise card.error("this kind of line is not understood")

    def node(self, name: str) -> int:
        return GROUND if name in _GROUNDS else self.nodes.setdefault(name, len(self.nodes))

    def place(self, *values: float) -> list[int]:
        start = len(self.numbers)
        self.numbers += values
        return list(range(start, len(self.numbers)))

    def _element(self, card: Card) -> None:
        words, kind = card.words, card.name[0]
        if kind == "i" and words[2:3] == ["external"]:
            self.noise.append([self.node(words[0]), self.node(words[1])])
            return
        if kind not in "crgidblvk" or len(words) < 3:
            raise NetlistError("this element is not understood")
        self.first.append(len(self.numbers))
        if kind == "k":
            [place] = self.place(number(words[2]))
            self.mutual.append((words[0], words[1], place))
            return
        a, b = self.node(words[0]), self.node(words[1])
        if kind in "cr":
            [place] = self.place(number(words[2]))
            if kind == "r" and self.numbers[place] == 0:
                raise NetlistError("the resistance is 0; it must not be")
            self.linear[kind].append((a, b, a, b, place, kind == "r"))
        elif kind == "g":
            if len(words) < 5:
                raise NetlistError("the line is too short")
            [place] = self.place(number(words[4]))
            control, reference = self.node(words[2]), self.node(words[3])
            self.linear["r"].append((a, b, control, reference, place, False))
        elif kind == "i":
            [place] = self.place(number(words[3] if words[2] == "dc" else words[2]))
            self.linear["i"].append((a, b, GROUND, GROUND, place, False))
        elif kind in "lv":
            value = number(words[3] if words[2] == "dc" and kind == "v" else words[2])
            self._branch(card.name, a, b, value)
        elif kind == "d":
            self._diode(a, b, words)
        else:
            self._behavioural(a, b, card.rest.split(maxsplit=2)[2])

    def _branch(self, name: str, a: int, b: int, value: float) -> None:
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

    def _coupled(self) -> Mutual:
        for first, second, _ in self.mutual:
            for name in (first, second):
                if name not in self.henries:
                    raise NetlistError(f"a coupling names {name!r}, which is no inductor")
        pairs = [(self.henries[a], self.henries[b], k) for a, b, k in self.mutual]
        branches = [(a[0], b[0]) for a, b, _ in pairs]
        places = [(k, a[1], b[1]) for a, b, k in pairs]
        return Mutual(
            np.array(branches, dtype=np.intp).reshape(-1, 2),
            np.array(places, dtype=np.intp).reshape(-1, 3),
        )

    def _diode(self, a: int, b: int, words: list[str]) -> None:
        if words[2] not in self.models:
            raise NetlistError(f"no diode model {words[2]!r} is defined")
        model = {"is": 1e-14, "n": 1.0} | self.models[words[2]]
        area = 1.0
        if len(words) > 3:
            area = number(words[3].removeprefix("area="))
        volt = model["n"] * _BOLTZMANN_OVER_CHARGE * (self.options["temp"] + _CELSIUS)
        places = self.place(model["is"] * area, volt, self.options["gmin"])
        self.nonlinear[JUNCTION].append(([a, b], [[a, b]], places))

    def _behavioural(self, a: int, b: int, source: str) -> None:
        kind, _, expression = source.partition("=")
        if kind.strip() != "i":
            raise NetlistError("only current sources (i=...) are understood")
        tree, numbers, voltages = read_expression(expression)
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
            self._linear("c"),
            self._linear("r"),
            self._linear("i"),
            groups,
            self._coupled(),
            np.array(self.noise, dtype=np.intp).reshape(-1, 2),
        )

    def _linear(self, kind: str) -> Linear:
        table = np.array(self.linear[kind], dtype=np.intp).reshape(-1, 6)
        return Linear(table[:, :4], table[:, 4], table[:, 5].astype(bool))


def read_circuit(text: str) -> Circuit:
    """Read the circuit's equations from a netlist, subcircuits written out.

    Raises:
        NetlistError: naming the line, if an element is not understood.
    """
    return _Reader(text).result()
