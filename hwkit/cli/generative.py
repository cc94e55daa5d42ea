"""`hwkit generative`: train on pictures, generate, account for the heat, search, run in SPICE."""

from pathlib import Path
from typing import Annotated

import typer

from hwkit.cli.options import Jobs, Json, RootSeed, RunFolder, Timeout
from hwkit.cli.studies import run_study_verb


def generative(
    study: Annotated[Path, typer.Argument(metavar="STUDY.toml", help="A generative study.")],
    out: RunFolder = None,
    data: Annotated[
        Path | None, typer.Option(help="Folder of the data set, such as MNIST's idx files.")
    ] = None,
    seed: RootSeed = None,
    jobs: Jobs = None,
    timeout: Timeout = None,
    as_json: Json = False,
) -> None:
    """Study a generative machine. Trainings, samples, heat, durations, better settings, SPICE."""
    from hwkit.report.generative import write_generative
    from hwkit.study.generative import run_generative
    from hwkit.study.generative_plan import load_generative

    plan = load_generative(study, seed, data)
    run_study_verb(
        plan.name,
        out,
        as_json,
        lambda folder, announce: run_generative(plan, folder, jobs, timeout, announce),
        write_generative,
    )
