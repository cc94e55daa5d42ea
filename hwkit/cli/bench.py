"""`hwkit bench`: the smallest machine that still generates, as a sheet to build it from."""

from pathlib import Path
from typing import Annotated

import typer

from hwkit.cli.options import Jobs, Json, RootSeed, RunFolder, Timeout
from hwkit.cli.studies import run_study_verb


def bench(
    study: Annotated[Path, typer.Argument(metavar="STUDY.toml", help="A bench study.")],
    out: RunFolder = None,
    seed: RootSeed = None,
    jobs: Jobs = None,
    timeout: Timeout = None,
    as_json: Json = False,
) -> None:
    """Lay out a machine to solder. Search, parts, SPICE runs, boards, a sheet to print."""
    from hwkit.report import write_bench
    from hwkit.study import load_bench, run_bench

    plan = load_bench(study, seed)
    run_study_verb(
        plan.name,
        out,
        as_json,
        lambda folder, announce: run_bench(plan, folder, jobs, timeout, announce),
        write_bench,
        "build sheet",
    )
