"""`hwkit speedup`: scale a machine's energy and noise together, and see it run faster in SPICE."""

from pathlib import Path
from typing import Annotated

import typer

from hwkit.cli.endings import resumable
from hwkit.cli.options import Jobs, Json, RootSeed, RunFolder, Timeout
from hwkit.cli.output import emit, progress_bars
from hwkit.cli.validate import conclude


def speedup(
    study: Annotated[Path, typer.Argument(metavar="STUDY.toml", help="A speed-up study.")],
    out: RunFolder = None,
    seed: RootSeed = None,
    jobs: Jobs = None,
    timeout: Timeout = None,
    as_json: Json = False,
) -> None:
    """Run a speed-up study. The law at every factor in SPICE, controls, and what ends it."""
    from hwkit.report import write_speedup
    from hwkit.study import load_speedup, run_speedup

    plan = load_speedup(study, seed)
    folder = out if out is not None else Path("runs") / plan.name
    with resumable(folder, as_json), progress_bars() as announce:
        verdict = run_speedup(plan, folder, jobs, timeout, announce)
        announce("report")
        page = write_speedup(folder)
    if not as_json:
        emit(False, {}, f"results in {folder}, report {page}\n")
    conclude(verdict, as_json)
