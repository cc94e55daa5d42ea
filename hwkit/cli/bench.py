"""`hwkit bench`: the smallest machine that still generates, as a sheet to build it from."""

from pathlib import Path
from typing import Annotated

import typer

from hwkit.cli.endings import resumable
from hwkit.cli.options import Jobs, Json, RootSeed, RunFolder, Timeout
from hwkit.cli.output import emit, progress_bars
from hwkit.cli.validate import conclude


def bench(
    study: Annotated[Path, typer.Argument(metavar="STUDY.toml", help="A bench study.")],
    out: RunFolder = None,
    seed: RootSeed = None,
    jobs: Jobs = None,
    timeout: Timeout = None,
    as_json: Json = False,
) -> None:
    """Run a bench study. Search, parts, SPICE runs, boards, and the build sheet to print."""
    from hwkit.report import write_bench
    from hwkit.study import load_bench, run_bench

    plan = load_bench(study, seed)
    folder = out if out is not None else Path("runs") / plan.name
    with resumable(folder, as_json), progress_bars() as announce:
        verdict = run_bench(plan, folder, jobs, timeout, announce)
        announce("report")
        page = write_bench(folder)
    if not as_json:
        emit(False, {}, f"results in {folder}, build sheet {page}\n")
    conclude(verdict, as_json)
