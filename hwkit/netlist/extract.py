"""Extract the machine from a netlist: what do these elements, as written, compute?

Independent of the compiler: every element adds its current to the law of the nodes it touches,

    C_i dv_i/dt = -( sum_j g_ij v_j + c_i v_i^3 + k_i )

and the machine is read off those laws: G0_i = C_i / tau, J_ij = g_ij / G0_i, and so on. Volts and
seconds per model unit can't be seen in a circuit; they come from the `.param hwkit_*` lines.
"""

import json
import re
from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sp

from hwkit.errors import DataError, NetlistError
from hwkit.model import EnergyModel, Quartic
from hwkit.model.names import checked_names
from hwkit.netlist.flatten import flatten
from hwkit.netlist.parse import Card, Polynomial, number, polynomial

_GROUND = {"0", "gnd"}
_IGNORED = {".options", ".option", ".tran", ".ic", ".save", ".print", ".end", ".temp", ".op"}
_PARAMETERS = ("volt", "second", "kt", "mobility", "visible")
_ASSIGNMENT = re.compile(r"(\w+)\s*=\s*(\S+)")
_NAME = re.compile(r"^\* unit (\w+) is (\".*\")$", re.MULTILINE | re.ASCII)
_NOISE = re.compile(r"external|trnoise|pwl")
_RECIPROCITY = 1e-9  # relative difference of J_ij and J_ji that is still rounding


@dataclass
class _Laws:
    """Currents that leave each node, collected element by element."""

    capacitance: dict[str, float] = field(default_factory=dict)
    out: list[str] = field(default_factory=list)
    control: list[str] = field(default_factory=list)
    conductance: list[float] = field(default_factory=list)
    cubic: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    constant: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    parameters: dict[str, float] = field(default_factory=dict)

    def linear(self, plus: str, minus: str, control: str, reference: str, value: float) -> None:
        """Current value * (v_control - v_reference) flows from plus to minus."""
        for node, sign in ((plus, value), (minus, -value)):
            if node in _GROUND:
                continue
            for source, weight in ((control, sign), (reference, -sign)):
                if source not in _GROUND:
                    self.out.append(node)
                    self.control.append(source)
                    self.conductance.append(weight)


def extract_model(text: str) -> EnergyModel:
    """Return the machine that a netlist computes.

    Units are the nodes with a capacitor to ground, in the order of those capacitors.

    Raises:
        NetlistError: naming the line, if an element has no place in a gradient machine of quartic
            units, or if couplings are not reciprocal.
    """
    laws = _Laws()
    for card in flatten(text):
        _read(card, laws)
    missing = [name for name in _PARAMETERS if name not in laws.parameters]
    if missing:
        wanted = ", ".join(f"hwkit_{name}" for name in missing)
        raise NetlistError(
            f"the netlist has no .param {wanted}; add them: they set the units of x and t"
        )
    for name in ("volt", "second"):
        if not laws.parameters[name] > 0:
            raise NetlistError(
                f".param hwkit_{name} is {laws.parameters[name]:g}; it must be above 0"
            )
    if not laws.parameters["visible"].is_integer():
        raise NetlistError(
            f".param hwkit_visible is {laws.parameters['visible']:g}; it must be a whole number"
        )
    if not laws.capacitance:
        raise NetlistError("the netlist has no capacitor to ground, so it has no units")
    with np.errstate(all="ignore"):  # numbers that overflow are refused as couplings, biases, ...
        return _model(laws, dict(_NAME.findall(text)))


def _read(card: Card, laws: _Laws) -> None:
    readers = {
        "c": _capacitor,
        "g": _transconductor,
        "r": _resistor,
        "i": _current,
        "b": _behavioural,
    }
    if card.name in _IGNORED:
        return
    reader = _parameter if card.name == ".param" else readers.get(card.name[0])
    if reader is None:
        raise card.error("this kind of line can't be part of a machine")
    try:
        reader(card, laws)
    except NetlistError as error:
        raise card.error(str(error)) from None


def _parameter(card: Card, laws: _Laws) -> None:
    for name, value in _ASSIGNMENT.findall(card.rest):
        if name.startswith("hwkit_"):
            laws.parameters[name.removeprefix("hwkit_")] = number(value)


def _words(card: Card, names: str) -> list[str]:
    """Return the words of an element with exactly these fields; a start value may follow."""
    wanted = names.split()
    words, rest = card.words[: len(wanted)], card.words[len(wanted) :]
    if len(words) < len(wanted):
        raise NetlistError(f"the line is too short; expected {names}")
    if rest and not rest[0].startswith("ic="):
        raise NetlistError(f"{rest[0]!r} is not understood; expected {names} and no more")
    return words


def _capacitor(card: Card, laws: _Laws) -> None:
    a, b, value = _words(card, "node node farad")
    if (a in _GROUND) == (b in _GROUND):
        raise NetlistError("only capacitors from a node to ground can be part of a machine")
    node = b if a in _GROUND else a
    laws.capacitance[node] = laws.capacitance.get(node, 0.0) + number(value)


def _transconductor(card: Card, laws: _Laws) -> None:
    names = "node node control control siemens"
    plus, minus, control, reference, value = _words(card, names)
    laws.linear(plus, minus, control, reference, number(value))


def _resistor(card: Card, laws: _Laws) -> None:
    a, b, value = _words(card, "node node ohm")
    resistance = number(value)
    if resistance == 0:
        raise NetlistError("the resistance is 0; it must not be")
    laws.linear(a, b, a, b, 1 / resistance)


def _current(card: Card, laws: _Laws) -> None:
    words = card.rest.replace("=", " ").split()
    if words[2:3] == ["dc"]:
        del words[2]
    if len(words) < 3:
        raise NetlistError("the line is too short; expected node node [dc] ampere")
    plus, minus, first, *rest = words
    if first.startswith("pwl") and not card.name.startswith("in"):
        raise NetlistError("a waveform drives this node; only noise, named in..., may have one")
    if _NOISE.match(first):
        return
    if rest and not (rest[0] == "external" or rest[0].startswith("trnoise")):
        raise NetlistError(f"{rest[0]!r} is not understood; only dc, trnoise and external are")
    value = number(first)
    for node, sign in ((plus, 1.0), (minus, -1.0)):
        if node not in _GROUND:
            laws.constant[node] += sign * value


def _behavioural(card: Card, laws: _Laws) -> None:
    words = card.rest.split(maxsplit=2)
    if len(words) < 3:
        raise NetlistError("the line is too short; expected node node i=expression")
    plus, minus, source = words
    kind, _, expression = source.partition("=")
    if kind.strip() != "i":
        raise NetlistError("only current sources (i=...) can be part of a machine")
    terms: Polynomial = polynomial(_without_braces(expression))
    for node, sign in ((plus, 1.0), (minus, -1.0)):
        if node in _GROUND:
            continue
        for names, coefficient in terms.items():
            if not names:
                laws.constant[node] += sign * coefficient
            elif len(names) == 1:
                laws.linear(node, "0", names[0], "0", sign * coefficient)
            elif names == (node,) * 3:
                laws.cubic[node] += sign * coefficient
            elif coefficient:
                raise NetlistError(f"the term {'*'.join(names)} is not in a quartic unit's force")


def _without_braces(expression: str) -> str:
    """Return what braces around a whole expression hold, as Xyce writes it."""
    text = expression.strip()
    return text[1:-1] if text[:1] == "{" and text[-1:] == "}" else text


def _names(nodes: list[str], comments: dict[str, str]) -> list[str] | None:
    """Return what the comments call the units, else their nodes; None for x0, x1, ..."""
    try:
        found = [json.loads(comments[node]) for node in nodes] if comments else nodes
        names = list(checked_names(found, len(nodes)) or ())
    except (KeyError, ValueError):
        names = nodes
    return None if names == [f"x{i}" for i in range(len(nodes))] else names


def _model(laws: _Laws, comments: dict[str, str]) -> EnergyModel:
    nodes = list(laws.capacitance)
    index = {node: i for i, node in enumerate(nodes)}
    for node in [*laws.out, *laws.control, *laws.cubic, *laws.constant]:
        if node not in index:
            raise NetlistError(f"node {node!r} has no capacitor to ground, so it is not a unit")
    volt, second = laws.parameters["volt"], laws.parameters["second"]
    unit = np.fromiter(laws.capacitance.values(), float) / second
    if not np.all(unit > 0):
        raise NetlistError(
            f"node {nodes[int(np.argmin(unit))]!r} has a capacitance that is not above 0"
        )
    n = len(nodes)
    rows = np.fromiter((index[node] for node in laws.out), np.intp, len(laws.out))
    columns = np.fromiter((index[node] for node in laws.control), np.intp, len(laws.control))
    matrix = sp.csr_array((np.array(laws.conductance), (rows, columns)), shape=(n, n))
    matrix = sp.csr_array(sp.diags_array(1 / unit) @ matrix)
    curvature = matrix.diagonal()
    couplings = sp.csr_array(matrix - sp.diags_array(curvature))
    couplings.eliminate_zeros()
    cubic = np.array([laws.cubic.get(node, 0.0) for node in nodes])
    constant = np.array([laws.constant.get(node, 0.0) for node in nodes])
    try:
        return EnergyModel(
            _reciprocal(couplings, nodes),
            constant / (unit * volt),
            Quartic(_scalar(curvature / 2), _scalar(cubic * volt**2 / (4 * unit))),
            laws.parameters["kt"],
            laws.parameters["mobility"],
            int(laws.parameters["visible"]),
            _names(nodes, comments),
        )
    except DataError as error:
        raise NetlistError(f"the netlist is no machine with a bounded energy: {error}") from error


def _reciprocal(couplings: sp.csr_array, nodes: list[str]) -> sp.csr_array:
    difference = sp.csr_array(abs(couplings - couplings.T))
    if difference.nnz:
        worst = int(np.argmax(difference.data))
        if difference.data[worst] > _RECIPROCITY * abs(couplings).max():
            i, j = (int(axis[worst]) for axis in difference.tocoo().coords)
            raise NetlistError(
                f"the coupling {nodes[j]} -> {nodes[i]} is {couplings[i, j]:g} but {nodes[i]} -> "
                f"{nodes[j]} is {couplings[j, i]:g}: not the gradient of an energy"
            )
    return sp.csr_array((couplings + couplings.T) / 2)


def _scalar(values: np.ndarray) -> np.ndarray | float:
    """Return one number if all are equal up to rounding, so that a uniform machine stays one."""
    first = float(values[0])
    return first if np.allclose(values, first, rtol=1e-12, atol=0) else values
