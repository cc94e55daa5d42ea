"""A foreign netlist, one that a person edited or drew elsewhere, made ready to be measured.

ngspice gets the elements as hwkit read them (`netlist.rewrite`), not the text. Analyses, their
outputs, start values and solver options go, since hwkit makes its own; noise sources (trnoise,
external, and polylines that hwkit wrote) make room for external ones of known strength. Each unit
of the model has one node, by

    a mapping         unit (index or name) -> node, for example from a file; or else
    its name          the nodes are called as hwkit would call them: x0, x1, ... or
    its place         the nodes with a capacitor to ground, in the order of those capacitors; nodes
                      called as hwkit would call them must be in their places, unless sources
                      hold others of those names: then the model's units are the free ones.
"""

import csv
import io
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hwkit.circuit import safe_nodes
from hwkit.errors import NetlistError
from hwkit.files import read_text, why
from hwkit.model import EnergyModel
from hwkit.model.names import unit_index
from hwkit.netlist.extract import machine
from hwkit.netlist.extract_inductive import has_inductors
from hwkit.netlist.reader import GROUND, Capacitor, CurrentSource, Elements, VoltageSource
from hwkit.netlist.reading import Reading
from hwkit.netlist.render import RUN_OPTIONS, Netlist, Noise
from hwkit.netlist.rewrite import Rewritten, rewritten

FloatArray = NDArray[np.float64]

_SHOWN = 12  # names listed in an error


@dataclass(frozen=True, eq=False)
class ForeignNetlist:
    """A netlist of others with a node for each unit.

    Attributes:
        nodes: node of each unit.
        all_nodes: every node with a capacitor to ground that no source holds, in their order.
        noise: root of the two-sided spectral density of each unit's noise current as written,
            A/sqrt(Hz); NaN where the netlist gives no strength.
        written: the elements for ngspice, without noise.
        reading: the netlist as read.
    """

    nodes: tuple[str, ...]
    all_nodes: tuple[str, ...]
    noise: FloatArray
    written: Rewritten
    reading: Reading

    @property
    def parameters(self) -> Mapping[str, float]:
        """What the netlist says of its units in `.param hwkit_*`."""
        return self.reading.elements.parameters

    def run_form(self, options: str = "") -> Netlist:
        """Return the netlist with an external noise source at each unit, to be driven by hwkit."""
        nodes = (self.written.nodes[node] for node in self.nodes)
        sources = (f"in{i} 0 {node} external" for i, node in enumerate(nodes))
        return self._netlist(sources, f"{RUN_OPTIONS} {options}", "external")

    def quiet_form(self, options: str = "") -> Netlist:
        """Return the netlist without noise."""
        return self._netlist(iter(()), options, "none")

    def _netlist(self, sources: Iterator[str], options: str, noise: Noise) -> Netlist:
        extra = [f".options {options}"] if options.strip() else []
        lines = ["netlist read by hwkit", *self.written.lines, *sources, *extra, ".end", ""]
        nodes = tuple(self.written.nodes[node] for node in self.nodes)
        return Netlist("\n".join(lines), nodes, noise)

    def machine(self, missing: Mapping[str, float]) -> EnergyModel:
        """Return the machine that the elements make, whatever the noise.

        Args:
            missing: parameters that the netlist may leave out.

        Raises:
            NetlistError: as `extract_model`.
        """
        elements = self.reading.elements
        try:
            stated = replace(elements, parameters={**missing, **elements.parameters})
            return machine(stated, noise=False)
        except NetlistError as error:
            raise self.reading.located(error) from None


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
    elements = reading.elements
    if has_inductors(elements):
        raise NetlistError(
            "the netlist has inductors, and a node's voltage alone does not show their state; "
            "validate the machine itself with `hwkit validate MODEL --cell rlc` (spu for LC "
            "cells), and read the netlist with `hwkit extract`"
        )
    try:
        held = _held(elements)
        places = tuple(node for node in _charged(elements) if node not in held)
        nodes = _nodes(places, unit_names, mapping, held)
        noise = _written_noise(elements, {node: i for i, node in enumerate(nodes)}, held)
        _check_starts(elements, {*nodes, *held})
        written = rewritten(elements)
    except NetlistError as error:
        raise reading.located(error) from None
    return ForeignNetlist(nodes, places, noise, written, reading)


def load_mapping(path: Path | str) -> dict[str, str]:
    """Read which node each unit has: a TOML file of `unit = "node"`, or CSV lines `unit,node`.

    Raises:
        NetlistError: if the file can't be read or gives a unit twice.
    """
    file = Path(path)
    try:
        text = read_text(file)
        if file.suffix.lower() == ".toml":
            pairs = list(tomllib.loads(text).items())
        else:
            table = csv.reader(io.StringIO(text, newline=""))
            rows = [row for row in ([cell.strip() for cell in line] for line in table) if any(row)]
            if rows and [cell.lower() for cell in rows[0]] == ["unit", "node"]:
                del rows[0]
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
            raise NetlistError(f"mapping {file}: unit {unit!r} is there twice")
        mapping[unit] = node
    return mapping


def _nodes(
    places: Sequence[str],
    names: Sequence[str],
    mapping: Mapping[str, str] | None,
    held: set[str],
) -> tuple[str, ...]:
    n = len(names)
    if mapping is not None:
        return _mapped(places, names, mapping)
    called = safe_nodes(names)
    missing = [node for node in called if node not in places]
    if not missing:
        return called
    in_place = len(places) == n and all(
        node in missing or node == place for node, place in zip(called, places, strict=True)
    )
    renumbered = len(places) == n and not held.isdisjoint(missing)  # as `clamp_units` does
    if len(missing) < n and not in_place and not renumbered:
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
            raise NetlistError(
                f"the mapping gives unit {unit} the node {node!r}; the nodes with a capacitor to "
                f"ground are {_listed(places)}"
            )
        nodes[unit] = node
    for unit, name in enumerate(names):
        if unit not in nodes:
            raise NetlistError(f"the mapping has no node for unit {unit} ({name}); add it")
    return tuple(nodes[unit] for unit in range(len(names)))


def _unit(key: str, names: Sequence[str]) -> int:
    """Return the unit that a key of the mapping means."""
    index = unit_index(key, {name: i for i, name in enumerate(names)})
    if index is None:
        raise NetlistError(
            f"the mapping names a unit {key!r}; the model's units are {_listed(names)}"
        )
    return index


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "") or "none"


def _charged(elements: Elements) -> dict[str, None]:
    """Return the nodes with a capacitor to ground, in the order of those capacitors."""
    ends = ((e.a, e.b) for e in elements if isinstance(e, Capacitor))
    return dict.fromkeys(b if a == GROUND else a for a, b in ends if (a == GROUND) != (b == GROUND))


def _held(elements: Elements) -> set[str]:
    """Return the nodes that voltage sources fix, to ground."""
    sources = (e for e in elements if isinstance(e, VoltageSource))
    return {node for e in sources if GROUND in (e.plus, e.minus) for node in (e.plus, e.minus)}


def _check_starts(elements: Elements, known: set[str]) -> None:
    """Refuse start voltages that a run would not have: it starts the units where it is asked to."""
    for node, volt in elements.starts.items():
        if volt and node not in known:
            raise NetlistError(
                f"node {node!r} starts at {volt:g} V and is not a unit; runs start the units where "
                "they are asked to, and all other nodes at 0 V: remove its start value"
            )
    for element in elements:
        if not isinstance(element, Capacitor) or GROUND in (element.a, element.b):
            continue
        if element.start:
            raise element.error("a capacitor between nodes starts charged; remove its ic=")


def _written_noise(elements: Elements, index: Mapping[str, int], held: set[str]) -> FloatArray:
    """Return the strength of each unit's noise; sources of one node add in power."""
    density = np.zeros(len(index))
    for element in elements:
        if not isinstance(element, CurrentSource) or element.noise is None:
            continue
        ends = {element.plus, element.minus} - {GROUND}
        if ends <= held:
            continue  # a source that holds a node takes what noise brings
        if len(ends) != 1 or not ends <= index.keys():
            raise element.error("noise must flow between ground and the node of a unit")
        density[index[ends.pop()]] += element.noise.density
    density[density == 0] = np.nan  # no source at all: no strength is given
    return np.sqrt(density)
