"""`hwkit codesign`: train for the hardware that exists, and see on boards what it is worth."""

from pathlib import Path
from typing import Annotated

import typer

from hwkit.cli.options import Jobs, Json, RootSeed, RunFolder
from hwkit.cli.studies import run_study_verb


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
    run_study_verb(
        plan.name,
        out,
        as_json,
        lambda folder, announce: run_codesign(plan, folder, jobs, announce),
        write_codesign,
    )
