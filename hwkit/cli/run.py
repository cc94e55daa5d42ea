"""`hwkit run` and `hwkit report`: a whole study, and its page."""

from pathlib import Path
from typing import Annotated

import typer

from hwkit.cli.endings import resumable
from hwkit.cli.options import Jobs, Json, RootSeed, RunFolder, Timeout, parse_classes
from hwkit.cli.output import emit, progress_bars
from hwkit.cli.validate import conclude


def run(
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
    as_json: Json = False,
) -> None:
    """Run a study: train, compile, simulate, compare, report. An interrupted run is resumed."""
    from hwkit.report import write_report
    from hwkit.study import load_plan, run_study

    plan = load_plan(study, parse_classes(classes), seed, data)
    folder = out if out is not None else Path("runs") / plan.name
    with resumable(folder, as_json), progress_bars() as announce:
        verdict = run_study(plan, folder, jobs, timeout, announce)
        announce("report")
        page = write_report(folder)
    if not as_json:
        emit(False, {}, f"results in {folder}, report {page}\n")
    conclude(verdict, as_json)


def report(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A run folder.")],
    as_json: Json = False,
) -> None:
    """Write the report page of a finished run again."""
    from hwkit.report import write_bench, write_report, write_speedup, write_tolerance_report

    writers = {
        "tolerance.json": write_tolerance_report,
        "speedup.json": write_speedup,
        "bench.json": write_bench,
    }
    found = [write for name, write in writers.items() if (folder / name).is_file()]
    page = (found[0] if found else write_report)(folder)
    emit(as_json, {"report": str(page)}, f"wrote {page}")
