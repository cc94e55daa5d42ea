"""`hwkit storage`: how many bits a coupling needs."""

from pathlib import Path
from typing import Annotated

import typer

from hwkit.cli.options import Json, RootSeed, RunFolder
from hwkit.cli.studies import run_study_verb


def storage(
    study: Annotated[Path, typer.Argument(metavar="STUDY.toml", help="A storage study.")],
    out: RunFolder = None,
    seed: RootSeed = None,
    as_json: Json = False,
) -> None:
    """Round couplings to few bits. Quality, heat and loss against those of full precision."""
    from hwkit.report.storage import write_storage
    from hwkit.study.storage import run_storage
    from hwkit.study.storage_plan import load_storage

    plan = load_storage(study, seed)
    run_study_verb(
        plan.name,
        out,
        as_json,
        lambda folder, announce: run_storage(plan, folder, announce),
        write_storage,
    )
