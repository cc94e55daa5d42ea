"""Pictures of a circuit: the schematic of one cell (schemdraw), the graph of couplings (networkx).

Both are SVG, the same bytes for the same input. The schematic needs the extra `hwkit[export]`.
"""

import io
from collections.abc import Callable, Sequence
from typing import Any

import networkx as nx
import numpy as np

from hwkit.circuit import Scale
from hwkit.errors import ConfigError, DesignError
from hwkit.model import EnergyModel
from hwkit.ordering import falling
from hwkit.surroundings import import_aside
from hwkit.units import engineering

_MOST_UNITS = 200  # beyond that a picture of the graph says nothing
_MOST_COUPLINGS = 400


def draw_cell(cell: str = "rc", scale: Scale | None = None) -> str:
    """Return the schematic of one cell of a family, as SVG.

    Args:
        cell: circuit family.
        scale: to write real values beside the parts; their symbols alone if None.

    Raises:
        DesignError: if no schematic of that family is known.
        ConfigError: if schemdraw is not installed.
    """
    if cell not in SCHEMATICS:
        known = ", ".join(SCHEMATICS)
        raise DesignError(f"no schematic of family {cell!r} is known; there are {known}")
    try:
        schemdraw = import_aside("schemdraw")  # it brings matplotlib along
        from schemdraw import elements
    except ImportError as error:
        raise ConfigError(
            "schemdraw is not installed; install the extra: pip install 'hwkit[export]'"
        ) from error
    schemdraw.use("svg")
    drawing = schemdraw.Drawing(show=False)
    SCHEMATICS[cell](drawing, elements, scale)
    data: bytes = drawing.get_imagedata("svg")
    return data.decode()


def _draw_rc(drawing: Any, elements: Any, scale: Scale | None) -> None:
    """Draw node x_i with its branches to ground: currents that leave it point down."""
    values = ["C", "2 J₂ G₀ v", "(4 J₄ G₀/V₀²) v³", "bᵢ I₀", "Jᵢⱼ G₀ vⱼ", "noise"]
    if scale is not None:
        units = [
            engineering(scale.farad, "F"),
            engineering(scale.siemens, "S"),
            engineering(scale.siemens / scale.volt**2, "A/V³"),
            engineering(scale.ampere, "A"),
            engineering(scale.siemens, "S"),
            f"{scale.noise_psd(1.0):.3g} A²/Hz",
        ]
        factors = ["", "2 J₂ v × ", "4 J₄ v³ × ", "bᵢ × ", "Jᵢⱼ vⱼ × ", "kT × "]
        values = [factor + unit for factor, unit in zip(factors, units, strict=True)]
    branches = (
        elements.Capacitor,
        elements.SourceControlledI,
        elements.SourceControlledI,
        elements.SourceI,
        elements.SourceControlledI,
        elements.SourceI,
    )
    _draw_branches(drawing, elements, "xᵢ", branches, values)


def _draw_rlc(drawing: Any, elements: Any, scale: Scale | None) -> None:
    """Draw node v_i of a flux cell; the last branch is the resistor's own noise."""
    farad = "C" if scale is None else engineering(scale.farad, "F")
    second = "τ" if scale is None else engineering(scale.second, "s")
    branches = (
        elements.Capacitor,
        elements.Resistor,
        elements.Inductor,
        elements.SourceControlledI,
        elements.SourceI,
        elements.SourceI,
    )
    values = [
        farad,
        "R",
        f"R {second}/(2 J₂), mutual Mᵢⱼ",
        "4 J₄ I₀ (φ/Φ₀)³",
        "bᵢ I₀",
        "4 k T/R",
    ]
    _draw_branches(drawing, elements, "vᵢ", branches, values)


def _draw_spu(drawing: Any, elements: Any, scale: Scale | None) -> None:
    """Draw node x_i of an LC cell, one of its coupling capacitors, and the noise."""
    values = ["Cᵢ", "Cᵢⱼ to xⱼ", "R", "L", "noise"]
    if scale is not None:
        unit = engineering(scale.farad, "F")
        ohm = engineering(1 / scale.siemens, "ohm")
        psd = f"kT × {scale.noise_psd(1.0):.3g} A²/Hz"
        values = [f"(2 J₂ + Σ Jᵢⱼ) × {unit}", f"−Jᵢⱼ × {unit} to xⱼ", ohm, "L", psd]
    branches = (
        elements.Capacitor,
        elements.Capacitor,
        elements.Resistor,
        elements.Inductor,
        elements.SourceI,
    )
    _draw_branches(drawing, elements, "xᵢ", branches, values, grounded=(0, 2, 3, 4))


def _draw_resistive(drawing: Any, elements: Any, scale: Scale | None) -> None:
    """Draw the two rails: what lies between them, and what each of them has of its own."""
    between = ["I_s, U′(x)", "bᵢ I₀/2", "−2/(G_cm + Σ|J| G₀)", "noise, S_I/4"]
    own = ["C", "1/G_cm", "1/(|Jᵢⱼ| G₀)"]
    if scale is not None:
        ohm = engineering(1 / scale.siemens, "Ω")
        between = [
            "I_s, U′(x)",
            f"bᵢ × {engineering(scale.ampere / 2, 'A')}",
            f"−2 × {ohm}/(G_cm/G₀ + Σ|J|)",
            f"kT × {scale.noise_psd(1.0) / 4:.3g} A²/Hz",
        ]
        own = [engineering(scale.farad, "F"), "1/G_cm", f"{ohm}/|Jᵢⱼ|"]
    parts = (elements.Diode, elements.SourceI, elements.Resistor, elements.SourceI)
    height = 3.0
    for rail, place in (("+", (0.0, 0.0)), ("−", (0.0, -height))):
        drawing += elements.Dot(open=True).at(place).label(f"xᵢ {rail}", "left")
        drawing += elements.Line().right().length(22.0)
    for number, (part, value) in enumerate(zip(parts, between, strict=True)):
        x = (1.6, 4.2, 7.4, 12.2)[number]
        branch = part().at((x, 0.0)).down().length(height)
        drawing += branch.label(value, "bottom", fontsize=10)
        if part is elements.Diode:  # its antiparallel twin
            drawing += elements.Diode().at((x - 0.8, -height)).up().length(height)
            drawing += elements.Line().at((x - 0.8, 0.0)).right().length(0.8)
    for number, (part, value) in enumerate(
        zip((elements.Capacitor, elements.Resistor, elements.Resistor), own, strict=True)
    ):
        x = 16.0 + 2.6 * number
        up = part().at((x, 0.0)).up().length(2.0).label(value, "bottom", fontsize=10)
        drawing += up
        down = part().at((x, -height)).down().length(2.0).label(value, "bottom", fontsize=10)
        if number < 2:
            drawing += elements.Ground().at((x, 2.0)).flip()
            drawing += down
            drawing += elements.Ground()
        else:
            drawing += elements.Dot(open=True).at((x, 2.0)).label("xⱼ + or −", "top")
            drawing += down
            drawing += elements.Dot(open=True).label("xⱼ − or +", "bottom")


def _draw_branches(
    drawing: Any,
    elements: Any,
    node: str,
    branches: Sequence[Any],
    values: Sequence[str],
    grounded: Sequence[int] | None = None,
) -> None:
    """Draw a node and its branches, all to ground unless some are named; the last is the noise."""
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


SCHEMATICS: dict[str, Callable[[Any, Any, Scale | None], None]] = {
    "rc": _draw_rc,
    "resistive": _draw_resistive,
    "rlc": _draw_rlc,
    "spu": _draw_spu,
}


def draw_couplings(
    model: EnergyModel, largest: int = _MOST_UNITS, strongest: int = _MOST_COUPLINGS
) -> str:
    """Return a picture of the graph of couplings, as SVG.

    Units stand on a circle, visible ones filled; red couplings (J > 0) favour opposite signs, blue
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
