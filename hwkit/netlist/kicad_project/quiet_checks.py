"""How far nets that switch are from the summing nodes of a routed board, measured on its copper.

quiet     copper of bits and clock is at least 1 mm from that of a summing node, seen from above,
          on whatever layers they are                     a noise line under an amplifier's input
"""

from collections.abc import Collection

import numpy as np

from hwkit.circuit.board.nets import is_switching_net
from hwkit.netlist.kicad_project.checks import Finding
from hwkit.netlist.kicad_project.copper_checks import distances
from hwkit.netlist.kicad_project.copper_reader import read_copper
from hwkit.netlist.kicad_project.routing import QUIET

_NEAR = 5.0  # mm: boxes further apart are not looked at
_DIGITS = 1e-6  # mm


def check_quiet(
    text: str, summing: Collection[str], name: str = "board"
) -> tuple[float, tuple[Finding, ...]]:
    """Return the least distance of a net that switches from a summing node, mm, and what is nearer.

    Args:
        text: of the board's file.
        summing: the nets of its summing nodes.
        name: for messages.

    Raises:
        NetlistError: if it is not a board of KiCad's.
    """
    shapes = read_copper(text, name)
    boxes = np.array([shape.box for shape in shapes])
    radii = np.array([shape.radius for shape in shapes])[:, None]
    low = np.minimum(boxes[:, :2], boxes[:, 2:]) - radii - _NEAR / 2
    high = np.maximum(boxes[:, :2], boxes[:, 2:]) + radii + _NEAR / 2
    sums = np.flatnonzero([shape.net in summing for shape in shapes])
    loud = np.flatnonzero([is_switching_net(shape.net) for shape in shapes])
    meet = np.all(low[sums, None] <= high[loud], axis=2)
    meet &= np.all(high[sums, None] >= low[loud], axis=2)
    i, j = np.nonzero(meet)
    pairs = np.stack([sums[i], loud[j]], axis=1)
    if not len(pairs):
        return _NEAR, ()
    apart = distances(shapes, pairs)
    k = int(np.argmin(apart))
    least = float(max(apart[k], 0.0))
    if least >= QUIET - _DIGITS:
        return least, ()
    node, line = (shapes[each] for each in pairs[k].tolist())
    sentence = f"{line.name} of {line.net} is {least:.3f} mm from {node.name}; the least is {QUIET}"
    return least, (Finding("quiet", node.net, sentence),)
