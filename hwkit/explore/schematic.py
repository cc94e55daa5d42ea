"""The schematic of a family's cell with a place for the value beside each symbol."""

import re

from markupsafe import Markup

from hwkit.report.schematics import cell_schematic

_ROLES = {  # symbol in the schematic -> role of the parts that it stands for
    "rc": {
        "C": "capacitor",
        "2 J₂ G₀ v": "onsite-linear",
        "(4 J₄ G₀/V₀²) v³": "onsite-cubic",
        "bᵢ I₀": "bias",
        "Jᵢⱼ G₀ vⱼ": "coupling",
        "noise": "noise",
    },
    "resistive": {
        "C": "capacitor",
        "1/G_cm": "common-mode",
        "1/(|Jᵢⱼ| G₀)": "coupling",
        "I_s, U′(x)": "onsite-diode",
        "bᵢ I₀/2": "bias",
        "noise, S_I/4": "noise",
        "−2/(G_cm + Σ|J| G₀)": "converter",
    },
}
_LABEL = re.compile(r'<tspan x="([-\d.]+)" dy="[\d.]+">([^<]*)</tspan>')


def schematic_with_places(family: str) -> Markup | None:
    """Return the schematic with an empty text of class "value" below each symbol.

    Each has the role of its parts as `data-role`; None if the family draws none.
    """
    drawn = cell_schematic(family)
    if drawn is None:
        return None
    roles = _ROLES.get(family, {})

    def place(label: re.Match[str]) -> str:
        if label[2] not in roles:
            return label[0]
        empty = (
            f'<tspan x="{label[1]}" dy="12" class="value" data-role="{roles[label[2]]}"></tspan>'
        )
        return label[0] + empty

    return Markup(_LABEL.sub(place, str(drawn)))
