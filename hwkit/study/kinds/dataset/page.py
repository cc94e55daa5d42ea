"""The page of a data set study: the answer with pictures, measures, the frontier, conditions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from hwkit.fidelity import Estimate
from hwkit.model.files import read_arrays
from hwkit.report.drawing import Drawing
from hwkit.report.formats import count, number
from hwkit.report.pictures import Picture, data_uri
from hwkit.report.rendering import Section, metrics_section
from hwkit.study.finished import FinishedRun
from hwkit.study.kinds.dataset import figures
from hwkit.study.kinds.dataset.plan import DatasetPlan, GatesPlan
from hwkit.study.kinds.dataset.results import (
    CONDITIONS,
    PICTURES,
    RESULTS,
    SHOWN,
    Dataset,
    Machine,
    Point,
)
from hwkit.study.kinds.dataset.verdict import MEASURES, over_seeds
from hwkit.training import normalized_patterns
from hwkit.trajectories import FloatArray

_GREY = (-1.5, 2.5)  # of pictures of zero mean and unit variance


@dataclass(frozen=True)
class Strip:
    """A row of pictures under a title."""

    title: str
    pictures: list[Picture]


@dataclass(frozen=True)
class Answer:
    """The first section: a sentence, three numbers, pictures."""

    sentence: str
    numbers: list[tuple[str, str, str]]
    strips: list[Strip]


@dataclass(frozen=True)
class Table:
    """A table: its head, and rows as text."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Frontier:
    """The frontier as a figure and as a table."""

    drawing: Drawing
    table: Table


@dataclass(frozen=True)
class Asked:
    """Conditions: text, figure, pictures."""

    text: str
    drawing: Drawing
    strips: list[Strip]


def sections(plan: DatasetPlan, run: FinishedRun) -> Iterator[Section]:
    """Yield the sections of a data set study's page."""
    results = run.value(RESULTS, Dataset)
    pictures = read_arrays(run.result(PICTURES))
    yield Section("dataset-answer", "What it generates", _answer(plan, results, pictures))
    yield Section("dataset-measures", "Measures", _measures(results))
    if results.frontier:
        frontier = Frontier(figures.frontier(results), _frontier(results))
        yield Section("dataset-frontier", "Quality against hardware", frontier)
    if results.conditions is not None and run.has(CONDITIONS):
        shown = read_arrays(run.result(SHOWN))
        yield Section("dataset-conditions", "Conditions", _asked(results, shown))
    yield metrics_section(run.verdict())


def _tiles(gates: GatesPlan) -> str:
    tiles = gates.tiles
    return f", {tiles.experts} experts a tile of {tiles.size}x{tiles.size}" if tiles.experts else ""


def _answer(plan: DatasetPlan, results: Dataset, pictures: dict[str, FloatArray]) -> Answer:
    facts, machines = results.facts, results.machines
    precision, recall = (np.mean(over_seeds(machines, name)) for name in ("precision", "recall"))
    pairwise = np.mean(over_seeds(results.pairwise, "precision"))
    what = (
        f"{precision:.0%} of what it generates lies among pictures that it has not been shown, and "
        f"{recall:.0%} of those lie among what it generates; without experts it is {pairwise:.0%}."
    )
    novelty = np.mean(over_seeds(machines, "novelty"))
    copies = "does not copy" if novelty >= plan.limits.novelty else "copies its training pictures"
    gates, many = plan.machine, "s" if plan.machine.segments > 1 else ""
    trained = (
        f"Trained on {count(facts.training)} pictures of {facts.classes} classes, a machine of "
        f"{facts.pixels} units with {gates.experts} experts, {gates.prototypes} prototypes"
        f"{_tiles(gates)} and {gates.segments} segment{many} {copies}: "
    )
    return Answer(
        trained + what,
        [(MEASURES[name], _over_seeds(machines, name), meaning)
         for name, meaning in (
             ("precision", "samples among held-out pictures"),
             ("recall", "held-out pictures among samples"),
             ("novelty", "distance to the nearest training picture, that of held-out ones = 1"),
         )],
        [
            Strip("Generated, class by class", _row(pictures["generated"], "generated")),
            Strip("The nearest training picture of each", _row(pictures["nearest"], "nearest")),
            Strip("Held-out pictures with the same noise", _row(pictures["held_out"], "held out")),
        ],
    )  # fmt: skip


def _over_seeds(machines: Sequence[Machine], name: str) -> str:
    """Return the mean over seeds and its 95 % interval, by their spread and that of sampling."""
    values = over_seeds(machines, name)
    widths = [m.quality.measures[name].high - m.quality.measures[name].low for m in machines]
    sampling = float(np.mean(widths)) / 2 / np.sqrt(len(values))
    seeds = 1.96 * float(np.std(values, ddof=1)) / np.sqrt(len(values))
    return f"{number(float(np.mean(values)), 3)} ± {number(max(sampling, seeds), 1)}"


def _row(states: FloatArray, name: str) -> list[Picture]:
    return [
        Picture("" if np.isnan(s).all() else data_uri(s, _GREY), f"{name} {k}", "")
        for k, s in enumerate(states)
    ]


def _measures(results: Dataset) -> Table:
    n = len(results.machines)
    rows = [
        [f"this machine, mean of {n} seeds", *(_over_seeds(results.machines, m) for m in MEASURES)],
        [f"pairwise machine, mean of {n} seeds",
         *(_over_seeds(results.pairwise, m) for m in MEASURES)],
        *([name, *(_estimate(quality.measures[m]) for m in MEASURES)]
          for name, quality in results.controls.items()),
    ]  # fmt: skip
    return Table(["", *MEASURES.values()], rows)


def _estimate(value: Estimate) -> str:
    return f"{number(value.value)} ± {number((value.high - value.low) / 2, 1)}"


def _frontier(results: Dataset) -> Table:
    head = ["machine", "couplings", *MEASURES.values()]
    own, pairwise = results.machines[0], results.pairwise[0]
    rows = [
        ["this machine, seed 0", count(own.couplings),
         *(number(own.quality.measures[m].value) for m in MEASURES)],
        ["pairwise machine, seed 0", count(pairwise.couplings),
         *(number(pairwise.quality.measures[m].value) for m in MEASURES)],
    ]  # fmt: skip
    return Table(head, [*rows, *map(_point, results.frontier)])


def _point(point: Point) -> list[str]:
    return [
        point.name,
        count(point.couplings),
        *(number(point.quality.measures[m].value) for m in MEASURES),
    ]


def _asked(results: Dataset, shown: dict[str, FloatArray]) -> Asked:
    found = results.conditions
    assert found is not None
    text = (
        f"A class that is asked for is generated in {np.mean(found.class_right):.1%} of samples, "
        f"by the classifier: gates are restricted to the experts of that class. Of {found.masked} "
        f"held-out pictures whose upper half is given, {found.completed:.1%} are completed to the "
        f"right class; {found.pairwise_completed:.1%} by the pairwise machine, and "
        f"{found.judge_alone:.1%} is what the classifier makes of the upper half alone."
    )
    blank = np.where(np.isnan(shown["masked"]), _GREY[0], shown["masked"])
    return Asked(
        text,
        figures.classes(results.machines[0].class_shares, found.class_right),
        [
            Strip(
                "One of each class asked for", _row(normalized_patterns(shown["classes"]), "class")
            ),
            Strip("The given half", _row(blank, "half")),
            Strip("Completed", _row(normalized_patterns(shown["completed"]), "completed")),
            Strip("The whole picture", _row(shown["truth"], "picture")),
        ],
    )
