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

In a netlist with inductors a unit's node is that of its coil, in the order of the meters (`coils`):
noise enters there, and the meter's voltage is the state.
"""

import csv
import io
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import NetlistError
from hwkit.files import read_text, why
from hwkit.model import EnergyModel
from hwkit.netlist.coils import (
    FluxUnit,
    flux_units,
    has_inductors,
    inverse_inductances,
    without_starts,
)
from hwkit.netlist.extract import machine
from hwkit.netlist.reader import GROUND, Capacitor, CurrentSource, Elements, VoltageSource
from hwkit.netlist.reading import Reading
from hwkit.netlist.render import RUN_OPTIONS, Netlist, Noise
from hwkit.netlist.rewrite import Rewritten, rewritten
from hwkit.netlist.unit_nodes import nodes_of_units

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ForeignNetlist:
    """A netlist of others with a node for each unit.

    Attributes:
        nodes: node of each unit.
        all_nodes: every node with a capacitor to ground that no source holds, in their order.
        noise: root of the two-sided spectral density of each unit's noise current as written,
            A/sqrt(Hz); NaN where the netlist gives no strength.
        written: the elements for ngspice, without noise and without inductors' start currents.
        reading: the netlist as read.
        fluxes: coil and meter of each unit; none where units are voltages.
    """

    nodes: tuple[str, ...]
    all_nodes: tuple[str, ...]
    noise: FloatArray
    written: Rewritten
    reading: Reading
    fluxes: tuple[FluxUnit, ...] = ()

    @property
    def parameters(self) -> Mapping[str, float]:
        """What the netlist says of its units in `.param hwkit_*`."""
        return self.reading.elements.parameters

    def run_form(self, options: str = "") -> Netlist:
        """Return the netlist with an external noise source at each unit, to be driven by hwkit."""
        followers = self.shown if self.fluxes else ()
        sources = (f"in{i} 0 {node} external" for i, node in enumerate((*self.inputs, *followers)))
        return self._netlist(sources, f"{RUN_OPTIONS} {options}", "external")

    def quiet_form(self, options: str = "") -> Netlist:
        """Return the netlist without noise."""
        return self._netlist(iter(()), options, "none")

    def _netlist(self, sources: Iterator[str], options: str, noise: Noise) -> Netlist:
        extra = [f".options {options}"] if options.strip() else []
        lines = ["netlist read by hwkit", *self.written.lines, *sources, *extra, ".end", ""]
        return Netlist("\n".join(lines), self.shown, noise)

    @property
    def inputs(self) -> tuple[str, ...]:
        """Node where each unit's noise enters, by its name in the lines for ngspice."""
        return tuple(self.written.nodes[node] for node in self.nodes)

    @property
    def shown(self) -> tuple[str, ...]:
        """Node whose voltage is each unit's state, by its name in the lines for ngspice."""
        meters = [unit.meter for unit in self.fluxes] or self.nodes
        return tuple(self.written.nodes[node] for node in meters)

    @property
    def stiffness(self) -> FloatArray:
        """Inverse inductance matrix of the units' coils, (N, N), 1/H."""
        return inverse_inductances(self.reading.elements, self.fluxes)

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
    try:
        held, coils = _held(elements), has_inductors(elements)
        units = flux_units(elements) if coils else {}
        _check_free(units.values(), held)
        places = tuple(units) or tuple(node for node in _charged(elements) if node not in held)
        part = "an inductor" if coils else "a capacitor"
        nodes = nodes_of_units(places, part, unit_names, mapping, held)
        fluxes = tuple(units[node] for node in nodes if coils)
        meters = {unit.meter for unit in fluxes}
        noise = _written_noise(elements, {node: i for i, node in enumerate(nodes)}, held, meters)
        _check_starts(elements, meters or {*nodes, *held})
        written = rewritten(without_starts(elements) if coils else elements)
    except NetlistError as error:
        raise reading.located(error) from None
    return ForeignNetlist(nodes, places, noise, written, reading, fluxes)


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


def _charged(elements: Elements) -> dict[str, None]:
    """Return the nodes with a capacitor to ground, in the order of those capacitors."""
    ends = ((e.a, e.b) for e in elements if isinstance(e, Capacitor))
    return dict.fromkeys(b if a == GROUND else a for a, b in ends if (a == GROUND) != (b == GROUND))


def _held(elements: Elements) -> set[str]:
    """Return the nodes that voltage sources fix, to ground."""
    sources = (e for e in elements if isinstance(e, VoltageSource))
    return {node for e in sources if GROUND in (e.plus, e.minus) for node in (e.plus, e.minus)}


def _check_free(units: Iterable[FluxUnit], held: set[str]) -> None:
    """Refuse sources that hold a flux or the voltage of its coil, which runs must move."""
    for unit in units:
        for node in (unit.coil.node, unit.meter):
            if node in held:
                raise NetlistError(
                    f"node {node!r} is held by a voltage source, and units of inductors can't be "
                    "held; remove the source"
                )


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


def _written_noise(
    elements: Elements, index: Mapping[str, int], held: set[str], meters: set[str]
) -> FloatArray:
    """Return the strength of each unit's noise; sources of one node add in power."""
    density = np.zeros(len(index))
    for element in elements:
        if not isinstance(element, CurrentSource) or element.noise is None:
            continue
        ends = {element.plus, element.minus} - {GROUND}
        if ends <= held:
            continue  # a source that holds a node takes what noise brings
        if ends <= meters and element.noise.kind == "external":
            continue  # what hwkit charges a meter with at the start of a run
        if len(ends) != 1 or not ends <= index.keys():
            raise element.error("noise must flow between ground and the node of a unit")
        density[index[ends.pop()]] += element.noise.density
    density[density == 0] = np.nan  # no source at all: no strength is given
    return np.sqrt(density)
