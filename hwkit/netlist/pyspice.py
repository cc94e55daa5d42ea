"""Bridge to PySpice: a design as a `Circuit` that PySpice's users can extend and run themselves.

Cells are PySpice elements, to be looked up and changed by name (`circuit.C0`). The crossbar goes in
as text: PySpice makes some 20,000 elements a second, and a crossbar may have a million.
"""

import numpy as np
from PySpice.Spice.Netlist import Circuit

from hwkit.circuit import Design
from hwkit.netlist.dialects import DIALECTS
from hwkit.netlist.elements import group_header, group_lines, node_name

# Roles whose parts become PySpice elements, if they are of these kinds; others go in as text.
_ELEMENTS = {
    "capacitor": "capacitor",
    "onsite-linear": "transconductor",
    "onsite-cubic": "cubic",
    "bias": "current",
    "noise": "noise",
}


def to_pyspice(design: Design, dt: float = 2.5e-3) -> Circuit:
    """Return a PySpice Circuit with ngspice's own noise sources (trnoise).

    Args:
        design: the circuit; nodes carry the names in `design.nodes`.
        dt: noise step in model time.
    """
    design.without_transistors("the bridge to PySpice")
    step = dt * design.model.mobility * design.scale.second
    circuit = Circuit(f"hwkit {design.cell} machine, {design.model.n_units} units")
    for parts in design.parts:
        if _ELEMENTS.get(parts.role) != parts.kind:
            lines = [*group_header(parts, DIALECTS["ngspice"]), *group_lines(design, parts), ""]
            circuit.raw_spice += "\n".join(lines)
            continue
        ends = [[node_name(design, node) for node in pair] for pair in parts.nodes.tolist()]
        units = parts.nodes[:, 0].tolist()
        for unit, (node, other), value in zip(units, ends, parts.values.tolist(), strict=True):
            match parts.role:
                case "capacitor":
                    circuit.C(unit, node, other, value)
                case "onsite-linear":
                    circuit.VCCS(f"{unit}_{unit}", node, circuit.gnd, other, circuit.gnd, value)
                case "onsite-cubic":
                    cube = f"{value!r}*v({node})*v({node})*v({node})"
                    circuit.B(f"cubic{unit}", node, other, current_expression=cube)
                case "bias":
                    circuit.I(f"bias{unit}", node, other, value)
                case "noise":
                    amplitude = float(np.sqrt(value / 2 / step))
                    noise = f"dc 0 trnoise({amplitude!r} {step!r} 0 0)"
                    circuit.I(f"n{unit}", other, node, noise)
    return circuit
