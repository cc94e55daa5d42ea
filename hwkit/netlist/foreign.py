"""A foreign netlist, one that a person edited or drew elsewhere, made ready to be measured.

All elements stay as they are written, subcircuits included. Analyses, their outputs and solver
options go, since hwkit makes its own; noise sources (trnoise, external, and PWL currents called
in...) make room for external ones of known strength. Each unit of the model has one node, by

    a mapping         unit (index or name) -> node, for example from a file; or else
    its name          the nodes are called as hwkit would call them: x0, x1, ... or
    its place         the nodes with a capacitor to ground, in the order of those capacitors.
"""

import csv
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hwkit.circuit import safe_nodes
from hwkit.errors import NetlistError
from hwkit.files import why
from hwkit.netlist.flatten import flatten
from hwkit.netlist.parse import Card, cards, number
from hwkit.netlist.reading import ANALYSIS_CARDS, Reading
from hwkit.netlist.render import RUN_OPTIONS, Netlist

FloatArray = NDArray[np.float64]

_GROUND = ("0", "gnd")
_KEPT_OPTIONS = ("temp", "tnom", "rshunt", "cshunt")  # part of the circuit, not of its solution
_TRNOISE = re.compile(r"trnoise\s*\(([^()]*)\)")
_RANDOM = re.compile(r"\b(trnoise|trrandom|external)\b")
_PARAMETER = re.compile(r"\bhwkit_(\w+)\s*=\s*(\S+)")
_SHOWN = 12  # names listed in an error


@dataclass(frozen=True, eq=False)
class ForeignNetlist:
    """A netlist of others with a node for each unit.

    Attributes:
        elements: the lines of the circuit, without noise, analyses and end.
        nodes: node of each unit.
        all_nodes: every node with a capacitor to ground, in their order.
        noise: root of the two-sided spectral density of each unit's noise current as written,
            A/sqrt(Hz); NaN where the netlist gives no strength.
        parameters: what the netlist says of its units in `.param hwkit_*`.
        options: options that belong to the circuit.
        reading: the text it was made from.
    """

    elements: tuple[str, ...]
    nodes: tuple[str, ...]
    all_nodes: tuple[str, ...]
    noise: FloatArray
    parameters: Mapping[str, float]
    options: str
    reading: Reading

    def run_form(self, options: str = "") -> Netlist:
        """Return the netlist with an external noise source at each unit, to be driven by hwkit."""
        sources = (f"in{i} 0 {node} external" for i, node in enumerate(self.nodes))
        return self._netlist(sources, f"{RUN_OPTIONS} {options}", "external")

    def quiet_form(self, options: str = "") -> Netlist:
        """Return the netlist without noise."""
        return self._netlist((), options, "none")

    def _netlist(self, sources: Iterator[str] | tuple[()], options: str, noise: str) -> Netlist:
        extra = f".options {self.options} {options}"
        lines = ["netlist read by hwkit", *self.elements, *sources, extra, ".end", ""]
        return Netlist("\n".join(lines), self.nodes, noise)  # type: ignore[arg-type]

    def machine_text(self, missing: Mapping[str, float]) -> str:
        """Return the text for extraction: analyses blanked, line numbers kept.

        `missing` are parameters that the netlist may leave out.
        """
        lines, blank = [], False
        for row, line in enumerate(self.reading.text.splitlines()):
            word = (line.split() or [""])[0].lower()
            blank = blank if word[:1] == "+" else word in ANALYSIS_CARDS
            if word == ".end":
                break
            lines.append("*" if blank and row else line)
        absent = {name: value for name, value in missing.items() if name not in self.parameters}
        given = [f".param hwkit_{name}={value!r}" for name, value in absent.items()]
        return "\n".join([*lines, *given, ".end", ""])


def foreign_netlist(
    reading: Reading, unit_names: Sequence[str], mapping: Mapping[str, str] | None = None
) -> ForeignNetlist:
    """Find the units of a model in a netlist.

    Args:
        reading: what `read_netlist` returned.
        unit_names: names of the model's units.
        mapping: unit, by index or name, to node; None goes by name, then by place.

    Raises:
        NetlistError: naming unit, node or line, if the netlist does not fit.
    """
    try:
        flat = list(flatten(reading.text))
        charged = [_grounded(card) for card in flat if card.name[0] == "c"]
        places = tuple(dict.fromkeys(node for node in charged if node))
        nodes = _nodes(places, unit_names, mapping)
        index = {node: unit for unit, node in enumerate(nodes)}
        written = _written_noise(flat, index)
        elements, options = _elements(reading.text)
        parameters = {
            name: number(value)
            for card in flat
            if card.name in (".param", ".params")
            for name, value in _PARAMETER.findall(card.rest)
        }
    except NetlistError as error:
        raise reading.located(error) from None
    return ForeignNetlist(tuple(elements), nodes, places, written, parameters, options, reading)


def load_mapping(path: Path | str) -> dict[str, str]:
    """Read which node each unit has: a TOML file of `unit = "node"`, or CSV lines `unit,node`.

    Raises:
        NetlistError: if the file can't be read or gives a unit twice.
    """
    file = Path(path)
    try:
        text = file.read_text(encoding="utf-8")
        if file.suffix.lower() == ".toml":
            pairs = list(tomllib.loads(text).items())
        else:
            rows = [[cell.strip() for cell in row] for row in csv.reader(text.splitlines()) if row]
            rows = rows[1:] if rows and rows[0] == ["unit", "node"] else rows
            pairs = [(row[0], row[1] if len(row) == 2 else None) for row in rows]
    except (OSError, ValueError, csv.Error, RecursionError) as error:
        raise NetlistError(f"mapping {file} can't be read: {why(error)}") from error
    mapping: dict[str, str] = {}
    for unit, node in pairs:
        if not isinstance(node, str) or not node or not unit:
            raise NetlistError(
                f"mapping {file}: unit {unit!r} has no node; write `unit,node` in CSV, "
                '`unit = "node"` in TOML'
            )
        if unit in mapping:
            raise NetlistError(f"mapping {file}: unit {unit!r} stands there twice")
        mapping[unit] = node
    return mapping


def _nodes(
    places: Sequence[str], names: Sequence[str], mapping: Mapping[str, str] | None
) -> tuple[str, ...]:
    n = len(names)
    if mapping is not None:
        return _mapped(places, names, mapping)
    called = safe_nodes(names)
    missing = [node for node in called if node not in places]
    if not missing:
        return called
    if len(missing) < n:
        raise NetlistError(
            f"the netlist has no node {missing[0]!r} with a capacitor to ground, but others that "
            "the model's units are called by; rename it, or give a mapping file"
        )
    if len(places) != n:
        raise NetlistError(
            f"the netlist has {len(places)} nodes with a capacitor to ground, the model has {n} "
            "units, and the names don't match; give a mapping file"
        )
    return tuple(places)


def _mapped(
    places: Sequence[str], names: Sequence[str], mapping: Mapping[str, str]
) -> tuple[str, ...]:
    nodes: dict[int, str] = {}
    for key, value in mapping.items():
        unit, node = _unit(key, names), value.lower()
        if unit in nodes:
            raise NetlistError(f"the mapping gives unit {unit} two nodes, {nodes[unit]} and {node}")
        if node in nodes.values():
            raise NetlistError(f"the mapping gives node {node!r} to two units; each needs its own")
        if node not in places:
            known = ", ".join(places[:_SHOWN]) + (", ..." if len(places) > _SHOWN else "")
            raise NetlistError(
                f"the mapping gives unit {unit} the node {node!r}; the nodes with a capacitor to "
                f"ground are {known or 'none'}"
            )
        nodes[unit] = node
    for unit, name in enumerate(names):
        if unit not in nodes:
            raise NetlistError(f"the mapping has no node for unit {unit} ({name}); add it")
    return tuple(nodes[unit] for unit in range(len(names)))


def _unit(key: str, names: Sequence[str]) -> int:
    """Return the unit that a key of the mapping means: a name first, then an index."""
    if key in names:
        return list(names).index(key)
    if key.isascii() and key.isdigit() and int(key[:9]) < len(names) and len(key) <= 9:
        return int(key)
    raise NetlistError(
        f"the mapping names a unit {key!r}; the model has units 0 to {len(names) - 1}"
    )


def _grounded(card: Card) -> str:
    """Return the node of an element to ground; "" for any other."""
    a, b, *_ = [*card.words, "", ""]
    if (a in _GROUND) == (b in _GROUND):
        return ""
    return b if a in _GROUND else a


def _is_noise(card: Card) -> bool:
    """Say whether an element is a noise source.

    Raises:
        NetlistError: if it is random in a way that can't be replaced.
    """
    random = _RANDOM.search(card.rest)
    if card.name[0] == "i" and (random is None or random[1] != "trrandom"):
        waveform = card.name.startswith("in") and re.search(r"\bpwl\b", card.rest) is not None
        return random is not None or waveform
    if random is not None and card.name[0] != ".":
        raise card.error("only current sources with trnoise or external can be noise of a machine")
    return False


def _written_noise(flat: Sequence[Card], index: Mapping[str, int]) -> FloatArray:
    """Return the strength of each unit's noise; sources of one node add in power."""
    density = np.zeros(len(index))
    for card in flat:
        if not _is_noise(card):
            continue
        node = _grounded(card)
        if node not in index:
            raise card.error("noise must flow between ground and the node of a unit")
        density[index[node]] += _white(card)
    density[density == 0] = np.nan  # no source at all: no strength is given
    return np.sqrt(density)


def _white(card: Card) -> float:
    """Return the two-sided spectral density of a source; NaN if the netlist does not give it."""
    found = _TRNOISE.search(card.rest)
    if found is None:
        return float("nan")
    try:
        amplitude, step, *further = [number(v) for v in found[1].replace(",", " ").split()]
    except NetlistError as error:
        raise card.error(str(error)) from None
    except ValueError:
        raise card.error("trnoise needs an amplitude and a step") from None
    if any(further[1:]):  # 1/f noise and telegraph noise
        raise card.error("only white noise is known here: trnoise(amplitude step 0 0)")
    density = amplitude * amplitude * step
    if not (step >= 0 and np.isfinite(density)):
        raise card.error(f"trnoise({amplitude:g} {step:g} ...) is no noise; correct its numbers")
    return density


def _elements(text: str) -> tuple[list[str], str]:
    """Return the lines to run, and the options that belong to the circuit."""
    lines: list[str] = []
    options: list[str] = []
    for card in cards(text):
        if card.name in (".option", ".options"):
            words = "=".join(side.strip() for side in card.rest.split("=")).split()
            options += [word for word in words if word.partition("=")[0] in _KEPT_OPTIONS]
        elif card.name in ANALYSIS_CARDS:
            continue
        elif _is_noise(card):
            lines += _constant_part(card)
        else:
            # hwkit's own noise sources are in0, in1, ...
            taken = re.fullmatch(r"in\d+", card.name)
            lines.append(f"{card.name}{'_' if taken else ''} {card.rest}")
    return lines, " ".join(options)


def _constant_part(card: Card) -> Iterator[str]:
    """Yield what is left of a noise source without its noise: the constant current, if any."""
    words = card.rest.replace("=", " ").split()
    value = words[3] if words[2:3] == ["dc"] and len(words) > 3 else "".join(words[2:3])
    if value and value[0] in "+-.0123456789{'":
        yield f"{card.name}_dc {words[0]} {words[1]} dc {value}"
