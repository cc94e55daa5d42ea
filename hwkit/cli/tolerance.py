"""`hwkit tolerance`: boards of a design, their yield, and what decides it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hwkit.cli.options import Jobs, Json, RootSeed, RunFolder, refuse_all_but, refuse_unused
from hwkit.cli.output import emit
from hwkit.cli.studies import run_study_verb

if TYPE_CHECKING:
    from hwkit.study import TolerancePlan

StudyFile = Annotated[Path, typer.Argument(metavar="STUDY.toml", help="A tolerance study.")]


def tolerance(
    context: typer.Context,
    study: StudyFile,
    out: RunFolder = None,
    seed: RootSeed = None,
    jobs: Jobs = None,
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
    board: Annotated[
        int | None,
        typer.Option(min=0, help="Write this board's netlist into the folder, and stop."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Make boards with the tolerances of a study and judge them. An interrupted run is resumed."""
    from hwkit.study import load_tolerance_plan

    if insecure_scheduler and scheduler is None:
        raise typer.BadParameter("--insecure-scheduler is for --scheduler; give both")
    if dry_run:
        refuse_all_but(context, {"seed", "jobs", "dry_run"}, "with --dry-run")
        refuse_unused(context, {"out"}, "with --dry-run, which writes nothing")
    if board is not None:
        refuse_all_but(context, {"seed", "board"}, "with --board, which runs nothing")
    plan = load_tolerance_plan(study, seed)
    if scheduler is not None and not plan.check.boards:
        refuse_unused(context, {"jobs"}, "with --scheduler and no board to check in ngspice here")
    folder = out if out is not None else Path("runs") / plan.name
    if dry_run:
        _say(plan, as_json, jobs)
        return
    if board is not None:
        _netlist(plan, board, folder, as_json)
        return
    from hwkit.report import write_tolerance_report
    from hwkit.study import run_tolerance

    run_study_verb(
        plan.name,
        out,
        as_json,
        lambda folder, announce: run_tolerance(
            plan, folder, jobs, scheduler, announce, insecure_scheduler
        ),
        write_tolerance_report,
    )


def _say(plan: TolerancePlan, as_json: bool, jobs: int | None) -> None:
    from dataclasses import asdict

    from hwkit.study import estimate_tolerance

    found = estimate_tolerance(plan, jobs)
    emit(
        as_json,
        asdict(found),
        f"boards   {found.boards}\npaths    {found.paths}\nmode     {found.mode}\n"
        f"minutes  {found.minutes:.2g} on this machine, SPICE check not counted\n"
        f"disk     {found.bytes / 1e6:.1f} MB",
    )


def _netlist(plan: TolerancePlan, board: int, folder: Path, as_json: bool) -> None:
    from hwkit.study import board_netlist

    path = board_netlist(plan, folder, board)
    emit(as_json, {"netlist": str(path)}, f"wrote {path}")
