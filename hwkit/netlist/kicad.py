"""KiCad netlist (the s-expressions that `File > Import > Netlist` of the board editor reads).

Unverified: no KiCad was at hand; written after the files KiCad itself exports (version "E"). Parts
are those of its libraries Device and Simulation_SPICE, without footprints: these are for the
designer to choose. Noise sources stand for noise, and are left out; so are mutual inductances,
which are no parts but places of windings.
"""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np

from hwkit.circuit import GROUND, Design, Parts
from hwkit.circuit.parts import UNITS
from hwkit.errors import NetlistError
from hwkit.files import write_text
from hwkit.netlist.size import MAX_BYTES, Block, Rows, check_size, estimate

# kind -> reference letter, library, part, and for each pin its terminal or GROUND
_SYMBOLS: dict[str, tuple[str, str, str, tuple[int, ...]]] = {
    "capacitor": ("C", "Device", "C", (0, 1)),
    "transconductor": ("G", "Simulation_SPICE", "GSOURCE", (0, GROUND, 1, GROUND)),
    "resistor": ("R", "Device", "R", (0, 1)),
    "inductor": ("L", "Device", "L", (0, 1)),
    "transcubic": ("B", "Simulation_SPICE", "BSOURCE", (0, GROUND)),
    "saturating": ("B", "Simulation_SPICE", "BSOURCE", (0, GROUND)),
    "cubic": ("B", "Simulation_SPICE", "BSOURCE", (0, 1)),
    "diode": ("D", "Device", "D", (1, 0)),  # its first pin is the cathode
    "limiter": ("B", "Simulation_SPICE", "BSOURCE", (0, 1)),
    "voltage": ("V", "Simulation_SPICE", "VDC", (0, 1)),
    "switch": ("SW", "Switch", "SW_SPST", (0, 1)),
    "current": ("I", "Simulation_SPICE", "IDC", (0, 1)),
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
    numbers = _first_numbers(groups)
    components = [_block(design, *each) for each in zip(groups, numbers, strict=True)]
    pins = 40.0 * sum(len(p) * len(_SYMBOLS[p.kind][3]) for p in groups)  # a line for each pin
    check_size("KiCad netlist", estimate(components) + pins, max_bytes)
    lines = ['(export (version "E")', "  (design", f'    (source "hwkit {design.cell} machine"))']
    lines.append("  (components")
    for block in components:
        lines += block.all()
    lines += ["  )", "  (nets", *_nets(design, groups, numbers), "  )", ")", ""]
    return "\n".join(lines)


def write_kicad(design: Design, path: Path | str, max_bytes: float = MAX_BYTES) -> None:
    """Write a design as a KiCad netlist, see `render_kicad`."""
    write_text(path, render_kicad(design, max_bytes))


def _first_numbers(groups: list[Parts]) -> list[int]:
    """Return the number of each group's first reference; letters count on over the groups."""
    used: dict[str, int] = {}
    numbers = []
    for parts in groups:
        letter = _SYMBOLS[parts.kind][0]
        numbers.append(used.get(letter, 0) + 1)
        used[letter] = used.get(letter, 0) + len(parts)
    return numbers


def _block(design: Design, parts: Parts, number: int) -> Block:
    return Block(len(parts), lambda rows: _components(design, parts, number, rows))


def _components(design: Design, parts: Parts, number: int, rows: Rows) -> Iterator[str]:
    letter, library, part, _ = _SYMBOLS[parts.kind]
    unit = UNITS[parts.kind]
    which = np.arange(len(parts))[rows].tolist()
    for i, value in zip(which, parts.values[rows].tolist(), strict=True):
        yield (
            f'    (comp (ref "{letter}{number + i}") (value "{value!r} {unit}")'
            f' (libsource (lib "{library}") (part "{part}") (description "{parts.role}")))'
        )


def _nets(design: Design, groups: list[Parts], numbers: list[int]) -> Iterator[str]:
    """Yield the pins of each net, ground first: element by element, pin by pin, then sorted."""
    net, group, element, pin = [], [], [], []
    for which, parts in enumerate(groups):
        for position, terminal in enumerate(_SYMBOLS[parts.kind][3], start=1):
            ground = np.full(len(parts), GROUND)
            net.append(ground if terminal == GROUND else parts.nodes[:, terminal])
            group.append(np.full(len(parts), which, dtype=np.int16))
            element.append(np.arange(len(parts)))
            pin.append(np.full(len(parts), position, dtype=np.int16))
    nets, groups_of, elements, pins = (np.concatenate(c) for c in (net, group, element, pin))
    order = np.lexsort((pins, elements, groups_of, nets))
    bounds = np.searchsorted(nets[order], np.arange(GROUND, len(design.nodes) + 1))
    letters = [_SYMBOLS[parts.kind][0] for parts in groups]
    for code, (start, end) in enumerate(pairwise(bounds.tolist())):
        name = "0" if code == 0 else design.nodes[code - 1]
        yield f'    (net (code "{code + 1}") (name "{name}")'
        members = order[start:end]
        columns = (column[members].tolist() for column in (groups_of, elements, pins))
        for which, i, position in zip(*columns, strict=True):
            ref = f"{letters[which]}{numbers[which] + i}"
            yield f'      (node (ref "{ref}") (pin "{position}"))'
        yield "    )"
