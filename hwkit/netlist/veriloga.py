"""Verilog-A of the cells: one unit as a module, noise included.

    I(x) <+ ddt(farad * V(x)) + linear * V(x) + cubic * V(x)^3 + bias + white_noise(psd)

for a unit of family rc; a unit between two rails has the ports p and n. Currents count as flowing
from the first node to the second, ground if there is none. `white_noise` takes the one-sided
density. The tests compile the text with OpenVAF and evaluate the module; no simulator has run it.
Couplings are left to the netlist around the cells, and so are supplies, which become ports.
"""

import numpy as np

from hwkit.circuit import GROUND, Design, Parts
from hwkit.errors import NetlistError

_LAWS = {
    "capacitor": "ddt({value} * {v})",
    "resistor": "{v} / {value}",
    "inductor": "idt({v}, 0.0) / {value}",
    "transconductor": "{value} * {v}",
    "transcubic": "{value} * {v} * {v} * {v}",
    "saturating": "{value} * {volt} * tanh(({v} - {offset}) / {volt})",
    "cubic": "{value} * {v} * {v} * {v}",
    "diode": "{value} * (limexp({v} / ({emission} * $vt(300.15))) - 1.0)",
    "limiter": "{value} * (max({v} - {volt}, 0.0) + min({v} + {volt}, 0.0))",
    "switch": "{v} / ((($abstime > {second}) == ({closes} > 0.5)) ? {value} : {open_ohm})",
    "current": "{value}",
    "noise": 'white_noise({value}, "{role}")',
}
_CONTROLLED = (
    "transconductor",
    "transcubic",
    "saturating",
)  # from `out` to ground, by the voltage of a node
_OUTSIDE = "hwkit__"  # how nodes start that all units share


def render_veriloga(design: Design) -> str:
    """Return the module of a design's cell; its parameters default to the first unit's values.

    Raises:
        NetlistError: if the cell has a part whose law is not known here, or the design has gates.
    """
    design.without_transistors("a Verilog-A module")
    if design.gated:
        raise NetlistError(
            "gates are shared by all units, so no module of one cell holds them; export the "
            "netlist (hwkit.render)"
        )
    local = _local_names(design)
    ports = [name for node, name in local.items() if _is_port(design, node)]
    rows = [
        (parts.take(np.array([row])), row)
        for parts in design.parts
        if parts.role != "coupling" and parts.kind != "voltage"
        for row in _own_rows(parts, local)
    ]
    names = [_names(parts, [other.role for other, _ in rows], row) for parts, row in rows]
    module = f"hwkit_{design.cell}_cell"
    lines = [
        f"// hwkit {design.cell} cell: one unit; compiled in hwkit's tests, not simulated",
        f"// {design.scale.describe()}",
        '`include "constants.vams"',
        '`include "disciplines.vams"',
        "",
        f"module {module}({', '.join(ports)});",
        f"  inout {', '.join(ports)};",
        f"  electrical {', '.join(local.values())};",
    ]
    for (parts, _), name in zip(rows, names, strict=True):
        limits = " from (0:inf)" if parts.kind == "capacitor" else ""
        lines.append(f"  parameter real {name} = {float(parts.values[0])!r}{limits};")
    lines.append("  analog begin")
    for (parts, _), name in zip(rows, names, strict=True):
        lines.append(f"    {_contribution(parts, name, local)}")
    return "\n".join([*lines, "  end", "endmodule", ""])


def _local_names(design: Design) -> dict[int, str]:
    """Return the nodes of the first unit and those that all units share, with short names."""
    plus, minus = design.terminals[0].tolist()
    base = design.nodes[plus].partition("__")[0]
    local = {plus: "x"} if minus == GROUND else {plus: "p", minus: "n"}
    for node, name in enumerate(design.nodes):
        own, _, what = name.partition("__")
        if node not in local and (own == base or name.startswith(_OUTSIDE)):
            local[node] = what or "v"
    return local


def _is_port(design: Design, node: int) -> bool:
    shared = design.nodes[node].startswith(_OUTSIDE)
    return shared or node in design.terminals[0] or node in design.group("noise").nodes[0]


def _own_rows(parts: Parts, local: dict[int, str]) -> list[int]:
    """Return which elements are between nodes of the first unit."""
    if parts.kind not in _LAWS:
        raise NetlistError(f"no Verilog-A is known here for a {parts.kind} ({parts.role})")
    own = np.isin(parts.nodes, [*local, GROUND]).all(axis=1)
    return np.flatnonzero(own).tolist()


def _names(parts: Parts, roles: list[str], row: int) -> str:
    number = "" if roles.count(parts.role) == 1 else f"_{row}"
    return f"{parts.role.replace('-', '_')}{number}_value"


def _contribution(parts: Parts, name: str, local: dict[int, str]) -> str:
    a, b = (local.get(node, "") for node in parts.nodes[0].tolist())
    branch = f"({a}, {b})" if a and b else f"({a or b})"
    values = {key: repr(float(parts.parameter(key)[0])) for key in parts.parameters}
    if parts.kind in _CONTROLLED:
        law = _LAWS[parts.kind].format(value=name, v=f"V({b})", role=parts.role, **values)
        return f"I({a}) <+ {law};"
    law = _LAWS[parts.kind].format(value=name, v=f"V{branch}", role=parts.role, **values)
    return f"I{branch} <+ {law};"
