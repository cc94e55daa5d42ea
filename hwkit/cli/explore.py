"""`hwkit explore`: a page in which a machine runs and its parts can be turned."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hwkit.cli.options import (
    Cell,
    Farad,
    Json,
    PartOptions,
    Second,
    Volt,
    option_pairs,
    parse_classes,
    refuse_unused,
)
from hwkit.cli.output import emit, progress_bars

if TYPE_CHECKING:  # slow to import, and `hwkit --help` doesn't need it
    from hwkit.explore.subjects import Subject
    from hwkit.trajectories import FloatArray

_OF_MODEL = {"classes", "patterns", "cell", "volt", "second", "farad", "option", "seed"}


def explore(
    context: typer.Context,
    machine: Annotated[
        Path,
        typer.Argument(
            metavar="MODEL.npz|RUN",
            help="A trained machine, or the folder of an equivalence, tolerance or silicon run.",
        ),
    ],
    classes: Annotated[
        str | None,
        typer.Option(help="Of a model: classes of the 8x8 digits that it was trained on."),
    ] = None,
    patterns: Annotated[
        Path | None,
        typer.Option(help="Of a model: your own patterns, a .npy file, one row of pixels each."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of a model: root of all random draws.")] = 0,
    cell: Cell = "rc",
    volt: Volt = 0.1,
    second: Second = 1e-6,
    farad: Farad = 1e-12,
    option: PartOptions = None,
    out: Annotated[Path, typer.Option(help="Page to write.")] = Path("bench.html"),
    as_json: Json = False,
) -> None:
    """Write a page that runs the machine. Turn its tolerances there, and watch."""
    from hwkit.explore.subjects import subject_of_model, subject_of_run
    from hwkit.settings.problems import in_one_sentence
    from hwkit.study.sections import CircuitPlan

    if machine.is_dir():
        refuse_unused(context, _OF_MODEL, "with a run, which says it")
        with progress_bars() as announce:
            subject = subject_of_run(machine, announce)
    else:
        options = option_pairs(option)
        with in_one_sentence(CircuitPlan):
            circuit = CircuitPlan(cell=cell, volt=volt, second=second, farad=farad, options=options)
        rows, labels = _patterns(classes, patterns)
        subject = subject_of_model(machine, circuit, rows, labels, seed)
    _write(subject, out, as_json)


def _write(subject: Subject, out: Path, as_json: bool) -> None:
    from hwkit.explore.writing import write_page

    with progress_bars() as announce:
        announce("first samples and boards")
        size = write_page(subject, out)
    text = f"{subject.bench.design.machine.n_units} units, {size / 1e6:.1f} MB; wrote {out}"
    emit(as_json, {"page": str(out), "bytes": size}, text)


def _patterns(classes: str | None, file: Path | None) -> tuple[FloatArray, tuple[str, ...]]:
    """Return patterns (P, pixels), in grey values, and their labels."""
    from hwkit.cli.train import read_patterns

    if (classes is None) == (file is None):
        raise typer.BadParameter(
            "a model file does not hold its patterns; give one of --classes and --patterns"
        )
    rows = read_patterns(classes, file)
    named = parse_classes(classes)
    labels = range(len(rows)) if named is None else named
    return rows, tuple(str(label) for label in labels)
