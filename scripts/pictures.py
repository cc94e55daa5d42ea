"""Draw the pictures of the documentation: `python scripts/pictures.py [PICTURE ...]`.

Each becomes docs/assets/pictures/<picture>.svg; all by default, in about a minute. Seeds are fixed.
A file takes the reader's light or dark colours, and those of the page where the site inlines it.
"""

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from digit_pictures import forming, spread
from matplotlib import rc_context
from matplotlib.axes import Axes
from study_pictures import barriers, bits, budget, causes, ledger
from vector_files import standalone

import hwkit
from hwkit.circuit.catalogue import read_catalogue
from hwkit.netlist.kicad_project import project_files
from hwkit.netlist.kicad_project.copper_picture import copper_picture
from hwkit.netlist.kicad_project.drawing import draw_sheets
from hwkit.netlist.kicad_project.picture import sheet_picture
from hwkit.netlist.schematic import draw_cell
from hwkit.report.drawing import IDEAL, SPICE, adopted, canvas, panel, to_svg
from hwkit.study.kinds.breadboard.ordering import board_to_order
from hwkit.study.kinds.breadboard.plan import PartsPlan
from hwkit.twin import Boards, bind, simulate_boards
from hwkit.twin.field import field_of

FOLDER = Path(__file__).parent.parent / "docs" / "assets" / "pictures"

WELL = hwkit.Quartic(J2=-0.5, J4=0.25)  # two wells, at x = -1 and 1
DT, STEPS, RUNS = 0.01, 1500, 4000


def circuit(family: str) -> str:
    """Return the schematic of one cell of a family."""
    label = f"Schematic of one cell of family {family}"
    return standalone(adopted(draw_cell(family), label, {"black": "ink"}), label, zoom=4 / 3)


def board_unit() -> str:
    """Return the sheet of one unit of a board to order, as its KiCad file has it."""
    J = np.array([[0.0, 1.3], [1.3, 0.0]])
    model = hwkit.EnergyModel(J, [0.2, -0.3], hwkit.Cosh.from_quartic(), kT=0.1)
    board = board_to_order(PartsPlan(), model, read_catalogue())
    label = "Schematic sheet of a unit: two rails and their parts, two inverting amplifiers"
    return standalone(sheet_picture(draw_sheets(board)[0], label), label)


def board_copper() -> str:
    """Return the routed board of three units: pads, tracks and vias of its KiCad file."""
    J = [[0, 1.3, -0.8], [1.3, 0, 0.6], [-0.8, 0.6, 0]]
    model = hwkit.EnergyModel(J, [0.2, 0, -0.3], hwkit.Cosh.from_quartic(), kT=0.1)
    board = board_to_order(PartsPlan(), model, read_catalogue())
    label = "Routed board of three units: pads, vias, tracks in front and on the back"
    text = project_files(board, "board")["board.kicad_pcb"]
    return standalone(copper_picture(text, label), label, zoom=0.55)


def levels() -> str:
    """Return what each level compares, for a sound circuit and one with twice the noise power.

    The circuit's side is the twin's: thousands of runs in seconds.
    """
    model, hot = (hwkit.EnergyModel([[0.0]], [0.05], WELL, kT=kT) for kT in (0.1, 0.2))
    label = "Drift, path and distribution of a sound circuit and of one with too much noise"
    with canvas("levels"), rc_context({"font.size": 11, "axes.titlesize": 11}):
        figure = panel(380, 480)
        axes = figure.subplots(3, 2, sharex="row", sharey="row")
        for column, (name, built) in enumerate({"sound": model, "noise power × 2": hot}.items()):
            _draw_drift(axes[0, column], model, hwkit.compile_model(built))
            _draw_path(axes[1, column], model, hwkit.compile_model(built))
            _draw_distribution(axes[2, column], model, hwkit.compile_model(built))
            axes[0, column].set_title(f"circuit: {name}", color=SPICE)
        for row, name in enumerate(("drift: dV/dx", "path: x", "distribution")):
            axes[row, 0].set_ylabel(name)
        handles, names = axes[1, 0].get_legend_handles_labels()
        figure.legend(handles, names, loc="outside lower center", ncols=2, frameon=False)
        return standalone(to_svg(figure, label), label)


def _draw_drift(axes: Axes, model: hwkit.EnergyModel, design: hwkit.Design) -> None:
    """Draw the force at states that are held, without noise."""
    x = np.linspace(-1.6, 1.6, 81)[:, None]
    current, _ = field_of(bind(design), Boards({}, 1), x[::10])
    axes.plot(x, -model.force(x), color=IDEAL, lw=1.4)
    axes.plot(x[::10], current[0] / design.scale.ampere, "o", color=SPICE, ms=4.5)
    axes.set_xlabel("state x, held")


def _draw_path(axes: Axes, model: hwkit.EnergyModel, design: hwkit.Design) -> None:
    """Draw one run of both, from the same start on the same noise."""
    run = {"t_final": DT * STEPS, "dt": DT, "n_trajectories": 1, "seed": 4, "save_every": 10}
    ideal = hwkit.simulate_langevin(model, **run)
    real = simulate_boards(design, **run, mode="implicit")
    axes.plot(ideal.t, ideal.x[0, :, 0], color=IDEAL, lw=1.8, label="ideal machine")
    axes.plot(real.t, real.x[0, 0, :, 0], color=SPICE, lw=0.9, label="circuit")
    axes.set_xlabel("time, same noise")


def _draw_distribution(axes: Axes, model: hwkit.EnergyModel, design: hwkit.Design) -> None:
    """Draw where many runs of both end, each side on noise of its own."""
    edges = np.linspace(-1.9, 1.9, 24)
    run = {"t_final": DT * STEPS, "dt": DT, "n_trajectories": RUNS}
    ideal = hwkit.simulate_langevin(model, seed=2, **run).final
    real = simulate_boards(design, seed=3, **run).x[0, :, -1]
    for final, colour, filled in ((ideal, IDEAL, True), (real, SPICE, False)):
        density, _ = np.histogram(final, edges, density=True)
        axes.stairs(density, edges, color=colour, fill=filled, alpha=0.3 if filled else 1.0, lw=1.3)
    axes.set_yticks([])
    axes.set_xlabel("x at the end, own noise")


PICTURES: dict[str, Callable[[], str]] = {
    **{f"circuit-{name}": partial(circuit, name) for name in ("rc", "resistive", "rlc", "spu")},
    "board-unit": board_unit,
    "board-copper": board_copper,
    "levels": levels,
    "spread": spread,
    "forming": forming,
    **{draw.__name__: draw for draw in (bits, ledger, barriers, causes, budget)},
}


def main() -> None:
    """Draw the named pictures, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pictures", nargs="*", help=f"of {', '.join(PICTURES)}; all by default")
    names = parser.parse_args().pictures
    if unknown := set(names) - PICTURES.keys():
        parser.error(f"unknown picture {', '.join(sorted(unknown))}; known: {', '.join(PICTURES)}")
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in names or PICTURES:
        (FOLDER / f"{name}.svg").write_text(PICTURES[name](), encoding="utf-8")


if __name__ == "__main__":
    main()
