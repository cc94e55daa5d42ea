"""What the schematics of cells share: a node with branches."""

from collections.abc import Sequence
from typing import Any


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
        drawing += elements.Line().right().length(1.0 if number == 0 else 4.4)
        drawing.push()
        noise = number == len(branches) - 1
        part = branch().down().reverse() if noise else branch().down()
        drawing += part.label(value, "bottom", fontsize=10)
        far_end = grounded is None or number in grounded
        drawing += elements.Ground() if far_end else elements.Dot(open=True)
        drawing.pop()
    drawing += elements.Gap().right().length(2.5)  # room for the last label
