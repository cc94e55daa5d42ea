"""Typed elements written out again, for ngspice: the only form in which others' netlists reach it.

Nothing of the text that was read is passed on: names that ngspice could take for something else
are replaced, values are numbers, expressions are in parentheses. What hwkit sets itself for a run
(start values, analyses, noise) is left out.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from hwkit.errors import NetlistError
from hwkit.netlist.reader import (
    GROUND,
    Behavioural,
    Capacitor,
    CurrentSource,
    Device,
    Diode,
    Element,
    Elements,
    Inductor,
    Model,
    Mutual,
    Resistor,
    Transconductor,
    Tree,
    VoltageSource,
)

_SAFE = re.compile(r"[a-z_][a-z0-9_]*(?:\.[a-z0-9_]+)*", re.ASCII)
_RESERVED = frozenset(
    ["time", "temper", "hertz", "all", "allv", "alli", "pi", "e", "i", "v", "gnd", "null"]
)
_INFIX = frozenset("+-*/^")


@dataclass(frozen=True, eq=False)
class Rewritten:
    """Lines for ngspice, and what the nodes are called there.

    Attributes:
        lines: one for each element, models, temperatures; neither title nor end.
        nodes: name as read -> name in the lines.
        names: the same of elements.
    """

    lines: tuple[str, ...]
    nodes: Mapping[str, str]
    names: Mapping[str, str]


def rewritten(elements: Elements) -> Rewritten:
    """Write elements for ngspice; noise sources are left out, their constant part stays."""
    nodes = _Names(elements.nodes())
    nodes.given[GROUND] = GROUND
    names = _Names(())
    for element in elements.elements:  # a coupling may come before its inductors
        names.add(element.name)
    models: dict[int, tuple[str, Model]] = {}
    lines: list[str] = []
    for element in elements.elements:
        if isinstance(element, Device | Diode) and element.model is not None:
            models.setdefault(id(element.model), (f"m{len(models)}", element.model))
        try:
            lines += _lines(element, nodes, names, models)
        except NetlistError as error:
            raise element.error(str(error)) from None
    lines += (_model(name, model) for name, model in models.values())
    settings = [f"temp={elements.celsius!r}", f"tnom={elements.nominal_celsius!r}"]
    settings += [] if elements.gmin is None else [f"gmin={elements.gmin!r}"]
    settings += [] if elements.rshunt is None else [f"rshunt={elements.rshunt!r}"]
    return Rewritten((*lines, f".options {' '.join(settings)}"), nodes.given, names.given)


class _Names:
    """Names that are safe in ngspice, all different."""

    def __init__(self, wanted: Iterable[str]) -> None:
        wanted = list(wanted)
        self.taken = {name for name in wanted if self.is_safe(name)}
        self.given = {name: name for name in self.taken}
        for name in wanted:
            if name not in self.given:
                self.given[name] = self.new(f"n_{name}")

    @staticmethod
    def is_safe(name: str) -> bool:
        return _SAFE.fullmatch(name) is not None and name not in _RESERVED

    def new(self, name: str) -> str:
        """Return a name like this one that is safe and not taken."""
        plain = re.sub(r"[^a-z0-9_.]|\.(?![a-z0-9_])", "_", name)
        while plain in self.taken:
            plain += "_"
        self.taken.add(plain)
        return plain

    def __getitem__(self, name: str) -> str:
        return self.given[name]

    def add(self, name: str) -> None:
        """Add what an element is called: its letter, then its name, so that none is hwkit's."""
        self.given[name] = self.new(f"{name[0]}_{name[1:]}")


def _lines(
    element: Element, nodes: _Names, names: _Names, models: Mapping[int, tuple[str, Model]]
) -> Iterator[str]:
    name = names[element.name]
    match element:
        case Capacitor(a=a, b=b, farad=value):
            yield f"{name} {nodes[a]} {nodes[b]} {_number(value)}"
        case Resistor(a=a, b=b, ohm=value):
            yield f"{name} {nodes[a]} {nodes[b]} {_number(value)}"
        case Inductor(a=a, b=b, henry=value):
            yield f"{name} {nodes[a]} {nodes[b]} {_number(value)}"
        case Mutual(first=first, second=second, coupling=value):
            yield f"{name} {names[first]} {names[second]} {_number(value)}"
        case Transconductor(plus=plus, minus=minus, control=control, reference=reference):
            ends = " ".join(nodes[node] for node in (plus, minus, control, reference))
            yield f"{name} {ends} {_number(element.siemens)}"
        case CurrentSource():
            if element.noise is None:
                yield f"{name} {nodes[element.plus]} {nodes[element.minus]}{_supply(element)}"
            elif element.dc:
                ends = f"{nodes[element.plus]} {nodes[element.minus]}"
                yield f"{name} {ends} dc {_number(element.dc)}"
        case VoltageSource():
            yield f"{name} {nodes[element.plus]} {nodes[element.minus]}{_supply(element)}"
        case Behavioural(plus=plus, minus=minus, kind=kind, tree=tree):
            yield f"{name} {nodes[plus]} {nodes[minus]} {kind}={_expression(tree, nodes)}"
        case Diode():
            model, _ = models[id(element.model)]
            heat = "" if element.celsius is None else f" temp={_number(element.celsius)}"
            ends = f"{nodes[element.anode]} {nodes[element.cathode]}"
            yield f"{name} {ends} {model} area={_number(element.area)}{heat}"
        case Device():
            parts = [name, *(nodes[node] for node in element.nodes)]
            if element.model is not None:
                parts.append(models[id(element.model)][0])
            parts += [word if isinstance(word, str) else _number(word) for word in element.words]
            parts += [f"{key}={_number(value)}" for key, value in element.values.items()]
            yield " ".join(parts)
        case _:
            raise NetlistError("this element can't be written for ngspice")


def _supply(element: CurrentSource | VoltageSource) -> str:
    constant = "" if math.isnan(element.dc) else f" dc {_number(element.dc)}"
    if element.wave is None:
        return constant
    numbers = " ".join(map(_number, element.wave.numbers))
    return f"{constant} {element.wave.kind}({numbers})"


def _expression(tree: Tree, nodes: _Names) -> str:
    kind = tree[0]
    if kind == "number":
        return _number(tree[1]) if tree[1] >= 0 else f"({_number(tree[1])})"
    if kind == "voltage":
        plus, minus = (nodes[node] for node in tree[1:])
        if minus == GROUND:
            return f"v({plus})"
        return f"(-v({minus}))" if plus == GROUND else f"v({plus},{minus})"
    if kind == "time":
        return "time"
    parts = [_expression(branch, nodes) for branch in tree[1:]]
    if kind == "negative":
        return f"(-{parts[0]})"
    if kind not in _INFIX:
        return f"{kind}({','.join(parts)})"
    left, right = parts
    if (kind in "+-" and tree[1][0] in "+-") or (kind in "*/" and tree[1][0] in "*/"):
        left = left[1:-1]  # a chain: read from the left
    return f"({left}{kind}{right})"


def _model(name: str, model: Model) -> str:
    values = " ".join(f"{key}={_number(value)}" for key, value in model.values.items())
    return f".model {name} {model.kind}({values})"


def _number(value: float) -> str:
    if not math.isfinite(value):
        raise NetlistError(f"the value is {value}, which can't be computed with; correct it")
    return repr(float(value))
