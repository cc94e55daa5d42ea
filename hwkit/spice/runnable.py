"""What a SPICE run needs to know of a circuit, whether hwkit designed it or someone else drew it.

A `Runnable` is a netlist in run form and what its nodes, volts, seconds and noise mean. A `Design`
knows all of that; of a foreign netlist it is measured (`foreign`).
"""

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from hwkit.circuit import Design
from hwkit.netlist.render import Netlist, render
from hwkit.spice.crossbar import separated
from hwkit.spice.foreign import ForeignCircuit

FloatArray = NDArray[np.float64]

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
        netlist = foreign.run_form(options)
        return Runnable(netlist, noise, circuit.start_charges, circuit.start_amperes)
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
        return circuit.netlist.quiet_form(options), circuit.force_amperes
    return render(circuit, noise="none", options=options), circuit.force_amperes
