"""Schematic of one unit: the onsite pair, a coupling as its amplifier, bias, C and noise."""

from typing import Any

from hwkit.circuit.scale import Scale
from hwkit.units import engineering


def draw_silicon(drawing: Any, elements: Any, scale: Scale | None) -> None:
    """Draw the pair with its bias lines, then what else is at the node."""
    farad = "C" if scale is None else engineering(scale.farad, "F")
    ampere = "bᵢ I₀" if scale is None else f"bᵢ × {engineering(scale.ampere, 'A')}"
    n = elements.NFet().theta(0).reverse()
    drawing += n
    drawing += elements.Line().up().at(n.drain).length(0.5).label("vdd", "right")
    drawing += elements.Line().left().at(n.gate).length(0.8).label("gₙ", "left")
    p = elements.PFet().theta(0).reverse().anchor("source").at(n.source)
    drawing += p
    drawing += elements.Line().down().at(p.drain).length(0.5).label("vss", "left")
    drawing += elements.Line().left().at(p.gate).length(0.8).label("gₚ", "left")
    drawing += elements.Line().right().at(n.source).length(1.6)
    drawing += elements.Dot(open=True).label("xᵢ", "top")
    branches = (
        (elements.Capacitor, farad, 2.4),
        (elements.SourceI, ampere, 2.4),
        (elements.SourceControlledI, "amplifiers of xⱼ, tails Iₜ", 2.4),
        (elements.SourceI, "noise", 4.6),  # beyond the label before it
    )
    for branch, label, apart in branches:
        drawing += elements.Line().right().length(apart)
        drawing.push()
        drawing += branch().down().label(label, "bottom", fontsize=10)
        drawing += elements.Ground()
        drawing.pop()
    drawing += elements.Gap().right().length(2.5)
