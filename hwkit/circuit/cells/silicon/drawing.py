"""Schematic of one unit: the onsite pair, a coupling as its amplifier, bias, C and noise."""

from typing import Any

from hwkit.circuit.scale import Scale
from hwkit.units import engineering


def draw_silicon(drawing: Any, elements: Any, scale: Scale | None) -> None:
    """Draw the pair with its bias lines, then what else is at the node."""
    farad = "C" if scale is None else engineering(scale.farad, "F")
    ampere = "bᵢ I₀" if scale is None else f"bᵢ × {engineering(scale.ampere, 'A')}"
    n = elements.NFet()
    drawing += n
    drawing += elements.Line().up().at(n.drain).length(0.5).label("vdd", "right")
    drawing += elements.Line().left().at(n.gate).length(0.8).label("gₙ", "left")
    p = elements.PFet().anchor("source").at(n.source)
    drawing += p
    drawing += elements.Line().down().at(p.drain).length(0.5).label("vss", "right")
    drawing += elements.Line().left().at(p.gate).length(0.8).label("gₚ", "left")
    drawing += elements.Line().right().at(n.source).length(1.6)
    drawing += elements.Dot(open=True).label("xᵢ", "top")
    branches = (
        (elements.Capacitor, farad),
        (elements.SourceI, ampere),
        (elements.SourceControlledI, "amplifiers of xⱼ, tails Iₜ"),
        (elements.SourceI, "noise"),
    )
    for branch, label in branches:
        drawing += elements.Line().right().length(2.4)
        drawing.push()
        drawing += branch().down().label(label, "bottom", fontsize=10)
        drawing += elements.Ground()
        drawing.pop()
    drawing += elements.Gap().right().length(2.5)
