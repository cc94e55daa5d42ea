"""The schematic of a resistive cell: what lies between its rails, and what is at each of them."""

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

from hwkit.circuit.cells.drawing import FONT, room
from hwkit.circuit.cells.resistive.compile import noise_density
from hwkit.circuit.scale import Scale
from hwkit.units import engineering

BETWEEN = {  # parts between the rails of a unit: label in the schematic
    "onsite-diode": "I_s, U′(x)",
    "bias": "bᵢ I₀/2",
    "noise": "noise, S_I/4",
    "converter": "−2/(G_cm + Σ|J| G₀)",
}
OF_RAILS = {  # parts that each rail has of its own
    "capacitor": "C",
    "common-mode": "1/G_cm",
    "coupling": "1/(|Jᵢⱼ| G₀)",
}
_RAILS = 3.0  # distance of the rails in the schematic


def draw_resistive(drawing: Any, elements: Any, scale: Scale | None) -> None:
    """Draw the two rails: what lies between them, and what each of them has of its own."""
    between, own = list(BETWEEN.values()), list(OF_RAILS.values())
    if scale is not None:
        ohm = engineering(1 / scale.siemens, "Ω")
        between = [
            BETWEEN["onsite-diode"],
            f"bᵢ × {engineering(scale.ampere / 2, 'A')}",
            f"kT × {noise_density(scale, 1.0):.3g} A²/Hz",
            f"−2 × {ohm}/(G_cm/G₀ + Σ|J|)",
        ]
        own = [engineering(scale.farad, "F"), OF_RAILS["common-mode"], f"{ohm}/|Jᵢⱼ|"]
    parts = (elements.Diode, elements.SourceI, elements.SourceI, elements.Resistor)
    places = list(accumulate(between, lambda x, label: x + room(label), initial=1.7))
    for rail, y in (("+", 0.0), ("−", -_RAILS)):
        drawing += elements.Dot(open=True).at((0.0, y)).label(f"xᵢ {rail}", "left")
        drawing += elements.Line().at((0.0, y)).right().length(places[-2])
    for part, value, x in zip(parts, between, places, strict=False):
        branch = part().at((x, 0.0)).down().length(_RAILS)
        drawing += branch.label(value, "bottom", fontsize=FONT)
    last = room(between[-1]) - 0.3  # for the last label
    drawing += elements.Gap().at((places[-2], 0.0)).right().length(last)
    x = places[0] - 0.8  # the antiparallel twin of the diode
    drawing += elements.Diode().at((x, -_RAILS)).up().length(_RAILS)
    _draw_own(drawing, elements, own)


def _draw_own(drawing: Any, elements: Any, values: Sequence[str]) -> None:
    """Draw what each rail has of its own: upwards from the upper one, downwards from the other."""
    x = 2.7
    for part, value in zip(
        (elements.Capacitor, elements.Resistor, elements.Resistor), values, strict=True
    ):
        coupling = value == values[-1]
        up = part().at((x, 0.0)).up().length(2.0).label(value, "bottom", fontsize=FONT)
        drawing += up
        if coupling:
            drawing += elements.Dot(open=True).label("xⱼ + or −", "top", fontsize=FONT)
        else:
            drawing += elements.Ground().at((x, 2.0)).flip()
        down = part().at((x, -_RAILS)).down().length(2.0).label(value, "bottom", fontsize=FONT)
        drawing += down
        if coupling:
            drawing += elements.Dot(open=True).label("xⱼ − or +", "bottom", fontsize=FONT)
        else:
            drawing += elements.Ground()
        x += room(value)
