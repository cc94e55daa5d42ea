"""The page of a generative study: what it learnt, generated and spent, as figures and pictures."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil, isqrt

import numpy as np

from hwkit.errors import DataError
from hwkit.fidelity import shown_share
from hwkit.model.files import read_arrays
from hwkit.report.drawing import Drawing
from hwkit.report.formats import measured, number, quantity
from hwkit.report.pictures import Picture, data_uri
from hwkit.report.rendering import Section, metrics_section
from hwkit.study.finished import FinishedRun
from hwkit.study.kinds.generative import figures
from hwkit.study.kinds.generative.plan import GenerativePlan
from hwkit.study.kinds.generative.results import (
    ACCOUNTS,
    PICTURES,
    RESULTS,
    SELECTED_STATES,
    Account,
    GenerativeResults,
    Heat,
    Losses,
    SearchTrial,
    Selected,
)
from hwkit.study.kinds.generative.verdict import describe
from hwkit.training import recognise
from hwkit.trajectories import FloatArray

_TRIALS = 12  # of a search that are listed
_MEANINGS = {
    "fixed potential": "V(x0) − V(xT), given to the bath while couplings and biases are on",
    "switching on": "work on the machine as couplings and biases are switched on",
    "switching off": "work on it as they are switched off again",
    "forgetting": "onsite energy gained; heat of relaxing uncoupled to the start",
    "whole cycle": "on, generate, off, relax: all the work and all the heat",
    "Ito sum": "sum of −grad V(x) dx with x at the start of each step",
}
_NAMES = {
    "ideal": "ideal machine, samples of the verdict",
    "paired": "ideal machine, noise of the circuit's runs",
    "SPICE": "circuit in SPICE, the same noise",
}


@dataclass(frozen=True)
class Table:
    """A table: its caption and head, and rows as text."""

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Block:
    """A part of a section; what it leaves out is not shown."""

    title: str = ""
    text: str = ""
    pictures: Sequence[Picture] = ()
    table: Table | None = None
    terms: Sequence[tuple[str, str]] = ()
    drawings: Sequence[Drawing] = ()


def sections(plan: GenerativePlan, run: FinishedRun) -> Iterator[Section]:
    """Yield the sections of a generative study's page: one for each part of the study."""
    yield metrics_section(run.verdict())
    results, pictures = run.value(RESULTS, GenerativeResults), arrays_of(run, PICTURES)
    patterns = pictures["patterns"]
    yield Section("generative-patterns", "Patterns", _patterns(plan, pictures))
    if results.training is not None:
        yield Section("generative-training", "Training", _training(results.training.values()))
    if results.heat is not None:
        generated = [
            _samples(name, arrays_of(run, machine.task.samples)["x"], patterns, plan)
            for name, machine in results.heat.machines.items()
        ]
        yield Section("generative-samples", "Generated digits", generated)
        yield Section("generative-heat", "Heat of a sample", _heat(plan, results.heat))
    if results.sweep is not None:
        at_top = results.found is None and results.heat is None  # the share against duration
        drawings = figures.sweep(results.sweep.rows)[1 if at_top else 0 :]
        yield Section("generative-sweep", "How long it takes", _sweep(drawings))
    if results.search is not None:
        yield Section("generative-search", "Search", _search(results.search.trials))
    if results.found is not None:
        generated = [
            _samples(_NAMES[name], states, patterns, plan)
            for name, states in arrays_of(run, SELECTED_STATES).items()
        ]
        shown = [*generated, *_selected(results.found)]
        yield Section("generative-found", "Selected settings", shown)


def arrays_of(run: FinishedRun, name: str) -> dict[str, FloatArray]:
    """Return the arrays of any shape in a file of the run, by name.

    Raises:
        DataError: if it is not there.
    """
    if not run.has(name):
        raise DataError(f"{run.path} holds no {name}; run the study again")
    return read_arrays(run / name)


def pattern_pictures(plan: GenerativePlan, patterns: FloatArray) -> list[Picture]:
    """Return pictures of the patterns (P, n_visible), with their classes."""
    return [
        Picture(data_uri(row, _range(row)), f"pattern {label}", str(label))
        for row, label in zip(patterns, plan.data.classes, strict=True)
    ]


def _patterns(plan: GenerativePlan, pictures: dict[str, FloatArray]) -> list[Block]:
    names, n_visible = [str(label) for label in plan.data.classes], pictures["patterns"].shape[1]
    first = Block(
        text="What the visible units are to show, and the field on the hidden units during "
        "training: repeated pixels (the paper's choice), a random projection, or codes, which "
        "differ between patterns as much as they can. Dark is large.",
        pictures=pattern_pictures(plan, pictures["patterns"]),
    )
    fields = [
        Block(
            title=f"Hidden fields: {kind}",
            pictures=[
                Picture(data_uri(_sheet(row, n_visible), _range(rows)), f"{kind} of {name}", name)
                for row, name in zip(rows, names, strict=True)
            ],
        )
        for kind, rows in pictures.items()
        if kind != "patterns"
    ]
    return [first, *fields]


def _training(losses: Iterable[Losses]) -> list[Block]:
    entries = list(losses)
    fields = dict.fromkeys(entry.task.field for entry in entries)
    text = (
        "Held-out loss per step above that of the exact solve, which needs no cycle: gradient "
        "descent comes down to the noise of its paths and stays above."
    )
    return [Block(text=text, drawings=[figures.loss_curves(field, entries) for field in fields])]


def _samples(name: str, states: FloatArray, patterns: FloatArray, plan: GenerativePlan) -> Block:
    return Block(title=name, pictures=sample_pictures(states, patterns, plan))


def sample_pictures(
    states: FloatArray, patterns: FloatArray, plan: GenerativePlan
) -> list[Picture]:
    """Return pictures of end states (runs, N), with the pattern that each resembles most."""
    samples = recognise(states, patterns)
    classes, n_visible = [str(label) for label in plan.data.classes], patterns.shape[1]
    grey = _range(states[:, :n_visible])
    shown = []
    for k, state in enumerate(states[:, :n_visible]):
        like = classes[samples.best[k]]
        mark = "" if samples.recognisable[k] else " ✗"
        caption = f"{like} · {samples.correlation[k]:z.2f}{mark}".replace("-", "−")
        shown.append(Picture(data_uri(state, grey), f"sample {k}, most like {like}", caption))
    return shown


def _heat(plan: GenerativePlan, heat: Heat) -> list[Block]:
    assert plan.heat is not None
    quoted, machines, start = plan.heat.quoted, heat.machines, heat.start
    rows = [
        [
            name,
            *(_mean(machine.accounts[kind]) for kind in ACCOUNTS),
            shown_share(machine.share, plan.heat.samples),
        ]
        for name, machine in machines.items()
    ]
    text = (
        f"One set of runs, six accounts, in units of kT; accounts of the paper have "
        f"{quoted:g} kT a sample. In model units the numbers are {plan.machine.kT:g} of these. "
        f"Starts have a standard deviation of {measured(start.value, start.stderr)}."
    )
    block = Block(
        text=text,
        table=Table(
            "Accounts of heat of each machine, kT", ["machine", *ACCOUNTS, "recognisable"], rows
        ),
        terms=list(_MEANINGS.items()),
        drawings=[figures.heat_histogram(machines, quoted), figures.heat_course(machines)],
    )
    return [block]


def _sweep(drawings: list[Drawing]) -> list[Block]:
    text = "Noising and generation both take the duration on the axis; trained anew for each."
    return [Block(text=text, drawings=drawings)]


def _search(trials: list[SearchTrial]) -> list[Block]:
    rows = [
        [
            describe(trial.settings),
            shown_share(trial.share, trial.n),
            ", ".join(shown_share(share, trial.n) for share in trial.classes),
            number(trial.score),
            str(trial.n),
        ]
        for trial in trials[:_TRIALS]
    ]
    text = (
        f"The best {len(rows)} of {len(trials)} trials: those of the last round, by score, then "
        "those of the first. Score: recognisable share minus the rarest class's shortfall below "
        "half of 1/P, P the number of classes."
    )
    head = ["settings", "recognisable", "classes", "score", "samples"]
    return [Block(text=text, table=Table("The best trials", head, rows))]


def _selected(selected: Selected) -> list[Block]:
    rows = [
        [
            quantity(row.farad, "F"),
            quantity(row.volt, "V"),
            f"{number(row.kelvin)} K",
            quantity(row.joule, "J"),
        ]
        for row in selected.joules
    ]
    accounts = [[name, _mean(account)] for name, account in selected.accounts.items()]
    if selected.spice_heat is not None:
        accounts.append(["fixed potential, in SPICE", _mean(selected.spice_heat)])
    text = (
        "The model's heat of one sample in joules, Q C V0². The first row is the circuit as it is "
        "simulated, with noise made for it; the others have nodes whose own thermal noise at 300 K "
        "is the machine's, so that V0 follows from C. Transconductors, readout, weights and the "
        "making of noise are not in these numbers."
    )
    head = ["C of a node", "V0", "noise temperature", "heat of a sample"]
    return [
        Block(table=Table("Heat of a sample, kT", ["account", "mean"], accounts)),
        Block(text=text, table=Table("Heat of a sample in joules", head, rows)),
    ]


def _mean(account: Account) -> str:
    return measured(account.mean, account.stderr)


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
