"""The studies in sims/, made small: every stage stays on, with few runs, boards and units."""

import json
import tomllib
from pathlib import Path

SIMS = Path(__file__).parents[2] / "sims"

# Kind -> settings that are set whatever the file says.
_ALWAYS = {
    "equivalence": {
        "machine.n_hidden": 2,
        "protocol.t_final": 0.5,
        "protocol.dt": 0.01,
        "generation.dt": 0.025,
        "generation.samples": 4,
        "generation.ideal_samples": 100,
        "generation.save_every": 5,
    },
    "tolerance": {
        "machine.n_hidden": 2,
        "protocol.t_final": 0.5,
        "protocol.dt": 0.02,
        "boards.dt": 0.02,
        "boards.count": 12,
        "boards.paths": 4,
        "boards.batch": 4,
        "sensitivity.paths": 2,
    },
    "codesign": {
        "noising.dt": 0.05,
        "boards.fresh": 3,
        "boards.samples": 8,
        "boards.dt": 0.05,
    },
    "generative": {"dt": 0.01, "machine.n_hidden": 8},
    "silicon": {
        "pictures.classes": [0, 7],
        "pictures.rows": 3,
        "pictures.columns": 2,
        "comparison.t_final": 0.3,
        "comparison.samples": 3,
        "comparison.steps": [1e-2, 5e-3],
        "comparison.path_samples": 2,
        "comparison.path_t_final": 0.2,
        "comparison.states": 5,
        "circuit.second": 2e-6,  # couplings of so few units are strong
        "circuit.farad": 2e-12,
    },
    "storage": {
        "bits": [2, 8, 16],
        "machine.n_hidden": 2,
        "protocol.t_final": 0.5,
        "protocol.dt": 0.02,
        "repeats.count": 2,
        "repeats.samples": 10,
        "repeats.dt": 0.05,
    },
    "energy": {
        "machine.n_hidden": 2,
        "protocol.t_final": 0.1,
        "protocol.dt": 5e-3,
        "probe.units": 2,
        "probe.t_final": 0.05,
        "digital.dt": 1e-2,
        "digital.samples": 4,
    },
    "speedup": {
        "glyphs.rows": 3,
        "glyphs.columns": 3,
        "machine.n_hidden": 2,
        "protocol.dt": 5e-3,
        "speed.factors": [1, 2],
        "speed.runs": 20,
        "speed.ideal_runs": 200,
        "speed.scheme_runs": 20,
        "speed.path_runs": 2,
        "speed.dt": 0.025,
        "relaxation.units": 3,
        "relaxation.runs": 8,
        "relaxation.length": 40,
        "relaxation.dt": 0.1,
        "barriers.factors": [1, 16],
        "barriers.runs": 4,
        "barriers.dt": 0.05,
    },
    "dataset": {
        "data.source": "digits",  # other pictures are the user's
        "data.train": 200,
        "data.held_out": 60,
        "machine.experts": 10,
        "machine.prototypes": 10,
        "machine.segments": 2,
        "noising.steps": 40,
        "noising.samples": 2,
        "samples.seeds": 2,
        "samples.generated": 40,
        "conditions.of_each_class": 2,
        "conditions.masked": 6,
    },
    "measured": {
        "emulated.samples": 300,
        "emulated.restarts": 16,
        "emulated.dt": 0.01,
        "reference.runs": 16,
        "reference.duration": 40.0,
        "reference.dt": 0.01,
    },
    "sampler": {
        "matrix.cells": 3,
        "samples.count": 1000,
        "samples.dt": 0.1,
        "parts.boards": 10,
    },
    "breadboard": {
        "choice.recognisable": 0.1,
        "choice.class_share": 0.001,
        "choice.samples": 100,
        "choice.fresh_samples": 100,
        "choice.dt": 0.05,
        "protocol.dt": 0.02,
        "runs.samples": 4,
        "runs.dt": 0.05,
        "runs.passive": 4,
        "runs.bandwidths": [3e4, 1e6],
        "runs.bandwidth_paths": 2,
        "boards.count": 6,
        "boards.paths": 10,
        "boards.dt": 0.05,
    },
}
# Kind -> settings that replace those of the file, if it has them and they leave no stage out.
_WHERE_GIVEN = {
    "equivalence": {
        "checks.drift_states": 5,
        "checks.order_paths": 2,
        "checks.implicit_paths": 1,
        "distribution.spice_runs": 20,
        "distribution.scheme_runs": 10,
        "distribution.controls": ["sign-flip", "bias"],
        "distribution.fewer_runs": [10],
        "budget.runs": 4,
    },
    "tolerance": {
        "check.boards": 1,
        "check.paths": 1,
        "sensitivity.sobol_boards": 8,
        "curves.boards": 4,
        "curves.factors": [1.0, 4.0],
        "budget.boards": 4,
        "budget.precision": 0.6,
        "budget.trim": [0, 10],
    },
    "codesign": {
        "boards.pilot": 2,
        "robust.factors": [0.5, 1.0],
        "calibration.runs": 4,
        "calibration.t_final": 0.5,
    },
    "generative": {
        "training.batch_cycles": 3,
        "training.online_cycles": 2,
        "training.held_out": 1,
        "heat.samples": 6,
        "heat.dt": 0.01,
        "sweep.times": [0.5, 1.0],
        "sweep.samples": 6,
        "sweep.dt": 0.01,
        "search.noising": [[1.25, 1.5]],
        "search.observations": [1.0],
        "search.first": 4,
        "search.keep": 1,
        "search.second": 6,
        "search.dt": 0.01,
        "found.samples": 16,
        "found.control_samples": 8,
        "found.spice_samples": 3,
        "found.dt": 0.01,
    },
    "silicon": {
        "machine.n_hidden": 2,
        "machine.n_pairs": 8,
        "boards.count": 2,
        "boards.factors": [1.0, 2.0],
        "boards.samples": 2,
        "corners.corner": ["ss"],
        "corners.celsius": [27.0],
        "corners.samples": 2,
        "chips.area": [0.25, 1.0],
        "chips.power": [1.0],
        "chips.celsius": [27.0],
        "chips.count": 2,
        "chips.samples": 2,
    },
    "energy": {"circuits.*.samples": 2, "circuits.*.halved": 2, "circuits.*.dt": 1e-2},
    "breadboard": {"candidates.*.couplings": [8]},
}


def shrunk(name):
    """Return the settings of a study in sims/, small enough for seconds."""
    content = tomllib.loads((SIMS / f"{name}.toml").read_text(encoding="utf-8"))
    kind = content["kind"]
    for place, value in _ALWAYS[kind].items():
        *tables, last = place.split(".")
        table = content
        for part in tables:
            table = table.setdefault(part, {})
        table[last] = value
    for place, value in _WHERE_GIVEN.get(kind, {}).items():
        _replace(content, place.split("."), value)
    if kind == "codesign" and content.get("graph", {}).get("kind", "layered") == "layered":
        content.setdefault("graph", {})["n_hidden"] = 4
    return content


def _replace(content, place, value):
    """Replace a setting where there is one that is neither 0 nor empty; `*` is each of a list."""
    first, *rest = place
    for one in content if first == "*" else [content.get(first)]:
        if rest and one:
            _replace(one, rest, value)
        elif one:
            content[first] = value


def written(content):
    """Return settings as TOML, all tables inline."""
    return "".join(f"{key} = {_inline(value)}\n" for key, value in content.items())


def _inline(value):
    if isinstance(value, dict):
        inner = ", ".join(f"{json.dumps(key)} = {_inline(one)}" for key, one in value.items())
        return f"{{ {inner} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(_inline, value))}]"
    return json.dumps(value)
