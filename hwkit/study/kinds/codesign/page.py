"""The page of a co-design study: what each training is worth on the same boards."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwkit.fidelity import Verdict, shown_share
from hwkit.files import write_text
from hwkit.report.drawing import IDEAL, MUTED, SPICE, Drawing, canvas, panel, to_svg
from hwkit.report.formats import count, measured, number
from hwkit.report.rendering import PAGE, Section, render_page
from hwkit.report.studies import finished_study, read_study
from hwkit.report.verdict import summarise
from hwkit.study import CodesignPlan
from hwkit.study.kinds.codesign.study import RESULTS

FloatArray = NDArray[np.float64]


def write_codesign(folder: Path | str) -> Path:
    """Write `report.html` into the run folder of a co-design study and return its path.

    Raises:
        DataError: if the folder holds no finished co-design study.
    """
    folder = Path(folder)
    with finished_study(folder, "co-design study", "codesign", RESULTS):
        plan, results = read_study(folder, CodesignPlan, RESULTS)
        summary = summarise(Verdict.load(folder / "verdict.json"))
        sections = [
            Section("metrics", "Verdict", summary.groups),
            Section("codesign", "Boards", _boards(plan, results)),
            Section("settings", "Settings", json.dumps(plan.model_dump(mode="json"), indent=2)),
        ]
        write_text(folder / PAGE, render_page(plan, summary, sections))
    return folder / PAGE


def _boards(plan: CodesignPlan, results: dict[str, Any]) -> dict[str, Any]:
    shares = {name: np.array(entry["share"]) for name, entry in results["boards"].items()}
    facts = results["units"]
    rows = [
        ("units", f"{count(facts['units'])}, {count(facts['visible'])} of them visible"),
        ("couplings", f"{count(facts['couplings'])} pairs, at most {facts['degree']} to a unit"),
        ("largest sum of |J| at a unit (plain)", number(facts["node_sum"])),
        ("boards", f"{plan.boards.fresh}, {plan.boards.samples} samples on each"),
    ]
    n = plan.boards.pilot  # boards; samples of one board depend on each other
    pilot = [(name, shown_share(value, n)) for name, value in results["pilot"].items()]
    drawings = [
        _strip(shares),
        *(_paired(shares, name) for name in shares if name in plan.variants),
    ]
    return {"facts": rows, "pilot": pilot, "drawings": drawings}


def _strip(shares: dict[str, Any]) -> Drawing:
    """Draw the recognisable share of every board, one column for each training, and the means."""
    with canvas("codesign-shares"):
        figure = panel(420, 260)
        axes = figure.add_subplot()
        for column, (name, values) in enumerate(shares.items()):
            spread = np.linspace(-0.22, 0.22, values.size)
            colour = IDEAL if name == "ideal" else SPICE
            axes.plot(column + spread, values, ".", color=colour, markersize=5, alpha=0.6)
            axes.plot([column - 0.32, column + 0.32], [values.mean()] * 2, color=colour)
        axes.set_xticks(range(len(shares)), list(shares))
        axes.set_ylim(-0.03, 1.03)
        axes.set_ylabel("recognisable share")
        axes.grid(axis="y")
        svg = to_svg(figure, "Recognisable share of every board, by training")
    means = ", ".join(f"{name} {_mean(values)}" for name, values in shares.items())
    return Drawing(svg, f"A dot for every board, a line for the mean: {means}.")


def _mean(values: FloatArray) -> str:
    return measured(float(values.mean()), float(values.std(ddof=1) / np.sqrt(values.size)))


def _paired(shares: dict[str, Any], name: str) -> Drawing:
    """Draw one training against the plain one, board by board."""
    with canvas(f"codesign-paired-{name}"):
        figure = panel(420, 320)
        axes = figure.add_subplot()
        axes.plot([0, 1], [0, 1], color=MUTED, linewidth=0.8)
        axes.plot(shares["plain"], shares[name], "o", color=SPICE, markersize=4, alpha=0.7)
        axes.set_xlabel("plain: recognisable share")
        axes.set_ylabel(f"{name}: recognisable share")
        axes.set_xlim(-0.03, 1.03)
        axes.set_ylim(-0.03, 1.03)
        axes.set_aspect("equal")
        svg = to_svg(figure, f"{name} against plain training, board by board")
    better = int(np.sum(shares[name] > shares["plain"]))
    worse = int(np.sum(shares[name] < shares["plain"]))
    return Drawing(
        svg,
        f"Same board, same noise: {name} generates more recognisable samples than plain on "
        f"{better} of {shares[name].size} boards, fewer on {worse}.",
    )
