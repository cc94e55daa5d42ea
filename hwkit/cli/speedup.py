"""`hwkit speedup`: scale a machine's energy and noise together, and see it run faster in SPICE."""

from pathlib import Path
from typing import Annotated

import typer

from hwkit.cli.options import Jobs, Json, RootSeed, RunFolder, Timeout
from hwkit.cli.studies import run_study_verb


def speedup(
    study: Annotated[Path, typer.Argument(metavar="STUDY.toml", help="A speed-up study.")],
    out: RunFolder = None,
    seed: RootSeed = None,
    jobs: Jobs = None,
    timeout: Timeout = None,
    as_json: Json = False,
) -> None:
    """Speed a machine up by noise. The law at every factor in SPICE, and what ends it."""
    from hwkit.report import write_speedup
    from hwkit.study import load_speedup, run_speedup

    plan = load_speedup(study, seed)
    run_study_verb(
        plan.name,
        out,
        as_json,
        lambda folder, announce: run_speedup(plan, folder, jobs, timeout, announce),
        write_speedup,
    )
