"""Verilog-A of the cells: one unit as a module, noise included.

    I(x) <+ ddt(farad * V(x)) + linear * V(x) + cubic * V(x)^3 + bias + white_noise(psd)

Currents count as leaving the node x. `white_noise` takes the one-sided density. The tests compile
the text with OpenVAF and evaluate the module; no simulator has run it. Couplings are left to the
netlist around the cells.
"""

import numpy as np

from hwkit.circuit import Design, Parts
from hwkit.errors import NetlistError

_LAWS = {
    "capacitor": "ddt({name} * V(x))",
    "transconductor": "{name} * V(x)",
    "cubic": "{name} * V(x) * V(x) * V(x)",
    "current": "{name}",
    "noise": 'white_noise({name}, "{role}")',
}


def render_veriloga(design: Design) -> str:
    """Return the module of a design's cell; its parameters default to the first unit's values.

    Raises:
        NetlistError: if the cell has a part whose law is not known here.
    """
    cell = [parts for parts in design.parts if parts.role != "coupling"]
    module = f"hwkit_{design.cell}_cell"
    lines = [
        f"// hwkit {design.cell} cell: one unit; compiled in hwkit's tests, not simulated",
        f"// {design.scale.describe()}",
        '`include "constants.vams"',
        '`include "disciplines.vams"',
        "",
        f"module {module}(x);",
        "  inout x;",
        "  electrical x;",
    ]
    for parts in cell:
        _check(parts, design.model.n_units)
        limits = " from (0:inf)" if parts.kind == "capacitor" else ""
        lines.append(f"  parameter real {_name(parts)} = {float(parts.values[0])!r}{limits};")
    lines.append("  analog begin")
    for parts in cell:
        law = _LAWS[parts.kind].format(name=_name(parts), role=parts.role)
        lines.append(f"    I(x) <+ {law};")
    return "\n".join([*lines, "  end", "endmodule", ""])


def _name(parts: Parts) -> str:
    return parts.role.replace("-", "_") + "_value"


def _check(parts: Parts, n_units: int) -> None:
    if parts.kind not in _LAWS:
        raise NetlistError(f"no Verilog-A is known here for a {parts.kind} ({parts.role})")
    if not np.array_equal(parts.nodes[:, 0], np.arange(n_units)):
        raise NetlistError(f"{parts.role} is not one {parts.kind} for each unit, so not of a cell")
