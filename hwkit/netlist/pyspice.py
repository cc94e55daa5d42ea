"""Bridge to PySpice: a design as a `Circuit` that PySpice's users can extend and run themselves.

Cells are PySpice elements, to be looked up and changed by name (`circuit.C0`). The crossbar goes in
as text: PySpice makes some 20,000 elements a second, and a crossbar may have a million.
"""

import numpy as np
from PySpice.Spice.Netlist import Circuit

from hwkit.circuit import Design
from hwkit.netlist.elements import group_lines


def to_pyspice(design: Design, dt: float = 2.5e-3) -> Circuit:
    """Return a PySpice Circuit with ngspice's own noise sources (trnoise).

    Args:
        design: the circuit; nodes carry the names in `design.nodes`.
        dt: noise step in model time.
    """
    step = dt * design.model.mobility * design.scale.second
    circuit = Circuit(f"hwkit {design.cell} machine, {design.model.n_units} units")
    for parts in design.parts:
        if parts.role == "coupling":
            circuit.raw_spice += "\n".join([*group_lines(design, parts), ""])
            continue
        for unit, value in zip(parts.nodes[:, 0].tolist(), parts.values.tolist(), strict=True):
            node = design.nodes[unit]
            match parts.kind:
                case "capacitor":
                    circuit.C(unit, node, circuit.gnd, value)
                case "transconductor":
                    circuit.VCCS(f"{unit}_{unit}", node, circuit.gnd, node, circuit.gnd, value)
                case "cubic":
                    cube = f"{value!r}*v({node})*v({node})*v({node})"
                    circuit.B(f"cubic{unit}", node, circuit.gnd, current_expression=cube)
                case "current":
                    circuit.I(f"bias{unit}", node, circuit.gnd, value)
                case "noise":
                    amplitude = float(np.sqrt(value / 2 / step))
                    noise = f"dc 0 trnoise({amplitude!r} {step!r} 0 0)"
                    circuit.I(f"n{unit}", circuit.gnd, node, noise)
    return circuit
