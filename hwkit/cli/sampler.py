"""`hwkit sampler`: sample and invert a Gaussian with LC cells, and budget the error."""

from pathlib import Path
from typing import Annotated

import typer

from hwkit.cli.options import Jobs, Json, RootSeed, RunFolder, Timeout
from hwkit.cli.studies import run_study_verb


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
    run_study_verb(
        plan.name,
        out,
        as_json,
        lambda folder, announce: run_sampler(plan, folder, jobs, timeout, announce),
    )
