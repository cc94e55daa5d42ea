"""`hwkit sampler`: sample and invert a Gaussian with LC cells, and budget the error."""

from pathlib import Path
from typing import Annotated

import typer

from hwkit.cli.endings import resumable
from hwkit.cli.options import Jobs, Json, RootSeed, RunFolder, Timeout
from hwkit.cli.output import emit, progress_bars
from hwkit.cli.validate import conclude


def sampler(
    study: Annotated[Path, typer.Argument(metavar="STUDY.toml", help="A sampler study.")],
    out: RunFolder = None,
    seed: RootSeed = None,
    jobs: Jobs = None,
    timeout: Timeout = None,
    as_json: Json = False,
) -> None:
    """Sample a Gaussian with LC cells. Sampling floor and error budget of boards."""
    from hwkit.study import load_sampler, run_sampler

    plan = load_sampler(study, seed)
    folder = out if out is not None else Path("runs") / plan.name
    with resumable(folder, as_json), progress_bars() as announce:
        verdict = run_sampler(plan, folder, jobs, timeout, announce)
    if not as_json:
        emit(False, {}, f"results in {folder}\n")
    conclude(verdict, as_json)
