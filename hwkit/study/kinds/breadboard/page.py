"""The build sheet of a bench machine: reads its run folder, computes no runs."""

import base64
import io
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.image import imsave
from numpy.typing import NDArray

from hwkit.fidelity import Verdict, shown_share
from hwkit.files import write_text
from hwkit.report.drawing import IDEAL, INK, MUTED, SPICE, Drawing, canvas, panel, to_svg
from hwkit.report.formats import number, quantity, signed
from hwkit.report.pictures import Picture
from hwkit.report.rendering import PAGE, Section, render_page
from hwkit.report.studies import finished_study, provenance, read_study
from hwkit.report.verdict import summarise
from hwkit.study import BenchPlan

FloatArray = NDArray[np.float64]


def write_bench(folder: Path | str) -> Path:
    """Write the build sheet, `report.html`, of a bench study and return its path.

    Raises:
        DataError: if the folder is no finished bench study, or a file in it can't be read.
    """
    folder = Path(folder)
    with finished_study(folder, "bench study", "bench", "bench.json"):
        plan, facts = read_study(folder, BenchPlan, "bench.json")
        verdict = Verdict.load(folder / "verdict.json")
        sections = [
            Section("bench-what", "What it is", _what(facts, plan)),
            Section("bench-cell", "One unit", _unit(facts, plan)),
            Section("bench-wiring", "Wiring", _wiring(facts)),
            Section("bench-parts", "Parts", _parts(facts)),
            Section("bench-needs", "What the parts must do", _needs(facts, plan)),
            Section("bench-power", "Power-up and measuring points", _points(facts)),
            Section("bench-boards", "Tolerances", _boards(facts)),
            Section("bench-curve", "Size against quality", _curve(facts, plan)),
            Section("metrics", "Verdict", summarise(verdict).groups),
            Section("provenance", "Cost and provenance", provenance(folder)),
        ]
        write_text(folder / PAGE, render_page(plan, summarise(verdict), sections))
    return folder / PAGE


def _what(facts: dict[str, Any], plan: BenchPlan) -> dict[str, Any]:
    chosen, samples = facts["chosen"], facts["samples"]
    shape = (chosen["rows"], chosen["columns"])
    patterns = np.array(facts["patterns"])
    top = float(np.max(np.abs(patterns)))
    labels = [str(label) for label in chosen["classes"]]
    pictures = [
        Picture(_image(row.reshape(shape), top), f"the {label} it learned", label)
        for row, label in zip(patterns, labels, strict=True)
    ]
    generated = [
        Picture(
            _image(np.array(state).reshape(shape), 1.0),
            f"a sample like {labels[best]}",
            labels[best] + ("" if seen else " ✗"),
        )
        for state, best, seen in zip(
            samples["states"], samples["best"], samples["recognisable"], strict=True
        )
    ]
    return {
        "chosen": chosen,
        "digits": ", ".join(labels),
        "units": shape[0] * shape[1],
        "patterns": pictures,
        "generated": generated,
        "time": quantity(samples["seconds"], "s"),
        "recognisable": shown_share(chosen["recognisable"], plan.choice.samples),
        "rarest": shown_share(chosen["class_share"], plan.choice.samples),
        "chance": shown_share(chosen["chance"], plan.choice.samples),
    }


def _image(values: FloatArray, top: float) -> str:
    stream = io.BytesIO()
    imsave(
        stream,
        values,
        vmin=-top,
        vmax=top,
        cmap="Greys",
        format="png",
        metadata={"Software": None},  # type: ignore[dict-item]  # None leaves the entry out
    )
    return "data:image/png;base64," + base64.b64encode(stream.getvalue()).decode("ascii")


def _unit(facts: dict[str, Any], plan: BenchPlan) -> dict[str, Any]:
    scale, noise = facts["scale"], facts["noise"]
    return {
        "diode": plan.parts.diode,
        "volt": quantity(scale["volt"], "V"),
        "second": quantity(scale["second"], "s"),
        "farad": quantity(scale["farad"], "F"),
        "ohm": quantity(1 / scale["siemens"], "Ω"),
        "noise_ohm": quantity(noise["ohm"], "Ω"),
        "input": quantity(plan.parts.input_ohm, "Ω"),
        "bias": quantity(plan.parts.bias_volt, "V"),
        "rows": [
            {
                "name": row["name"],
                "bias": "none" if row["bias"] is None else quantity(row["bias"], "Ω"),
                "plus": row["plus_to"],
                "R2": quantity(row["R2"], "Ω"),
                "Rx": quantity(row["Rx"], "Ω"),
            }
            for row in facts["units"]
        ],
    }


def _wiring(facts: dict[str, Any]) -> list[dict[str, str]]:
    return [
        {
            "a": row["a"],
            "b": row["b"],
            "how": "crossed: + to −, − to +" if row["crossed"] else "straight: + to +, − to −",
            "ohm": quantity(row["ohm"], "Ω"),
            "wanted": number(row["wanted"]),
            "got": number(row["got"]),
        }
        for row in facts["wiring"]
    ]


def _parts(facts: dict[str, Any]) -> dict[str, Any]:
    chosen = facts["chosen"]
    return {
        "rows": [row | {"value": _symbols(row["value"])} for row in facts["bill"]],
        "resistors": chosen["resistors"],
        "parts": chosen["parts"],
        "capacitors": 2 * chosen["rows"] * chosen["columns"],
    }


def _symbols(text: str) -> str:
    """Return a value of the bill, which is plain text for spreadsheets, with symbols of units."""
    return text.replace("ohm", "Ω").replace(" u", " µ")


def _needs(facts: dict[str, Any], plan: BenchPlan) -> dict[str, Any]:
    noise, samples = facts["noise"], facts["samples"]
    return {
        "rows": [
            ("Amplifier: output swing", f"± {quantity(samples['output'], 'V')}",
             "largest in the SPICE runs, with the largest gain R2/R1"),
            ("Amplifier: slew rate", f"{number(samples['slew'] / 1e6, 2)} V/µs",
             "gain times the largest drift of a unit"),
            ("Amplifier: input offset", f"{quantity(plan.boards.offset_volt, 'V')} rms",
             "assumed for the yield below; a zero-drift type has less"),
            ("Noise: bit streams", f"{facts['chosen']['rows'] * facts['chosen']['columns']}, each "
             f"with its complement, ± {noise['volt']:g} V",
             "independent; a shift register with feedback, or pins of a controller"),
            ("Noise: clock", quantity(noise["hertz"], "Hz"), "tune it: power goes as 1/clock"),
            ("Noise: density at a pin", f"{quantity(noise['density'], 'V')}/√Hz",
             "one-sided, white up to a tenth of the clock"),
            ("Noise: current into a rail", f"{quantity(noise['ampere_density'], 'A')}/√Hz",
             "through the noise resistor"),
            ("Read-out", f"{quantity(samples['seconds'], 's')} after release, "
             f"± {quantity(samples['largest'], 'V')}",
             "rail to rail; 8 bits are enough, or a comparator and a LED a pixel"),
        ],
        "bandwidths": [
            {
                "hertz": quantity(row["hertz"], "Hz"),
                "rms": number(row["rms"], 2),
                "recognisable": shown_share(row["recognisable"], plan.runs.bandwidth_paths),
            }
            for row in facts["bandwidths"]
        ],
    }  # fmt: skip


def _points(facts: dict[str, Any]) -> dict[str, Any]:
    passive, rest, samples = facts["passive"], facts["rest"], facts["samples"]
    labels = [str(label) for label in facts["chosen"]["classes"]]
    rows = [
        {
            "name": unit["name"],
            "mean": signed(f"{1e3 * passive['mean'][k]:+.1f}"),
            "rms": f"{1e3 * passive['rms'][k]:.1f}",
            "spice": f"{1e3 * passive['spice_rms'][k]:.1f}",
            "corner": quantity(passive["corner"][k], "Hz"),
            "rest": signed(f"{1e3 * rest['volts'][k]:+.0f}"),
            "output": signed(f"{1e3 * rest['outputs'][k]:+.0f}"),
            "classes": [
                "–" if own["mean"][k] is None
                else signed(f"{1e3 * own['mean'][k]:+.0f} ± {1e3 * own['rms'][k]:.0f}")
                for own in samples["classes"]
            ],
        }
        for k, unit in enumerate(facts["units"])
    ]  # fmt: skip
    counts = [
        f"{label}: {own['count']}" for label, own in zip(labels, samples["classes"], strict=True)
    ]
    return {
        "rows": rows,
        "labels": labels,
        "counts": ", ".join(counts),
        "time": quantity(samples["seconds"], "s"),
        "runs": passive["runs"],
    }


def _boards(facts: dict[str, Any]) -> dict[str, Any]:
    boards = facts["boards"]
    with canvas("bench-boards"):
        figure = panel(400, 250)
        axes = figure.add_subplot()
        axes.plot(boards["recognisable"], boards["class_share"], "o", color=SPICE, ms=4, alpha=0.7)
        chosen = facts["chosen"]
        axes.plot([chosen["recognisable"]], [chosen["class_share"]], "D", color=INK, ms=6)
        axes.axvline(0.8, color=MUTED, lw=0.9, ls=(0, (1, 1.5)))
        axes.set_xlabel("recognisable share")
        axes.set_ylabel("share of the rarest digit")
        axes.grid(visible=True)
        svg = to_svg(figure, "Recognisable and rarest share of every board")
    caption = f"{boards['boards']} boards; diamond: the ideal machine."
    shown = boards | {"offset": _symbols(boards["offset"])}
    return {"facts": shown, "drawing": Drawing(svg, caption)}


def _curve(facts: dict[str, Any], plan: BenchPlan) -> dict[str, Any]:
    rows = sorted(facts["search"], key=lambda row: (row["parts"], -row["recognisable"]))
    with canvas("bench-curve"):
        figure = panel(430, 270)
        axes = figure.add_subplot()
        for eligible, colour, label in ((True, SPICE, "as asked for"), (False, IDEAL, "others")):
            own = [row for row in rows if row["eligible"] is eligible]
            axes.plot([row["parts"] for row in own], [row["recognisable"] for row in own], "o",
                      color=colour, ms=5, label=label)  # fmt: skip
            axes.plot([row["parts"] for row in own], [row["chance"] for row in own], "_",
                      color=colour, ms=8)  # fmt: skip
        axes.axhline(0.8, color=INK, lw=1, ls=(0, (1, 1.5)))
        axes.set_ylim(0, 1.02)
        axes.set_xlabel("parts to solder")
        axes.set_ylabel("recognisable share")
        axes.legend(frameon=False, loc="center right")
        axes.grid(visible=True)
        svg = to_svg(figure, "Recognisable share against the number of parts")
    caption = "Dots: the machine; dashes: the same units without couplings; dotted: what is asked."
    return {
        "drawing": Drawing(svg, caption),
        "rows": [_curve_row(row, facts, plan) for row in rows],
    }


def _curve_row(row: dict[str, Any], facts: dict[str, Any], plan: BenchPlan) -> dict[str, str]:
    n = plan.choice.samples
    return {
        "digits": ", ".join(map(str, row["classes"])),
        "pixels": f"{row['rows']} × {row['columns']}",
        "couplings": str(row["couplings"]),
        "resistors": str(row["resistors"]),
        "parts": str(row["parts"]),
        "alike": f"{row['alike']:.2f}",
        "recognisable": shown_share(row["recognisable"], n),
        "rarest": shown_share(row["class_share"], n),
        "chance": shown_share(row["chance"], n),
        "chosen": "built" if row == facts["chosen"] else "",
    }
