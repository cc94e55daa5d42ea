"""A drawing of the whole board: KiCad's own plots of some layers, one colour each, on one page.

The pour is left out, which would hide all else. KiCad's plots hold dates; what is kept of them does
not.
"""

import re
from collections.abc import Mapping

from hwkit.errors import NetlistError

# The back first: what is in front lies on it.
COLOURS: Mapping[str, str] = {
    "B.Cu": "#3d6fb5",
    "F.Cu": "#b8332a",
    "F.SilkS": "#1c1c1c",
    "Edge.Cuts": "#1c1c1c",
}
_MARGIN = 2.0  # mm
_PAGE = re.compile(
    r'width="([\d.]+)(mm|cm)" height="[\d.]+(?:mm|cm)" viewBox="[0.]+ [0.]+ ([\d.]+) [\d.]+"'
)
_MM = {"mm": 1.0, "cm": 10.0}


def whole_drawing(plots: Mapping[str, str], size: tuple[float, float]) -> str:
    """Return KiCad's plots of layers as one drawing.

    Args:
        plots: SVG of each layer of `COLOURS`, black on white.
        size: of the board, mm.

    Raises:
        NetlistError: if a plot is not one of KiCad's.
    """
    parts = [_layer(plots[layer], layer, colour) for layer, colour in COLOURS.items()]
    width, height = (length + 2 * _MARGIN for length in size)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}mm" height="{height:g}mm" '
        f'viewBox="{-_MARGIN:g} {-_MARGIN:g} {width:g} {height:g}">'
    )
    title = "<title>The board from above: tracks in front red, behind blue</title>"
    ground = f'<path fill="#fff" d="M-{_MARGIN:g}-{_MARGIN:g}h{width:g}v{height:g}h-{width:g}z"/>'
    return "\n".join((head, title, ground, *parts, "</svg>", ""))


def _layer(plot: str, layer: str, colour: str) -> str:
    page = _PAGE.search(plot)
    begin, end = plot.find("<g"), plot.rfind("</svg>")
    if page is None or not 0 <= begin < end:
        raise NetlistError(f"KiCad's plot of {layer} is not whole; export it again")
    scale = float(page[1]) * _MM[page[2]] / float(page[3])
    drawn = plot[begin:end].replace("#000000", colour)
    opacity = 0.85 if layer.endswith("Cu") else 1
    return f'<g transform="scale({scale:.8g})" opacity="{opacity}">{drawn}</g>'
