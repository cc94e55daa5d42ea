"""The page of a speed-up study: reads its run folder, computes no runs."""

from pathlib import Path
from typing import Any

import numpy as np

from hwkit.fidelity import Verdict
from hwkit.files import write_text
from hwkit.report.drawing import IDEAL, INK, MUTED, SPICE, Drawing, canvas, panel, to_svg
from hwkit.report.formats import measured, number, quantity
from hwkit.report.rendering import PAGE, Section, render_page
from hwkit.report.studies import finished_study, provenance, read_study
from hwkit.report.verdict import summarise
from hwkit.study import SpeedupPlan

_MARKS = ("o", "s", "^", "D", "v")


def write_speedup(folder: Path | str) -> Path:
    """Write `report.html` of a speed-up study and return its path.

    Raises:
        DataError: if the folder is no finished speed-up study, or a file in it can't be read.
    """
    folder = Path(folder)
    with finished_study(folder, "speed-up study", "speedup", "speedup.json"):
        plan, answers = read_study(folder, SpeedupPlan, "speedup.json")
        verdict = Verdict.load(folder / "verdict.json")
        sections = [
            Section("metrics", "Verdict", summarise(verdict).groups),
            Section("speedup-times", "Times and costs", _times(answers)),
            Section("speedup-barriers", "What ends it", _barriers(answers, plan)),
            Section("provenance", "Cost and provenance", provenance(folder)),
        ]
        write_text(folder / PAGE, render_page(plan, summarise(verdict), sections))
    return folder / PAGE


def _times(answers: dict[str, Any]) -> dict[str, Any]:
    law, memory = answers["law"], answers["memory"]
    return {
        "drawing": _times_drawing(law, memory),
        "costs": [_cost_row(row, law[0]) for row in law],
    }


def _cost_row(row: dict[str, float], first: dict[str, float]) -> dict[str, str]:
    heat, error = row["heat"] * 1e15, row["heat_error"] * 1e15
    return {
        "factor": f"{row['factor']:g}",
        "seconds": quantity(row["seconds"], "s"),
        "watt": quantity(row["watt"], "W"),
        "joule": quantity(row["joule"], "J"),
        "heat": measured(heat, error) + " fJ",
        "ratio": number(row["heat"] / first["heat"]),
        "density": quantity(row["noise_density"], "A/√Hz"),
        "kelvin": number(row["noise_kelvin"]) + " K",
    }


def _times_drawing(law: list[dict[str, float]], memory: list[dict[str, float]]) -> Drawing:
    factors = np.array([row["factor"] for row in memory])
    ring = np.array([[row["seconds"], row["error"]] for row in memory]) * 1e6
    model = np.array([[row["recognised"], row["recognised_error"]] for row in law])
    seconds = np.array([row["seconds"] * row["factor"] for row in law]) * 1e6
    with canvas("speedup-times"):
        figure = panel(430, 280)
        axes = figure.add_subplot()
        named = "memory of a ring, µs", "recognisable sample, model time"
        for values, colour, name in zip((ring, model), (SPICE, IDEAL), named, strict=True):
            axes.plot(factors, values[0, 0] * factors[0] / factors, color=MUTED, lw=0.9)
            axes.errorbar(factors, values[:, 0], values[:, 1], fmt="o", color=colour, ms=4,
                          capsize=3, label=name)  # fmt: skip
        axes.set_xscale("log", base=2)
        axes.set_yscale("log", base=2)
        axes.set_xticks(factors, [f"{factor:g}" for factor in factors])
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.minorticks_off()
        axes.set_xlabel("factor")
        axes.set_ylabel("time")
        axes.legend(frameon=False, loc="lower left")
        axes.grid(visible=True)
        svg = to_svg(figure, "Memory and time to a sample against the factor, both logarithmic")
    return Drawing(svg, "Measured in SPICE, with one standard error; lines fall as 1/factor. One "
                   f"run takes {number(float(seconds[0]))} µs at factor 1.")  # fmt: skip


def _barriers(answers: dict[str, Any], plan: SpeedupPlan) -> dict[str, Any]:
    found = answers["barriers"]
    rows = [
        {
            "name": entry["name"] if k == 0 else "",
            "factor": f"{point['factor']:g}",
            "change": measured(100 * point["change"], 100 * point["error"]) + " %",
            "law": "rejected" if point["p"] < 0.01 else "not rejected",
            "limit": ("none measured" if entry["limit"] is None else number(entry["limit"]))
            if k == 0
            else "",
        }
        for entry in found
        for k, point in enumerate(entry["points"])
    ]
    return {
        "rows": rows,
        "margin": f"{plan.barriers.margin:.0%}",
        "drawing": _barriers_drawing(found, plan.barriers.margin) if found else None,
    }


def _barriers_drawing(found: list[dict[str, Any]], margin: float) -> Drawing:
    with canvas("speedup-barriers"):
        figure = panel(430, 280)
        axes = figure.add_subplot()
        axes.axhline(100 * margin, color=INK, lw=1, ls=(0, (1, 1.5)))
        for entry, mark, colour in zip(found, _MARKS, (SPICE, IDEAL, MUTED, INK), strict=False):
            seen = [p for p in entry["points"] if p["change"]]
            axes.plot([p["factor"] for p in seen], [100 * abs(p["change"]) for p in seen],
                      f"{mark}-", color=colour, ms=5, label=entry["name"])  # fmt: skip
        factors = [point["factor"] for point in found[0]["points"]]
        axes.set_xscale("log", base=2)
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.set_xticks(factors, [f"{factor:g}" for factor in factors])
        axes.minorticks_off()
        axes.set_xlabel("factor")
        axes.set_ylabel("|change of the mean square|, %")
        axes.legend(frameon=False, loc="upper left")
        axes.grid(visible=True)
        svg = to_svg(figure, "Change of the mean square by what stays as slow, against the factor")
    return Drawing(svg, f"Paired with the circuit without it; dotted: the margin of {margin:.0%}.")
