"""`hwkit codesign`: train for the hardware that exists, and see on boards what it is worth."""

from pathlib import Path
from typing import Annotated

import typer

from hwkit.cli.endings import resumable
from hwkit.cli.options import Jobs, Json, RootSeed, RunFolder
from hwkit.cli.output import emit, progress_bars
from hwkit.cli.validate import conclude


def codesign(
    study: Annotated[Path, typer.Argument(metavar="STUDY.toml", help="A co-design study.")],
    out: RunFolder = None,
    seed: RootSeed = None,
    jobs: Jobs = None,
    as_json: Json = False,
) -> None:
    """Compare trainings on the same boards. Plain, device-aware, robust and calibrated."""
    from hwkit.report import write_codesign
    from hwkit.study import load_codesign, run_codesign

    plan = load_codesign(study, seed)
    folder = out if out is not None else Path("runs") / plan.name
    with resumable(folder, as_json), progress_bars() as announce:
        verdict = run_codesign(plan, folder, jobs, announce)
        announce("report")
        page = write_codesign(folder)
    if not as_json:
        emit(False, {}, f"results in {folder}, report {page}\n")
    conclude(verdict, as_json)
