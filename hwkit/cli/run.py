"""`hwkit run` and `hwkit report`: a whole study, and its page."""

from pathlib import Path
from typing import Annotated

import typer

from hwkit.cli.endings import over_earlier_results
from hwkit.cli.options import Jobs, Json, RootSeed, RunFolder, Timeout, parse_classes
from hwkit.cli.output import emit
from hwkit.cli.studies import run_study_verb


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
    run_study_verb(
        plan.name,
        out,
        as_json,
        lambda folder, announce: run_study(plan, folder, jobs, timeout, announce),
        write_report,
    )


def report(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A run folder.")],
    as_json: Json = False,
) -> None:
    """Write the report page of a finished run again."""
    from hwkit.report import (
        write_bench,
        write_codesign,
        write_report,
        write_speedup,
        write_tolerance_report,
    )
    from hwkit.report.energy import write_energy
    from hwkit.report.generative import write_generative
    from hwkit.report.storage import write_storage
    from hwkit.study.ownership import finished

    writers = {
        "bench.json": write_bench,
        "codesign.json": write_codesign,
        "generative.json": write_generative,
        "ledger.json": write_energy,
        "speedup.json": write_speedup,
        "storage.json": write_storage,
        "tolerance.json": write_tolerance_report,
    }
    with finished(folder) as there:
        found = [write for name, write in writers.items() if name in there]
    with over_earlier_results(folder):
        page = (found[0] if found else write_report)(folder)
    emit(as_json, {"report": str(page)}, f"wrote {page}")
