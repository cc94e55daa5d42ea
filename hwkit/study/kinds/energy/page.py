"""The page of an energy study: a ledger for each circuit, beside the digital sample."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hwkit.fidelity import Verdict
from hwkit.files import write_text
from hwkit.ordering import rising
from hwkit.report.drawing import IDEAL, MUTED, SPICE, Drawing, canvas, panel, powers_of_ten, to_svg
from hwkit.report.formats import count, number, quantity
from hwkit.report.rendering import PAGE, Section, render_page
from hwkit.report.studies import finished_study, read_study
from hwkit.report.verdict import summarise
from hwkit.study.kinds.energy.plan import EnergyPlan
from hwkit.study.kinds.energy.study import LEDGER

_MEANING = {
    "model": "the dimensionless machine's heat, in this circuit's unit of energy",
    "circuit": "energy taken up by each class of elements in SPICE; these lines add up to nothing",
    "supply": "what active elements draw from the supply",
    "price": "what is paid beside the circuit",
}
_COLOURS = {"model": MUTED, "circuit": SPICE, "supply": SPICE, "price": IDEAL}


def write_energy(folder: Path | str) -> Path:
    """Write `report.html` into the run folder of an energy study and return its path.

    Raises:
        DataError: if the folder holds no finished energy study.
    """
    folder = Path(folder)
    with finished_study(folder, "energy study", "energy", LEDGER):
        plan, ledger = read_study(folder, EnergyPlan, LEDGER)
        summary = summarise(Verdict.load(folder / "verdict.json"))
        sections = [
            Section("ledger", "Ledger", _ledger(plan, ledger)),
            Section("metrics", "Verdict", summary.groups),
            Section("settings", "Settings", json.dumps(plan.model_dump(mode="json"), indent=2)),
        ]
        write_text(folder / PAGE, render_page(plan, summary, sections))
    return folder / PAGE


def _ledger(plan: EnergyPlan, ledger: dict[str, Any]) -> dict[str, Any]:
    circuits = [
        {
            "name": name,
            "groups": list(_groups(found["lines"])),
            "total": quantity(found["total"], "J"),
            "digital": _digital(ledger["digital"][name]),
            "ratio": number(ledger["digital"][name]["joule"] / found["total"]),
            "drawing": _drawing(name, found, ledger["digital"][name]),
        }
        for name, found in ledger["circuits"].items()
    ]
    return {"circuits": circuits, "omitted": ledger["omitted"], "stage": plan.stage}


def _groups(lines: list[dict[str, Any]]) -> Iterator[tuple[str, str, list[tuple[Any, ...]]]]:
    for basis, meaning in _MEANING.items():
        rows = [
            (
                line["name"],
                quantity(line["joule"], "J"),
                quantity(line["stderr"], "J") if line["stderr"] else "",
                line["source"],
            )
            for line in lines
            if line["basis"] == basis
        ]
        if rows:
            yield basis, meaning, rows


def _digital(cost: dict[str, Any]) -> dict[str, str]:
    return {
        "joule": quantity(cost["joule"], "J"),
        "second": quantity(cost["cpu_second"], "s"),
        "flops": count(cost["flops"]),
        "samples": count(cost["samples"]),
        "cores": str(cost["cores"]),
        "source": cost["source"],
    }


def _drawing(name: str, found: dict[str, Any], cost: dict[str, Any]) -> Drawing:
    """Draw the counted lines, the total, the model's heat and the digital sample as bars."""
    counted = [line for line in found["lines"] if line["counted"] and line["joule"] > 0]
    counted = [counted[k] for k in rising([line["joule"] for line in counted])]
    heat = [line for line in found["lines"] if line["basis"] == "model"]
    bars = [(line["name"], line["joule"], _COLOURS[line["basis"]]) for line in [*heat, *counted]]
    bars += [("total", found["total"], SPICE), ("digital sample", cost["joule"], MUTED)]
    with canvas(f"ledger-{name}"):
        figure = panel(460, 40 + 24 * len(bars))
        axes = figure.add_subplot()
        labels, values, colours = zip(*bars, strict=True)
        axes.barh(range(len(bars)), values, color=colours, height=0.6)
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(powers_of_ten())
        axes.set_yticks(range(len(bars)), labels)
        axes.set_xlabel("energy of one sample, J")
        axes.grid(axis="x")
        svg = to_svg(figure, f"Energy of one sample in the circuit {name}, line by line")
    return Drawing(
        svg,
        f"One sample in the circuit {name}: orange from SPICE currents, blue priced. The model's "
        "heat is not part of the total. The axis is logarithmic.",
    )
