"""Lines of a group of parts, in a dialect."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from hwkit.circuit import GROUND, Design, Parts
from hwkit.errors import NetlistError
from hwkit.netlist.dialects import DIALECTS, Spice
from hwkit.netlist.size import Block, Rows

NUMBER = "{!r}"  # the shortest text that reads back as the same number

# Names of elements that people look up: after their nodes. All others: role and number.
_NAMES = {
    "capacitor": "{a}",
    "inductor": "{a}",
    "onsite-cubic": "cubic{a}",
    "bias": "bias{a}",
    "coupling": "{a}_{b}",
    "onsite-linear": "{a}_{b}",
}
_LETTERS: dict[str, str] = {
    "capacitor": "C",
    "resistor": "R",
    "inductor": "L",
    "mutual": "K",
    "transconductor": "G",
    "transcubic": "B",
    "saturating": "B",
    "gated": "B",
    "exponential": "B",
    "cubic": "B",
    "diode": "D",
    "limiter": "B",
    "switch": "S",
    "current": "I",
    "voltage": "V",
}


def group_block(design: Design, parts: Parts, language: Spice) -> Block:
    """Return the lines of a group, one per element, as a block."""

    def lines(rows: Rows) -> Iterator[str]:
        return group_lines(design, parts.take(rows), language, np.arange(len(parts))[rows])

    return Block(len(parts), lines)


def group_header(parts: Parts, language: Spice) -> list[str]:
    """Return what is once above the elements of a group."""
    lines = [language.comment(f"{parts.role}: {len(parts)} elements")]
    if parts.kind == "diode" and len(parts):
        emission = float(parts.parameter("emission")[0])
        ampere = NUMBER.format(float(np.median(parts.values)))
        lines.append(language.diode_model(_model(parts), ampere, NUMBER.format(emission)))
    if parts.kind == "switch" and len(parts):
        lines += language.switch_control(_model(parts), *_switching(parts))
    return lines


def _switching(parts: Parts) -> tuple[str, str, str, bool]:
    """Return what switches of a group have in common: resistances, time, whether they close."""
    numbers = (
        float(np.median(parts.values)),
        *(float(parts.parameter(name)[0]) for name in ("open_ohm", "second")),
    )
    ohm, open_ohm, second = map(NUMBER.format, numbers)
    return ohm, open_ohm, second, bool(parts.parameter("closes")[0])


def group_lines(
    design: Design,
    parts: Parts,
    language: Spice = DIALECTS["ngspice"],
    numbers: np.ndarray | None = None,
) -> Iterator[str]:
    """Yield one line per element of a group other than noise.

    `numbers`, (elements,), are the elements' places in the whole group; None for a whole group.
    """
    write = _writer(parts, language)
    which = (np.arange(len(parts)) if numbers is None else numbers).tolist()
    ends = parts.nodes.T.tolist()
    names = [*design.nodes, "0"]  # GROUND is -1, the last
    if parts.kind == "mutual":  # inductors are named after the number of their node
        names = [str(node) for node in range(len(design.nodes))]
    gates = [] if parts.gates is None else [[names[gate] for gate in parts.gates.tolist()]]
    called = [reference[1:] for reference in element_references(parts, which)]
    for name, a, b, *values in zip(called, *ends, *gates, *_values(parts), strict=True):
        yield write(name, names[a], names[b], *values)


def _writer(parts: Parts, language: Spice) -> Callable[..., str]:
    """Return what writes the line of one element of a group."""
    writers: dict[str, Callable[..., str]] = {
        "capacitor": language.capacitor,
        "resistor": language.resistor,
        "inductor": language.inductor,
        "mutual": language.mutual,
        "transconductor": language.transconductor,
        "transcubic": language.transcubic,
        "saturating": language.saturating,
        "gated": language.gated,
        "exponential": language.exponential,
        "cubic": language.cubic,
        "diode": language.diode,
        "limiter": language.limiter,
        "switch": language.switch,
        "current": language.current,
        "voltage": language.voltage,
    }
    return writers[parts.kind]


def line_pattern(parts: Parts, language: Spice = DIALECTS["ngspice"]) -> str:
    """Return the line of a group's elements with places, for `str.format`.

    {k} is an element's number, {a} and {b} are the numbers of its nodes, {A} and {B} their names;
    {0}, {1}, ... are its numbers: the value, of diodes relative to the median, then the parameters.

    Raises:
        NetlistError: if some of the group's elements end at ground and others don't, and their
            lines differ; or if they have gates, names of their own or are named after inductors.
    """
    grounded = parts.nodes[:, 1] == GROUND
    mixed = np.any(grounded) and not np.all(grounded)
    own = parts.gates is not None or bool(parts.references)
    if own or parts.kind in ("mutual", "switch") or (mixed and _across(parts)):
        raise NetlistError(f"the lines of {parts.role} have no pattern in common")
    name = _NAMES.get(parts.role, f"{parts.role.replace('-', '_')}_{{k}}")
    columns = ["{0}", _model(parts)] if parts.kind == "diode" else _places(parts)
    far = "0" if np.all(grounded) else "{B}"
    return _writer(parts, language)(name, "{A}", far, *columns)


def _across(parts: Parts) -> bool:
    """Say whether an element's expression has the voltage between its nodes."""
    return parts.kind in ("cubic", "limiter")


def _places(parts: Parts) -> list[str]:
    return [f"{{{k}}}" for k in range(1 + len(parts.parameters))]


def node_name(design: Design, node: int) -> str:
    """Return the name of a node, ground included."""
    return "0" if node == GROUND else design.nodes[node]


def element_references(parts: Parts, numbers: Sequence[int] | None = None) -> Sequence[str]:
    """Return the name of each element: the same in netlists, bills of materials and KiCad files.

    `numbers`, (elements,), are the elements' places in the whole group; None for a whole group.
    """
    if parts.references:
        return parts.references
    letter, which = _LETTERS[parts.kind], range(len(parts)) if numbers is None else numbers
    ends = parts.nodes.tolist()
    return [letter + _name(parts, k, a, b) for k, (a, b) in zip(which, ends, strict=True)]


def _name(parts: Parts, number: int, a: int, b: int) -> str:
    if parts.role in _NAMES:
        return _NAMES[parts.role].format(a=a, b=b)
    return f"{parts.role.replace('-', '_')}_{number}"


def _values(parts: Parts) -> list[list[str]]:
    """Return the columns of numbers that an element's line takes."""
    if parts.kind == "diode":
        relative = (parts.values / np.median(parts.values)).tolist()
        return [list(map(NUMBER.format, relative)), [_model(parts)] * len(parts)]
    if parts.kind == "switch":
        return [[_model(parts)] * len(parts)]
    columns = [parts.values, *(parts.parameter(name) for name in parts.parameters)]
    return [list(map(NUMBER.format, column.tolist())) for column in columns]


def _model(parts: Parts) -> str:
    return f"hwkit_{parts.role.replace('-', '_')}"
