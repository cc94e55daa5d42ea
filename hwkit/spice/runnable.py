"""What a SPICE run needs to know of a circuit, whether hwkit designed it or someone else drew it.

A `Runnable` is a netlist in run form and what its nodes, volts, seconds and noise mean. A `Design`
knows all of that; of a foreign netlist, capacitances are measured in ngspice, and the noise is as
strong as the netlist says, or as the model asks for where it says nothing:

    i_noise = (C V0 / tau) sqrt(2 kT tau) dW/dt        t in seconds, C the measured capacitance
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from hwkit.circuit import Design, Scale
from hwkit.errors import NetlistError, SimulationError
from hwkit.model import EnergyModel
from hwkit.netlist.foreign import ForeignNetlist
from hwkit.netlist.render import Netlist, render
from hwkit.spice.crossbar import separated
from hwkit.spice.library import find_library
from hwkit.spice.session import session
from hwkit.workers import Failure, run_tasks

FloatArray = NDArray[np.float64]

_FLOATING = 1e-6  # relative size of a capacitance between units that is still rounding


@dataclass(frozen=True, eq=False)
class ForeignCircuit:
    """A foreign netlist that claims to be a machine; use `foreign_circuit` to make one.

    Attributes:
        model: the machine that it is compared with.
        netlist: the netlist, each unit with its node.
        scale: volts, seconds, and the mean of the measured capacitances.
        farads: measured capacitance of each unit's node, (N,), F.
        cell: what is in place of the name of a circuit family.
    """

    model: EnergyModel
    netlist: ForeignNetlist
    scale: Scale
    farads: FloatArray
    cell: str = "foreign"

    @property
    def machine(self) -> EnergyModel:
        """The same as `model`, as a `Design` calls it."""
        return self.model

    @property
    def nominal_noise(self) -> FloatArray:
        """Root of the two-sided spectral density that the model asks for, (N,), A/sqrt(Hz)."""
        unit = self.farads * self.scale.volt / self.scale.second
        return np.asarray(unit * np.sqrt(2 * self.model.kT * self.scale.second))


Circuit = Design | ForeignCircuit


@dataclass(frozen=True, eq=False)
class Runnable:
    """A netlist ready to be driven.

    Attributes:
        netlist: in run form: an external source `in<unit>` at each unit.
        noise: root of the two-sided spectral density of each unit's noise current, A/sqrt(Hz).
        charges: charge that each source must bring in per volt across each unit, sparse (S, N), F.
        operating_point: whether a run starts with the units held at their start voltages and all
            else at its operating point; the charges then don't matter.
        amperes: current that each unit's source must draw throughout per unit of x, (N, N), A; None
            if there are no inductors.
    """

    netlist: Netlist
    noise: FloatArray
    charges: sp.csr_array
    amperes: FloatArray | sp.csr_array | None = None
    operating_point: bool = False

    def held_at(self, volts: FloatArray) -> Netlist:
        """Return the netlist with the start voltage of each unit, (N,), V."""
        body = self.netlist.text.removesuffix(".end\n")
        starts = zip(self.netlist.nodes, volts.tolist(), strict=True)
        lines = "".join(f".ic v({node})={volt!r}\n" for node, volt in starts)
        return replace(self.netlist, text=f"{body}{lines}.end\n")


def runnable(circuit: Circuit, couplings: bool = True, options: str = "") -> Runnable:
    """Return what a run of a circuit needs; `couplings` False: of its cells alone."""
    if isinstance(circuit, ForeignCircuit):
        foreign = circuit.netlist
        noise = np.where(np.isnan(foreign.noise), circuit.nominal_noise, foreign.noise)
        return Runnable(
            foreign.run_form(options), noise, sp.csr_array(sp.diags_array(circuit.farads))
        )
    held, listed = _column_by_column(circuit), couplings
    if not couplings and not circuit.gated:  # what couplings load their cells with stays
        held, listed = separated(circuit).cells, True
    netlist = render(held, noise="external", couplings=listed, options=options)
    noise = np.sqrt(circuit.group("noise").values / 2)
    if circuit.transistors:
        n = circuit.machine.n_units
        return Runnable(netlist, noise, sp.csr_array((n, n)), operating_point=True)
    return Runnable(netlist, noise, circuit.start_charges, circuit.start_amperes)


def _column_by_column(design: Design) -> Design:
    """Return a design with its couplings in the order of the nodes that control them.

    SPICE factors its matrix column by column and finds the elements where their lines made it put
    them, so lines in that order are near each other when they are needed.
    """
    groups = []
    for parts in design.parts:
        driven, control = parts.nodes.T
        ordered = parts.take(np.lexsort((driven, control))) if parts.role == "coupling" else parts
        groups.append(ordered)
    return replace(design, parts=tuple(groups))


def quiet_netlist(circuit: Circuit, options: str = "") -> tuple[Netlist, FloatArray]:
    """Return the netlist without noise, and the current that a force of 1 is at each unit, (N,)."""
    if isinstance(circuit, ForeignCircuit):
        netlist = circuit.netlist.quiet_form(options)
        return netlist, circuit.farads * circuit.scale.volt / circuit.scale.second
    netlist = render(circuit, noise="none", options=options)
    return netlist, circuit.force_amperes


def clamped(netlist: Netlist, small_signal: FloatArray | None = None) -> Netlist:
    """Return the netlist with a voltage source `vclamp<i>` across the ends of each unit i.

    `small_signal` are their amplitudes in `.ac`, (N,), V.
    """
    ac = [""] * len(netlist.nodes)
    if small_signal is not None:
        ac = [f" ac {amplitude!r}" for amplitude in small_signal.tolist()]
    body = netlist.text.removesuffix(".end\n")
    clamps = "".join(f"Vclamp{i} {a} {b} dc 0{ac[i]}\n" for i, (a, b) in enumerate(netlist.ends))
    return replace(netlist, text=f"{body}{clamps}.end\n")


def foreign_circuit(
    netlist: ForeignNetlist,
    model: EnergyModel,
    volt: float | None = None,
    second: float | None = None,
    timeout: float | None = None,
) -> ForeignCircuit:
    """Measure the capacitances of a foreign netlist in ngspice and return it as a circuit.

    Args:
        netlist: the netlist.
        model: the machine it is compared with.
        volt, second: units of x and of mobility * t, where the netlist has no `.param hwkit_volt`
            and `hwkit_second`; 0.1 V and 1 us if None.
        timeout: seconds that each of the two measurements may take; None for no limit.

    Raises:
        NetlistError: if a capacitance is not above 0, or lies between units.
        SimulationError: if ngspice is missing or can't read the netlist.
    """
    find_library()
    stated = netlist.parameters
    for name, value in (("volt", volt), ("second", second)):
        if value is not None and stated.get(name, value) != value:
            raise NetlistError(
                f"the netlist states hwkit_{name} = {stated[name]:g}, so that {name} = {value:g} "
                "changes nothing; leave it out, or change the netlist"
            )
    volt, second = (0.1 if volt is None else volt), (1e-6 if second is None else second)
    scale = Scale(stated.get("volt", volt), stated.get("second", second))
    # All clamps in phase see the capacitance to ground; in opposition, also what lies between.
    signs = np.where(np.random.default_rng(0).random(model.n_units) < 0.5, -1.0, 1.0)
    patterns = [np.ones(model.n_units), signs]
    quiet = netlist.quiet_form()
    tasks = [clamped(quiet, pattern) for pattern in patterns]
    meter = "hwkit.spice.runnable:_capacitance_meter"
    results = run_tasks(meter, scale.second, tasks, timeout=timeout)
    for result in results:
        if isinstance(result, Failure):
            raise SimulationError(f"the netlist's capacitances can't be measured: {result.reason}")
    in_phase, in_opposition = (
        current * sign for current, sign in zip(results, patterns, strict=True)
    )
    for unit, farad in enumerate(in_phase.tolist()):
        if not farad > 0:
            raise NetlistError(f"node {netlist.nodes[unit]!r} has a capacitance of {farad:g} F")
    apart = np.abs(in_opposition - in_phase) > _FLOATING * in_phase
    if np.any(apart):
        raise NetlistError(
            f"node {netlist.nodes[int(np.argmax(apart))]!r} is coupled to others by a capacitor; "
            "the units of a machine have capacitors to ground only"
        )
    mean = Scale(scale.volt, scale.second, float(np.mean(in_phase)))
    return ForeignCircuit(model, netlist, mean, in_phase)


def _capacitance_meter(second: float) -> Callable[[Netlist], FloatArray]:
    """Return what measures the capacitive current of each clamp per volt and 2 pi f, F."""

    def measure(netlist: Netlist) -> FloatArray:
        simulator = session()
        simulator.load(netlist.text, netlist.ends)
        hertz = 1 / (2 * np.pi * second)
        simulator.command(f"ac lin 1 {hertz!r} {hertz!r}")
        branches = [f"vclamp{i}#branch" for i in range(len(netlist.nodes))]
        currents = np.array([-simulator.complex_vector(branch)[0] for branch in branches])
        return np.asarray(currents.imag * second)

    return measure
