"""The schematic of a family's cell with a place for the value beside each symbol."""

import re

from markupsafe import Markup

from hwkit.circuit import CELLS
from hwkit.report.schematics import cell_schematic

_LABEL = re.compile(r'<tspan x="([-\d.]+)" dy="[\d.]+">([^<]*)</tspan>')


def schematic_with_places(family: str) -> Markup | None:
    """Return the schematic with an empty text of class "value" below each symbol.

    Each has the role of its parts as `data-role`; None if the family draws none.
    """
    drawn = cell_schematic(family)
    if drawn is None:
        return None
    roles = {symbol: role for role, symbol in CELLS[family].symbols.items()}

    def place(label: re.Match[str]) -> str:
        if label[2] not in roles:
            return label[0]
        empty = (
            f'<tspan x="{label[1]}" dy="12" class="value" data-role="{roles[label[2]]}"></tspan>'
        )
        return label[0] + empty

    return Markup(_LABEL.sub(place, str(drawn)))
