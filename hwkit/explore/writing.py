"""One self-contained page of a machine: its circuit, the engine that runs it, and its controls.

The page may run its own script and workers made of its own text, and nothing else: it loads and
sends nothing. Above `MOST_UNITS` units it would be too large for a browser to open at once.
"""

import base64
import hashlib
import itertools
import json
from dataclasses import replace
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from hwkit.circuit import Design, compile_model
from hwkit.circuit.options import family_options
from hwkit.errors import ConfigError
from hwkit.explore.netlists import netlist_pieces
from hwkit.explore.schematic import schematic_with_places
from hwkit.explore.stills import SAMPLES, Stills, make_stills
from hwkit.explore.subjects import Subject
from hwkit.files import write_text
from hwkit.training.quality import RECOGNISABLE

MOST_UNITS = 256
_SCRIPTS = (
    "page", "pictures", "answer", "controls", "boards", "yields", "unit", "saving", "main",
)  # fmt: skip
_FORMS = {"saturation": "saturation_volt", "supply": "supply_volt"}
_LIKE = {"supply-clamp": "capacitor"}  # parts of a form only: at the same nodes as these


def write_page(subject: Subject, out: Path) -> int:
    """Write the page of a machine and return its size in bytes.

    Raises:
        ConfigError: if it has more units than a page can take.
    """
    units = subject.design.machine.n_units
    if units > MOST_UNITS:
        raise ConfigError(
            f"the machine has {units} units, and a page takes at most {MOST_UNITS}: its couplings "
            "would make it too large to open; use hwkit run with a tolerance study instead"
        )
    text = page_text(subject, make_stills(subject))
    write_text(out, text)
    return len(text.encode("utf-8"))


def page_text(subject: Subject, stills: Stills) -> str:
    """Return the page of a machine."""
    environment = Environment(
        loader=PackageLoader("hwkit.explore", "page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    script = _joined(_SCRIPTS)
    visible, units = len(subject.patterns[0]), subject.design.machine.n_units
    return environment.get_template("bench.html.j2").render(
        title=subject.title,
        machine_text=f"family {subject.design.cell}, {visible} visible and {units - visible} "
        "hidden units",
        answer=stills.answer,
        stills=stills,
        units=units,
        limits=_told_limits(subject),
        schematic=schematic_with_places(subject.design.cell),
        board_file=f"{subject.name}-board-0.json",
        version=version("hwkit"),
        css=Markup(_style()),
        machine=_data(describe(subject)),
        facts=_data(page_facts(subject, stills)),
        engine=_source(engine_source()),
        saver=_source(_joined(("saver",))),
        script=Markup(script),
        script_hash=script_hash(script),
    )


def page_facts(subject: Subject, stills: Stills) -> dict[str, Any]:
    """Return what the page knows beside the machine's description."""
    design, scale = subject.design, subject.design.scale
    circuit = subject.circuit
    return {
        "name": subject.name,
        "grey": stills.grey,
        "samples": SAMPLES,
        "recognisable": RECOGNISABLE,
        "seeds": {"noise": str(subject.noise_seed)},
        "trace": {
            "model": subject.t_final,
            "end": subject.t_final * design.machine.mobility * scale.second,
            "volt": scale.volt,
        },
        "circuit": {
            "cell": circuit.cell,
            "volt": scale.volt,
            "second": scale.second,
            "farad": scale.farad,
            "options": dict(circuit.options),
        },
        "run": {"t_final": subject.t_final, "dt": subject.dt},
        "netlists": netlist_forms(subject),
    }


def netlist_forms(subject: Subject) -> dict[str, dict[str, Any]]:
    """Return the pieces of the netlist of each form that the controls can give a design."""
    design, forms = subject.design, _FORMS if subject.design.cell == "rc" else {}
    found: dict[str, dict[str, Any]] = {}
    for wanted in itertools.product((False, True), repeat=len(forms)):
        chosen = [name for name, on in zip(forms, wanted, strict=True) if on]
        options = {option: float("inf") for option in forms.values()}
        options |= {forms[name]: design.scale.volt for name in chosen}
        made = _with_options(subject, options)
        found[" ".join(chosen)] = {
            "pieces": netlist_pieces(made, subject.t_final, subject.dt),
            "like": _LIKE,
        }
    return found


def _with_options(subject: Subject, options: dict[str, float]) -> Design:
    circuit = subject.circuit
    made = replace(family_options(circuit.cell, circuit.options), **options)
    return compile_model(subject.design.model, circuit.cell, subject.design.scale, made)


def _told_limits(subject: Subject) -> str:
    limits = "; ".join(limit.describe() for limit in subject.limits)
    return f"A board passes with {limits}, on {subject.paths} paths.".replace("<=", "≤")


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


def script_hash(script: str) -> str:
    """Return the digest by which a browser knows the page's own script."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
