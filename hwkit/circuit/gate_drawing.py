"""The schematic of a gate and what it feeds."""

from typing import Any

_BRANCH = 3.6  # length of a line between two branches


def draw_gate_parts(drawing: Any, elements: Any) -> None:
    """Draw a field's node, the tail and its branches, and a coupling that the first one feeds."""
    drawing += (field := elements.Dot(open=True).label("f₁", "left"))
    _leg(drawing, elements, elements.Resistor, "1/G₀")
    drawing += elements.Line().right().length(_BRANCH)
    _leg(drawing, elements, elements.SourceControlledI, "w₁ⱼ (U/V₀) G₀ vⱼ")
    drawing += elements.Line().right().length(_BRANCH)
    _leg(drawing, elements, elements.SourceI, "c₁ U G₀")
    tail = field.center[0], field.center[1] - 6.5
    drawing += elements.Dot().at(tail).label("s", "left")
    drawing.push()
    drawing += elements.SourceI().up().reverse().length(2.2).label("I₀, the tail", "bottom")
    drawing.pop()
    for expert in "₁₂":
        drawing.push()
        current = f"I₀ exp((vₛ − v(f{expert}))/U)"
        drawing += elements.SourceControlledI().down().label(current, "bottom", fontsize=10)
        drawing += elements.Dot(open=True).label(f"m{expert} = V₀ p{expert}", "right")
        _leg(drawing, elements, elements.Resistor, "1/G₀")
        drawing.pop()
        drawing += elements.Line().right().length(1.5 * _BRANCH)
    drawing += elements.Gap().right().length(4.6).label("… up to R branches", "center")
    at = field.center[0] + 4.4 * _BRANCH, field.center[1]
    drawing += elements.Dot(open=True).at(at).label("xᵢ", "left")
    _leg(drawing, elements, elements.SourceControlledI, "J¹ᵢⱼ G₀ (v(m₁)/V₀) vⱼ")
    drawing += elements.Line().right().length(1.2 * _BRANCH)
    _leg(drawing, elements, elements.SourceControlledI, "b¹ᵢ G₀ v(m₁)")
    drawing += elements.Gap().right().length(2.5)  # room for the last label


def _leg(drawing: Any, elements: Any, element: Any, value: str) -> None:
    """Draw an element from here to ground."""
    drawing.push()
    drawing += element().down().label(value, "bottom", fontsize=10)
    drawing += elements.Ground()
    drawing.pop()
