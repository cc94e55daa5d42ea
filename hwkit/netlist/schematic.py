"""Pictures of a circuit: the schematic of one cell (schemdraw), the graph of couplings (networkx).

Both are SVG, the same bytes for the same input.
"""

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from hwkit.circuit import CELLS, Scale
from hwkit.circuit.gate_drawing import draw_gate_parts
from hwkit.deferred import deferred
from hwkit.errors import ConfigError, DesignError
from hwkit.model import EnergyModel
from hwkit.ordering import falling
from hwkit.surroundings import import_aside

if TYPE_CHECKING:
    import networkx as nx
else:
    nx = deferred("networkx")

_MOST_UNITS = 200  # beyond that a picture of the graph says nothing
_MOST_COUPLINGS = 400


def draw_cell(cell: str = "rc", scale: Scale | None = None) -> str:
    """Return the schematic of one cell of a family, as SVG.

    Args:
        cell: circuit family.
        scale: to write real values beside the parts; their symbols alone if None.

    Raises:
        DesignError: if that family has no schematic.
    """
    draw = CELLS[cell].draw if cell in CELLS else None
    if draw is None:
        known = ", ".join(name for name in CELLS if CELLS[name].draw is not None)
        raise DesignError(f"family {cell!r} has no schematic; these have one: {known}")
    return _drawn(lambda drawing, elements: draw(drawing, elements, scale))


def draw_gate() -> str:
    """Return the schematic of a gate, its branches and what they feed, as SVG."""
    return _drawn(draw_gate_parts)


def _drawn(draw: Callable[[Any, Any], None]) -> str:
    schemdraw = import_aside("schemdraw")  # it brings matplotlib along
    from schemdraw import elements

    schemdraw.use("svg")
    drawing = schemdraw.Drawing(show=False)
    draw(drawing, elements)
    data: bytes = drawing.get_imagedata("svg")
    return data.decode()


def draw_couplings(
    model: EnergyModel, largest: int = _MOST_UNITS, strongest: int = _MOST_COUPLINGS
) -> str:
    """Return a picture of the graph of couplings, as SVG.

    Units are on a circle, visible ones filled; red couplings (J > 0) favour opposite signs, blue
    ones equal signs, and strong ones are thick. Only the `strongest` couplings are drawn.

    Raises:
        ConfigError: if there are more units than a picture can show.
    """
    if model.n_units > largest:
        raise ConfigError(
            f"the model has {model.n_units} units, too many for a picture of its graph; the "
            f"limit is {largest}"
        )
    mpl = import_aside("matplotlib")
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    from hwkit.model import coupling_graph

    graph = coupling_graph(model)
    edges = list(graph.edges(data="J"))
    edges = [edges[k] for k in falling([abs(J) for *_, J in edges])]
    graph.remove_edges_from(edges[strongest:])
    strengths = np.array([J for *_, J in graph.edges(data="J")])
    scale = float(np.max(np.abs(strengths), initial=0.0)) or 1.0
    fills = ["#444444" if i < model.n_visible else "#ffffff" for i in graph]
    small = model.n_units <= 30
    figure = Figure(figsize=(5, 5))
    FigureCanvasSVG(figure)
    axes = figure.subplots()
    nx.draw_networkx(
        graph,
        nx.circular_layout(graph),
        ax=axes,
        node_color=fills,
        edgecolors="#444444",
        node_size=160 if small else 30,
        edge_color=["#b2182b" if J > 0 else "#2166ac" for J in strengths],
        width=(0.2 + 2.3 * np.abs(strengths) / scale).tolist(),
        with_labels=False,
    )
    if small:
        places = nx.circular_layout(graph, scale=1.12)
        for unit, name in enumerate(model.unit_names):
            x, y = places[unit]
            axes.text(x, y, _label(name), ha="center", va="center", fontsize=8)
    axes.set_axis_off()
    text = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": "hwkit", "svg.fonttype": "none"}):
        figure.savefig(text, format="svg", metadata={"Date": None}, bbox_inches="tight")
    return text.getvalue()


def _label(name: str) -> str:
    """Return a name as a label: short, printable, and without matplotlib's formulas."""
    short = name if len(name) <= 12 else name[:11] + "…"
    return "".join(c if c.isprintable() and c != "$" else "·" for c in short)
