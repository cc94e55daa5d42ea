"""One self-contained page of a machine: its circuit, the engine that runs it, and its controls.

The page may run its own script and workers made of its own text, and nothing else: it loads and
sends nothing.
"""

import itertools
import json
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from hwkit.explore.controls import affected_design
from hwkit.explore.description import Bench, describe
from hwkit.explore.engine import engine_source
from hwkit.explore.netlists import netlist_pieces
from hwkit.explore.schematic import schematic_with_places
from hwkit.explore.stills import Stills, make_stills, reference
from hwkit.explore.subjects import Subject
from hwkit.files import write_text
from hwkit.report.rendering import script_hash
from hwkit.training.quality import RECOGNISABLE

_SCRIPTS = (
    "page", "pictures", "answer", "controls", "boards", "yields", "unit", "saving", "main",
)  # fmt: skip
_LIKE = {"supply-clamp": "capacitor"}  # parts of a form only: at the same nodes as these


def write_page(subject: Subject, out: Path) -> int:
    """Write the page of a machine and return its size in bytes.

    Raises:
        DesignError, ConfigError: if a page can't show the machine; see `describe`.
    """
    description = describe(subject.bench)  # refuses first, before anything is computed
    text = page_text(subject, description, make_stills(subject.bench))
    write_text(out, text)
    return len(text.encode("utf-8"))


def page_text(subject: Subject, description: dict[str, Any], stills: Stills) -> str:
    """Return the page of a machine, of its description and what it shows at first."""
    environment = Environment(
        loader=PackageLoader("hwkit.explore", "page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    script = _joined(_SCRIPTS)
    design = subject.bench.design
    units = design.machine.n_units
    visible = design.machine.n_visible or units
    text: str = environment.get_template("bench.html.j2").render(
        title=subject.bench.title,
        machine_text=f"family {design.cell}, {visible} visible and {units - visible} hidden units",
        answer=stills.answer,
        stills=stills,
        reference=reference(subject.bench),
        units=units,
        limits=_told_limits(subject.bench),
        absent=subject.absent,
        schematic=schematic_with_places(design.cell),
        schematic_form="" if design.cell == "rc" else "broad",
        board_file="" if subject.bench.machines else f"{subject.name}-board-0.json",
        version=version("hwkit"),
        css=Markup(_style()),
        machine=_data(description),
        facts=_data(page_facts(subject, description, stills)),
        engine=_source("\n".join([engine_source(), _joined(("opener",))])),
        saver=_source(_joined(("saver",))),
        script=Markup(script),
        script_hash=script_hash(script),
    )
    # A file's name may hold bytes that are not UTF-8; they are escaped as in JSON.
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def page_facts(subject: Subject, description: dict[str, Any], stills: Stills) -> dict[str, Any]:
    """Return what the page knows beside the machine's description."""
    bench = subject.bench
    design, scale = bench.design, bench.design.scale
    known = ("units", "visible", "names", "labels", "controls", "seeds")
    return {
        "name": subject.name,
        "reference": reference(bench),
        "machine": {name: description[name] for name in known},
        "grey": stills.grey,
        "recognisable": RECOGNISABLE,
        "trace": {
            "end": bench.t_final * design.machine.mobility * scale.second,
            "volt": scale.volt,
        },
        "boards": bench.measured_boards,
        "netlists": {} if bench.machines else netlist_forms(bench),
    }


def netlist_forms(bench: Bench) -> dict[str, dict[str, Any]]:
    """Return the pieces of the netlist of each form that the controls can give a design."""
    kinds = {str(control.kind) for control in bench.controls}
    forms = [name for name in ("saturation", "supply") if name in kinds]
    found: dict[str, dict[str, Any]] = {}
    for wanted in itertools.product((False, True), repeat=len(forms)):
        on = dict(zip(forms, wanted, strict=True))
        values: dict[str, float | None] = {
            name: bench.design.scale.volt if on[name] else None for name in forms
        }
        made = affected_design(bench.design, bench.options, bench.controls, values)
        found[" ".join(name for name in forms if on[name])] = {
            "pieces": netlist_pieces(made, bench.t_final, bench.dt),
            "like": _LIKE,
        }
    return found


def _told_limits(bench: Bench) -> str:
    limits = "; ".join(limit.describe() for limit in bench.specification)
    told = f"A board passes with {limits}, on {bench.paths} paths.".replace("<=", "≤")
    if bench.machines:
        last = (bench.measured_boards or 0) - 1
        told += (
            f" Boards 0 to {last} have the foundry's mismatch times a factor; what their "
            "transistors draw was measured in ngspice."
        )
    return told


def _style() -> str:
    report = files("hwkit.report").joinpath("templates", "report.css")
    own = files("hwkit.explore").joinpath("page", "bench.css")
    return "\n".join(path.read_text(encoding="utf-8").strip() for path in (report, own))


def _joined(names: tuple[str, ...]) -> str:
    """Return scripts of the page as one that leaves no names behind."""
    folder = files("hwkit.explore").joinpath("page")
    texts = [folder.joinpath(f"{name}.js").read_text(encoding="utf-8").strip() for name in names]
    return "\n\n".join(['(() => {\n"use strict";', *texts, "})();"])


def _data(content: object) -> Markup:
    """Return JSON that can't end the element which it is in."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Markup(text.replace("<", "\\u003c"))


def _source(text: str) -> Markup:
    """Return the source of a worker, which is text to the page.

    Raises:
        ValueError: if it would end the element which it is in.
    """
    if "</script" in text.lower() or "<!--" in text:
        raise ValueError("a worker's source must hold neither '</script' nor '<!--'")
    return Markup(text)
