"""The page of a storage study: quality, heat and loss against the bits of a coupling."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from hwkit.fidelity import Verdict
from hwkit.files import write_text
from hwkit.report.drawing import IDEAL, INK, MUTED, SPICE, Drawing, canvas, panel, to_svg
from hwkit.report.formats import count, measured, number
from hwkit.report.rendering import PAGE, Section, render_page
from hwkit.report.studies import finished_study, read_study
from hwkit.report.verdict import summarise
from hwkit.study.storage import REFERENCE, RESULTS, SHUFFLED
from hwkit.study.storage_plan import StoragePlan

_LOOKS = ((IDEAL, "o", "-"), (SPICE, "s", "-"), (IDEAL, "o", "--"), (INK, "^", ":"))
_HEAT = "heat, k_B T a sample"


def write_storage(folder: Path | str) -> Path:
    """Write `report.html` into the run folder of a storage study and return its path.

    Raises:
        DataError: if the folder holds no finished storage study.
    """
    folder = Path(folder)
    with finished_study(folder, "storage study", "storage", RESULTS):
        plan, results = read_study(folder, StoragePlan, RESULTS)
        summary = summarise(Verdict.load(folder / "verdict.json"))
        sections = [
            Section("storage", "Bits", _bits(plan, results)),
            Section("metrics", "Verdict", summary.groups),
            Section("settings", "Settings", json.dumps(plan.model_dump(mode="json"), indent=2)),
        ]
        write_text(folder / PAGE, render_page(plan, summary, sections))
    return folder / PAGE


def _bits(plan: StoragePlan, results: dict[str, Any]) -> dict[str, Any]:
    facts, limits = results["facts"], plan.limits
    says = [
        ("couplings", f"{count(facts['couplings'])} pairs of {facts['units']} units"),
        ("size of a coupling", f"rms {number(facts['rms'])}, largest {number(facts['largest'])}"),
        (REFERENCE, _row(results[REFERENCE])),
        (f"control: {SHUFFLED}", _row(results[SHUFFLED])),
    ]
    return {
        "facts": says,
        "drawings": [
            _drawing(plan, results, "share", "recognisable share", limits.share_margin),
            _drawing(plan, results, "heat", _HEAT, None),
            _losses(plan, results),
        ],
        "tables": [
            (name, _table(curve, results[REFERENCE]["loss"][0]))
            for name, curve in results["curves"].items()
        ],
        "samples": count(plan.repeats.count * plan.repeats.samples),
        "repeats": plan.repeats.count,
    }


def _row(found: dict[str, Any]) -> str:
    return f"share {_mean(found['share'])}, heat {_mean(found['heat'])} k_B T"


def _table(curve: dict[str, Any], loss: float) -> list[tuple[str, ...]]:
    return [
        (
            bits,
            number(found["full_scale"]),
            *(_mean(found[what]) for what in ("share", "class", "heat")),
            number(float(np.mean(found["loss"])) - loss, 2),
            number(float(np.mean(found["drift"])), 2),
        )
        for bits, found in curve.items()
    ]


def _mean(values: list[float]) -> str:
    sample = np.asarray(values)
    if np.ptp(sample) == 0:
        return number(float(sample[0]), 5)
    return measured(float(sample.mean()), float(sample.std(ddof=1) / np.sqrt(sample.size)))


def _drawing(
    plan: StoragePlan, results: dict[str, Any], what: str, label: str, margin: float | None
) -> Drawing:
    """Draw a quantity of every curve against bits, with full precision as a line."""
    reference = float(np.mean(results[REFERENCE][what]))
    with canvas(f"storage-{what}"):
        figure = panel(430, 290)
        axes = figure.add_subplot()
        axes.axhline(reference, color=MUTED, linewidth=1)
        if margin is not None:
            axes.axhspan(reference - margin, reference + margin, color=MUTED, alpha=0.15)
        for (name, curve), (colour, marker, line) in zip(
            results["curves"].items(), _LOOKS * len(results["curves"]), strict=False
        ):
            values = np.array([found[what] for found in curve.values()])
            mean, error = values.mean(axis=1), values.std(axis=1, ddof=1) / np.sqrt(values.shape[1])
            axes.errorbar(
                [int(bits) for bits in curve],
                mean,
                2 * error,
                color=colour,
                marker=marker,
                markersize=3.5,
                linestyle=line,
                linewidth=1,
                label=name,
            )
        axes.set_xlabel("bits of a coupling")
        axes.set_xticks(plan.bits[::2])
        axes.set_ylabel(label)
        axes.grid(axis="y")
        axes.legend(frameon=False, fontsize=9)
        svg = to_svg(figure, f"{label} against the bits of a coupling")
    return Drawing(
        svg,
        f"{label[0].upper() + label[1:]}. Bars are two standard errors over repeats; the grey line "
        f"is full precision{', the band the margin' if margin is not None else ''}.",
    )


def _losses(plan: StoragePlan, results: dict[str, Any]) -> Drawing:
    """Draw what rounding adds to the exact loss, logarithmically."""
    reference = float(results[REFERENCE]["loss"][0])
    with canvas("storage-loss"):
        figure = panel(430, 290)
        axes = figure.add_subplot()
        for (name, curve), (colour, marker, line) in zip(
            results["curves"].items(), _LOOKS * len(results["curves"]), strict=False
        ):
            extra = [np.mean(found["loss"]) - reference for found in curve.values()]
            bits = [int(bits) for bits in curve]
            axes.semilogy(
                bits, extra, color=colour, marker=marker, markersize=3.5, linestyle=line, label=name
            )
        axes.set_xlabel("bits of a coupling")
        axes.set_xticks(plan.bits[::2])
        axes.set_ylabel("loss above full precision, per step")
        axes.yaxis.set_major_formatter("{x:.0e}")
        axes.grid(axis="y")
        axes.legend(frameon=False, fontsize=9)
        svg = to_svg(figure, "Loss of the reversed path above full precision, against bits")
    return Drawing(
        svg,
        "What rounding adds to the loss that training minimises: a factor of four for each bit.",
    )
