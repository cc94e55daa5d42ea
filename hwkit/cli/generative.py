"""`hwkit generative`: train on pictures, generate, account for the heat, search, run in SPICE."""

from pathlib import Path
from typing import Annotated

import typer

from hwkit.cli.endings import resumable
from hwkit.cli.options import Jobs, Json, RootSeed, RunFolder, Timeout
from hwkit.cli.output import emit, progress_bars
from hwkit.cli.validate import conclude


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
    folder = out if out is not None else Path("runs") / plan.name
    with resumable(folder, as_json), progress_bars() as announce:
        verdict = run_generative(plan, folder, jobs, timeout, announce)
        announce("report")
        page = write_generative(folder)
    if not as_json:
        emit(False, {}, f"results in {folder}, report {page}\n")
    conclude(verdict, as_json)
