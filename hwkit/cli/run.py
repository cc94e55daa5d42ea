"""`hwkit run` and `hwkit report`: a whole study of any kind, and its page."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hwkit.cli.endings import over_earlier_results, resumable
from hwkit.cli.options import (
    Jobs,
    Json,
    RootSeed,
    RunFolder,
    Timeout,
    parse_classes,
    refuse_all_but,
    refuse_unused,
)
from hwkit.cli.output import emit, progress_bars
from hwkit.cli.validate import conclude
from hwkit.manifest import MANIFEST
from hwkit.terminal import one_line

if TYPE_CHECKING:  # slow to import, and `hwkit --help` doesn't need it
    from hwkit.study import Estimate
    from hwkit.study.sections import StudyFile

_SHOWN = 3  # stages of an estimate


def run(
    context: typer.Context,
    study: Annotated[Path, typer.Argument(metavar="STUDY.toml", help="A study file.")],
    out: RunFolder = None,
    classes: Annotated[
        str | None, typer.Option(help="Classes of the data set in place of the file's: 3,4,7.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="Folder of the data set, such as MNIST's idx files.")
    ] = None,
    seed: RootSeed = None,
    jobs: Jobs = None,
    timeout: Timeout = None,
    scheduler: Annotated[
        str | None, typer.Option(help="Dask scheduler, such as tls://host:8786, to run there.")
    ] = None,
    insecure_scheduler: Annotated[
        bool,
        typer.Option(
            "--insecure-scheduler", help="Take a scheduler on another machine without TLS."
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what the study would take, and stop.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Run a study of any kind and write its page. An interrupted run is resumed."""
    from hwkit.study import conclude_study, estimate_study, load_plan

    if insecure_scheduler and scheduler is None:
        raise typer.BadParameter("--insecure-scheduler is for --scheduler; give both")
    if dry_run:
        used = {"seed", "classes", "data", "dry_run"}
        refuse_all_but(context, used, "with --dry-run")
        refuse_unused(context, {"out"}, "with --dry-run, which writes nothing")
    plan = load_plan(study, parse_classes(classes), seed, data)
    if dry_run:
        _show_estimate(estimate_study(plan), as_json)
        return
    _refuse_idle(context, plan)
    folder = out if out is not None else Path("runs") / plan.name
    earlier = over_earlier_results(folder) if (folder / MANIFEST).exists() else nullcontext()
    with resumable(folder, as_json), earlier, progress_bars() as announce:
        outcome = conclude_study(
            plan, folder, jobs, timeout, announce, scheduler, insecure_scheduler
        )
    if not as_json:
        where = f"results in {folder}, report {outcome.page}\n"
        emit(False, {}, f"{outcome.answer.in_terminal}\n\n{where}")
    conclude(outcome.verdict, as_json)


def _refuse_idle(context: typer.Context, plan: StudyFile) -> None:
    """Refuse options of runs that a study of this plan doesn't make."""
    from hwkit.study import load_kind

    kind, study = load_kind(plan.kind), f"with this {plan.kind} study"
    if not kind.needs_spice(plan):
        refuse_unused(context, {"timeout"}, f"{study}, which runs no SPICE")
    if not kind.uses_workers(plan):
        names = {"jobs", "scheduler", "insecure_scheduler"}
        refuse_unused(context, names, f"{study}, which runs in one process")


def _show_estimate(estimate: Estimate, as_json: bool) -> None:
    lines = [
        f"runs     {estimate.runs}",
        f"minutes  {estimate.minutes:.2g} on this machine, as busy as it is now",
        *_longest(estimate.stages),
        f"disk     {estimate.bytes / 1e6:.1f} MB",
    ]
    if estimate.note:
        lines.append(f"note     {estimate.note}")
    emit(as_json, asdict(estimate), "\n".join(lines))


def _longest(stages: Mapping[str, float]) -> list[str]:
    """Return the stages that take most of the time, the longest first."""
    longest = sorted(stages, key=lambda name: -stages[name])[:_SHOWN]
    return [f"         {stages[name] / 60:.2g} of them: {one_line(name)}" for name in longest]


def report(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A run folder.")],
    as_json: Json = False,
) -> None:
    """Write the report page of a finished run again."""
    from hwkit.study import report_again

    outcome = report_again(folder)
    answer, page = outcome.answer, outcome.page
    facts = {"report": str(page), "answer": answer.sentence}
    emit(as_json, facts, f"{answer.in_terminal}\n\nwrote {page}")
