"""A design: the circuit that stands for a machine, ready to be rendered, simulated or perturbed."""

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from hwkit.circuit.codes import CodedCurrents
from hwkit.circuit.coupling_curves import CouplingCurves
from hwkit.circuit.parts import GROUND, UNITS, FloatArray, IndexArray, Parts
from hwkit.circuit.pdk.process import Process
from hwkit.circuit.realisability import (
    FARAD_PER_AREA,
    ROOM_TEMPERATURE,
    Realisability,
    assess,
    assess_gated,
)
from hwkit.circuit.scale import Scale
from hwkit.circuit.transistors import Transistors
from hwkit.errors import DesignError
from hwkit.model import DriftMachine, EnergyModel, GatedMachine, SegmentedMachine
from hwkit.model.forces import uncoupled
from hwkit.showing import Shown, Summary, spread
from hwkit.units import BOLTZMANN, ROOM_CELSIUS, engineering


def _no_followers() -> IndexArray:
    return np.zeros((0, 2), dtype=np.intp)


@dataclass(frozen=True, eq=False, repr=False)
class Design(Shown):
    """A compiled machine.

    Attributes:
        machine: what it is for; `model` is the same where it has an energy.
        cell: name of the circuit family.
        scale: volts, seconds and farads per model unit.
        nodes: name of every node, (M,).
        terminals: the nodes between which each unit's voltage V0 x is, (N, 2).
        parts: groups of elements, in netlist order.
        followers: (node, unit) of further nodes that start at a unit's voltage, (m, 2).
        mass: inertia of every unit in model time, 0 of an overdamped machine.
        kelvin: temperature at which the resistors' own noise is the machine's; None if noise is
            injected.
        start_amperes: with inductors, the current (N, N) that those of each unit carry per unit of
            x; a start state draws it at the noise sources for as long as the run lasts.
        ampere: current that a force of 1 stands for; None for that of the scale.
        ends: when each segment of a segmented machine ends, in model time; empty if there are none.
        transistors: groups of transistors; a design that has some starts at its operating point.
        process: the transistors' models.
        celsius: temperature of the circuit.
        watt: static power where the family knows it; None for the estimate of first order.
        remarks: where the design does not do what was asked for.
        coded: currents that converters of transistors set, in place of sources.
        guesses: (node, V) of where the search for an operating point starts; 0 V elsewhere.
        bit_hold: model time for which a bit of its one-bit noise sources is held; None where noise
            is Gaussian.
        curves: what its couplings of transistors were measured to do; the mixed level needs them.
    """

    machine: EnergyModel | DriftMachine | GatedMachine | SegmentedMachine
    cell: str
    scale: Scale
    nodes: tuple[str, ...]
    terminals: IndexArray
    parts: tuple[Parts, ...]
    followers: IndexArray = field(default_factory=_no_followers)
    mass: float = 0.0
    kelvin: float | None = None
    start_amperes: FloatArray | sp.csr_array | None = None
    ampere: float | None = None
    ends: tuple[float, ...] = ()
    transistors: tuple[Transistors, ...] = ()
    process: Process | None = None
    celsius: float = ROOM_CELSIUS
    watt: float | None = None
    remarks: tuple[str, ...] = ()
    curves: CouplingCurves | None = None
    coded: tuple[CodedCurrents, ...] = ()
    guesses: tuple[tuple[int, float], ...] = ()
    bit_hold: float | None = None

    def summary(self) -> Summary:
        """Return what a design shows of itself: scale, parts, and what it takes to build it."""
        found, n = self.realisability, self.machine.n_units
        facts = [("scale", self.scale.describe())]
        for parts in self.parts:
            values = spread(parts.values, UNITS.get(parts.kind, "A^2/Hz"))
            facts.append((parts.role, f"{len(parts):,} {parts.kind}, {values}"))
        facts += [
            *((c.role, f"{len(c.codes):,} currents of {c.describe()}") for c in self.coded),
            ("noise", f"that of {found.noise_temperature:.3g} K at G0"),
            ("static power", f"{engineering(found.power, 'W')}, estimated"),
        ]
        title = f"Design: {n:,} units in family {self.cell}, {self.n_elements:,} elements"
        return Summary(title, facts)

    @cached_property
    def model(self) -> EnergyModel:
        """The machine that the design is for; of a gated one its units alone, uncoupled.

        Raises:
            DesignError: if its couplings differ in their two directions: it has no energy then.
        """
        if isinstance(self.machine, EnergyModel):
            return self.machine
        if isinstance(self.machine, GatedMachine | SegmentedMachine):
            return uncoupled(self.machine)
        raise DesignError(
            "this design is of a machine with directed couplings, which has no energy; simulate "
            "it, measure its drift, or compare it with the machine of its extracted curves"
        )

    @property
    def gated(self) -> bool:
        """Whether the machine has gates or segments."""
        return isinstance(self.machine, GatedMachine | SegmentedMachine)

    def group(self, role: str) -> Parts:
        """Return the parts with a role.

        Raises:
            DesignError: if there is no such role.
        """
        for parts in self.parts:
            if parts.role == role:
                return parts
        known = ", ".join(parts.role for parts in self.parts)
        raise DesignError(f"the design has no parts with the role {role!r}; it has {known}")

    def has(self, role: str) -> bool:
        """Return whether there are parts with a role."""
        return any(parts.role == role for parts in self.parts)

    def carries(self, role: str) -> bool:
        """Return whether there are currents with a role, of sources or of converters."""
        return self.has(role) or any(each.role == role for each in self.coded)

    def currents(self, role: str) -> FloatArray:
        """Return the currents with a role, of sources or as converters were coded, (n,), A.

        Raises:
            DesignError: if there is no such role.
        """
        for each in self.coded:
            if each.role == role:
                return each.values
        return self.group(role).values

    @property
    def n_elements(self) -> int:
        """Number of circuit elements, noise sources included."""
        return sum(map(len, self.parts)) + self.n_transistors

    @property
    def n_transistors(self) -> int:
        """Number of transistors."""
        return sum(len(group) for group in self.transistors)

    def without_transistors(self, what: str) -> None:
        """Refuse transistors, for what knows two-terminal parts only.

        Raises:
            DesignError: if there are transistors; `what` starts the sentence.
        """
        if self.transistors:
            raise DesignError(
                f"{what} does not know transistors (this {self.cell} design has "
                f"{self.n_transistors}); simulate it in ngspice at level 'full'"
            )

    @property
    def n_cell_elements(self) -> int:
        """Number of elements without the couplings: what ngspice holds at the mixed level."""
        return sum(len(parts) for parts in self.parts if parts.role != "coupling")

    @property
    def differential(self) -> NDArray[np.bool_]:
        """Which units are between two rails, (N,); the others are against ground."""
        return np.asarray(self.terminals[:, 1] != GROUND)

    @property
    def solving_scale(self) -> Scale:
        """The scale of voltages and currents that a simulator solves for.

        A flux moves at microvolts, whatever the volts of the meter that shows it.
        """
        if self.ampere is None:
            return self.scale
        ohm = float(np.min(self.group("loss").values))
        return Scale(self.ampere * ohm, self.scale.second, self.scale.second / ohm)

    @property
    def inputs(self) -> IndexArray:
        """The nodes between which a force on each unit enters as a current, (N, 2)."""
        return self.group("noise").nodes

    @property
    def ground_farads(self) -> FloatArray:
        """Capacitance of each node to ground, (M,), F; what lies between nodes is left out."""
        ground = np.zeros(len(self.nodes))
        for parts in self.parts:
            if parts.kind == "capacitor":
                grounded = parts.nodes[:, 1] == GROUND
                np.add.at(ground, parts.nodes[grounded, 0], parts.values[grounded])
        return ground

    @property
    def charge_farads(self) -> FloatArray:
        """Charge that a source between a unit's terminals must move for 1 V between them, (N,), F.

        Between two rails of capacitance C each that is C/2.
        """
        ground, (plus, minus) = self.ground_farads, self.terminals.T
        elastance = 1 / ground[plus]
        elastance[self.differential] += 1 / ground[minus[self.differential]]
        return np.asarray(1 / elastance)

    @property
    def start_charges(self) -> sp.csr_array:
        """Charge that each source must bring in per volt across each unit, sparse (S, N), C/V.

        Sources are those of the units, then one for each follower. Units that stand for a flux
        start with current in place of charge; only the nodes that show it are charged.
        """
        node, unit = self.followers.T
        n, followers = len(self.terminals), np.arange(unit.size)
        shown = sp.csr_array((self.ground_farads[node], (followers, unit)), shape=(unit.size, n))
        own = sp.csr_array((n, n)) if self.start_amperes is not None else self._own_charges()
        return sp.csr_array(sp.vstack([own, shown]))

    def _own_charges(self) -> sp.csr_array:
        between = [
            parts
            for parts in self.parts
            if parts.kind == "capacitor" and np.any(parts.nodes[:, 1] != GROUND)
        ]
        if not between:
            return sp.csr_array(sp.diags_array(self.charge_farads))
        if len(self.followers):
            raise DesignError(
                f"{between[0].role}: capacitors between nodes need units without followers"
            )
        n = len(self.ground_farads)
        maxwell = sp.csr_array(sp.diags_array(self.ground_farads))
        for parts in between:
            a, b = parts.nodes.T
            mutual = sp.csr_array((parts.values, (a, b)), shape=(n, n))
            mutual = sp.csr_array(mutual + mutual.T)
            maxwell = sp.csr_array(maxwell + sp.diags_array(mutual.sum(axis=1)) - mutual)
        return self._between_terminals(maxwell) if np.any(self.differential) else maxwell

    def _between_terminals(self, maxwell: sp.csr_array) -> sp.csr_array:
        """Return the charges of sources between terminals; nodes of no unit are held meanwhile."""
        (plus, minus), units = self.terminals.T, np.arange(len(self.terminals))
        two = self.differential
        rails = np.concatenate([plus, minus[two]])
        place = np.zeros(len(self.nodes), dtype=np.intp)
        place[rails] = np.arange(rails.size)
        ends = np.zeros((rails.size, units.size))
        ends[place[plus], units] = 1.0
        ends[place[minus[two]], units[two]] = -1.0
        volts = np.linalg.solve(maxwell[rails][:, rails].toarray(), ends)
        return sp.csr_array(np.linalg.inv(ends.T @ volts))

    @property
    def force_amperes(self) -> FloatArray:
        """Current between a unit's terminals that a force of 1 stands for, (N,), A."""
        ampere = self.scale.ampere if self.ampere is None else self.ampere
        return np.where(self.differential, 0.5, 1.0) * ampere

    def start_volts(self, x: FloatArray) -> FloatArray:
        """Return the node voltages (M,) of a start state (N,); NaN where a node is free."""
        volts = np.full(len(self.nodes), np.nan)
        across = x * self.scale.volt
        plus, minus = self.terminals.T
        volts[plus] = np.where(self.differential, across / 2, across)
        volts[minus[self.differential]] = -across[self.differential] / 2
        node, unit = self.followers.T
        volts[node] = across[unit]
        return volts

    @property
    def capacitor_farad(self) -> float:
        """Capacitance of all capacitors together, F."""
        return sum(float(p.values.sum()) for p in self.parts if p.kind == "capacitor")

    @property
    def realisability(self) -> Realisability:
        """What it takes to build this design."""
        if isinstance(self.machine, GatedMachine | SegmentedMachine):
            return assess_gated(self.model, self.machine.segments, self.scale, self.parts)
        pairs = self.machine if isinstance(self.machine, DriftMachine) else self.model
        found = assess(pairs, self.scale, self.parts)
        if self.transistors:
            area = sum(group.area for group in self.transistors)
            return replace(
                found,
                n_elements=self.n_elements,
                n_transistors=self.n_transistors,
                gate_area=area,
                capacitor_area=self.capacitor_farad / FARAD_PER_AREA,
                power=found.power if self.watt is None else self.watt,
                remarks=self.remarks,
            )
        if self.ampere is None or self.kelvin is None:
            return found
        joule = BOLTZMANN * self.kelvin / self.machine.kT  # true noise: the energy unit follows
        psd = float(np.max(self.group("noise").values))
        volt = self.solving_scale.volt
        return replace(
            found,
            noise_psd=psd,
            noise_temperature=self.kelvin,
            joule=joule,
            thermal_volt=float(volt * np.sqrt(ROOM_TEMPERATURE / self.kelvin)),
        )
