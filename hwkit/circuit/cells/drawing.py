"""What the schematics of cells share: a node with branches, three in a row, and room for labels.

Lengths are in schemdraw's units, 36 points; labels are of 11 points.
"""

from collections.abc import Sequence
from typing import Any

FONT = 11
_IN_A_ROW = 3
_ROW = 4.3  # from one row's rail to that of the next
_LEFT = 0.6  # where the rows are joined


def room(label: str) -> float:
    """Return how far the next branch is from one with this label at its right."""
    return 1.35 + 0.165 * len(label)


def draw_branches(
    drawing: Any,
    elements: Any,
    node: str,
    branches: Sequence[Any],
    values: Sequence[str],
    grounded: Sequence[int] | None = None,
) -> None:
    """Draw a node and its branches, all to ground unless some are named; the last is the noise.

    Args:
        drawing: a schemdraw drawing, which is added to.
        elements: the module `schemdraw.elements`.
        node: label of the node.
        branches: schemdraw's class of element for each branch.
        values: label of each branch.
        grounded: which branches end at ground, by place; the others end at an open terminal.
    """
    drawing += elements.Dot(open=True).label(node, "left")
    for number, (branch, value) in enumerate(zip(branches, values, strict=True)):
        row, column = divmod(number, _IN_A_ROW)
        y = -_ROW * row
        if column == 0:
            x = _LEFT if row else 0.0
        if column == 0 and row:
            drawing += elements.Dot().at((x, y + _ROW))
            drawing += elements.Line().at((x, y + _ROW)).down().length(_ROW)
        step = 1.5 - x if column == 0 else room(values[number - 1])
        drawing += elements.Line().at((x, y)).right().length(step)
        x += step
        noise = number == len(branches) - 1
        part = branch().at((x, y)).down()
        drawing += (part.reverse() if noise else part).label(value, "bottom", fontsize=FONT)
        far_end = grounded is None or number in grounded
        drawing += elements.Ground() if far_end else elements.Dot(open=True)
        drawing += elements.Gap().at((x, y)).right().length(room(value) - 0.3)  # for its label
