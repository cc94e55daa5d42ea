"""Schematics of cells on a page, in its colours."""

from markupsafe import Markup

from hwkit.circuit import CELLS
from hwkit.netlist.schematic import draw_cell
from hwkit.report.drawing import adopted


def cell_schematic(family: str) -> Markup | None:
    """Return the schematic of a family's cell; None if the family draws none."""
    if family not in CELLS or CELLS[family].draw is None:
        return None
    return adopted(draw_cell(family), f"Schematic of one {family} cell", {"black": "ink"})
