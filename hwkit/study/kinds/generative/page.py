"""The page of a generative study: what it learnt, generated and spent, as figures and pictures."""

import json
from collections.abc import Callable, Iterator
from math import ceil, isqrt
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwkit.errors import DataError
from hwkit.fidelity import Verdict, shown_share
from hwkit.files import write_text
from hwkit.model.files import read_arrays
from hwkit.report.formats import measured, number, quantity
from hwkit.report.pictures import Picture, data_uri
from hwkit.report.rendering import PAGE, Section, render_page
from hwkit.report.studies import finished_study, read_study
from hwkit.report.verdict import summarise
from hwkit.study.kinds.generative import figures as figures
from hwkit.study.kinds.generative.heat import ACCOUNTS
from hwkit.study.kinds.generative.plan import GenerativePlan
from hwkit.study.kinds.generative.study import RESULTS
from hwkit.study.kinds.generative.verdict import describe
from hwkit.training import recognise

FloatArray = NDArray[np.float64]
Facts = dict[str, Any]
Block = dict[str, Any]

_TRIALS = 12  # of a search that are listed
_MEANINGS = {
    "fixed potential": "V(x0) − V(xT), given to the bath while couplings and biases are on",
    "switching on": "work on the machine as couplings and biases are switched on",
    "switching off": "work on it as they are switched off again",
    "forgetting": "onsite energy gained; heat of relaxing uncoupled to the start",
    "whole cycle": "on, generate, off, relax: all the work and all the heat",
    "Ito sum": "sum of −grad V(x) dx with x at the start of each step",
}


def write_generative(folder: Path | str) -> Path:
    """Write `report.html` into the run folder of a generative study and return its path.

    Raises:
        DataError: if the folder holds no finished generative study.
    """
    folder = Path(folder)
    with finished_study(folder, "generative study", "generative", RESULTS, "pictures.npz") as there:

        def arrays(name: str) -> dict[str, FloatArray]:
            if name not in there:
                raise DataError(f"it has no {name}")
            return read_arrays(folder / name)

        plan, results = read_study(folder, GenerativePlan, RESULTS)
        summary = summarise(Verdict.load(folder / "verdict.json"))
        sections = [
            Section("metrics", "Verdict", summary.groups),
            *_sections(plan, results, arrays),
            Section("settings", "Settings", json.dumps(plan.model_dump(mode="json"), indent=2)),
        ]
        write_text(folder / PAGE, render_page(plan, summary, sections))
    return folder / PAGE


def _sections(
    plan: GenerativePlan, results: Facts, arrays: Callable[[str], dict[str, FloatArray]]
) -> Iterator[Section]:
    pictures = arrays("pictures.npz")
    yield Section("generative-patterns", "Patterns", _patterns(plan, pictures))
    if "training" in results:
        yield Section("generative-training", "Training", _training(results["training"]))
    if "heat" in results:
        generated = [
            _samples(
                name,
                arrays(f"samples-{name.replace(', ', '-')}.npz")["x"],
                pictures["patterns"],
                plan,
            )
            for name in results["heat"]["machines"]
        ]
        yield Section("generative-samples", "Generated digits", generated)
        yield Section("generative-heat", "Heat of a sample", _heat(plan, results["heat"]))
    if "sweep" in results:
        yield Section("generative-sweep", "How long it takes", _sweep(results["sweep"]["rows"]))
    if "search" in results:
        yield Section("generative-search", "Search", _search(results["search"]["trials"]))
    if "found" in results:
        shown = arrays("found.npz")
        generated = [
            _samples(_NAMES[name], states, pictures["patterns"], plan)
            for name, states in shown.items()
        ]
        yield Section("generative-found", "Settings found", [*generated, *_found(results["found"])])


_NAMES = {
    "ideal": "ideal machine, samples of the verdict",
    "paired": "ideal machine, noise of the circuit's runs",
    "SPICE": "circuit in SPICE, the same noise",
}


def _patterns(plan: GenerativePlan, pictures: dict[str, FloatArray]) -> list[Block]:
    names, n_visible = [str(label) for label in plan.data.classes], pictures["patterns"].shape[1]
    blocks = [
        {
            "text": "What the visible units are to show, and what hidden units see while the "
            "pattern fades: repeated pixels (the paper's choice), a random projection, or a "
            "code that differs between patterns as much as it can. Dark is large.",
            "pictures": [
                Picture(data_uri(row, _range(row)), f"pattern {name}", name)
                for row, name in zip(pictures["patterns"], names, strict=True)
            ],
        }
    ]
    for kind in ("repeat", "projection", "codes"):
        rows = pictures[kind]
        blocks.append(
            {
                "title": f"Hidden fields: {kind}",
                "pictures": [
                    Picture(
                        data_uri(_sheet(row, n_visible), _range(rows)), f"{kind} of {name}", name
                    )
                    for row, name in zip(rows, names, strict=True)
                ],
            }
        )
    return blocks


def _training(losses: Facts) -> list[Block]:
    fields = list(dict.fromkeys(name.split(", ")[0] for name in losses))
    drawings = [figures.loss_curves(field, losses) for field in fields]
    text = (
        "Held-out loss per step above that of the exact solve, which needs no cycle: gradient "
        "descent comes down to the noise of its paths and stays above."
    )
    return [{"text": text, "drawings": drawings}]


def _samples(name: str, states: FloatArray, patterns: FloatArray, plan: GenerativePlan) -> Block:
    seen = recognise(states, patterns)
    classes, n_visible = [str(label) for label in plan.data.classes], patterns.shape[1]
    grey = _range(states[:, :n_visible])
    shown = []
    for k, state in enumerate(states[:, :n_visible]):
        like = classes[seen.best[k]]
        mark = "" if seen.recognisable[k] else " ✗"
        caption = f"{like} · {seen.correlation[k]:z.2f}{mark}".replace("-", "−")
        shown.append(Picture(data_uri(state, grey), f"sample {k}, most like {like}", caption))
    return {"title": name, "pictures": shown}


def _heat(plan: GenerativePlan, heat: Facts) -> list[Block]:
    assert plan.heat is not None
    quoted, machines, start = plan.heat.quoted, heat["machines"], heat["start"]
    head = ["machine", *ACCOUNTS, "recognisable"]
    rows = [
        [
            name,
            *(_mean(machine["accounts"][kind]) for kind in ACCOUNTS),
            shown_share(machine["share"], plan.heat.samples),
        ]
        for name, machine in machines.items()
    ]
    text = (
        f"One set of runs, six accounts, in units of kT; accounts of the paper have "
        f"{quoted:g} kT a sample. In model units the numbers are {plan.machine.kT:g} of these. "
        f"Starts have a standard deviation of {measured(start['value'], start['stderr'])}."
    )
    return [
        {
            "text": text,
            "table": {"head": head, "rows": rows},
            "terms": list(_MEANINGS.items()),
            "drawings": [figures.heat_histogram(machines, quoted), figures.heat_course(machines)],
        }
    ]


def _sweep(rows: list[Facts]) -> list[Block]:
    text = "Noising and generation both take the duration on the axis; trained anew for each."
    return [{"text": text, "drawings": figures.sweep(rows)}]


def _search(trials: list[Facts]) -> list[Block]:
    rows = [
        [
            describe(trial["settings"]),
            shown_share(trial["share"], trial["n"]),
            ", ".join(shown_share(share, trial["n"]) for share in trial["classes"]),
            number(trial["score"]),
            str(trial["n"]),
        ]
        for trial in trials[:_TRIALS]
    ]
    text = (
        f"The best {len(rows)} of {len(trials)} trials: those of the last round, by score, then "
        "those of the first. Score: recognisable share, less what the rarest class lacks of half "
        "its fair share."
    )
    head = ["settings", "recognisable", "classes", "score", "samples"]
    return [{"text": text, "table": {"head": head, "rows": rows}}]


def _found(found: Facts) -> list[Block]:
    rows = [
        [
            quantity(row["farad"], "F"),
            quantity(row["volt"], "V"),
            f"{number(row['kelvin'])} K",
            quantity(row["joule"], "J"),
        ]
        for row in found["joules"]
    ]
    accounts = [[name, _mean(account)] for name, account in found["accounts"].items()]
    if "spice_heat" in found:
        accounts.append(["fixed potential, in SPICE", _mean(found["spice_heat"])])
    text = (
        "The model's heat of one sample in joules, Q C V0². The first row is the circuit as it is "
        "simulated, with noise made for it; the others have nodes whose own thermal noise at 300 K "
        "is the machine's, so that V0 follows from C. Transconductors, readout, weights and the "
        "making of noise are not in these numbers."
    )
    head = ["C of a node", "V0", "noise temperature", "heat of a sample"]
    return [
        {"title": "Heat, kT", "table": {"head": ["account", "mean"], "rows": accounts}},
        {"title": "Heat in joules", "text": text, "table": {"head": head, "rows": rows}},
    ]


def _mean(account: Facts) -> str:
    return measured(account["mean"], account["stderr"])


def _range(values: FloatArray) -> tuple[float, float]:
    finite = values[np.isfinite(values)]
    low, high = (float(np.quantile(finite, q)) for q in (0.01, 0.99))
    return (low, high) if high > low else (low - 1, low + 1)


def _sheet(row: FloatArray, n_visible: int) -> FloatArray:
    """Return hidden values in rows as long as the picture's, filled up to a square.

    What fills up is NaN, which is drawn transparent.
    """
    width = max(isqrt(n_visible), ceil(row.size**0.5))
    return np.pad(row, (0, width**2 - row.size), constant_values=np.nan)
