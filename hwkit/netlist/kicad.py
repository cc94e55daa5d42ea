"""KiCad netlist (the s-expressions that `File > Import > Netlist` of the board editor reads).

Unverified: no KiCad has read it; written after the files KiCad itself exports (version "E"). Parts
are ideal elements of its libraries Device and Simulation_SPICE under the names of the netlist and
the bill of materials, without footprints: `hwkit.netlist.kicad_project` writes what can be bought.
Noise sources stand for noise, and are left out; so are mutual inductances, which are no parts but
places of windings.
"""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np

from hwkit.circuit import GROUND, Design, Parts
from hwkit.circuit.parts import UNITS
from hwkit.errors import NetlistError
from hwkit.files import write_text
from hwkit.netlist.elements import element_references
from hwkit.netlist.size import MAX_BYTES, Block, Rows, check_size, estimate

# kind -> library, part, and for each pin its terminal or GROUND
_SYMBOLS: dict[str, tuple[str, str, tuple[int, ...]]] = {
    "capacitor": ("Device", "C", (0, 1)),
    "transconductor": ("Simulation_SPICE", "GSOURCE", (0, GROUND, 1, GROUND)),
    "resistor": ("Device", "R", (0, 1)),
    "inductor": ("Device", "L", (0, 1)),
    "transcubic": ("Simulation_SPICE", "BSOURCE", (0, GROUND)),
    "saturating": ("Simulation_SPICE", "BSOURCE", (0, GROUND)),
    "cubic": ("Simulation_SPICE", "BSOURCE", (0, 1)),
    "diode": ("Device", "D", (1, 0)),  # its first pin is the cathode
    "limiter": ("Simulation_SPICE", "BSOURCE", (0, 1)),
    "voltage": ("Simulation_SPICE", "VDC", (0, 1)),
    "switch": ("Switch", "SW_SPST", (0, 1)),
    "current": ("Simulation_SPICE", "IDC", (0, 1)),
}


def render_kicad(design: Design, max_bytes: float = MAX_BYTES) -> str:
    """Return a design as a KiCad netlist; nets carry the names of the units' nodes.

    Raises:
        NetlistError: if the text would be too large, or a part has no symbol.
    """
    design.without_transistors("a KiCad netlist")
    groups = [p for p in design.parts if p.kind not in ("noise", "mutual") and len(p)]
    for parts in groups:
        if parts.kind not in _SYMBOLS:
            raise NetlistError(f"KiCad's libraries have no symbol known here for a {parts.kind}")
    components = [_block(parts) for parts in groups]
    pins = 40.0 * sum(len(p) * len(_SYMBOLS[p.kind][2]) for p in groups)  # a line for each pin
    check_size("KiCad netlist", estimate(components) + pins, max_bytes)
    lines = ['(export (version "E")', "  (design", f'    (source "hwkit {design.cell} machine"))']
    lines.append("  (components")
    for block in components:
        lines += block.all()
    lines += ["  )", "  (nets", *_nets(design, groups), "  )", ")", ""]
    return "\n".join(lines)


def write_kicad(design: Design, path: Path | str, max_bytes: float = MAX_BYTES) -> None:
    """Write a design as a KiCad netlist, see `render_kicad`."""
    write_text(path, render_kicad(design, max_bytes))


def _block(parts: Parts) -> Block:
    return Block(len(parts), lambda rows: _components(parts, rows))


def _components(parts: Parts, rows: Rows) -> Iterator[str]:
    library, part, _ = _SYMBOLS[parts.kind]
    unit = UNITS[parts.kind]
    names = element_references(parts.take(rows), np.arange(len(parts))[rows].tolist())
    for name, value in zip(names, parts.values[rows].tolist(), strict=True):
        yield (
            f'    (comp (ref "{name}") (value "{value!r} {unit}")'
            f' (libsource (lib "{library}") (part "{part}") (description "{parts.role}")))'
        )


def _nets(design: Design, groups: list[Parts]) -> Iterator[str]:
    """Yield the pins of each net, ground first: element by element, pin by pin, then sorted."""
    net, group, element, pin = [], [], [], []
    for which, parts in enumerate(groups):
        for position, terminal in enumerate(_SYMBOLS[parts.kind][2], start=1):
            ground = np.full(len(parts), GROUND)
            net.append(ground if terminal == GROUND else parts.nodes[:, terminal])
            group.append(np.full(len(parts), which, dtype=np.int16))
            element.append(np.arange(len(parts)))
            pin.append(np.full(len(parts), position, dtype=np.int16))
    nets, groups_of, elements, pins = (np.concatenate(c) for c in (net, group, element, pin))
    order = np.lexsort((pins, elements, groups_of, nets))
    bounds = np.searchsorted(nets[order], np.arange(GROUND, len(design.nodes) + 1))
    names = [element_references(parts) for parts in groups]
    for code, (start, end) in enumerate(pairwise(bounds.tolist())):
        name = "0" if code == 0 else design.nodes[code - 1]
        yield f'    (net (code "{code + 1}") (name "{name}")'
        members = order[start:end]
        columns = (column[members].tolist() for column in (groups_of, elements, pins))
        for which, i, position in zip(*columns, strict=True):
            yield f'      (node (ref "{names[which][i]}") (pin "{position}"))'
        yield "    )"
